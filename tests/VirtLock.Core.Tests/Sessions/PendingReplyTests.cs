using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Sessions;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Sessions;

/// <summary>
/// A file that another process holds: which one takes long to find out, so the reply stays pending until the host completes it. The attempt
/// itself is made once.
/// </summary>
[TestFixture]
internal sealed class PendingReplyTests
{
    private readonly List<RemoteError> _refused = [];
    private MemoryDisk _disk = null!;
    private CountingDriver _driver = null!;
    private LockTable _table = null!;
    private SessionClient _client = null!;
    private byte[] _call = null!;

    [SetUp]
    public void HoldElsewhere()
    {
        _disk = new MemoryDisk();
        _disk.WriteFile("disk");
        Assert.That(_disk.TryLockElsewhere("disk", LockMode.Exclusive), Is.True);
        _driver = new CountingDriver(_disk.Driver);
        _table = new LockTable(_driver, TimeProvider.System);
        _refused.Clear();
        _client = SessionClient.Registered(_table, refused: _refused.Add);
        _call = _client.ResourceCall(LockProcedure.AcquireResource, "/disk");
    }

    [TearDown]
    public void DisposeDisk() => _disk.Dispose();

    [Test]
    public void Request_stays_unanswered_until_the_holder_is_known()
    {
        byte[] reply = _client.Exchange(_call, out PendingReply? pending);

        Assert.That(reply, Is.Empty);
        Assert.That(pending, Is.Not.Null);
        Assert.That(_table.LeaseCount, Is.Zero);
        Assert.That(_refused, Is.Empty);
    }

    [Test]
    public void Pending_reply_says_which_file_is_held()
    {
        Assert.That(Ask().File, Is.EqualTo(_disk.Driver.TryLock(_disk.PathOf("disk"), LockMode.Exclusive, autocreate: false).Identity));
    }

    [Test]
    public void Driver_is_asked_once_for_a_refused_request()
    {
        Answer(LockHolder.OfProcess(1234, "qemu-system-x86"));

        Assert.That(_driver.Attempts, Is.EqualTo(1));
    }

    [Test]
    public void Refusal_is_told_of_once()
    {
        int events = 0;
        _table.Happened += happened => events += happened.Kind == LockEventKind.Refused ? 1 : 0;

        RemoteError? error = Answer(LockHolder.OfProcess(1234, "qemu-system-x86"));

        Assert.That(events, Is.EqualTo(1));
        Assert.That(_refused, Is.EqualTo(new[] { error }));
    }

    [Test]
    public void Reply_bears_the_serial_of_its_request()
    {
        byte[] later = _client.ResourceCall(LockProcedure.AcquireResource, "/disk");
        _client.Exchange(_call, out PendingReply? first);
        _client.Exchange(later, out PendingReply? second);

        PacketHeader header = HeaderOf(Complete(first!, null));

        Assert.That(header, Is.EqualTo(HeaderOf(_call).Reply(MessageStatus.Error)));
        Assert.That(HeaderOf(Complete(second!, null)).Serial, Is.EqualTo(header.Serial + 1));
    }

    [Test]
    public void Answer_names_the_process()
    {
        RemoteError? error = Answer(LockHolder.OfProcess(1234, "qemu-system-x86"));

        Assert.That(error, Is.EqualTo(RemoteError.Ordinary(
            ErrorCode.ResourceBusy,
            ErrorDomain.LockSpace,
            "Lockspace resource '/disk' is locked: held by process 1234 (qemu-system-x86)")));
    }

    [Test]
    public void Answer_names_the_pid_alone_when_the_process_has_gone()
    {
        Assert.That(Answer(LockHolder.OfProcess(1234, ""))!.Detail, Does.EndWith("held by process 1234"));
    }

    [Test]
    public void Answer_without_a_holder_points_to_other_hosts()
    {
        Assert.That(Answer(null)!.Detail, Is.EqualTo("Lockspace resource '/disk' is locked: not held by any process on this host"));
    }

