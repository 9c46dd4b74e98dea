namespace VirtLock.Daemon.Options;

/// <summary>The kinds of value that the grammar tells apart. A number is unsigned unless it is written with a minus.</summary>
internal enum ConfValueKind
{
    String,
    UnsignedNumber,
    SignedNumber,
    List,
}
