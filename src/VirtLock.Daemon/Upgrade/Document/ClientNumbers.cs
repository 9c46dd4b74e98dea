namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// Makes clients' numbers unique. Documents of before clients had numbers have none, and libvirt's daemon starts over when the next number is missing.
/// </summary>
internal static class ClientNumbers
{
    /// <summary>What a client has that came without a number; 0 is never given.</summary>
    internal const ulong None = 0;

    /// <summary>Numbers those that have no number or another's.</summary>
    /// <returns>The next number that is free, as are all above it.</returns>
    internal static ulong Complete(List<ClientSnapshot> clients, ulong next)
    {
        var taken = new HashSet<ulong>(clients.Count) { None };
        var unnumbered = new List<int>();
        for (int i = 0; i < clients.Count; i++)
        {
            if (!taken.Add(clients[i].Id))
            {
                unnumbered.Add(i);
            }
        }

        next = Math.Max(next, taken.Max() + 1);
        foreach (int i in unnumbered)
        {
            clients[i] = clients[i] with { Id = next++ };
        }

        return next;
    }
}
