using System.Diagnostics;
using System.Text;

namespace VirtLock.TestKit.Processes;

/// <summary>A process of the test's own, with its output collected and its end bounded.</summary>
internal sealed class ChildProcess : IDisposable
{
    private static readonly TimeSpan DrainBound = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Task _drained;

    private ChildProcess(Process process)
    {
        _process = process;
        _drained = Task.WhenAll(Collect(process.StandardOutput, _output), Collect(process.StandardError, _error));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public StreamWriter Input => _process.StandardInput;

    public string StandardOutput => Snapshot(_output);

    public string StandardError => Snapshot(_error);

    /// <summary>What went wrong, of a daemon: its lines on standard error without those that every log begins with.</summary>
    public string[] ReasonLines => [.. ErrorLines.Where(line => !line.Contains(": info : ", StringComparison.Ordinal))];

    /// <summary>The lines on standard error without empty ones.</summary>
    public string[] ErrorLines => StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static ChildProcess Start(IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        // What the test run inherited (a desktop's XDG directories, a service manager's descriptors) must not reach the daemon.
        Dictionary<string, string?> kept = start.Environment
            .Where(pair => pair.Key is "PATH" or "HOME" or "TMPDIR" || pair.Key.StartsWith("DOTNET_", StringComparison.Ordinal))
            .ToDictionary();
        start.Environment.Clear();
        foreach ((string name, string? value) in kept)
        {
            start.Environment[name] = value;
        }

        start.Environment["LC_ALL"] = "C";
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command to its end and returns what it printed; fails the test when it fails.</summary>
    public static string Run(params string[] command)
    {
        using ChildProcess process = Start(command);
        int code = process.WaitForExit();
        Assert.That(code, Is.Zero, $"{string.Join(' ', command)}: {process.StandardError}");
        return process.StandardOutput;
    }

    public int WaitForExit(TimeSpan? bound = null)
    {
        TimeSpan limit = bound ?? Eventually.DefaultBound;
        if (!_process.WaitForExit(limit))
        {
            Assert.Fail($"Process {Id} did not end within {limit.TotalSeconds:0.#} s; it said: {StandardError}");
        }

        // A detached child may keep the pipes open for ever.
        _ = _drained.Wait(DrainBound);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal by its name without SIG.</summary>
    public void Signal(string name) => Run("kill", $"-{name}", Id.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    public void Dispose()
    {
        Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static async Task Collect(StreamReader reader, StringBuilder into)
    {
        char[] buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            lock (into)
            {
                into.Append(buffer, 0, count);
            }
        }
    }

    private static string Snapshot(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
