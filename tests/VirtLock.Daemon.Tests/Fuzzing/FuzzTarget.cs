namespace VirtLock.Daemon.Tests.Fuzzing;

/// <summary>A parser, and how its inputs look when nothing is wrong with them.</summary>
/// <param name="Name">What it parses.</param>
/// <param name="Corpus">Inputs to begin with.</param>
/// <param name="Parse">Parses an input.</param>
/// <param name="Refusal">The exception with which an input is refused; null where none may come.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Corpus, Action<byte[]> Parse, Type? Refusal = null)
{
    public override string ToString() => Name;
}
