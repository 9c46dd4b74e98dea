namespace VirtLock.Locking;

/// <summary>Which of the kernel's byte-range locks holds a file: fcntl_locking(2).</summary>
public enum LockKind
{
    /// <summary>
    /// F_OFD_SETLK: belongs to the open file description, so it lasts as long as the descriptor, whatever else the process opens and
    /// closes.
    /// </summary>
    OpenFileDescription,

    /// <summary>F_SETLK: belongs to the process and vanishes when it closes any descriptor of the file.</summary>
    Posix,
}
