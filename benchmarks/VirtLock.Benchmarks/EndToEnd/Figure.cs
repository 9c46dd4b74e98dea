namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>One thing that is measured.</summary>
/// <param name="Id">Its key in the results, such as <c>throughput-16</c>.</param>
/// <param name="Title">What the tables call it.</param>
/// <param name="Unit">The unit of its values, such as <c>µs</c>.</param>
internal sealed record Figure(string Id, string Title, string Unit);
