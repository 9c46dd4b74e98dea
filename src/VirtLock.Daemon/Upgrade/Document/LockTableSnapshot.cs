using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>The lock model as values, and back.</summary>
/// <param name="Default">The space in which names are paths.</param>
/// <param name="Directories">The directory table.</param>
internal readonly record struct LockTableSnapshot(LockSpaceSnapshot Default, IReadOnlyList<LockSpaceSnapshot> Directories)
{
    /// <summary>Notes every lock space with all its leases.</summary>
    internal static LockTableSnapshot Take(LockTable table)
    {
        var directories = new List<LockSpaceSnapshot>(table.Directories.Count);
        foreach (LockSpace space in table.Directories)
        {
            directories.Add(Take(space));
        }

        return new LockTableSnapshot(Take(table.Default), directories);
    }

    /// <summary>Brings everything back into a model that is still empty.</summary>
    /// <param name="table">The model.</param>
    /// <param name="now">What counts as the time of acquiring where it is not known.</param>
    /// <param name="keep">Looks after the lock of a resource: gives the file that carries it, or null when it is lost. Whoever holds leases
    /// on a lost one is reported by <see cref="LockTable.Happened"/>; files that are not given are the callee's to close.</param>
    /// <returns>How many leases were lost.</returns>
    internal int Restore(LockTable table, DateTimeOffset now, Func<ResourceSnapshot, HeldFile?> keep)
    {
        int lost = Restore(table, table.Default, Default, now, keep);
        foreach (LockSpaceSnapshot directory in Directories)
        {
            lost += Restore(table, table.AddDirectory(directory.Directory!.Value), directory, now, keep);
        }

        return lost;
    }

    private static LockSpaceSnapshot Take(LockSpace space)
    {
        var resources = new ResourceSnapshot[space.Resources.Count];
        int count = 0;
        foreach (Resource resource in space.Resources)
        {
            resources[count++] = new ResourceSnapshot
            {
                Name = resource.Name,
                Path = resource.Path,
                Descriptor = resource.File.Descriptor,
                Mode = resource.Mode,
                IsAutocreated = resource.IsAutocreated,
                Kind = resource.File.Kind,
                Identity = resource.File.Identity,
                Leases = Take(resource),
            };
        }

        return new LockSpaceSnapshot(space.Directory, resources);
    }

    private static LeaseSnapshot[] Take(Resource resource)
    {
        int count = 0;
        for (Lease? lease = resource.FirstLease; lease is not null; lease = lease.NextOnResource)
        {
            count++;
        }

        var leases = new LeaseSnapshot[count];
        count = 0;
        for (Lease? lease = resource.FirstLease; lease is not null; lease = lease.NextOnResource)
        {
            leases[count++] = new LeaseSnapshot(lease.Owner, lease.AcquiredAt);
        }

        return leases;
    }

    private static int Restore(
        LockTable table, LockSpace space, LockSpaceSnapshot snapshot, DateTimeOffset now, Func<ResourceSnapshot, HeldFile?> keep)
    {
        int lost = 0;
        foreach (ResourceSnapshot resource in snapshot.Resources)
        {
            if (keep(resource) is not { } file)
            {
                ReportLost(table, space, resource);
                lost += resource.Leases.Count;
            }
            else if (resource.Leases.Count == 0)
            {
                // Nobody holds it, so nobody would ever let it go.
                table.Driver.Release(file, resource.Path, resource.Mode, resource.IsAutocreated);
            }
            else
            {
                Restore(table, space, resource, file, now);
            }
        }

        return lost;
    }

    private static void Restore(LockTable table, LockSpace space, ResourceSnapshot snapshot, HeldFile file, DateTimeOffset now)
    {
        var resource = new Resource(space, snapshot.Name, snapshot.Path, snapshot.Mode, snapshot.IsAutocreated, file);
        space.Add(resource);
        foreach (LeaseSnapshot lease in snapshot.Leases)
        {
            table.AddLease(resource, lease.Owner, lease.AcquiredAt ?? now);
        }
    }

    private static void ReportLost(LockTable table, LockSpace space, ResourceSnapshot resource)
    {
        foreach (LeaseSnapshot lease in resource.Leases)
        {
            table.Raise(new LockEvent(LockEventKind.Lost, space.Directory, resource.Name, lease.Owner, resource.Mode, null));
        }
    }
}
