using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;

namespace VirtLock.Daemon.Options;

/// <summary>
/// The keys of a configuration file that the daemon knows, checked for type and range while file and key can still be named: past this point
/// configuration is text. A list's values are <c>key:0</c>, <c>key:1</c> and so on.
/// </summary>
internal sealed class LibvirtConfProvider(LibvirtConfSource source) : ConfigurationProvider
{
    /// <summary>libvirt's limit for the size of a configuration file, 10 MiB.</summary>
    internal const int MaxFileBytes = 10 * 1024 * 1024;

    private const int NoSuchFile = 2;
    private const int PermissionDenied = 13;
    private const int IsDirectory = 21;

    public override void Load()
    {
        if (ReadFile() is not { } content)
        {
            return;
        }

        IReadOnlyList<ConfSetting> settings = LibvirtConfParser.Parse(content, source.Path);
        foreach (DaemonConfKey key in DaemonConfKey.All)
        {
            foreach (ConfSetting setting in settings)
            {
                if (setting.Name == key.Name)
                {
                    key.Check(setting.Value, source.Path);
                    Publish(key.Name, setting.Value);

                    // The first occurrence counts; libvirt does not look at the others.
                    break;
                }
            }
        }
    }

    private void Publish(string name, ConfValue value)
    {
        if (value.Kind != ConfValueKind.List)
        {
            Data[name] = value.Text;
            return;
        }

        for (int i = 0; i < value.Items.Count; i++)
        {
            Data[ConfigurationPath.Combine(name, i.ToString(CultureInfo.InvariantCulture))] = value.Items[i].Text;
        }
    }

    /// <summary>Reads the file, which may be a pipe and then tells no size beforehand.</summary>
    /// <returns>The bytes; null for an optional file that is not there.</returns>
    private byte[]? ReadFile()
    {
        try
        {
            if (source.Path.Length == 0)
            {
                throw new FileNotFoundException();
            }

            using var file = new FileStream(source.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            using var content = new MemoryStream();
            byte[] chunk = new byte[16 * 1024];
            for (int count; (count = file.Read(chunk)) > 0;)
            {
                content.Write(chunk, 0, count);
                if (content.Length > MaxFileBytes)
                {
                    throw new ConfigurationException(source.Path, $"'{source.Path}' is larger than {MaxFileBytes} bytes");
                }
            }

            return content.ToArray();
        }
        catch (Exception missing) when (source.IsOptional && missing is (FileNotFoundException or DirectoryNotFoundException))
        {
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException(source.Path, $"Failed to read file '{source.Path}': {ReasonOf(failure)}");
        }
    }

    /// <summary>The system's words: the exceptions' own texts are not in the published daemon.</summary>
    private string ReasonOf(Exception failure) => Marshal.GetPInvokeErrorMessage(failure switch
    {
        FileNotFoundException or DirectoryNotFoundException => NoSuchFile,
        UnauthorizedAccessException => Directory.Exists(source.Path) ? IsDirectory : PermissionDenied,
        _ => failure.HResult,
    });
}
