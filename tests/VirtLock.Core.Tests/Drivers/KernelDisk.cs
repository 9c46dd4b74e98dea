using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.TestKit.Disks;
using VirtLock.TestKit.Processes;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>Real files, locked by <see cref="FcntlLockDriver"/> and by a process that locks in the same way.</summary>
internal sealed class KernelDisk(LockKind kind) : ITestDisk
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Lazy<Peer> _rival = new(() => Peer.StartAs("foreigner"));

    // Not the rival: whoever closes a file loses the POSIX locks on it.
    private readonly Lazy<Peer> _witness = new(Peer.Start);

    public ILockDriver Driver { get; } = new FcntlLockDriver(kind);

    public int OpenFiles => OpenDescriptors.CountBelow(Root);

    public string Root => _directory.Path;

    public string FullName(string name) => _directory.File(name);

    public FilePath PathOf(string name) => new(FullName(name));

    public void WriteFile(string name) => File.WriteAllText(FullName(name), "image");

    public void MakeDirectory(string name) => Directory.CreateDirectory(FullName(name));

    public void Link(string existing, string name)
    {
        if (Mono.Unix.Native.Syscall.link(FullName(existing), FullName(name)) != 0)
        {
            throw new IOException($"link failed with errno {LibC.LastError}.");
        }
    }

    public void Delete(string name) => File.Delete(FullName(name));

    public bool Exists(string name) => Path.Exists(FullName(name));

    public bool TryLockElsewhere(string name, LockMode mode)
    {
        string how = mode == LockMode.Shared ? "shared" : "exclusive";
        return _rival.Value.Ask($"lock {(kind == LockKind.Posix ? "posix" : "ofd")} {how} {FullName(name)}") switch
        {
            "ok" => true,
            "busy" => false,
            string answer => throw new IOException(answer),
        };
    }

    public void ReleaseElsewhere(string name) => _rival.Value.Must($"release-file {FullName(name)}");

    public LockMode? Probe(string name) => _witness.Value.Ask($"probe {FullName(name)}") switch
    {
        "free" => null,
        "shared" => LockMode.Shared,
        "exclusive" => LockMode.Exclusive,
        string answer => throw new IOException(answer),
    };

    public void Dispose()
    {
        foreach (Lazy<Peer> peer in (ReadOnlySpan<Lazy<Peer>>)[_rival, _witness])
        {
            if (peer.IsValueCreated)
            {
                peer.Value.Dispose();
            }
        }

        _directory.Dispose();
    }
}
