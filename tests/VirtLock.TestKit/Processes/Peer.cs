using System.Globalization;

namespace VirtLock.TestKit.Processes;

/// <summary>The test's handle on a process under its command; see the VirtLock.TestPeer project for what it obeys.</summary>
internal sealed class Peer : IDisposable
{
    private readonly ChildProcess _process;
    private int _read;

    private Peer(ChildProcess process)
    {
        _process = process;
        string[] ready = Answer().Split(' ');
        Assert.That(ready, Has.Length.EqualTo(2).And.ItemAt(0).EqualTo("ready"));
        Id = int.Parse(ready[1], CultureInfo.InvariantCulture);
    }

    public static string Executable => Path.Combine(AppContext.BaseDirectory, "virtlock-testpeer");

    /// <summary>Its process id as it sees it itself.</summary>
    public int Id { get; }

    /// <summary>Whether it runs; a process that is dead but not yet reaped does not.</summary>
    public bool IsAlive => ProcessTable.IsAlive(Id);

    public static Peer Start() => new(ChildProcess.Start([Executable]));

    /// <summary>Starts it under a name of its own, as /proc shows it.</summary>
    public static Peer StartAs(string name)
    {
        Peer peer = Start();
        peer.Must($"name {name}");
        return peer;
    }

    /// <summary>Starts it by a command line that ends with its own: inside namespaces, as another user.</summary>
    public static Peer Start(IEnumerable<string> prefix) => new(ChildProcess.Start([.. prefix, Executable]));

    /// <summary>A process that plays a guest's emulator: connected, and registered under its own process id.</summary>
    public static Peer StartGuest(string socketPath, string name = "guest")
    {
        Peer peer = Start();
        peer.Must($"connect {socketPath}");
        peer.Must($"register {name}");
        return peer;
    }

    public string Ask(string command)
    {
        _process.Input.WriteLine(command);
        _process.Input.Flush();
        return Answer();
    }

    /// <summary>Makes it close its connection, which may be its death: nobody waits for an answer.</summary>
    public void Disconnect()
    {
        _process.Input.WriteLine("close");
        _process.Input.Flush();
    }

    public void Must(string command) => Assert.That(Ask(command), Is.EqualTo("ok"), command);

    public void WaitUntilDead(TimeSpan? bound = null) => Eventually.True(() => !IsAlive, $"process {Id} is dead", bound);

    public void Dispose() => _process.Dispose();

    private string Answer()
    {
        Eventually.True(
            () => _process.HasExited || _process.StandardOutput.IndexOf('\n', _read) >= 0,
            "the peer process answers",
            TimeSpan.FromSeconds(20));
        string output = _process.StandardOutput;
        int end = output.IndexOf('\n', _read);
        if (end < 0)
        {
            Assert.Fail($"The peer process ended: {_process.StandardError}");
        }

        string line = output[_read..end];
        _read = end + 1;
        return line;
    }
}
