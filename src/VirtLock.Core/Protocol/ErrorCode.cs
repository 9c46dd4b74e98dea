namespace VirtLock.Protocol;

/// <summary>The error codes of libvirt that a lock daemon uses. A decoded error may carry any other number.</summary>
public enum ErrorCode
{
    /// <summary>Internal error: unknown or duplicate lock space, wrong owner.</summary>
    Internal = 1,

    /// <summary>Invalid argument, unsupported flag bits among them.</summary>
    InvalidArgument = 8,

    /// <summary>The connection may not do this.</summary>
    OperationDenied = 29,

    /// <summary>A configuration file does not parse.</summary>
    ConfigSyntax = 33,

    /// <summary>A system call failed; <see cref="RemoteError.Int1"/> is its errno.</summary>
    SystemCall = 38,

    /// <summary>The request itself was wrong: program, procedure, status or encoding.</summary>
    Rpc = 39,

    /// <summary>The request makes no sense in the present state, such as one before registering.</summary>
    OperationInvalid = 55,

    /// <summary>An unknown typed parameter.</summary>
    ArgumentUnsupported = 74,

    /// <summary>Somebody else holds the resource, or nobody holds what was to be released.</summary>
    ResourceBusy = 87,

    /// <summary>The admin protocol: no server of that name.</summary>
    NoServer = 95,

    /// <summary>The admin protocol: no client of that number.</summary>
    NoClient = 96,
}
