using System.Globalization;
using VirtLock.Interop.Tests.Harness;
using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;
using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Behaviour;

/// <summary>What an administrator reads when a lease is refused: who is in the way.</summary>
[TestFixture]
internal sealed class HolderTextTests
{
    private DaemonSandbox _daemon = null!;
    private string _file = null!;

    [OneTimeSetUp]
    public void StartDaemon() => _daemon = DaemonSandbox.Start(DaemonKind.VirtLock);

    [OneTimeTearDown]
    public void StopDaemon() => _daemon?.Dispose();

    [SetUp]
    public void MakeFile()
    {
        _file = Path.Combine(_daemon.NewDirectory(), "disk.img");
        File.WriteAllText(_file, "");
    }

    [Test]
    public void A_guests_lease_is_told_by_name_process_and_time()
    {
        using WireClient holder = _daemon.ConnectAs(424242, "goldfish");
        Refusal.AssertOk(holder.Acquire("", _file));

        string text = AskInVain();

        string today = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string yesterday = DateTime.UtcNow.AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.That(text, Does.Contain(_file).And.Contain("goldfish").And.Contain("424242").And.Contain("since"));
        Assert.That(text, Does.Contain(today).Or.Contain(yesterday));
    }

    [Test]
    public void A_guest_that_shares_a_lease_is_told_too()
    {
        using WireClient first = _daemon.ConnectAs(424242, "goldfish");
        Refusal.AssertOk(first.Acquire("", _file, flags: 1));

        Assert.That(AskInVain(), Does.Contain("goldfish"));
    }

    [TestCase("posix")]
    [TestCase("ofd")]
    public void Another_programs_lock_is_told_by_process_and_command(string kind)
    {
        using Peer program = Peer.Start();
        program.Must($"lock {kind} exclusive {_file}");

        string text = AskInVain();

        // The kernel keeps 15 characters of a command's name.
        Assert.That(text, Does.Contain(program.Id.ToString(CultureInfo.InvariantCulture)).And.Contain("virtlock-testpe"));
    }

    private string AskInVain()
    {
        using WireClient client = _daemon.ConnectAs(424299, "piranha");
        WireReply reply = client.Acquire("", _file);
        Refusal.AssertOrdinary(reply, Refusal.ResourceBusy, Refusal.LockSpaceDomain);
        TestContext.Out.WriteLine(reply.Error.Message);
        return reply.Error.Message!;
    }
}
