using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Sessions;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Sessions;

/// <summary>
/// A file that another process holds: the session asks its host who that is, and leaves the request open until the same request comes back with the
/// answer.
/// </summary>
[TestFixture]
internal sealed class HolderQuestionTests
{
    private MemoryDisk _disk = null!;
    private LockTable _table = null!;
    private SessionClient _client = null!;
    private byte[] _call = null!;

    [SetUp]
    public void HoldElsewhere()
    {
        _disk = new MemoryDisk();
        _disk.WriteFile("disk");
        Assert.That(_disk.TryLockElsewhere("disk", LockMode.Exclusive), Is.True);
        _table = new LockTable(_disk.Driver, TimeProvider.System);
        _client = SessionClient.Registered(_table);
        _call = _client.ResourceCall(LockProcedure.AcquireResource, "/disk");
    }

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [Test]
    public void Request_stays_unanswered_until_the_holder_is_known()
    {
        byte[] reply = _client.Exchange(_call, null, out HolderQuestion? question);

        Assert.That(reply, Is.Empty);
        Assert.That(question, Is.Not.Null);
        Assert.That(_table.LeaseCount, Is.Zero);
    }

    [Test]
    public void Answer_names_the_process()
    {
        var holder = new ProcessHolder(1234, "qemu-system-x86");

        RemoteError? error = Answer(holder);

        Assert.That(error, Is.EqualTo(RemoteError.Ordinary(
            ErrorCode.ResourceBusy, ErrorDomain.LockSpace, "Lockspace resource '/disk' is locked: held by process 1234 (qemu-system-x86)")));
    }

    [Test]
    public void Answer_names_the_pid_alone_when_the_process_has_gone()
    {
        Assert.That(Answer(new ProcessHolder(1234, ""))!.Detail, Does.EndWith("held by process 1234"));
    }

    [Test]
    public void Answer_without_a_holder_points_to_other_hosts()
    {
        Assert.That(Answer(null)!.Detail, Is.EqualTo("Lockspace resource '/disk' is locked: not held by any process on this host"));
    }

    [Test]
    public void File_that_came_free_meanwhile_is_granted()
    {
        HolderQuestion question = Ask();
        _disk.ReleaseElsewhere("disk");

        byte[] reply = _client.Exchange(_call, new HolderAnswer(question.File, new ProcessHolder(1234, "gone")), out HolderQuestion? second);

        Assert.That(second, Is.Null);
        Assert.That(SessionClient.ErrorOf(reply), Is.Null);
        Assert.That(_table.LeaseCount, Is.EqualTo(1));
    }

    [Test]
    public void File_that_a_client_of_ours_got_meanwhile_is_held_by_that_client()
    {
        HolderQuestion question = Ask();
        _disk.ReleaseElsewhere("disk");
        SessionClient.Registered(_table, pid: 9, name: "quicker").Acquire("/disk");

        byte[] reply = _client.Exchange(_call, new HolderAnswer(question.File, new ProcessHolder(1234, "gone")), out _);

        Assert.That(SessionClient.ErrorOf(reply)!.Detail, Does.Contain("held by 'quicker' (pid 9)"));
    }

    [Test]
    public void Answer_about_another_file_is_asked_again()
    {
        HolderQuestion question = Ask();
        _disk.ReleaseElsewhere("disk");
        _disk.Delete("disk");
        _disk.WriteFile("disk");
        _disk.TryLockElsewhere("disk", LockMode.Exclusive);

        byte[] reply = _client.Exchange(_call, new HolderAnswer(question.File, null), out HolderQuestion? second);

        Assert.That(reply, Is.Empty);
        Assert.That(second, Is.Not.Null);
        Assert.That(second, Is.Not.EqualTo(question));
    }

    [Test]
    public void Holder_among_our_own_clients_is_not_asked_for()
    {
        _disk.ReleaseElsewhere("disk");
        SessionClient.Registered(_table, pid: 9).Acquire("/disk");

        byte[] reply = _client.Exchange(_call, null, out HolderQuestion? question);

        Assert.That(question, Is.Null);
        Assert.That(SessionClient.ErrorOf(reply)!.Code, Is.EqualTo(ErrorCode.ResourceBusy));
    }

    [Test]
    public void Answer_to_one_request_does_not_outlive_it()
    {
        Answer(new ProcessHolder(1234, "first"));

        Assert.That(_client.Exchange(_call, null, out HolderQuestion? question), Is.Empty);
        Assert.That(question, Is.Not.Null);
    }

    private HolderQuestion Ask()
    {
        _client.Exchange(_call, null, out HolderQuestion? question);
        return question!.Value;
    }

    private RemoteError? Answer(ProcessHolder? holder)
    {
        byte[] reply = _client.Exchange(_call, new HolderAnswer(Ask().File, holder), out HolderQuestion? second);
        Assert.That(second, Is.Null);
        return SessionClient.ErrorOf(reply);
    }
}
