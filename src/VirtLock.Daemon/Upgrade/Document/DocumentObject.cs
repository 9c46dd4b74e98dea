namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>How far the reading of one object has come.</summary>
internal struct DocumentObject(DocumentKeys keys)
{
    internal DocumentKeys Keys { get; } = keys;

    /// <summary>A bit for each key that was there.</summary>
    internal uint Seen { get; private set; }

    /// <summary>The key that was read last, by its place in <see cref="Keys"/>; -1 before the first.</summary>
    internal int Key { get; private set; } = -1;

    internal readonly bool Has(int key) => (Seen & (1u << key)) != 0;

    internal void Enter(int key)
    {
        Key = key;
        Seen |= 1u << key;
    }
}
