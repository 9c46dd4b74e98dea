namespace VirtLock.Protocol;

/// <summary>How grave an error is. libvirt's lock daemon only ever sends <see cref="Error"/>.</summary>
public enum ErrorLevel
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>The request succeeded with a reservation.</summary>
    Warning = 1,

    /// <summary>The request failed.</summary>
    Error = 2,
}
