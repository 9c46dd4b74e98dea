using System.Globalization;
using Microsoft.Extensions.Logging;
using VirtLock.Daemon.Logging;
using VirtLock.Posix;

namespace VirtLock.Daemon.Listening;

/// <summary>The sockets that systemd made for us and handed over by name: sd_listen_fds_with_names(3).</summary>
internal static class SocketActivation
{
    private const int FirstDescriptor = 3;

    /// <summary>More than a service manager hands over to a daemon with two sockets; a wrong number is not to be counted to.</summary>
    private const int MostDescriptors = 64;

    /// <summary>Takes the sockets and their announcement out of the environment; null when none were handed over.</summary>
    /// <param name="names">The names that this daemon knows.</param>
    /// <param name="logger">Told of an announcement that makes no sense.</param>
    /// <param name="unserved">The paths of sockets that were handed over without names, which nobody serves.</param>
    /// <exception cref="StartFailedException">A socket has a name that this daemon does not know, or is no listening socket.</exception>
    internal static ILookup<string, ListeningSocket>? Take(
        IReadOnlyCollection<string> names, ILogger logger, out IReadOnlyList<string> unserved)
    {
        unserved = [];
        string? pid = Environment.GetEnvironmentVariable("LISTEN_PID");
        string? count = Environment.GetEnvironmentVariable("LISTEN_FDS");
        if (pid != Environment.ProcessId.ToString(CultureInfo.InvariantCulture)
            || !int.TryParse(count, CultureInfo.InvariantCulture, out int descriptors)
            || descriptors < 1)
        {
            return null;
        }

        Environment.SetEnvironmentVariable("LISTEN_PID", null);
        Environment.SetEnvironmentVariable("LISTEN_FDS", null);
        string[] given = Environment.GetEnvironmentVariable("LISTEN_FDNAMES")?.Split(':') ?? [];
        if (given.Length != descriptors)
        {
            // libvirt's daemon makes its own sockets then, at the same paths.
            logger.ActivationUnnamed(descriptors, given.Length);
            unserved = [.. Unserved(descriptors)];
            return null;
        }

        var sockets = given.Select((name, index) => (name, Socket: Adopt(new Descriptor(FirstDescriptor + index), name, names))).ToList();
        return sockets.ToLookup(pair => pair.name, pair => pair.Socket);
    }

    private static IEnumerable<string> Unserved(int descriptors) =>
        from number in Enumerable.Range(FirstDescriptor, Math.Min(descriptors, MostDescriptors))
        let socket = ListeningSocket.PathOf(new Descriptor(number))
        where socket is not null
        select socket;

    private static ListeningSocket Adopt(Descriptor descriptor, string name, IReadOnlyCollection<string> names)
    {
        if (!names.Contains(name))
        {
            throw new StartFailedException(
                ExitCode.Network, $"systemd handed over a socket named '{name}'; this daemon knows {string.Join(" and ", names)}");
        }

        if (!descriptor.SetCloseOnExec()
            || LibC.fcntl(descriptor.Number, LibC.F_SETFL, LibC.O_NONBLOCK) < 0
            || LibC.listen(descriptor.Number, SocketBinder.Backlog) < 0)
        {
            throw new StartFailedException(
                ExitCode.Network,
                $"Descriptor {descriptor}, handed over as '{name}', is no listening socket: {ErrorText.Of(LibC.LastError)}");
        }

        return new ListeningSocket(descriptor, isOwn: false, path: null);
    }
}
