using System.Diagnostics;
using System.Globalization;
using System.IO.Enumeration;
using Microsoft.Extensions.Logging;
using VirtLock.Daemon.Listening;
using VirtLock.Daemon.Logging;
using VirtLock.Daemon.Processes;
using VirtLock.Daemon.Supervision;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;
using VirtLock.Sessions;

namespace VirtLock.Daemon.Upgrade;

/// <summary>Goes on where the predecessor stopped. What does not hold up is reported and left out; the rest is restored.</summary>
/// <param name="snapshot">What the predecessor left.</param>
/// <param name="parts">Where it belongs: parts that are still empty.</param>
/// <param name="driver">Takes the locks over.</param>
/// <param name="paths">Where the sockets are.</param>
/// <param name="time">Tells when a lease was acquired that is not known to be older.</param>
/// <param name="logger">Told what could not be restored.</param>
internal sealed class Restoration(
    Snapshot snapshot, DaemonParts parts, FcntlLockDriver driver, RuntimePaths paths, TimeProvider time, ILogger logger)
{
    /// <summary>The first descriptor that is not stdin, stdout or stderr.</summary>
    private const int FirstDescriptor = 3;

    private readonly HashSet<Descriptor> _taken = [];
    private readonly Dictionary<ResourceSnapshot, HeldFile> _held = new(ReferenceEqualityComparer.Instance);
    private readonly List<(Connection Connection, ClientSnapshot Client)> _resumable = [];

    /// <summary>Puts everything in its place; nobody is answered yet.</summary>
    /// <returns>The descriptor of the PID file that the predecessor kept locked for us; none when it could not.</returns>
    internal Descriptor Restore()
    {
        long begun = Stopwatch.GetTimestamp();
        HoldResources();
        new LockTableSnapshot(snapshot.Default, snapshot.Directories).Restore(
            parts.Table, time.GetUtcNow(), resource => _held.TryGetValue(resource, out HeldFile file) ? file : null);
        foreach (Server server in parts.Servers)
        {
            // libvirt's daemon does not always have an admin server.
            if (snapshot.Servers.FirstOrDefault(candidate => candidate.Name == server.Name) is { } earlier)
            {
                Restore(server, earlier);
            }
        }

        foreach (FencingSnapshot fencing in snapshot.Fencings)
        {
            var pidfd = new Descriptor(fencing.Descriptor);
            parts.Fencer.Fence(
                new Victim(fencing.Pid, fencing.Start),
                Take(pidfd) ? ProcessHandle.Of(pidfd) : ProcessHandle.OfPid(fencing.Pid, fencing.Start),
                fencing.Elapsed);
        }

        var pidFile = new Descriptor(snapshot.PidFileDescriptor);
        if (!Take(pidFile))
        {
            pidFile = Descriptor.None;
        }

        CloseStrays();
        string what = snapshot.IsFromLibvirt ? "took over from libvirt's daemon" : $"upgraded to VirtLock {ProductVersion.Text}";
        logger.Restored(what, parts.Table.LeaseCount, _resumable.Count, Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        return pidFile;
    }

    /// <summary>Sends what was not sent, and handles what was received and not handled.</summary>
    internal void Resume()
    {
        foreach ((Connection connection, ClientSnapshot client) in _resumable)
        {
            connection.Resume(client.Output, client.Input);
        }

        if (snapshot.IdleFor is { } idleFor)
        {
            parts.Timeout.Update(idleFor);
        }
    }

    /// <summary>
    /// Whether a descriptor was inherited and is nobody else's; it is close-on-exec from then on, as all that this executable uses.
    /// </summary>
    private bool Take(Descriptor descriptor) => IsInherited(descriptor) && descriptor.SetCloseOnExec() && _taken.Add(descriptor);

    /// <summary>What this executable opened itself is close-on-exec: a document that was not left for it can't lay hands on it.</summary>
    private static bool IsInherited(Descriptor descriptor) =>
        descriptor.Number >= FirstDescriptor && LibC.fcntl(descriptor.Number, LibC.F_GETFD, 0) == 0;

    /// <summary>
    /// Adopts every lock that came with its descriptor, and only then takes anew what did not: that opens and closes files, which would
    /// drop the POSIX locks of those that are not known to be held yet.
    /// </summary>
    private void HoldResources()
    {
        var useless = new List<(ResourceSnapshot Resource, string Problem)>();
        foreach (ResourceSnapshot resource in snapshot.Directories.Prepend(snapshot.Default).SelectMany(space => space.Resources))
        {
            Adoption adoption = Adopt(resource);
            if (adoption.CanBeTakenAnew)
            {
                useless.Add((resource, adoption.Problem!));
            }
            else
            {
                Settle(resource, adoption.File, adoption.Problem);
            }
        }

        foreach ((ResourceSnapshot resource, string reason) in useless)
        {
            string problem = reason;
            HeldFile? file = driver.TakeAnew(resource.Path, resource.Mode, resource.Identity, ref problem);
            Settle(resource, file, problem);
        }
    }

    private Adoption Adopt(ResourceSnapshot resource)
    {
        var descriptor = new Descriptor(resource.Descriptor);
        LockKind? kind = snapshot.IsFromLibvirt ? null : resource.Kind;
        return _taken.Contains(descriptor)
            ? new Adoption(null, $"descriptor {descriptor} is another's already", CanBeTakenAnew: true)
            : driver.Adopt(descriptor, resource.Path, resource.Mode, kind, resource.Identity);
    }

    private void Settle(ResourceSnapshot resource, HeldFile? file, string? problem)
    {
        if (file is { } held)
        {
            _held.Add(resource, held);
            _taken.Add(new Descriptor(held.Descriptor));
        }

        if (problem is not null)
        {
            logger.ResourceProblem(resource.Name.ToString(), resource.Path.ToString(), problem);
        }
    }

    private void Restore(Server server, ServerSnapshot earlier)
    {
        string socketPath = server.Name == ServerSnapshot.AdminServer ? paths.AdminSocket : paths.LockSocket;
        server.Limits = new ServerLimits(earlier.MaximumClients, earlier.MaximumAnonymousClients);
        server.NextClientId = earlier.NextClientId;
        foreach (ListenerSnapshot listener in earlier.Listeners)
        {
            var socket = new Descriptor(listener.Descriptor);
            if (Take(socket) && ListeningSocket.TryAdopt(socket, listener.IsOwn, listener.IsOwn ? socketPath : null) is { } adopted)
            {
                server.Listen(adopted);
            }
            else
            {
                logger.ListenerNotRestored(listener.Descriptor, server.Name);
            }
        }

        foreach (ClientSnapshot client in earlier.Clients)
        {
            var socket = new Descriptor(client.Descriptor);
            if (Take(socket)
                && server.Adopt(socket, client.Id, new Descriptor(client.PeerDescriptor), client.ConnectedAt) is { } connection)
            {
                if (connection.Session is LockSession session)
                {
                    session.Owner = client.Owner is { ProcessStart: 0 } owner
                        ? owner with { ProcessStart = ProcessStart.Of(owner.Pid) }
                        : client.Owner;
                    session.IsRestricted = client.IsRestricted;
                }

                _resumable.Add((connection, client));
            }
            else
            {
                logger.ClientNotRestored(client.Id, server.Name, client.Descriptor);
            }
        }
    }

    /// <summary>
    /// Closes what was inherited and is nobody's: what turned out to be of no use, and libvirt's daemon leaks its log and more into its
    /// successors. What this executable uses is close-on-exec by now.
    /// </summary>
    private void CloseStrays()
    {
        IEnumerable<Descriptor> inherited =
            snapshot.IsFromLibvirt ? OpenDescriptors() : snapshot.Descriptors().Select(number => new Descriptor(number));
        foreach (Descriptor descriptor in inherited)
        {
            if (!_taken.Contains(descriptor) && IsInherited(descriptor))
            {
                driver.CloseStray(descriptor);
            }
        }
    }

    /// <summary>By name alone: what .NET asks of each file beyond that costs two system calls each.</summary>
    private static Descriptor[] OpenDescriptors() =>
    [
        .. new FileSystemEnumerable<Descriptor>(
            "/proc/self/fd",
            static (ref FileSystemEntry entry) => new Descriptor(int.Parse(entry.FileName, CultureInfo.InvariantCulture)),
            new EnumerationOptions { AttributesToSkip = 0 }),
    ];
}
