using System.CommandLine;
using Compose.Benchmarks;

return await new BenchmarkCommand().Create().Parse(args).InvokeAsync();
