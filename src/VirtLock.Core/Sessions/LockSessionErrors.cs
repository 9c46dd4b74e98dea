using VirtLock.Locking;
using VirtLock.Protocol;

namespace VirtLock.Sessions;

/// <summary>The errors of the lock program: libvirt's codes and domains, and its words where people know them.</summary>
internal static class LockSessionErrors
{
    internal static readonly RemoteError Restricted =
        RemoteError.Ordinary(ErrorCode.OperationDenied, ErrorDomain.Rpc, "lock manager connection has been restricted");

    internal static readonly RemoteError NotRegistered =
        RemoteError.Ordinary(ErrorCode.OperationInvalid, ErrorDomain.Rpc, "lock owner details have not been registered");

    internal static readonly RemoteError DefaultSpaceExists =
        RemoteError.Ordinary(ErrorCode.OperationInvalid, ErrorDomain.Rpc, "the default lockspace already exists");

    internal static RemoteError NoSuchSpace(ReadOnlySpan<byte> path) =>
        RemoteError.Ordinary(ErrorCode.Internal, ErrorDomain.Rpc, $"Lockspace for path {ByteText.Decode(path)} does not exist");

    internal static RemoteError SpaceExists(ReadOnlySpan<byte> path) =>
        RemoteError.Ordinary(ErrorCode.Internal, ErrorDomain.Rpc, $"Lockspace for path {ByteText.Decode(path)} already exists");

    internal static RemoteError SpaceNotDirectory(ReadOnlySpan<byte> path) => RemoteError.Ordinary(
        ErrorCode.Internal, ErrorDomain.LockSpace, $"Lockspace location {ByteText.Decode(path)} exists, but is not a directory");

    internal static RemoteError NotHeld(ReadOnlySpan<byte> name) => RemoteError.Ordinary(
        ErrorCode.ResourceBusy, ErrorDomain.LockSpace, $"Lockspace resource '{ByteText.Decode(name)}' is not locked");

    internal static RemoteError NotOwner(ProcessId owner) =>
        RemoteError.Ordinary(ErrorCode.Internal, ErrorDomain.LockSpace, $"owner {owner} does not hold the resource lock");

    internal static RemoteError NameRefused(ReadOnlySpan<byte> name) => RemoteError.Ordinary(
        ErrorCode.InvalidArgument,
        ErrorDomain.LockSpace,
        $"resource name '{ByteText.Decode(name)}' must not contain NUL, nor in a directory lockspace be absolute or contain '..'");

    internal static RemoteError PathRefused(ReadOnlySpan<byte> path) => RemoteError.Ordinary(
        ErrorCode.InvalidArgument, ErrorDomain.LockSpace, $"lockspace path '{ByteText.Decode(path)}' must not contain NUL");

    internal static RemoteError System(SystemError error, ErrorDomain domain = ErrorDomain.LockSpace) =>
        RemoteError.SystemCall(domain, error.Description, error.Number);

    internal static RemoteError Busy(ReadOnlySpan<byte> name, Resource resource)
    {
        string alias = name.SequenceEqual(resource.Name.Bytes) ? string.Empty : $" as '{resource.Name}'";
        return Busy(name, $"held by {LockHolder.Of(resource)}{alias}");
    }

    internal static RemoteError Busy(ReadOnlySpan<byte> name, LockHolder? holder) =>
        Busy(name, holder is null ? "not held by any process on this host" : $"held by {holder}");

    private static RemoteError Busy(ReadOnlySpan<byte> name, string holder) => RemoteError.Ordinary(
        ErrorCode.ResourceBusy, ErrorDomain.LockSpace, $"Lockspace resource '{ByteText.Decode(name)}' is locked: {holder}");
}
