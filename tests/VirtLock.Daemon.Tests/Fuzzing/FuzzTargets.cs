using System.Text;
using VirtLock.Daemon.Options;
using VirtLock.Daemon.Tests.Upgrade.Document;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Protocol;
using VirtLock.Sessions;
using VirtLock.TestKit;

namespace VirtLock.Daemon.Tests.Fuzzing;

/// <summary>All that reads what others wrote.</summary>
internal static class FuzzTargets
{
    private const char EndOfArgument = '\0';

    internal static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("packets", Conversations(), Converse),
        new("errors", Errors(), body => RemoteError.TryDecode(body, out _)),
        new("configuration files", ConfigurationFiles(), Configure, typeof(ConfigurationException)),
        new("restart documents", Documents(), ReadDocument, typeof(SnapshotFormatException)),
        new("command lines", CommandLines(), ReadCommandLine),
        new("busy messages", BusyMessages(), message => LockHolder.OfMessage(Encoding.UTF8.GetString(message))),
    ];

    /// <summary>What clients send in the recorded conversations, each in one stream.</summary>
    private static byte[][] Conversations() =>
    [
        .. ((string[])["libvirtd-start-refused", "libvirtd-lockspace-dirs-start-destroy", "lockspace-resources", "restricted-client"])
            .Select(conversation => Recorded(conversation, "C> ").SelectMany(frame => frame).ToArray()),
    ];

    private static byte[][] Errors() =>
    [
        .. Recorded("err-bad-arguments", "S< ").Concat(Recorded("acquire-release-errors", "S< "))
            .Where(frame => frame.Length > ProtocolConstants.MinimumFrameLength)
            .Select(frame => frame[ProtocolConstants.MinimumFrameLength..]),
    ];

    private static IEnumerable<byte[]> Recorded(string conversation, string direction) =>
        File.ReadLines(Path.Combine(Repository.Root, $"tests/VirtLock.Core.Tests/Protocol/Transcripts/{conversation}.txt"))
            .Where(line => line.StartsWith(direction, StringComparison.Ordinal) && !line.EndsWith("EOF", StringComparison.Ordinal))
            .Select(line => Convert.FromHexString(line.AsSpan(direction.Length)));

    private static byte[][] ConfigurationFiles() => Utf8(
        "# first\nmax_clients = 7\nlog_filters = \"1:util\"\nlockspaces = [ '/a', '/b' ]\n",
        "log_level=1;log_outputs=\"\"\"3:syslog:x\n4:stderr\"\"\";admin_max_clients = +5 # end\r\n",
        "unknown = [ [ -1, 'a' ], [], \"b\", ]\nfence_release_after = 3\nupgrade_unchecked = 1\n");

    private static byte[][] Documents() => Utf8(Samples.FullDocument, LibvirtDocuments.TwoClients, LibvirtDocuments.OddNames);

    private static byte[][] CommandLines() => Utf8(
        string.Join(EndOfArgument, "-d", "-v", "-t", "5", "-f", "/c", "-p", "/p"),
        string.Join(EndOfArgument, "--daemon", "--verbose", "--timeout=5", "--config", "/c", "--pid-file=/p", "--", "rest"),
        string.Join(EndOfArgument, "-vdf/c", "--check-snapshot=/s", "--conf=/d", "-t7"),
        "--help",
        "-V");

    private static byte[][] BusyMessages()
    {
        const string Start = "resource busy: Lockspace resource '/disk' is locked: held by ";
        var since = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        return Utf8(
            Start + new LockHolder(new ProcessId(7), "web", since, 2),
            $"{Start}{new LockHolder(new ProcessId(7), string.Empty, since)} as '/al'ias'",
            Start + new LockHolder(new ProcessId(1234), "qemu-system-x86"),
            Start + new LockHolder(new ProcessId(7), "it's' (pid 9) since 2026-01-02 03:04:05Z and 1 more", since));
    }

    private static byte[][] Utf8(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];

    /// <summary>A client's whole stream, on a disk of its own on which one file is another process's.</summary>
    private static void Converse(byte[] received)
    {
        var driver = new InMemoryLockDriver();
        driver.AddFile("/var/lib/demo/disk1.img");
        driver.AddFile("/var/lib/demo/disk2.img");
        driver.TryLock(new FilePath("/var/lib/demo/disk2.img"), LockMode.Exclusive, autocreate: false);
        var session = new LockSession(new LockTable(driver, new FrozenTime()));
        var output = new ByteQueue();
        ReadOnlySpan<byte> unread = received;
        while (PacketFramer.TryRead(unread, out PacketHeader header, out ReadOnlySpan<byte> body, out int consumed) == FrameStatus.Complete)
        {
            if (header.Type != MessageType.CallWithFds || PacketFramer.TryReadDescriptorCount(body, out _, out body))
            {
                session.Handle(header, body, output)?.Complete(holder: null, output);
            }

            unread = unread[consumed..];
        }
    }

    private static void Configure(byte[] content) => ConfFile.Apply(content, "/etc/x.conf", new DaemonOptions());

    /// <summary>As the process that left it, or it would not be looked at.</summary>
    private static void ReadDocument(byte[] document) => Snapshot.Read(document, Snapshot.WriterOf(document) ?? Samples.Pid);

    private static void ReadCommandLine(byte[] arguments) =>
        CommandLineParser.Parse(Encoding.UTF8.GetString(arguments).Split(EndOfArgument), "virtlockd", isPrivileged: true);
}
