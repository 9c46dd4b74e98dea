using System.Globalization;
using System.Net.Sockets;
using VirtLock.TestKit.Processes;

namespace VirtLock.TestKit.Daemons;

/// <summary>
/// A process that has what a lock daemon has - sockets, clients, locked files - and becomes libvirt's daemon when it is given a document
/// that says so. When that daemon is told to restart, the document that it leaves is copied on its way.
/// </summary>
internal sealed class LibvirtSuccessor : IDisposable
{
    private const string SocketPath = "/run/libvirt/virtlockd-sock";
    private const string Document = "/run/virtlockd-restart-exec.json";
    private const string Captured = "/run/captured.json";

    /// <summary>
    /// The daemon executes what PATH has under the name that it was started by. A file gets a name here that is not UTF-8: the arguments of
    /// a process of .NET can't have one.
    /// </summary>
    private const string Preparation = $"""
        mkdir /run/bin /run/locks
        printf '#!/bin/sh\ncp {Document} {Captured}.new\nmv {Captured}.new {Captured}\nexec /usr/sbin/virtlockd "$@"\n' > /run/bin/virtlockd
        chmod 755 /run/bin/virtlockd
        touch /run/shared /run/exclusive /run/locks/lease
        ln /run/shared "$(printf '/run/shared\377')"
        """;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly Sandbox _sandbox;
    private readonly ChildProcess _process;
    private readonly List<Socket> _clients = [];

    public LibvirtSuccessor()
    {
        Require.MountNamespaces();
        string becomeDaemon = $"exec -a virtlockd {DaemonPath.Of(DaemonKind.Libvirt)}";
        _sandbox = Sandbox.Create(Preparation);
        string[] items =
        [
            Item("admin", $"listen:/run/libvirt/virtlockd-admin-sock"),
            Item("virtlockd", $"listen:{SocketPath}"),
            Item("first", "accept:"),
            Item("second", "accept:"),
            Item("shared", "ofd-shared:/run/shared"),
            Item("exclusive", "ofd-exclusive:/run/exclusive"),
            Item("lease", "ofd-exclusive:/run/locks/lease"),
        ];
        _process = _sandbox.Start(
            [Peer.Executable, "precede", Document, "-", .. items, "--", "/bin/bash", "-c", becomeDaemon],
            new Dictionary<string, string> { ["PATH"] = $"/run/bin:{Environment.GetEnvironmentVariable("PATH")}" });
        foreach (string client in (ReadOnlySpan<string>)["first", "second"])
        {
            Eventually.True(() => _process.HasExited || TryConnect(), $"the predecessor takes the {client} client", Bound);
        }

        Eventually.True(() => _process.HasExited || IsReady, "the predecessor has all that it is to have", Bound);
        Assert.That(_process.HasExited, Is.False, () => Errors);
    }

    /// <summary>The process keeps its number when it becomes the daemon.</summary>
    public int Id => _process.Id;

    /// <summary>The descriptors of sockets and files by what they are for.</summary>
    public Dictionary<string, int> Descriptors { get; } = [];

    /// <summary>What the daemon had to say; ends the daemon, as it says it at its end.</summary>
    public string Errors
    {
        get
        {
            _process.Kill();
            _process.WaitForExit();
            return _process.StandardError;
        }
    }

    private bool IsReady => _process.StandardOutput.Contains("ready", StringComparison.Ordinal);

    public void Become(byte[] document)
    {
        _process.Input.BaseStream.Write(document);
        _process.Input.Close();
    }

    public string PathOf(string path) => _sandbox.Outside(path);

    public Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)Bound.TotalMilliseconds,
        };
        socket.Connect(new UnixDomainSocketEndPoint(PathOf(SocketPath)));
        return socket;
    }

    /// <summary>Makes the daemon execute itself.</summary>
    /// <returns>The document that it left for its successor.</returns>
    public byte[] Restart()
    {
        _process.Signal("USR1");
        Eventually.True(() => File.Exists(PathOf(Captured)), "a document is left", Bound);
        return File.ReadAllBytes(PathOf(Captured));
    }

    /// <summary>Not by SIGTERM, at which the daemon would end the owners of its leases.</summary>
    public void Dispose()
    {
        _process.Dispose();
        _clients.ForEach(static client => client.Dispose());
        _sandbox.Dispose();
    }

    private string Item(string name, string what)
    {
        // Clear of what a process has open by itself.
        int descriptor = 100 + Descriptors.Count;
        Descriptors.Add(name, descriptor);
        return string.Create(CultureInfo.InvariantCulture, $"{descriptor}={what}");
    }

    private bool TryConnect()
    {
        try
        {
            _clients.Add(Connect());
            return true;
        }
        catch (SocketException)
        {
            // It does not listen yet.
            return false;
        }
    }
}
