namespace VirtLock.Interop.Tests.Libvirt;

internal sealed record LibvirtOptions
{
    /// <summary>The text of libvirt's qemu-lockd.conf.</summary>
    public string LockDriverConfiguration { get; init; } = "";

    /// <summary>The text of the lock daemon's configuration file, given the sandbox's directory.</summary>
    public Func<string, string>? DaemonConfiguration { get; init; }

    /// <summary>Another path to start the lock daemon under than the kind's usual one.</summary>
    public string? DaemonExecutable { get; init; }

    /// <summary>Whether libvirtd runs as an ordinary user and starts the lock daemon by itself.</summary>
    public bool IsSession { get; init; }
}
