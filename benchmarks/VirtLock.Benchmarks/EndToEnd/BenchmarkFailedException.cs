namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>Something that the benchmarks need is missing or failed; the message is for the person who started them.</summary>
internal sealed class BenchmarkFailedException(string message) : Exception(message);
