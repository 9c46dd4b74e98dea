using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Drivers;

/// <summary>
/// The files on which this process holds POSIX locks, whichever of its drivers took them: to the kernel the process is one owner, which
/// gets every lock that it asks for. Closing any descriptor of such a file drops the lock (fcntl_locking(2)), so a descriptor of one is
/// closed only when the file's last user has gone, and nothing opens a second one knowingly. Safe on any thread.
/// </summary>
internal sealed class PosixHeldFiles
{
    internal static readonly PosixHeldFiles OfProcess = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<FileIdentity, Entry> _entries = [];

    private PosixHeldFiles()
    {
    }

    internal bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count == 0;
            }
        }
    }

    internal bool Contains(FileIdentity identity)
    {
        lock (_gate)
        {
            return _entries.ContainsKey(identity);
        }
    }

    /// <summary>Adds another shared user of a held file, which is busy when either is exclusive.</summary>
    /// <param name="identity">The file.</param>
    /// <param name="mode">What the user wants.</param>
    /// <param name="stray">A descriptor of the file that was opened meanwhile: kept until the file is let go, if that is granted.</param>
    /// <returns>Null when the file is not held.</returns>
    internal LockAttempt? Join(FileIdentity identity, LockMode mode, Descriptor stray = default)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(identity, out Entry? entry))
            {
                return null;
            }

            if (mode == LockMode.Exclusive || entry.Mode == LockMode.Exclusive)
            {
                return LockAttempt.Busy(identity);
            }

            entry.Users++;
            entry.Park(stray);
            return LockAttempt.Granted(new HeldFile(entry.Descriptor.Number, identity, LockKind.Posix));
        }
    }

    /// <summary>Takes the lock on a file, or joins in it if another driver was faster.</summary>
    /// <returns>Null when the kernel refused, with the reason in <paramref name="errno"/>.</returns>
    internal LockAttempt? Take(FileIdentity identity, Descriptor descriptor, LockMode mode, out int errno)
    {
        lock (_gate)
        {
            errno = 0;
            if (Join(identity, mode, descriptor) is { } joined)
            {
                return joined;
            }

            if (!FileLock.Set(descriptor, LockKind.Posix, mode))
            {
                errno = LibC.LastError;
                return null;
            }

            _entries.Add(identity, new Entry(descriptor, mode));
            return LockAttempt.Granted(new HeldFile(descriptor.Number, identity, LockKind.Posix));
        }
    }

    /// <summary>
    /// Goes on with a file that was inherited locked, perhaps under several names: libvirt's daemon does not notice that two names are one
    /// file, nor that all share one lock, which is as strong as the strongest of them needs.
    /// </summary>
    /// <param name="identity">The file.</param>
    /// <param name="descriptor">The descriptor of this name.</param>
    /// <param name="mode">The mode that this name needs.</param>
    /// <param name="errno">Why the kernel refused.</param>
    /// <returns>False when it did.</returns>
    internal bool Adopt(FileIdentity identity, Descriptor descriptor, LockMode mode, out int errno)
    {
        lock (_gate)
        {
            _entries.TryGetValue(identity, out Entry? entry);
            LockMode needed = entry?.Mode == LockMode.Exclusive ? LockMode.Exclusive : mode;
            if (!FileLock.Set(descriptor, LockKind.Posix, needed))
            {
                errno = LibC.LastError;
                return false;
            }

            errno = 0;
            if (entry is null)
            {
                _entries.Add(identity, new Entry(descriptor, needed));
            }
            else
            {
                entry.Users++;
                entry.Mode = needed;
                entry.Park(descriptor);
            }

            return true;
        }
    }

    /// <summary>Closes a descriptor; that of a held file only when the file is let go.</summary>
    internal void Close(FileIdentity identity, Descriptor descriptor)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(identity, out Entry? entry))
            {
                entry.Park(descriptor);
            }
            else
            {
                descriptor.Close();
            }
        }
    }

    /// <summary>Makes the lock of a file's last user exclusive, so that nobody joins in any more.</summary>
    /// <returns>False when there are other users, here or elsewhere.</returns>
    internal bool MakeExclusive(FileIdentity identity)
    {
        lock (_gate)
        {
            Entry entry = _entries[identity];
            if (entry.Users > 1 || !FileLock.Set(entry.Descriptor, LockKind.Posix, LockMode.Exclusive))
            {
                return false;
            }

            entry.Mode = LockMode.Exclusive;
            return true;
        }
    }

    /// <summary>Takes a user off a file; the last one closes it, which drops the lock.</summary>
    internal void Remove(FileIdentity identity)
    {
        lock (_gate)
        {
            Entry entry = _entries[identity];
            if (--entry.Users == 0)
            {
                _entries.Remove(identity);
                entry.Close();
            }
        }
    }

    private sealed class Entry(Descriptor descriptor, LockMode mode)
    {
        private readonly List<Descriptor> _parked = [];

        internal Descriptor Descriptor { get; } = descriptor;

        internal LockMode Mode { get; set; } = mode;

        internal int Users { get; set; } = 1;

        /// <summary>Keeps another descriptor of the file until it is let go.</summary>
        internal void Park(Descriptor other)
        {
            if (!other.IsNone && other != Descriptor)
            {
                _parked.Add(other);
            }
        }

        internal void Close()
        {
            foreach (Descriptor parked in _parked)
            {
                parked.Close();
            }

            Descriptor.Close();
        }
    }
}
