using System.Text.Json;
using VirtLock.Locking;

namespace VirtLock.Daemon.Upgrade.Document;

/// <summary>
/// An owner's hold on a resource. libvirt's part of a document has the pid of each, ours in the same order who exactly that is, and since
/// when.
/// </summary>
/// <param name="Owner">Known by its pid alone when libvirt's daemon wrote the snapshot and none of its clients registered that pid.</param>
/// <param name="AcquiredAt">Kept in milliseconds; null when libvirt's daemon wrote the snapshot.</param>
internal readonly record struct LeaseSnapshot(Owner Owner, DateTimeOffset? AcquiredAt)
{
    internal static void WritePids(Utf8JsonWriter json, JsonEncodedText key, IReadOnlyList<LeaseSnapshot> leases)
    {
        json.WriteStartArray(key);
        for (int i = 0; i < leases.Count; i++)
        {
            json.WriteNumberValue(leases[i].Owner.Pid.Value);
        }

        json.WriteEndArray();
    }

    /// <summary>Writes for each lease its owner's number in the list of owners, and when it was acquired.</summary>
    internal static void WritePairs(Utf8JsonWriter json, JsonEncodedText key, IReadOnlyList<LeaseSnapshot> leases, OwnerNumbers owners)
    {
        json.WriteStartArray(key);
        for (int i = 0; i < leases.Count; i++)
        {
            json.WriteNumberValue(owners.NumberOf(leases[i].Owner));
            if (leases[i].AcquiredAt is { } acquiredAt)
            {
                json.WriteNumberValue(acquiredAt.ToUnixTimeMilliseconds());
            }
            else
            {
                json.WriteNullValue();
            }
        }

        json.WriteEndArray();
    }

    /// <summary>
    /// Reads the leases of one resource after the other, of which there may be ten thousand while every client waits: its lists serve for
    /// all of them.
    /// </summary>
    internal sealed class Reader(OwnerLookup owners)
    {
        private readonly List<ProcessId> _pids = [];
        private readonly List<(int Owner, DateTimeOffset? AcquiredAt)> _pairs = [];

        internal void Begin()
        {
            _pids.Clear();
            _pairs.Clear();
        }

        internal void ReadPids(ref DocumentCursor json)
        {
            json.EnterArray();
            while (json.NextItem())
            {
                // libvirt's daemon has signed pids and writes them as 64 bits without a sign.
                _pids.Add(new ProcessId(json.LowerHalf()));
            }
        }

        internal void ReadPairs(ref DocumentCursor json)
        {
            json.EnterArray();
            while (json.NextItem())
            {
                int owner = json.Index();
                json.NextItem();
                _pairs.Add((owner, json.IsNull ? null : json.MillisecondsSinceEpoch()));
            }
        }

        /// <summary>The leases of a resource of which there are only pids.</summary>
        internal LeaseSnapshot[] OfPids()
        {
            var leases = new LeaseSnapshot[_pids.Count];
            for (int i = 0; i < leases.Length; i++)
            {
                leases[i] = new LeaseSnapshot(owners.OfPid(_pids[i]), AcquiredAt: null);
            }

            return leases;
        }

        /// <summary>The leases of a resource of which there are pairs as well.</summary>
        /// <param name="json">Where the resource ends.</param>
        internal LeaseSnapshot[] OfPairs(in DocumentCursor json)
        {
            if (_pairs.Count != _pids.Count)
            {
                throw json.Fail("has not as many leases as owners");
            }

            var leases = new LeaseSnapshot[_pids.Count];
            for (int i = 0; i < leases.Length; i++)
            {
                (int number, DateTimeOffset? acquiredAt) = _pairs[i];
                leases[i] = owners.OfNumber(number) is { } owner && owner.Pid == _pids[i]
                    ? new LeaseSnapshot(owner, acquiredAt)
                    : throw json.Fail("has a lease of another than its owner");
            }

            return leases;
        }
    }
}
