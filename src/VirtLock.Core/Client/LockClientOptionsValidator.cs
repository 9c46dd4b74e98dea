using System.Text;
using Microsoft.Extensions.Options;
using VirtLock.Protocol;

namespace VirtLock.Client;

/// <summary>Finds everything that is wrong with the options at once.</summary>
internal sealed class LockClientOptionsValidator : IValidateOptions<LockClientOptions>
{
    /// <summary>sun_path without its terminating NUL: unix(7).</summary>
    private const int LongestSocketPath = 107;

    public ValidateOptionsResult Validate(string? name, LockClientOptions options)
    {
        var wrong = new ValidateOptionsResultBuilder();
        string? path = options.SocketPath;
        if (path is null || !Path.IsPathRooted(path) || path.Contains('\0', StringComparison.Ordinal)
            || Encoding.UTF8.GetByteCount(path) > LongestSocketPath)
        {
            wrong.AddError($"must be an absolute path of at most {LongestSocketPath} bytes", nameof(options.SocketPath));
        }

        if (options.Owner is not { DomainId: not 0 } owner || owner.Name.Bytes.Length > ProtocolConstants.MaximumLockStringLength)
        {
            wrong.AddError(
                $"must be set, with a domain id other than 0 and a name of at most {ProtocolConstants.MaximumLockStringLength} bytes",
                nameof(options.Owner));
        }

        VirtLockOptionsValidator.RequireInterval(options.ReplyTimeout, nameof(options.ReplyTimeout), wrong);
        VirtLockOptionsValidator.RequireInterval(options.LongestRetryInterval, nameof(options.LongestRetryInterval), wrong);
        return wrong.Build();
    }
}
