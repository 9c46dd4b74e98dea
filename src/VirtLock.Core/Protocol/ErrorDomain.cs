namespace VirtLock.Protocol;

/// <summary>Which part of libvirt an error speaks for. A decoded error may carry any other number.</summary>
public enum ErrorDomain
{
    /// <summary>No part in particular.</summary>
    None = 0,

    /// <summary>The request: framing, dispatch, and every check made before a lock space is touched.</summary>
    Rpc = 7,

    /// <summary>The lock space: acquiring, releasing, creating files.</summary>
    LockSpace = 51,

    /// <summary>The admin program.</summary>
    Admin = 62,
}
