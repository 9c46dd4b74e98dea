using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using VirtLock.Posix;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>
/// A process that has what a lock daemon has - sockets, clients, locked files - and becomes libvirt's daemon when it is given a document that says so.
/// It lives in a mount namespace with a /run of its own. When that daemon is told to restart, the document that it leaves is copied on its way.
/// </summary>
internal sealed class LibvirtSuccessor : IDisposable
{
    private const string Daemon = "/usr/sbin/virtlockd";

    private const string Script = """
        use strict;
        use IO::Socket::UNIX;
        use IO::Handle;

        # Nothing is to be closed at exec.
        $^F = 10_000;
        $| = 1;

        sub write_file {
            my ($path, $text) = @_;
            open(my $file, '>', $path) or die "$path: $!";
            print $file $text;
            close $file;
        }

        system('mount', '-t', 'tmpfs', 'none', '/run') == 0 or die 'no file system can be mounted';
        mkdir $_ for ('/run/libvirt', '/run/bin', '/run/locks');
        write_file('/run/bin/virtlockd', <<'END');
        #!/bin/sh
        cp /run/virtlockd-restart-exec.json /run/captured.tmp
        mv /run/captured.tmp /run/captured.json
        exec /usr/sbin/virtlockd "$@"
        END
        chmod 0755, '/run/bin/virtlockd';
        $ENV{PATH} = "/run/bin:$ENV{PATH}";

        my @kept;
        for my $name ('virtlockd', 'admin') {
            my $path = $name eq 'admin' ? '/run/libvirt/virtlockd-admin-sock' : '/run/libvirt/virtlockd-sock';
            my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 10) or die "$path: $!";
            print "$name ", fileno($listener), "\n";
            push @kept, $listener;
            next if $name eq 'admin';
            for my $client ('first', 'second') {
                my $peer = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!";
                my $socket = $listener->accept or die "$path: $!";
                print "$client ", fileno($socket), "\n";
                push @kept, $peer, $socket;
            }
        }

        my %files = (shared => "/run/shared\xFF", exclusive => "/run/exclusive", lease => "/run/locks/lease");
        for my $name (sort keys %files) {
            write_file($files{$name}, '');
            open(my $file, '+<', $files{$name}) or die "$files{$name}: $!";

            # An open file description lock, as of a 64-bit Linux: fcntl(2).
            fcntl($file, 37, pack('s s x4 q q l x4', $name eq 'shared' ? 0 : 1, 0, 0, 1, 0)) or die "lock: $!";
            print "$name ", fileno($file), "\n";
            push @kept, $file;
        }

        print "ready\n";
        binmode STDIN;
        local $/;
        my $document = <STDIN>;
        write_file('/run/virtlockd-restart-exec.json', $document);
        exec { '/usr/sbin/virtlockd' } 'virtlockd';
        """;

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly Task<string> _errors;

    internal LibvirtSuccessor()
    {
        RequireWhatItTakes();
        _process = Process.Start(new ProcessStartInfo("unshare", ["--mount", "--propagation", "private", "perl", "-e", Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C" },
        })!;
        _errors = _process.StandardError.ReadToEndAsync();
        while (_process.StandardOutput.ReadLine() is { } line && line != "ready")
        {
            string[] words = line.Split(' ');
            Descriptors.Add(words[0], int.Parse(words[1], CultureInfo.InvariantCulture));
        }

        Assert.That(Descriptors, Has.Count.EqualTo(7), () => Errors);
    }

    /// <summary>The process keeps its number when it becomes the daemon.</summary>
    internal int Id => _process.Id;

    /// <summary>The descriptors of sockets and files by what they are for.</summary>
    internal Dictionary<string, int> Descriptors { get; } = [];

    internal void Become(byte[] document)
    {
        _process.StandardInput.BaseStream.Write(document);
        _process.StandardInput.Close();
    }

    internal string PathOf(string path) => string.Create(CultureInfo.InvariantCulture, $"/proc/{Id}/root{path}");

    internal Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = (int)Bound.TotalMilliseconds };
        socket.Connect(new UnixDomainSocketEndPoint(PathOf("/run/libvirt/virtlockd-sock")));
        return socket;
    }

    /// <summary>Makes the daemon execute itself anew.</summary>
    /// <returns>The document that it left for its successor.</returns>
    internal byte[] Restart()
    {
        Assert.That(LibC.kill(Id, LibC.SIGUSR1), Is.Zero);
        Assert.That(
            SpinWait.SpinUntil(() => File.Exists(PathOf("/run/captured.json")), Bound),
            () => $"No document was left within {Bound.TotalSeconds} s. {Errors}");
        return File.ReadAllBytes(PathOf("/run/captured.json"));
    }

    /// <summary>What the daemon had to say; ends the daemon, as it says it at its end.</summary>
    internal string Errors
    {
        get
        {
            Dispose();
            return _errors.Result;
        }
    }

    /// <summary>Not by SIGTERM, at which the daemon would end the owners of its leases.</summary>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    private static void RequireWhatItTakes()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("Needs root, for a mount namespace in which libvirt's daemon finds /run empty.");
        }

        foreach (string file in new[] { Daemon, "/usr/bin/perl", "/usr/bin/unshare" })
        {
            if (!File.Exists(file))
            {
                Assert.Ignore($"Needs {file}, which does not exist.");
            }
        }

        using var mount = Process.Start(new ProcessStartInfo("unshare", ["--mount", "--propagation", "private", "true"])
        {
            RedirectStandardError = true,
        })!;
        mount.WaitForExit();
        if (mount.ExitCode != 0)
        {
            Assert.Ignore("Needs a mount namespace, which cannot be made here.");
        }
    }
}
