using System.Text;
using VirtLock.Posix;

namespace VirtLock.Daemon.Options;

/// <summary>A configuration file in libvirt's format.</summary>
internal static class ConfFile
{
    /// <summary>libvirt's limit for the size of a configuration file, 10 MiB.</summary>
    internal const int MaxBytes = 10 * 1024 * 1024;

    /// <summary>Sets the options that a file names.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isOptional">Whether a file that is not there counts as an empty one, as the default file does.</param>
    /// <param name="options">The options; others stay as they are.</param>
    /// <exception cref="ConfigurationException">The file can't be read, or is wrong.</exception>
    public static void Apply(string path, bool isOptional, DaemonOptions options)
    {
        if (Read(path, isOptional) is { } content)
        {
            Apply(content.Span, path, options);
        }
    }

    /// <summary>Sets the options that a file's content names.</summary>
    /// <exception cref="ConfigurationException">The content is wrong.</exception>
    internal static void Apply(ReadOnlySpan<byte> content, string path, DaemonOptions options)
    {
        IReadOnlyList<ConfSetting> settings = ConfParser.Parse(content, path);
        foreach (ConfKey key in ConfKey.All)
        {
            foreach (ConfSetting setting in settings)
            {
                if (setting.Name == key.Name)
                {
                    key.Check(setting.Value, path);
                    key.Set(options, setting.Value);

                    // The first occurrence counts; libvirt does not look at the others.
                    break;
                }
            }
        }
    }

    /// <summary>Reads the file, which may be a pipe and then tells no size beforehand.</summary>
    /// <returns>The bytes; null for an optional file that is not there.</returns>
    private static ReadOnlyMemory<byte>? Read(string path, bool isOptional)
    {
        var file = Descriptor.Open(Encoding.UTF8.GetBytes(path + '\0'), LibC.O_RDONLY);
        if (file.IsNone)
        {
            return isOptional && LibC.LastError is (LibC.ENOENT or LibC.ENOTDIR) ? null : throw Unreadable(path, LibC.LastError);
        }

        try
        {
            byte[] content = new byte[16 * 1024];
            int length = 0;
            while (true)
            {
                int errno = file.ReadAll(content.AsSpan(length), out int count);
                length += count;
                if (errno != 0)
                {
                    throw Unreadable(path, errno);
                }

                if (length > MaxBytes)
                {
                    throw new ConfigurationException(path, $"'{path}' is larger than {MaxBytes} bytes");
                }

                if (length < content.Length)
                {
                    return content.AsMemory(0, length);
                }

                Array.Resize(ref content, 2 * length);
            }
        }
        finally
        {
            file.Close();
        }
    }

    private static ConfigurationException Unreadable(string path, int errno) =>
        new(path, $"Failed to read file '{path}': {ErrorText.Of(errno)}");
}
