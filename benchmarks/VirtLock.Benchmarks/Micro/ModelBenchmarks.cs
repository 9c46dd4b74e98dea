using BenchmarkDotNet.Attributes;
using VirtLock.Locking;

namespace VirtLock.Benchmarks.Micro;

/// <summary>The bookkeeping of leases, without files, beside many leases of others.</summary>
[MemoryDiagnoser]
public class ModelBenchmarks
{
    private const int LeasesOfOne = 1_000;

    private static readonly Owner Other = OwnerOf(1, "other");
    private static readonly Owner Guest = OwnerOf(Requests.OwnerPid, "guest");

    private byte[][] _names = [];
    private LockTable _table = null!;

    /// <summary>How many resources somebody else holds meanwhile.</summary>
    [Params(0, 10_000)]
    public int HeldByOthers { get; set; }

    /// <summary>Fills the default lock space.</summary>
    [GlobalSetup]
    public void Fill()
    {
        _table = new LockTable(new WillingDriver(), TimeProvider.System);
        for (int i = 0; i < HeldByOthers; i++)
        {
            _table.Default.Acquire(NameOf("other", i), Other, LockMode.Exclusive, autocreate: false);
        }

        _table.Default.Acquire("/held"u8, Other, LockMode.Exclusive, autocreate: false);
        _names = [.. Enumerable.Range(0, LeasesOfOne).Select(static i => NameOf("guest", i))];
    }

    /// <summary>A lease that comes and goes.</summary>
    [Benchmark]
    public bool AcquireAndRelease()
    {
        _table.Default.Acquire(Requests.ImageName, Guest, LockMode.Exclusive, autocreate: false);
        return _table.Default.Release(Requests.ImageName, Guest.Pid) == ReleaseStatus.Released;
    }

    /// <summary>A resource that another owner holds.</summary>
    [Benchmark]
    public bool AcquireHeld() => _table.Default.Acquire("/held"u8, Guest, LockMode.Exclusive, autocreate: false).IsBusy;

    /// <summary>An owner with 1,000 leases comes and goes; per lease.</summary>
    [Benchmark(OperationsPerInvoke = LeasesOfOne)]
    public int AcquireAndReleaseAll()
    {
        foreach (byte[] name in _names)
        {
            _table.Default.Acquire(name, Guest, LockMode.Exclusive, autocreate: false);
        }

        return _table.ReleaseAll(Guest.Pid);
    }

    private static Owner OwnerOf(uint pid, string name) => new(new ProcessId(pid), new OwnerName(name), DomainId: 1, Guid.Empty);

    private static byte[] NameOf(string owner, int number) =>
        System.Text.Encoding.UTF8.GetBytes($"/var/lib/libvirt/images/{owner}-{number:000000}.qcow2");
}
