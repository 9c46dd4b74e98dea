using System.Globalization;
using System.Runtime.InteropServices;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.TestPeer.Roles;

/// <summary>
/// A process under a test's command: one line in, one line out. It stands in for a guest's emulator or for any foreign program that locks
/// a file. The end of its input ends it, so it never outlives the test run.
/// </summary>
internal sealed class CommandLoop(TextReader input, TextWriter output)
{
    private readonly List<LockFile> _files = [];
    private PosixSignalRegistration? _ignored;
    private WireClient? _client;
    private Contender? _contender;

    public int Run()
    {
        Answer($"ready {Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}");
        while (input.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            if (words is ["exit"])
            {
                return 0;
            }

            try
            {
                if (words is ["close"])
                {
                    // Without an answer: closing may be this process's death.
                    Close();
                }
                else
                {
                    Answer(Obey(words));
                }
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or System.Net.Sockets.SocketException or TimeoutException)
            {
                Answer($"failed {e.Message.ReplaceLineEndings(" ")}");
            }
        }

        return 0;
    }

    private string Obey(string[] words)
    {
        switch (words)
        {
            case ["ignore-sigterm"]:
                _ignored = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = true);
                return "ok";
            case ["lock", string kind, string mode, string path]:
                return Lock(kind == "posix" ? LockKind.Posix : LockKind.OpenFile, mode == "shared", path);
            case ["contend", string path]:
                _contender = new Contender(path);
                return "ok";
            case ["contended"]:
                return (_contender ?? throw new InvalidOperationException("not contending")).ToString();
            case ["connect", string socket]:
                _client = WireClient.Connect(socket, mayOwnLeases: true);
                return "ok";
            case ["register", string name]:
                return Outcome(Client.Register((uint)Environment.ProcessId, name));
            case ["restrict"]:
                return Outcome(Client.Restrict());
            case ["acquire", string flags, string name]:
                return Outcome(Client.Acquire(string.Empty, name, uint.Parse(flags, CultureInfo.InvariantCulture)));
            case ["acquire-in", string space, string flags, string name]:
                return Outcome(Client.Acquire(space, name, uint.Parse(flags, CultureInfo.InvariantCulture)));
            case ["release", string name]:
                return Outcome(Client.Release(string.Empty, name));
            default:
                return $"failed unknown command {words[0]}";
        }
    }

    private WireClient Client => _client ?? throw new InvalidOperationException("not connected");

    private void Close()
    {
        Client.Dispose();
        _client = null;
    }

    private string Lock(LockKind kind, bool shared, string path)
    {
        LockFile file = new(path);
        _files.Add(file);
        return file.TryLock(kind, shared) ? "ok" : "busy";
    }

    private static string Outcome(WireReply reply) =>
        reply.IsOk ? "ok" : $"refused {reply.Error.Code} {reply.Error.Domain} {reply.Error.Message}";

    private void Answer(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }
}
