global using Compose.Diagnostics;
