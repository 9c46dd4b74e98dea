using VirtLock.Locking;
using VirtLock.Protocol;

namespace VirtLock;

/// <summary>Somebody else holds the resource: libvirt's code 87 in domain 51.</summary>
public sealed class ResourceBusyException : LockRefusedException
{
    /// <summary>Describes the refusal.</summary>
    /// <param name="name">The resource.</param>
    /// <param name="holder">Who holds it.</param>
    /// <exception cref="ArgumentNullException"><paramref name="holder"/> is null.</exception>
    public ResourceBusyException(ResourceName name, LockHolder holder)
        : this($"Resource '{name}' is held by {holder}.", name, holder)
    {
    }

    internal ResourceBusyException(string message, ResourceName name, LockHolder holder)
        : base(message, ErrorCode.ResourceBusy, ErrorDomain.LockSpace)
    {
        ArgumentNullException.ThrowIfNull(holder);
        Name = name;
        Holder = holder;
    }

    /// <summary>The resource.</summary>
    public ResourceName Name { get; }

    /// <summary>Who holds it; <see cref="LockHolder.Unknown"/> when that can't be told.</summary>
    public LockHolder Holder { get; }
}
