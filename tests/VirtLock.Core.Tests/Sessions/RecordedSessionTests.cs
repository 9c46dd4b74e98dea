using VirtLock.Core.Tests.Protocol;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.TestKit.Disks;

namespace VirtLock.Core.Tests.Sessions;

/// <summary>
/// Has the conversations that libvirt's virtlockd 9.0.0 had. The replies are the same bytes, save for two texts: that of a busy resource
/// goes on to say who holds it, and refused flags are reported under our own name of the procedure.
/// </summary>
[TestFixture]
internal sealed class RecordedSessionTests
{
    private const string Space = "var/lib/demo/ls1";

    [TestCase("acquire-release-errors.txt", 16)]
    [TestCase("double-register.txt", 8)]
    [TestCase("err-acquire-before-register.txt", 8)]
    [TestCase("err-bad-arguments.txt", 3)]
    [TestCase("err-unknown-procedure.txt", 3)]
    [TestCase("err-unknown-program-version.txt", 3)]
    [TestCase("err-wrong-type-status.txt", 8)]
    [TestCase("keepalive.txt", 5)]
    [TestCase("lockspace-resources.txt", 21)]
    [TestCase("restricted-client.txt", 11)]
    public void Conversation_is_the_one_that_libvirt_had(string file, int calls)
    {
        using MemoryDisk disk = MakeDisk();
        var table = new LockTable(disk.Driver, TimeProvider.System);
        if (file == "lockspace-resources.txt")
        {
            Assert.That(table.Create(disk.PathOf(Space)).IsDirectory, Is.True, "an earlier conversation had left it");
        }

        RecordedMessage[] messages = [.. Transcript.Messages.Where(message => message.File == file)];
        var clients = new List<(SessionClient Client, uint NextSerial)>();
        for (int index = 0; index < messages.Length; index++)
        {
            RecordedMessage call = messages[index];
            if (!call.IsFromClient)
            {
                continue;
            }

            byte[] reply = ClientOf(call, table, clients).Exchange(call.Bytes);
            RecordedMessage? recorded = index + 1 < messages.Length && !messages[index + 1].IsFromClient ? messages[index + 1] : null;
            Compare(reply, recorded, call);
        }

        Assert.That(messages.Count(message => message.IsFromClient), Is.EqualTo(calls));
    }

    /// <summary>The files that the recorded daemon saw.</summary>
    private static MemoryDisk MakeDisk()
    {
        var disk = new MemoryDisk();
        foreach (string directory in new[] { "var", "var/lib", "var/lib/demo" })
        {
            disk.MakeDirectory(directory);
        }

        disk.MakeSealedDirectory("proc");
        disk.WriteFile("var/lib/demo/disk1.img");
        return disk;
    }

    /// <summary>Clients count their calls: one that begins at another number than any expects is a further client.</summary>
    private static SessionClient ClientOf(RecordedMessage call, LockTable table, List<(SessionClient Client, uint NextSerial)> clients)
    {
        PacketFramer.TryRead(call.Bytes, out PacketHeader header, out _, out _);
        int known = clients.FindIndex(client => client.NextSerial == header.Serial);
        SessionClient found = known < 0 ? new SessionClient(table) : clients[known].Client;
        if (known >= 0)
        {
            clients.RemoveAt(known);
        }

        clients.Add((found, header.Serial + 1));
        return found;
    }

    private static void Compare(byte[] reply, RecordedMessage? recorded, RecordedMessage call)
    {
        if (recorded is null)
        {
            Assert.That(reply, Is.Empty, call.ToString());
            return;
        }

        PacketFramer.TryRead(recorded.Bytes, out PacketHeader header, out _, out _);
        RemoteError? theirs = header.Type == MessageType.Reply ? SessionClient.ErrorOf(recorded.Bytes) : null;
        if (theirs is { Detail: "flags" })
        {
            RemoteError ours = SessionClient.ErrorOf(reply)!;
            Assert.That(ours with { Message = theirs.Message, Pattern = theirs.Pattern }, Is.EqualTo(theirs), recorded.ToString());
            Assert.That(ours.Message, Is.EqualTo(theirs.Message.Replace(theirs.Pattern!, ours.Pattern, StringComparison.Ordinal)));
        }
        else if (theirs is { Code: ErrorCode.ResourceBusy } && theirs.Message.EndsWith("is locked", StringComparison.Ordinal))
        {
            RemoteError ours = SessionClient.ErrorOf(reply)!;
            Assert.That(ours with { Message = theirs.Message, Detail = theirs.Detail }, Is.EqualTo(theirs), recorded.ToString());
            Assert.That(ours.Message, Does.StartWith($"{theirs.Message}: held by 'demo' (pid 424242) since "));
            Assert.That(ours.Message, Is.EqualTo($"resource busy: {ours.Detail}"));
        }
        else
        {
            Assert.That(Convert.ToHexStringLower(reply), Is.EqualTo(Convert.ToHexStringLower(recorded.Bytes)), recorded.ToString());
        }
    }
}
