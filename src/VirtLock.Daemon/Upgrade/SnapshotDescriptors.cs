using VirtLock.Daemon.Upgrade.Document;

namespace VirtLock.Daemon.Upgrade;

/// <summary>Which descriptors a snapshot hands over.</summary>
internal static class SnapshotDescriptors
{
    internal static IEnumerable<int> Descriptors(this Snapshot snapshot)
    {
        foreach (ServerSnapshot server in snapshot.Servers)
        {
            foreach (ListenerSnapshot listener in server.Listeners)
            {
                yield return listener.Descriptor;
            }

            foreach (ClientSnapshot client in server.Clients)
            {
                yield return client.Descriptor;
                if (client.PeerDescriptor >= 0)
                {
                    yield return client.PeerDescriptor;
                }
            }
        }

        foreach (LockSpaceSnapshot space in snapshot.Directories.Prepend(snapshot.Default))
        {
            foreach (ResourceSnapshot resource in space.Resources)
            {
                yield return resource.Descriptor;
            }
        }

        foreach (FencingSnapshot fencing in snapshot.Fencings)
        {
            yield return fencing.Descriptor;
        }

        if (snapshot.PidFileDescriptor >= 0)
        {
            yield return snapshot.PidFileDescriptor;
        }
    }
}
