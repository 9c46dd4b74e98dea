using VirtLock.TestKit.Daemons;

namespace VirtLock.Interop.Tests.Upgrade;

/// <summary>
/// The path under which a daemon is started and under which it looks for its successor: a link that a test can point elsewhere.
/// </summary>
internal sealed class ReplaceableExecutable : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("virtlock-").FullName;

    public ReplaceableExecutable(DaemonKind kind = DaemonKind.VirtLock) => PointTo(DaemonPath.Of(kind));

    public string Path => System.IO.Path.Combine(_directory, "virtlockd");

    /// <summary>Puts a link to another program in place, in one step, as a package's installation does.</summary>
    public void PointTo(string program)
    {
        string next = System.IO.Path.Combine(_directory, "next");
        File.CreateSymbolicLink(next, program);
        File.Move(next, Path, overwrite: true);
    }

    /// <summary>Puts a file of these bytes in place.</summary>
    public void Replace(ReadOnlySpan<byte> content, bool isExecutable = true)
    {
        string next = System.IO.Path.Combine(_directory, "next");
        File.WriteAllBytes(next, content);
        File.SetUnixFileMode(next, (UnixFileMode)(isExecutable ? 0b111_101_101 : 0b110_100_100));
        File.Move(next, Path, overwrite: true);
    }

    /// <summary>A program that executes this path by a command put before it.</summary>
    public string Behind(string prefix)
    {
        string script = System.IO.Path.Combine(_directory, "start");
        File.WriteAllText(script, $"#!/bin/sh\nexec {prefix} {Path} \"$@\"\n");
        File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
        return script;
    }

    public void Remove() => File.Delete(Path);

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
