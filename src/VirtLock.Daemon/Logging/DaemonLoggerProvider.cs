using Microsoft.Extensions.Logging;

namespace VirtLock.Daemon.Logging;

/// <summary>
/// Logging as libvirt's daemons do it: filters by category, several outputs, both changeable while the daemon runs. Logs to standard error
/// until told otherwise, so that start-up's own errors have the form of all others. Takes lines from any thread.
/// </summary>
internal sealed class DaemonLoggerProvider : ILoggerProvider
{
    private readonly TimeProvider _time;
    private readonly Func<LogOutput, ILogSink> _open;
    private readonly Lock _writing = new();
    private LogRoute _route;

    public DaemonLoggerProvider(TimeProvider time)
        : this(time, ILogSink.Open)
    {
    }

    /// <summary>For outputs that are opened in another way.</summary>
    internal DaemonLoggerProvider(TimeProvider time, Func<LogOutput, ILogSink> open)
    {
        _time = time;
        _open = open;
        _route = Open(LogSettings.AtStart);
    }

    public LogSettings Settings => Route.Settings;

    internal LogRoute Route => Volatile.Read(ref _route);

    /// <summary>Puts other settings into force, all of them or none. Outputs are opened anew only when they are others.</summary>
    /// <exception cref="LogSettingsException">An output can't be opened; the settings in force stay.</exception>
    public void Apply(LogSettings settings)
    {
        LogRoute? opened = settings.Outputs == Settings.Outputs ? null : Open(settings);
        lock (_writing)
        {
            LogRoute previous = _route;
            Volatile.Write(ref _route, opened ?? previous.With(settings));
            if (opened is not null)
            {
                previous.Dispose();
            }
        }
    }

    /// <summary>Opens every output of settings, and closes it again.</summary>
    /// <exception cref="LogSettingsException">One can't be opened.</exception>
    public void TryOut(LogSettings settings) => Open(settings).Dispose();

    /// <summary>
    /// Puts other settings into force with those outputs that can be opened, or standard error: for a daemon that may not end for its log.
    /// </summary>
    /// <returns>What is wrong with the others.</returns>
    public IReadOnlyList<string> ApplyWhatOpens(LogSettings settings)
    {
        var problems = new List<string>();
        LogOutputs usable = settings.Outputs.Where(output =>
        {
            try
            {
                TryOut(settings with { Outputs = LogOutputs.Of(output) });
                return true;
            }
            catch (LogSettingsException failure)
            {
                problems.Add(failure.Message);
                return false;
            }
        });
        Apply(problems.Count == 0 ? settings : settings with
        {
            Outputs = usable.Count > 0 ? usable : LogOutputs.Of(new LogOutput(settings.Level, LogOutputKind.Stderr)),
        });
        return problems;
    }

    public ILogger CreateLogger(string categoryName) => new DaemonLogger(this, categoryName);

    public void Dispose()
    {
        lock (_writing)
        {
            LogRoute last = _route;
            Volatile.Write(ref _route, new LogRoute(last.Settings, []));
            last.Dispose();
        }
    }

    internal void Write(in LogLine line)
    {
        lock (_writing)
        {
            _route.Write(line);
        }
    }

    internal DateTime UtcNow() => _time.GetUtcNow().UtcDateTime;

    private LogRoute Open(LogSettings settings)
    {
        var channels = new LogChannel[settings.Outputs.Count];
        int opened = 0;
        try
        {
            foreach (LogOutput output in settings.Outputs)
            {
                if (output == settings.DefaultOutput)
                {
                    DefaultLogOutput.PrepareDirectory(output);
                }

                channels[opened] = new LogChannel(output, _open(output));
                opened++;
            }
        }
        catch (LogSettingsException)
        {
            foreach (LogChannel channel in channels.AsSpan(0, opened))
            {
                channel.Dispose();
            }

            throw;
        }

        return new LogRoute(settings, channels);
    }
}
