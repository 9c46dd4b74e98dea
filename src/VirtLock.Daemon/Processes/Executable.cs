using System.Text;
using VirtLock.Drivers;
using VirtLock.Locking;
using VirtLock.Posix;

namespace VirtLock.Daemon.Processes;

/// <summary>
/// The program that this process runs, as it was started: the arguments and environment byte for byte, and the absolute path under which a
/// newer one will be found later, whatever directory the daemon is in by then.
/// </summary>
internal sealed unsafe class Executable
{
    private const string SelfPath = "/proc/self/exe";

    /// <param name="name">What people call it.</param>
    /// <param name="path">Where it lies.</param>
    /// <param name="arguments">argv, each ended by NUL.</param>
    /// <param name="environment">envp, each ended by NUL.</param>
    internal Executable(string name, FilePath path, byte[][] arguments, byte[][] environment)
    {
        Name = name;
        Path = path;
        Arguments = arguments;
        EnvironmentBlock = environment;
    }

    /// <summary>Where to find the program; what lies there may have been replaced since the start.</summary>
    internal FilePath Path { get; }

    /// <summary>
    /// From argv[0] on, each ended by NUL. argv[0] is <see cref="Path"/>: a successor, which may have another working directory, has to
    /// find the path by it as well, and libvirt's daemon has nothing else to go by.
    /// </summary>
    internal IReadOnlyList<byte[]> Arguments { get; }

    /// <summary><c>NAME=value</c> each, ended by NUL.</summary>
    internal IReadOnlyList<byte[]> EnvironmentBlock { get; }

    /// <summary>What people call the program: argv[0] as it was given.</summary>
    internal string Name { get; }

    /// <summary>Reads what the kernel was given. To be called before the working directory changes.</summary>
    /// <exception cref="StartFailedException">/proc is not mounted, or no descriptor is left.</exception>
    internal static Executable Current()
    {
        byte[][] arguments = SplitAtNul("/proc/self/cmdline");
        string name = Encoding.UTF8.GetString(arguments[0], 0, arguments[0].Length - 1);
        FilePath path = Locate(name);
        arguments[0] = path.NullTerminated.ToArray();
        return new Executable(name, path, arguments, SplitAtNul("/proc/self/environ"));
    }

    /// <summary>Becomes the program that lies at the path now: execve(2). Returns only if that failed.</summary>
    /// <returns>The errno.</returns>
    internal int Execute()
    {
        using var arguments = new StringVector(Arguments);
        using var environment = new StringVector(EnvironmentBlock);
        _ = LibC.execve(Path.NullTerminated, arguments.Pointer, environment.Pointer);
        return LibC.LastError;
    }

    /// <summary>The same with a variable of the environment set, or removed where the value is null.</summary>
    internal Executable With(string variable, string? value)
    {
        byte[] start = Encoding.UTF8.GetBytes(variable + '=');
        IEnumerable<byte[]> others = EnvironmentBlock.Where(entry => !entry.AsSpan().StartsWith(start));
        return new Executable(
            Name, Path, [.. Arguments], value is null ? [.. others] : [.. others, [.. start, .. Encoding.UTF8.GetBytes(value + '\0')]]);
    }

    /// <summary>The same without what only the detached child of a waiting parent is told.</summary>
    internal Executable WithoutStatusVariable() =>
        new(Name, Path, [.. Arguments], [.. EnvironmentBlock.Where(entry => !Detachment.IsStatusVariable(entry))]);

    /// <summary>
    /// Where a shell would find the name in argv[0], if what lies there is what runs: a path with symbolic links leads to the newer program
    /// after an update, and what they resolve to may not. Else, as whoever starts a program chooses argv[0] freely, where the kernel says
    /// it was found.
    /// </summary>
    private static FilePath Locate(string name)
    {
        FileIdentity? running = FileStatus.Identify(new FilePath(SelfPath));
        foreach (string candidate in Candidates(name))
        {
            if (FileStatus.Identify(new FilePath(candidate)) == running)
            {
                return new FilePath(candidate);
            }
        }

        return new FilePath(File.ResolveLinkTarget(SelfPath, returnFinalTarget: false)?.FullName ?? SelfPath);
    }

    private static IEnumerable<string> Candidates(string name)
    {
        // Not Environment.CurrentDirectory, which throws when the directory has been removed.
        string here = File.ResolveLinkTarget("/proc/self/cwd", returnFinalTarget: false)?.FullName ?? "/";
        return name.Contains('/', StringComparison.Ordinal)
            ? [System.IO.Path.Combine(here, name)]
            : (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':')
                .Select(directory => System.IO.Path.Combine(here, directory, name));
    }

    private static byte[][] SplitAtNul(string file)
    {
        ReadOnlySpan<byte> bytes = ReadAllBytes(file);
        var parts = new List<byte[]>();
        while (bytes.IndexOf((byte)0) is >= 0 and int end)
        {
            parts.Add(bytes[..(end + 1)].ToArray());
            bytes = bytes[(end + 1)..];
        }

        return [.. parts];
    }

    private static byte[] ReadAllBytes(string file)
    {
        var opened = Descriptor.Open(new FilePath(file).NullTerminated, LibC.O_RDONLY);
        if (opened.IsNone)
        {
            int errno = LibC.LastError;
            throw new StartFailedException(
                errno is LibC.EMFILE or LibC.ENFILE ? ExitCode.Network : ExitCode.Initialise,
                $"Cannot read {file}, which the daemon needs: {ErrorText.Of(errno)}");
        }

        // What is in /proc tells no size beforehand.
        byte[] content = new byte[16 * 1024];
        int length = 0;
        while (opened.ReadAll(content.AsSpan(length), out int count) == 0 && (length += count) == content.Length)
        {
            Array.Resize(ref content, 2 * length);
        }

        opened.Close();
        return content[..length];
    }
}
