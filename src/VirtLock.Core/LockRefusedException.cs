using VirtLock.Locking;
using VirtLock.Protocol;

namespace VirtLock;

/// <summary>
/// A request was refused, in this process or by a daemon. Carries what libvirt's lock protocol says about a refusal, so that a tool can
/// treat both alike.
/// </summary>
public class LockRefusedException : Exception
{
    /// <summary>Describes a refusal.</summary>
    /// <param name="message">The whole sentence, for people.</param>
    /// <param name="code">What went wrong.</param>
    /// <param name="domain">Where.</param>
    /// <param name="errno">The errno of the system call that failed; null if none did.</param>
    public LockRefusedException(string message, ErrorCode code, ErrorDomain domain, int? errno = null)
        : base(message)
    {
        Code = code;
        Domain = domain;
        Errno = errno;
    }

    /// <summary>libvirt's code of the error; may be a number without a name.</summary>
    public ErrorCode Code { get; }

    /// <summary>libvirt's domain of the error; may be a number without a name.</summary>
    public ErrorDomain Domain { get; }

    /// <summary>
    /// The errno of the system call that failed, when <see cref="Code"/> is <see cref="ErrorCode.SystemCall"/>: errno(3).
    /// </summary>
    public int? Errno { get; }

    internal static LockRefusedException Of(SystemError error) =>
        new(error.Description, ErrorCode.SystemCall, ErrorDomain.LockSpace, error.Number);

    internal static LockRefusedException Of(RemoteError error) =>
        new(error.Message, error.Code, error.Domain, error.Code == ErrorCode.SystemCall ? error.Int1 : null);
}
