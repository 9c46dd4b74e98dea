using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <summary>
/// The files on which this process holds POSIX locks. Closing any descriptor of such a file drops the lock (fcntl_locking(2)), so a
/// descriptor of one is closed only when the file's last user has gone, and nothing opens a second one knowingly.
/// </summary>
internal sealed class PosixHeldFiles
{
    private readonly Dictionary<FileIdentity, Entry> _entries = [];

    internal bool IsEmpty => _entries.Count == 0;

    internal bool Contains(FileIdentity identity) => _entries.ContainsKey(identity);

    internal void Add(FileIdentity identity, Descriptor descriptor, LockMode mode) => _entries.Add(identity, new Entry(descriptor, mode));

    /// <summary>The mode that suits another user as well as those that the file has.</summary>
    internal LockMode Stronger(FileIdentity identity, LockMode mode) =>
        _entries.TryGetValue(identity, out Entry? entry) && entry.Mode == LockMode.Exclusive ? LockMode.Exclusive : mode;

    /// <summary>
    /// Adds a file that was inherited locked, perhaps under several names: libvirt's daemon does not notice that two names are one file,
    /// nor that all share one lock.
    /// </summary>
    /// <param name="identity">The file.</param>
    /// <param name="descriptor">The descriptor of this name.</param>
    /// <param name="mode">The mode of the lock from now on: the <see cref="Stronger"/>.</param>
    internal void AddOrJoin(FileIdentity identity, Descriptor descriptor, LockMode mode)
    {
        if (_entries.TryGetValue(identity, out Entry? entry))
        {
            entry.Users++;
            entry.Mode = mode;
            entry.Parked.Add(descriptor);
        }
        else
        {
            Add(identity, descriptor, mode);
        }
    }

    /// <summary>Adds another shared user of a file that is held shared; none when either is exclusive.</summary>
    internal Descriptor Share(FileIdentity identity, LockMode mode)
    {
        Entry entry = _entries[identity];
        if (mode == LockMode.Exclusive || entry.Mode == LockMode.Exclusive)
        {
            return Descriptor.None;
        }

        entry.Users++;
        return entry.Descriptor;
    }

    /// <summary>Keeps a descriptor of a held file that was opened by accident until the file is let go.</summary>
    internal void Park(FileIdentity identity, Descriptor descriptor) => _entries[identity].Parked.Add(descriptor);

    /// <summary>Whether this would be the last user to go.</summary>
    internal bool IsLastUser(FileIdentity identity) => _entries[identity].Users == 1;

    /// <summary>Takes a user off a file; the last one closes it, which drops the lock.</summary>
    internal void Remove(FileIdentity identity)
    {
        Entry entry = _entries[identity];
        if (--entry.Users > 0)
        {
            return;
        }

        _entries.Remove(identity);
        foreach (Descriptor parked in entry.Parked)
        {
            parked.Close();
        }

        entry.Descriptor.Close();
    }

    private sealed class Entry(Descriptor descriptor, LockMode mode)
    {
        internal Descriptor Descriptor { get; } = descriptor;

        internal LockMode Mode { get; set; } = mode;

        internal int Users { get; set; } = 1;

        internal List<Descriptor> Parked { get; } = [];
    }
}
