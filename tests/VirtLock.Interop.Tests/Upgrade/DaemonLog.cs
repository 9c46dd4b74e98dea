using System.Text;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>The log file of a daemon, read on as it grows.</summary>
internal sealed class DaemonLog(string path)
{
    private readonly List<string> _lines = [];
    private readonly StringBuilder _unfinished = new();
    private long _offset;

    public string Path { get; } = path;

    /// <summary>Every whole line so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            ReadOn();
            return _lines;
        }
    }

    public override string ToString() => string.Join('\n', Lines);

    private void ReadOn()
    {
        if (!File.Exists(Path))
        {
            return;
        }

        using FileStream file = new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = _offset;
        byte[] bytes = new byte[file.Length - _offset];
        file.ReadExactly(bytes);
        _offset += bytes.Length;
        string[] parts = (_unfinished + Encoding.UTF8.GetString(bytes)).Split('\n');
        _lines.AddRange(parts[..^1]);
        _unfinished.Clear().Append(parts[^1]);
    }
}
