namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>How long and how often to measure.</summary>
/// <param name="Rounds">How often each target has its turn at each scenario.</param>
/// <param name="Duration">How long one measurement under load takes.</param>
/// <param name="WarmUp">The load before it, which is not counted.</param>
/// <param name="Samples">How many samples one measurement of a single event takes.</param>
internal sealed record RunOptions(int Rounds, TimeSpan Duration, TimeSpan WarmUp, int Samples);
