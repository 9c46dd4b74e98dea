using VirtLock.Locking;

namespace VirtLock.TestKit.Disks;

/// <summary>The files that a driver under contract works on, and somebody else who locks them too.</summary>
internal interface ITestDisk : IDisposable
{
    ILockDriver Driver { get; }

    /// <summary>How many files the driver has open: those of the directory it works in.</summary>
    int OpenFiles { get; }

    FilePath PathOf(string name);

    void WriteFile(string name);

    void MakeDirectory(string name);

    /// <summary>Gives a file a second name.</summary>
    void Link(string existing, string name);

    void Delete(string name);

    bool Exists(string name);

    /// <summary>Another process takes a lock on an existing file.</summary>
    bool TryLockElsewhere(string name, LockMode mode);

    void ReleaseElsewhere(string name);

    /// <summary>How the file is locked, as another process sees it that has no lock itself; null when it is free.</summary>
    LockMode? Probe(string name);
}
