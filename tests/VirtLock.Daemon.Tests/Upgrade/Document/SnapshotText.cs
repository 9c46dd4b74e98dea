using System.Globalization;
using System.Text;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Locking;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>Every field of a snapshot as text, so that two can be compared and a difference be seen.</summary>
internal static class SnapshotText
{
    internal static string Of(Snapshot? snapshot)
    {
        if (snapshot is null)
        {
            return "none";
        }

        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"pid {snapshot.Pid}, pid file {snapshot.PidFileDescriptor}, idle {snapshot.IdleFor}, libvirt {snapshot.IsFromLibvirt}");
        foreach (FencingSnapshot fencing in snapshot.Fencings)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{fencing}");
        }

        foreach (ServerSnapshot server in snapshot.Servers)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"server {server.Name} {server.MaximumClients} {server.MaximumAnonymousClients} next {server.NextClientId}");
            foreach (ListenerSnapshot listener in server.Listeners)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $" {listener}");
            }

            foreach (ClientSnapshot client in server.Clients)
            {
                Append(text, client);
            }
        }

        Append(text, snapshot.Default);
        foreach (LockSpaceSnapshot space in snapshot.Directories)
        {
            Append(text, space);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, ClientSnapshot client)
    {
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $" client {client.Id} fd {client.Descriptor} since {client.ConnectedAt:O}"
            + $" restricted {client.IsRestricted} peer {client.PeerDescriptor}");
        text.AppendLine(CultureInfo.InvariantCulture, $"  owner {Of(client.Owner)}");
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"  in {Hex(client.Input.Span)} out {Hex(client.Output.Span)}");
    }

    private static void Append(StringBuilder text, LockSpaceSnapshot space)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"space {(space.Directory is { } directory ? Hex(directory.Bytes) : "default")}");
        foreach (ResourceSnapshot resource in space.Resources)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $" resource {Hex(resource.Name.Bytes)} {Hex(resource.Path.Bytes)}"
                + $" fd {resource.Descriptor} {resource.Mode} {resource.Kind}");
            text.AppendLine(CultureInfo.InvariantCulture, $"  autocreated {resource.IsAutocreated}, {resource.Identity}");
            foreach (LeaseSnapshot lease in resource.Leases)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"  {Of(lease.Owner)} since {lease.AcquiredAt:O}");
            }
        }
    }

    private static string Of(Owner? owner) =>
        owner is null ? "none" : $"{owner.Pid} {Hex(owner.Name.Bytes)} {owner.DomainId} {owner.Uuid} started {owner.ProcessStart}";

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
