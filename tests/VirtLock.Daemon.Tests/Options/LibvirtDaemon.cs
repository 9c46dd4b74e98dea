using System.Diagnostics;

namespace VirtLock.Daemon.Tests.Options;

/// <summary>libvirt's own virtlockd, run to its end in a mount namespace with a /run of its own.</summary>
internal static class LibvirtDaemon
{
    private const string Executable = "/usr/sbin/virtlockd";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly Lazy<string?> Obstacle = new(FindObstacle);

    internal static LibvirtDaemonRun Run(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        if (Obstacle.Value is { } obstacle)
        {
            Assert.Ignore(obstacle);
        }

        var start = new ProcessStartInfo("/usr/bin/unshare")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (IEnumerable<string>)
            ["-m", "/bin/sh", "-c", "mount -t tmpfs none /run && exec \"$@\"", "sh", Executable, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"libvirt's daemon did not end by itself within {Patience.TotalSeconds} s");
        }

        return new LibvirtDaemonRun(process.ExitCode, output.Result, error.Result);
    }

    private static string? FindObstacle()
    {
        if (!File.Exists(Executable))
        {
            return $"{Executable} of libvirt is not installed here, so there is nothing to compare with";
        }

        using Process process = Process.Start("/usr/bin/unshare", ["-m", "mount", "-t", "tmpfs", "none", "/run"]);
        process.WaitForExit();
        return process.ExitCode == 0 ? null : "no mount namespace can be made here (that takes root) to run libvirt's daemon in";
    }
}
