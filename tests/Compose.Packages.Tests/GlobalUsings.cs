global using Compose.Diagnostics;
global using Compose.Packages.Tests.Support;
