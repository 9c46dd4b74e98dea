using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Finds whom the leases of a document belong to: by number in one of ours, by pid in libvirt's.</summary>
internal sealed class OwnerLookup
{
    private readonly IReadOnlyList<Owner> _numbered;
    private readonly Dictionary<ProcessId, Owner> _byPid = [];

    /// <summary>For a document of ours, whose leases give their owner's number.</summary>
    internal OwnerLookup(IReadOnlyList<Owner> numbered) => _numbered = numbered;

    /// <summary>
    /// For a document of libvirt's, which knows owners by pid: what the clients still connected registered says more about some.
    /// </summary>
    internal static OwnerLookup AmongClients(IEnumerable<ServerSnapshot> servers)
    {
        var lookup = new OwnerLookup([]);
        foreach (ServerSnapshot server in servers)
        {
            foreach (ClientSnapshot client in server.Clients)
            {
                if (client.Owner is { } owner)
                {
                    lookup._byPid.TryAdd(owner.Pid, owner);
                }
            }
        }

        return lookup;
    }

    internal Owner? OfNumber(int number) => number < _numbered.Count ? _numbered[number] : null;

    internal Owner OfPid(ProcessId pid)
    {
        if (!_byPid.TryGetValue(pid, out Owner? owner))
        {
            owner = Owner.OfPid(pid);
            _byPid.Add(pid, owner);
        }

        return owner;
    }
}
