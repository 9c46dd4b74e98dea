using System.Collections;

namespace VirtLock.Daemon.Logging;

/// <summary>The destinations of log lines, each place at most once.</summary>
internal sealed class LogOutputs : IReadOnlyList<LogOutput>
{
    private readonly List<LogOutput> _outputs;

    private LogOutputs(List<LogOutput> outputs) => _outputs = outputs;

    public int Count => _outputs.Count;

    public LogOutput this[int index] => _outputs[index];

    public static LogOutputs Of(LogOutput output) => new([output]);

    /// <summary>Reads outputs separated by spaces; one that names a place again replaces the earlier and takes its turn at the end.</summary>
    /// <returns>The outputs; none for an empty text, which stands for the default output.</returns>
    /// <exception cref="LogSettingsException">One of them is malformed.</exception>
    public static LogOutputs Parse(string text)
    {
        var outputs = new List<LogOutput>();
        foreach (string part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var output = LogOutput.Parse(part);
            outputs.RemoveAll(output.IsSamePlaceAs);
            outputs.Add(output);
        }

        return new LogOutputs(outputs);
    }

    public IEnumerator<LogOutput> GetEnumerator() => _outputs.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The outputs as the admin protocol tells them: joined by single spaces.</summary>
    public override string ToString() => string.Join(' ', _outputs);
}
