using VirtLock.TestKit.Daemons;
using VirtLock.TestKit.Processes;

namespace VirtLock.TestKit.Disks;

/// <summary>
/// A file system in a sandbox that answers until it is told to hang, as storage that goes away does. Every name in it is a file. Disposing
/// it frees all who wait for it.
/// </summary>
internal sealed class HangingFileSystem : IDisposable
{
    private readonly ChildProcess _server;
    private int _answers;

    private HangingFileSystem(ChildProcess server, string directory)
    {
        _server = server;
        Directory = directory;
    }

    /// <summary>Where it is mounted: inside the sandbox only.</summary>
    public string Directory { get; }

    public static HangingFileSystem Mount(Sandbox sandbox, string name = "hanging")
    {
        Require.MountNamespaces();
        Require.File("/dev/fuse", "a kernel with FUSE");
        string directory = sandbox.NewDirectory(name);
        HangingFileSystem mounted = new(sandbox.Start([Peer.Executable, "serve-files", directory]), directory);
        mounted.AwaitAnswer();
        return mounted;
    }

    public void Hang() => Tell("hang");

    public void Serve() => Tell("serve");

    public void Dispose() => _server.Dispose();

    private void Tell(string command)
    {
        _server.Input.WriteLine(command);
        _server.Input.Flush();
        AwaitAnswer();
    }

    private void AwaitAnswer()
    {
        _answers++;
        Eventually.True(
            () => _server.HasExited || _server.StandardOutput.Count(character => character == '\n') >= _answers,
            "the file system's server answers");
        Assert.That(_server.HasExited, Is.False, _server.StandardError);
    }
}
