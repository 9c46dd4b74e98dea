namespace VirtLock.Client;

/// <summary>There is no connection to the daemon, or it ended before the answer came.</summary>
public class LockConnectionException : IOException
{
    /// <summary>Describes the failure.</summary>
    /// <param name="message">The whole sentence, for people.</param>
    /// <param name="isOutcomeUnknown">Whether the request may have been carried out.</param>
    /// <param name="cause">What was behind it.</param>
    public LockConnectionException(string message, bool isOutcomeUnknown = false, Exception? cause = null)
        : base(message, cause) => IsOutcomeUnknown = isOutcomeUnknown;

    /// <summary>
    /// Whether the request was on its way when the connection ended, so that the daemon may have carried it out. An owner other than this
    /// process may then hold a lease that no <see cref="ILease"/> stands for: <see cref="LockClient.ReleaseAsync"/> gives it up.
    /// </summary>
    public bool IsOutcomeUnknown { get; }
}
