using BenchmarkDotNet.Attributes;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Benchmarks.Micro;

/// <summary>Opening, locking and closing a file through the driver, and by the same system calls alone.</summary>
[MemoryDiagnoser]
public unsafe class DriverBenchmarks
{
    private readonly FcntlLockDriver _driver = new();
    private FilePath _path;

    /// <summary>Creates the file.</summary>
    [GlobalSetup]
    public void Create() => _path = new FilePath(Path.GetTempFileName());

    /// <summary>Removes it.</summary>
    [GlobalCleanup]
    public void Delete() => File.Delete(_path.ToString());

    /// <summary>As the daemon does it.</summary>
    [Benchmark]
    public bool Driver()
    {
        LockAttempt attempt = _driver.TryLock(_path, LockMode.Exclusive, autocreate: false);
        _driver.Release(attempt.File, _path, LockMode.Exclusive, autocreate: false);
        return attempt.IsGranted;
    }

    /// <summary>Four system calls and nothing else.</summary>
    [Benchmark(Baseline = true)]
    public int SystemCalls()
    {
        LibC.flock_t request = FileLock.Request(LockMode.Exclusive);
        LibC.stat_head status;
        int descriptor = LibC.open(_path.NullTerminated, LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        int result = LibC.fstat(descriptor, &status) | LibC.fcntl(descriptor, LibC.F_OFD_SETLK, &request);
        _ = LibC.close(descriptor);
        return result;
    }
}
