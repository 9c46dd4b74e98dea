using System.Diagnostics;
using System.Globalization;
using System.IO.Enumeration;
using Microsoft.Extensions.Logging;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Logging;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.Sessions;
using VirtLock.Daemon.Upgrade.Document;

namespace VirtLock.Daemon.Upgrade;

/// <summary>Goes on where an earlier image of this process stopped. What does not hold up is reported and left out; the rest is restored.</summary>
internal sealed class Restoration(Snapshot snapshot, LockDaemon daemon, FcntlLockDriver driver, RuntimePaths paths, TimeProvider time, ILogger logger)
{
    /// <summary>The first descriptor that is not stdin, stdout or stderr.</summary>
    private const int FirstDescriptor = 3;

    private readonly HashSet<int> _taken = [];
    private readonly List<(Connection Connection, ClientSnapshot Client)> _resumable = [];

    /// <summary>Puts everything in its place; nobody is answered yet.</summary>
    /// <returns>The descriptor of the PID file that the earlier image kept locked for us; null when it could not.</returns>
    internal int? Restore()
    {
        long begun = Stopwatch.GetTimestamp();
        new LockTableSnapshot(snapshot.Default, snapshot.Directories).Restore(daemon.Table, time.GetUtcNow(), Hold);
        RestoreServer(daemon.LockServer, paths.LockSocket, client => daemon.OpenLockSession(client.Owner, client.IsRestricted));
        RestoreServer(daemon.AdminServer, paths.AdminSocket, _ => daemon.OpenAdminSession());
        foreach (FencingSnapshot fencing in snapshot.Fencings)
        {
            int descriptor = Take(fencing.Descriptor) ? fencing.Descriptor : PeerProcess.OpenByPid(fencing.Pid);
            daemon.Fencer.Fence(fencing.Pid, descriptor, fencing.Elapsed);
        }

        int? pidFile = Take(snapshot.PidFileDescriptor) ? snapshot.PidFileDescriptor : null;
        if (snapshot.IsFromLibvirt)
        {
            CloseStrays();
        }

        logger.Restored(daemon.Table.LeaseCount, _resumable.Count, Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        return pidFile;
    }

    /// <summary>Sends what was not sent, and handles what was received and not handled.</summary>
    internal void Resume()
    {
        foreach ((Connection connection, ClientSnapshot client) in _resumable)
        {
            connection.Resume(client);
        }

        if (snapshot.IdleFor is { } idleFor)
        {
            daemon.Timeout.Update(idleFor);
        }
    }

    /// <summary>Whether a descriptor is open and nobody else's; it is close-on-exec from then on, as all that this image uses.</summary>
    private bool Take(int descriptor) =>
        descriptor >= FirstDescriptor && LibC.fcntl(descriptor, LibC.F_SETFD, LibC.FD_CLOEXEC) == 0 && _taken.Add(descriptor);

    private HeldFile? Hold(ResourceSnapshot resource)
    {
        LockKind? kind = snapshot.IsFromLibvirt ? null : resource.Kind;
        string? problem;
        HeldFile? file = _taken.Contains(resource.Descriptor)
            ? driver.TakeAnew(resource.Path, resource.Mode, $"descriptor {resource.Descriptor} is another's already", out problem)
            : driver.Adopt(new Descriptor(resource.Descriptor), resource.Path, resource.Mode, kind, out problem);
        if (file is { } held)
        {
            _taken.Add(held.Descriptor);
        }

        if (problem is not null)
        {
            logger.ResourceProblem(resource.Name.ToString(), resource.Path.ToString(), problem);
        }

        return file;
    }

    private void RestoreServer(Server server, string socketPath, Func<ClientSnapshot, Session> openSession)
    {
        // libvirt's daemon does not always have an admin server.
        if (snapshot.Servers.FirstOrDefault(candidate => candidate.Name == server.Name) is not { } earlier)
        {
            return;
        }

        server.Limits = new ServerLimits(earlier.MaximumClients, earlier.MaximumAnonymousClients);
        server.NextClientId = earlier.NextClientId;
        foreach (ListenerSnapshot listener in earlier.Listeners)
        {
            if (Take(listener.Descriptor)
                && ListeningSocket.TryAdopt(listener.Descriptor, listener.IsOwn, listener.IsOwn ? socketPath : null) is { } socket)
            {
                server.Listen(socket);
            }
            else
            {
                logger.ListenerNotRestored(listener.Descriptor, server.Name);
            }
        }

        foreach (ClientSnapshot client in earlier.Clients)
        {
            if (Take(client.Descriptor) && server.Adopt(client, openSession(client)) is { } connection)
            {
                _resumable.Add((connection, client));
            }
            else
            {
                logger.ClientNotRestored(client.Id, server.Name, client.Descriptor);
            }
        }
    }

    /// <summary>
    /// Closes what was inherited and is nobody's: libvirt's daemon leaks its log and more into the images that follow. What this image uses is
    /// close-on-exec by now.
    /// </summary>
    private void CloseStrays()
    {
        foreach (int descriptor in OpenDescriptors())
        {
            if (descriptor >= FirstDescriptor && !_taken.Contains(descriptor) && LibC.fcntl(descriptor, LibC.F_GETFD, 0) == 0)
            {
                driver.CloseStray(new Descriptor(descriptor));
            }
        }
    }

    /// <summary>By name alone: what .NET asks of each file beyond that costs two system calls each.</summary>
    private static int[] OpenDescriptors() =>
    [
        .. new FileSystemEnumerable<int>(
            "/proc/self/fd",
            static (ref FileSystemEntry entry) => int.Parse(entry.FileName, CultureInfo.InvariantCulture),
            new EnumerationOptions { AttributesToSkip = 0 }),
    ];
}
