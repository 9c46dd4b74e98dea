namespace VirtLock.Client;

/// <summary>The peer sent what no lock daemon sends: the connection was closed, because nothing that follows could be trusted.</summary>
public sealed class LockProtocolException : LockConnectionException
{
    /// <summary>Describes the violation.</summary>
    /// <param name="message">The whole sentence, for people.</param>
    /// <param name="cause">What was behind it.</param>
    public LockProtocolException(string message, Exception? cause = null)
        : base(message, isOutcomeUnknown: true, cause)
    {
    }
}
