using Microsoft.Extensions.Options;

namespace VirtLock;

/// <summary>Finds everything that is wrong with the options at once.</summary>
internal sealed class VirtLockOptionsValidator : IValidateOptions<VirtLockOptions>
{
    public ValidateOptionsResult Validate(string? name, VirtLockOptions options)
    {
        var wrong = new ValidateOptionsResultBuilder();
        if (!Enum.IsDefined(options.LockKind))
        {
            wrong.AddError("is not a kind of lock", nameof(options.LockKind));
        }

        if (options.VerifyInterval != Timeout.InfiniteTimeSpan)
        {
            RequireInterval(options.VerifyInterval, nameof(options.VerifyInterval), wrong);
        }

        RequireInterval(options.LongestRetryInterval, nameof(options.LongestRetryInterval), wrong);
        if (options.OwnerName is null || options.OwnerName.Contains('\0', StringComparison.Ordinal))
        {
            wrong.AddError("must be text without NUL", nameof(options.OwnerName));
        }

        return wrong.Build();
    }

    internal static void RequireInterval(TimeSpan interval, string name, ValidateOptionsResultBuilder wrong)
    {
        if (interval < TimeSpan.FromMilliseconds(1) || interval > WaitTime.Longest)
        {
            wrong.AddError($"must be from 1 ms to {WaitTime.Longest.TotalDays:0} days, not {interval}", name);
        }
    }

    internal static void Require<T>(IValidateOptions<T> validator, T options)
        where T : class
    {
        ValidateOptionsResult result = validator.Validate(Options.DefaultName, options);
        if (result.Failed)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(T), result.Failures);
        }
    }
}
