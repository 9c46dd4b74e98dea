namespace VirtLock.Daemon.Tests.Options;

/// <summary>How a run of libvirt's daemon ended.</summary>
internal sealed record LibvirtDaemonRun(int ExitCode, string Output, string Error);
