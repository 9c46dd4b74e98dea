using System.Text;
using BenchmarkDotNet.Attributes;
using VirtLock.Daemon.Upgrade.Document;
using VirtLock.Locking;
using VirtLock.Protocol;

namespace VirtLock.Benchmarks.Micro;

/// <summary>What an upgrade does with the state of a busy host.</summary>
[MemoryDiagnoser]
public class SnapshotBenchmarks
{
    private const int Locks = 10_000;
    private const int Owners = 1_000;

    private readonly ByteQueue _output = new();
    private LockTable _table = null!;
    private byte[] _document = [];

    /// <summary>10,000 locks of 1,000 owners.</summary>
    [GlobalSetup]
    public void Fill()
    {
        _table = new LockTable(new WillingDriver(), TimeProvider.System);
        for (int i = 0; i < Locks; i++)
        {
            uint pid = 1 + (uint)(i % Owners);
            var owner = new Owner(new ProcessId(pid), new OwnerName($"guest-{pid}"), pid, Guid.Empty);
            byte[] name = Encoding.UTF8.GetBytes($"/var/lib/libvirt/images/guest-{i:000000}.qcow2");
            _table.Default.Acquire(name, owner, LockMode.Exclusive, autocreate: false);
        }

        Write();
        _document = _output.Unread.ToArray();
    }

    /// <summary>From the model to the bytes of the document.</summary>
    [Benchmark]
    public int Write()
    {
        _output.Clear();
        LockTableSnapshot taken = LockTableSnapshot.Take(_table);
        var snapshot = new Snapshot
        {
            Pid = Environment.ProcessId,
            Servers = [WithoutClients(ServerSnapshot.LockServer), WithoutClients(ServerSnapshot.AdminServer)],
            Default = taken.Default,
            Directories = taken.Directories,
        };
        snapshot.Write(_output);
        return _output.Count;
    }

    /// <summary>From the bytes of the document to a model.</summary>
    [Benchmark]
    public int Read()
    {
        Snapshot snapshot = Snapshot.Read(_document, Environment.ProcessId)!;
        var table = new LockTable(new WillingDriver(), TimeProvider.System);
        ulong file = 0;
        new LockTableSnapshot(snapshot.Default, snapshot.Directories).Restore(
            table, DateTimeOffset.UnixEpoch, resource => new HeldFile(resource.Descriptor, new FileIdentity(1, ++file), resource.Kind));
        return table.LeaseCount;
    }

    private static ServerSnapshot WithoutClients(string name) => new()
    {
        Name = name,
        MaximumClients = 1024,
        MaximumAnonymousClients = 1024,
        NextClientId = 1,
        Listeners = [],
        Clients = [],
    };
}
