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

    [Test]
    public void Requests_behind_one_whose_holder_is_looked_up_are_answered_after_it_in_order()
    {
        const uint Calls = 30;
        using Peer program = Peer.Start();
        program.Must($"lock ofd exclusive {_file}");
        string free = Path.Combine(_daemon.NewDirectory(), "free.img");
        File.WriteAllText(free, "");
        using WireClient client = _daemon.ConnectAs(424299, "piranha");
        List<byte> bytes = [];
        for (uint serial = 0; serial < Calls; serial++)
        {
            (LockProcedure procedure, string file) = (serial % 3) switch
            {
                0 => (LockProcedure.AcquireResource, _file),
                1 => (LockProcedure.AcquireResource, free),
                _ => (LockProcedure.ReleaseResource, free),
            };
            bytes.AddRange((WireFrame.Call(procedure, new WireBody().Text("").Text(file).UInt(0)) with { Serial = serial }).ToArray());
        }

        // The last one arrives in two pieces, the second while a holder is looked up or later.
        client.SendRaw(bytes.ToArray().AsSpan(..^10));
        client.SendRaw(bytes.ToArray().AsSpan(^10..));

        for (uint serial = 0; serial < Calls; serial++)
        {
            WireReply reply = client.ReadReply();
            Assert.That(reply.Serial, Is.EqualTo(serial));
            if (serial % 3 == 0)
            {
                Refusal.AssertOrdinary(reply, Refusal.ResourceBusy, Refusal.LockSpaceDomain);
                Assert.That(reply.Error.Message, Does.Contain("held by process " + program.Id.ToString(CultureInfo.InvariantCulture)));
            }
            else
            {
                Refusal.AssertOk(reply);
            }
        }
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
