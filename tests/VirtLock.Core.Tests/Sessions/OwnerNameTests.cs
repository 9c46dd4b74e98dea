using VirtLock.Locking;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Sessions;

/// <summary>An owner's name is a C string to libvirt's daemon, whatever the client sends behind its end.</summary>
[TestFixture]
internal sealed class OwnerNameTests
{
    [TestCase("demo", "demo")]
    [TestCase("de\0mo", "de")]
    [TestCase("\0demo", "")]
    public void Name_ends_at_the_first_NUL(string sent, string kept)
    {
        using var disk = new MemoryDisk();

        SessionClient client = SessionClient.Registered(new LockTable(disk.Driver, TimeProvider.System), name: sent);

        Assert.That(client.Session.Owner!.Name.ToString(), Is.EqualTo(kept));
    }
}
