using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using VirtLock.TestPeer.Locks;
using VirtLock.TestPeer.Wire;

namespace VirtLock.TestPeer.Roles;

/// <summary>
/// A process under a test's command: one line in, one line out. It stands in for a guest's emulator or for any foreign program that locks
/// a file. The end of its input ends it, so it never outlives the test run.
/// </summary>
internal sealed partial class CommandLoop(TextReader input, TextWriter output)
{
    private const int PR_SET_NAME = 15;

    private readonly List<(string Path, LockFile File)> _files = [];
    private readonly List<WireClient> _clients = [];
    private PosixSignalRegistration? _ignored;
    private PosixSignalRegistration? _ignoredBreaks;
    private Microsoft.Win32.SafeHandles.SafeFileHandle? _leased;
    private Microsoft.Win32.SafeHandles.SafeFileHandle? _terminal;
    private Repetition? _repetition;

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
            catch (Exception e) when (e is IOException or InvalidOperationException or SocketException or TimeoutException)
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
            case ["release-file", string path]:
                Release(path);
                return "ok";
            case ["probe", string path]:
                return Probe(path);
            case ["lease", string path]:
                return Lease(path);
            case ["unlease"]:
                _leased?.Dispose();
                return "ok";
            case ["terminal"]:
                return MakeTerminal();
            case ["name", string name]:
                return SetName(PR_SET_NAME, name, 0, 0, 0) == 0 ? "ok" : "failed";
            case ["contend", string path]:
                return Start(new Contender(path));
            case ["contended"]:
                return Repeated.ToString()!;
            case ["autocreate", string path]:
                return Start(new Autocreator(path));
            case ["replace", string path]:
                return Start(new Replacer(path));
            case ["flip", string path, string first, string second]:
                return Start(new Flipper(path, first, second));
            case ["stop"]:
                return Repeated.Stop();
            case ["connect", string socket]:
                // One more beside those it has: what follows goes through the latest.
                _clients.Add(WireClient.Connect(socket, mayOwnLeases: true));
                return "ok";
            case ["register", string name]:
                return Outcome(Client.Register((uint)Environment.ProcessId, name));
            case ["bequeath"]:
                return Bequeath();
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

    private WireClient Client => _clients.LastOrDefault() ?? throw new InvalidOperationException("not connected");

    private Repetition Repeated => _repetition ?? throw new InvalidOperationException("nothing is being repeated");

    private string Start(Repetition repetition)
    {
        _repetition = repetition;
        repetition.Start();
        return "ok";
    }

    private void Close()
    {
        _clients.ForEach(client => client.Dispose());
        _clients.Clear();
    }

    private string Lock(LockKind kind, bool shared, string path)
    {
        LockFile file = new(path);
        _files.Add((path, file));
        return file.TryLock(kind, shared) ? "ok" : "busy";
    }

    /// <summary>Takes a read lease on a file, and does not give it back when the kernel asks for it by SIGIO: fcntl(2).</summary>
    private string Lease(string path)
    {
        const int SIGIO = 29;
        const int F_SETLEASE = 1024;
        const int F_RDLCK = 0;
        _ignoredBreaks = PosixSignalRegistration.Create((PosixSignal)SIGIO, context => context.Cancel = true);
        _leased = File.OpenHandle(path, share: FileShare.ReadWrite);
        return Control((int)_leased.DangerousGetHandle(), F_SETLEASE, F_RDLCK) == 0
            ? "ok"
            : $"failed with errno {Marshal.GetLastPInvokeError().ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>Makes a pseudoterminal that is nobody's controlling one, and gives its name: ioctl_tty(2).</summary>
    private string MakeTerminal()
    {
        const nuint TIOCSPTLCK = 0x40045431;
        const nuint TIOCGPTN = 0x80045430;
        _terminal = File.OpenHandle("/dev/ptmx", access: FileAccess.ReadWrite, share: FileShare.ReadWrite);
        int argument = 0;
        int descriptor = (int)_terminal.DangerousGetHandle();
        return Control(descriptor, TIOCSPTLCK, ref argument) == 0 && Control(descriptor, TIOCGPTN, ref argument) == 0
            ? string.Create(CultureInfo.InvariantCulture, $"/dev/pts/{argument}")
            : "failed";
    }

    private void Release(string path)
    {
        foreach ((_, LockFile file) in _files.Where(held => held.Path == path))
        {
            file.Dispose();
        }

        _files.RemoveAll(held => held.Path == path);
    }

    /// <summary>Starts a child that keeps the connection open when this process has ended, and answers with its pid.</summary>
    private string Bequeath()
    {
        const int F_SETFD = 2;
        _ = Control((int)Client.Socket.Handle, F_SETFD, 0);
        using var child = System.Diagnostics.Process.Start("sleep", "600");
        return child.Id.ToString(CultureInfo.InvariantCulture);
    }

    private static string Probe(string path)
    {
        using LockFile file = new(path);
        return file.Probe().ToString().ToLowerInvariant();
    }

    private static string Outcome(WireReply reply) =>
        reply.IsOk ? "ok" : $"refused {reply.Error.Code} {reply.Error.Domain} {reply.Error.Message}";

    private void Answer(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, nuint request, ref int argument);

    [LibraryImport("libc", EntryPoint = "prctl", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetName(int option, string name, nint unused3, nint unused4, nint unused5);
}
