using VirtLock.TestKit;

namespace VirtLock.Benchmarks.EndToEnd;

/// <summary>Where things are in the repository that the benchmarks were built in.</summary>
internal static class Places
{
    /// <summary>For what is made on the way and not kept.</summary>
    internal static string Artifacts => Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "benchmarks")).FullName;

    internal static string Documentation => Directory.CreateDirectory(Path.Combine(Repository.Root, "docs")).FullName;

    internal static string NativeSources => Path.Combine(Repository.Root, "benchmarks", "native");

    /// <summary>VirtLock's daemon as published; the environment's <c>VIRTLOCKD</c> names another.</summary>
    internal static string Daemon
    {
        get
        {
            string path = Environment.GetEnvironmentVariable("VIRTLOCKD") is { Length: > 0 } named
                ? Path.GetFullPath(named)
                : Path.Combine(Repository.Root, "artifacts", "publish", "virtlockd");
            return File.Exists(path)
                ? path
                : throw new BenchmarkFailedException($"{path} is missing: publish the daemon first (./build.sh publish).");
        }
    }
}
