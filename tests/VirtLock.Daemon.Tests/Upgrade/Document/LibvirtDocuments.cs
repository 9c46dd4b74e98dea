using VirtLock.TestKit;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>Documents as libvirt 9.0.0's daemon wrote them at SIGUSR1: the files in the folder Documents.</summary>
internal static class LibvirtDocuments
{
    /// <summary>
    /// Of a guest's client and one that registered a pid not its own; exclusive and shared resources, in the default space and,
    /// autocreated, in a directory.
    /// </summary>
    internal static readonly string TwoClients = Read("two-clients.json");

    /// <summary>Of an owner with the highest pid, of texts that JSON escapes, and of leases whose client is gone.</summary>
    internal static readonly string OddNames = Read("odd-names.json");

    private static string Read(string name) => File.ReadAllText(
        Path.Combine(Repository.Root, "tests/VirtLock.Daemon.Tests/Upgrade/Document/Documents", name)).TrimEnd();
}