    [Test]
    public void File_that_came_free_meanwhile_stays_refused_and_is_granted_when_asked_for_again()
    {
        PendingReply pending = Ask();
        _disk.ReleaseElsewhere("disk");

        Assert.That(SessionClient.ErrorOf(Complete(pending, null))!.Code, Is.EqualTo(ErrorCode.ResourceBusy));
        Assert.That(_table.LeaseCount, Is.Zero);
        Assert.That(_client.Acquire("/disk"), Is.Null);
    }

    [Test]
    public void File_that_a_client_of_ours_got_meanwhile_is_held_by_that_client()
    {
        PendingReply pending = Ask();
        _disk.ReleaseElsewhere("disk");
        SessionClient.Registered(_table, pid: 9, name: "quicker").Acquire("/disk");

        byte[] reply = Complete(pending, LockHolder.OfProcess(1234, "virtlockd"));

        Assert.That(SessionClient.ErrorOf(reply)!.Detail, Does.Contain("held by 'quicker' (pid 9)"));
    }

    [Test]
    public void Holder_among_our_own_clients_is_known_at_once()
    {
        _disk.ReleaseElsewhere("disk");
        SessionClient.Registered(_table, pid: 9).Acquire("/disk");

        byte[] reply = _client.Exchange(_call, out PendingReply? pending);

        Assert.That(pending, Is.Null);
        Assert.That(SessionClient.ErrorOf(reply)!.Code, Is.EqualTo(ErrorCode.ResourceBusy));
    }

    [Test]
    public void Answer_to_one_request_does_not_outlive_it()
    {
        Answer(LockHolder.OfProcess(1234, "first"));

        Assert.That(_client.Exchange(_call, out PendingReply? pending), Is.Empty);
        Assert.That(pending, Is.Not.Null);
    }

    [Test]
    public void File_that_cannot_be_opened_yet_is_worth_another_attempt()
    {
        _driver.Delay = new SystemError(11, "not yet");
        int events = 0;
        _table.Happened += _ => events++;

        PendingReply pending = Ask();
        bool isDelayed = pending.IsDelayed;
        RemoteError? error = SessionClient.ErrorOf(Complete(pending, null));
        _driver.Delay = null;

        Assert.That(isDelayed, Is.True);
        Assert.That(error!.Code, Is.EqualTo(ErrorCode.SystemCall));
        Assert.That(error.Detail, Does.Contain("not yet"));
        Assert.That(events, Is.Zero, "nobody was refused by a holder");
        Assert.That(Ask().IsDelayed, Is.False);
    }

    private static byte[] Complete(PendingReply pending, LockHolder? holder)
    {
        var output = new ByteQueue();
        pending.Complete(holder, output);
        return output.Unread.ToArray();
    }

    private static PacketHeader HeaderOf(byte[] frame) => PacketHeader.Read(frame.AsSpan(ProtocolConstants.LengthWordSize));

    private PendingReply Ask()
    {
        _client.Exchange(_call, out PendingReply? pending);
        return pending!;
    }

    private RemoteError? Answer(LockHolder? holder) => SessionClient.ErrorOf(Complete(Ask(), holder));

    private sealed class CountingDriver(ILockDriver inner) : ILockDriver
    {
        internal int Attempts { get; private set; }

        internal SystemError? Delay { get; set; }

        public LockAttempt TryLock(FilePath path, LockMode mode, bool autocreate)
        {
            Attempts++;
            return Delay is { } error ? LockAttempt.Delayed(error) : inner.TryLock(path, mode, autocreate);
        }

        public SystemError? Release(in HeldFile file, FilePath path, LockMode mode, bool autocreate) =>
            inner.Release(file, path, mode, autocreate);

        public SystemError? CreateFile(FilePath path) => inner.CreateFile(path);

        public SystemError? DeleteFile(FilePath path) => inner.DeleteFile(path);

        public DirectoryAttempt EnsureDirectory(FilePath path) => inner.EnsureDirectory(path);
    }
}
