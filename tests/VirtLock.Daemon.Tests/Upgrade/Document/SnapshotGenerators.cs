using FsCheck;
using FsCheck.Fluent;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Locking;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>Any snapshot that a daemon can be in.</summary>
internal static class SnapshotGenerators
{
    private static Gen<bool> Coin => Gen.Elements(true, false);

    private static Gen<int> Descriptor => Gen.Choose(0, int.MaxValue);

    private static Gen<uint> Number => Gen.OneOf(
        Gen.Elements(0u, 1u, 0x7FFFFFFFu, 0x80000000u, uint.MaxValue), Gen.Choose(0, int.MaxValue).Select(value => (uint)value));

    private static Gen<byte[]> AnyBytes => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();

    /// <summary>Text that JSON must escape, text of several bytes, and what is no text.</summary>
    private static Gen<byte[]> NameBytes => Gen.OneOf(
        Gen.Elements<byte[]>(
            [.. "/a"u8], [.. "\"\\\n\u007F"u8], [.. "ü世🔒"u8], [.. "\uFFFD"u8], [.. "\uFFFD~1"u8], [0xFF], [0xFE], [0xC3]).ArrayOf()
            .Select(parts => parts.SelectMany(part => part).ToArray()),
        Gen.Choose(1, 255).Select(value => (byte)value).ArrayOf());

    private static Gen<ResourceName> Name => NameBytes.Select(bytes => new ResourceName(bytes.AsSpan()));

    private static Gen<FilePath> Path => NameBytes.Select(bytes => new FilePath(bytes.AsSpan()));

    private static Gen<DateTimeOffset> Seconds =>
        Gen.Choose(int.MinValue, int.MaxValue).Select(value => DateTimeOffset.FromUnixTimeSeconds(value));

    private static Gen<DateTimeOffset?> Milliseconds => Gen.OneOf(
        Gen.Constant((DateTimeOffset?)null), Seconds.Select(time => (DateTimeOffset?)time.AddMilliseconds(time.Second * 16)));

    private static Gen<TimeSpan> Duration => Gen.Choose(0, int.MaxValue).Select(value => TimeSpan.FromMilliseconds(value));

    private static Gen<Owner> Owner =>
        from pid in Number
        from name in NameBytes.Select(bytes => new OwnerName(bytes.AsSpan()))
        from id in Number
        from uuid in ArbMap.Default.GeneratorFor<Guid>()
        from start in Number
        select new Owner(new ProcessId(pid), name, id, uuid) { ProcessStart = start };

    /// <summary>An owner that libvirt's daemon, too, takes for registered.</summary>
    private static Gen<Owner?> RegisteredOwner => Gen.OneOf(
        Gen.Constant((Owner?)null), Owner.Select(owner => (Owner?)(owner with { DomainId = Math.Max(owner.DomainId, 1) })));

    private static Gen<LeaseSnapshot[]> Leases =>
        (from owner in Owner
         from acquiredAt in Milliseconds
         select new LeaseSnapshot(owner, acquiredAt)).ArrayOf();

    private static Gen<ResourceSnapshot> Resource =>
        from name in Name
        from path in Path
        from descriptor in Descriptor
        from mode in Gen.Elements(LockMode.Exclusive, LockMode.Shared)
        from isAutocreated in Coin
        from kind in Gen.Elements(LockKind.OpenFileDescription, LockKind.Posix)
        from leases in Leases
        from device in Number
        from inode in Number
        from hasIdentity in Coin
        select Samples.Resource(name.Bytes, path.Bytes, descriptor, mode, isAutocreated, kind, leases) with
        {
            Identity = hasIdentity ? new FileIdentity(device, inode * (1UL << 32)) : null,
        };

    private static Gen<ResourceSnapshot[]> Resources =>
        Resource.ArrayOf().Select(all => all.DistinctBy(resource => resource.Name).ToArray());

    private static Gen<LockSpaceSnapshot[]> Directories =>
        (from directory in Path
         from resources in Resources
         select new LockSpaceSnapshot(directory, resources)).ArrayOf().Select(all => all.DistinctBy(space => space.Directory).ToArray());

    private static Gen<ClientSnapshot> AdminClient =>
        from id in Gen.Choose(1, int.MaxValue)
        from descriptor in Descriptor
        from connectedAt in Seconds
        from peer in Gen.OneOf(Gen.Constant(-1), Descriptor)
        from input in AnyBytes
        from output in AnyBytes
        select new ClientSnapshot
        {
            Id = (ulong)id,
            Descriptor = descriptor,
            ConnectedAt = connectedAt,
            PeerDescriptor = peer,
            Input = input,
            Output = output,
        };

    private static Gen<ClientSnapshot> LockClient =>
        from client in AdminClient
        from isRestricted in Coin
        from owner in RegisteredOwner
        select client with { IsRestricted = isRestricted, Owner = owner };

    private static Gen<ListenerSnapshot> Listener =>
        from descriptor in Descriptor
        from isOwn in Coin
        select new ListenerSnapshot(descriptor, isOwn);

    private static Gen<FencingSnapshot> Fencing =>
        from pid in Number
        from descriptor in Gen.OneOf(Gen.Constant(-1), Descriptor)
        from elapsed in Duration
        from start in Number
        select new FencingSnapshot(new ProcessId(pid), descriptor, elapsed, start);

    internal static Gen<Snapshot> Snapshot =>
        from lockServer in Server(ServerSnapshot.LockServer, LockClient)
        from adminServer in Server(ServerSnapshot.AdminServer, AdminClient)
        from hasAdmin in Coin
        from resources in Resources
        from directories in Directories
        from fencings in Fencing.ArrayOf()
        from pidFile in Gen.OneOf(Gen.Constant(-1), Descriptor)
        from idleFor in Gen.OneOf(Gen.Constant((TimeSpan?)null), Duration.Select(idle => (TimeSpan?)idle))
        select new Snapshot
        {
            Pid = Samples.Pid,
            Servers = hasAdmin ? [lockServer, adminServer] : [lockServer],
            Default = new LockSpaceSnapshot(null, resources),
            Directories = directories,
            Fencings = fencings,
            PidFileDescriptor = pidFile,
            IdleFor = idleFor,
        };

    private static Gen<ServerSnapshot> Server(string name, Gen<ClientSnapshot> client) =>
        from maximum in Number
        from anonymous in Number
        from next in Gen.Choose(0, int.MaxValue)
        from listeners in Listener.ArrayOf()
        from clients in client.ArrayOf()
        select new ServerSnapshot
        {
            Name = name,
            MaximumClients = maximum,
            MaximumAnonymousClients = Math.Min(anonymous, maximum),
            NextClientId = 1UL + int.MaxValue + (uint)next,
            Listeners = listeners,
            Clients = [.. clients.DistinctBy(one => one.Id)],
        };
}
