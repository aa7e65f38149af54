namespace Compose.Benchmarks;

/// <summary>Why the benchmarks cannot go on, in whole sentences for the person who runs them.</summary>
internal sealed class BenchmarkException(string message, Exception? inner = null) : Exception(message, inner);
