using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>Whom the leases of a document belong to.</summary>
internal sealed class OwnerTable
{
    private readonly List<Owner>? _numbered;
    private readonly Dictionary<ProcessId, Owner> _byPid = [];

    /// <summary>For a document of ours, whose leases give their owner's number.</summary>
    internal OwnerTable(List<Owner> numbered) => _numbered = numbered;

    private OwnerTable()
    {
    }

    internal int Count => _numbered?.Count ?? 0;

    /// <summary>For a document of libvirt's, which knows owners by pid: what the clients still connected registered says more about some.</summary>
    internal static OwnerTable OfClients(IEnumerable<ServerSnapshot> servers)
    {
        var table = new OwnerTable();
        foreach (ServerSnapshot server in servers)
        {
            foreach (ClientSnapshot client in server.Clients)
            {
                if (client.Owner is { } owner)
                {
                    table._byPid.TryAdd(owner.Pid, owner);
                }
            }
        }

        return table;
    }

    internal Owner Numbered(int number) => _numbered![number];

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
