using System.Buffers;
using VirtLock.Locking;
using VirtLock.Protocol;

namespace VirtLock.Sessions;

/// <summary>A client's conversation with the lock program: who it speaks for, and what it may still do.</summary>
internal sealed class LockSession(LockTable table)
    : Session(ProtocolConstants.LockProgram, ProtocolConstants.LockVersion, (int)LockProcedure.CreateLockSpace)
{
    /// <summary>As the last REGISTER gave it; null before the first.</summary>
    internal Owner? Owner { get; set; }

    /// <summary>Finds out when the process of a pid started, 0 when it can't; null where nobody is fenced.</summary>
    internal Func<ProcessId, ulong>? FindStart { get; init; }

    /// <summary>Set by RESTRICT, for good.</summary>
    internal bool IsRestricted { get; set; }

    /// <inheritdoc/>
    internal override int LongestCall => ProtocolConstants.LongestLockCall;

    /// <inheritdoc/>
    protected override PendingReply? Call(in PacketHeader header, ReadOnlySpan<byte> body, IBufferWriter<byte> output)
    {
        RemoteError? error;
        PendingReply? pending = null;
        switch ((LockProcedure)header.Procedure)
        {
            case LockProcedure.Register:
                error = Register(body);
                break;
            case LockProcedure.Restrict:
                error = Restrict(body);
                break;
            case LockProcedure.NewLockSpace:
                error = NewLockSpace(body);
                break;
            case LockProcedure.CreateLockSpace:
                error = CreateLockSpace(body);
                break;
            case LockProcedure.AcquireResource:
                error = Acquire(header, body, out pending);
                break;
            default:
                error = OnResource((LockProcedure)header.Procedure, body);
                break;
        }

        if (pending is null)
        {
            Answer(header, error, output);
        }

        return pending;
    }

    private RemoteError? Register(ReadOnlySpan<byte> body)
    {
        if (!RegisterArguments.TryDecode(body, out RegisterArguments arguments))
        {
            return RpcErrors.UndecodablePayload();
        }

        // libvirt 9.0.0 tells by the domain id whether an owner is registered: id 0 is refused as if there were none, pid 0 is not.
        if (Precondition(arguments.Flags, 0, LockProcedure.Register, arguments.DomainId != 0) is { } error)
        {
            return error;
        }

        ReadOnlySpan<byte> name = arguments.Name;
        int end = name.IndexOf((byte)0);
        var pid = new ProcessId(arguments.Pid);
        Owner = new Owner(
            pid, new OwnerName(end < 0 ? name : name[..end]), arguments.DomainId, new Guid(arguments.Uuid, bigEndian: true))
        {
            ProcessStart = FindStart?.Invoke(pid) ?? 0,
        };
        return null;
    }

    private RemoteError? Restrict(ReadOnlySpan<byte> body)
    {
        if (!RestrictArguments.TryDecode(body, out RestrictArguments arguments))
        {
            return RpcErrors.UndecodablePayload();
        }

        RemoteError? error = Precondition(arguments.Flags, 0, LockProcedure.Restrict, Owner is not null);
        IsRestricted |= error is null;
        return error;
    }

    private RemoteError? NewLockSpace(ReadOnlySpan<byte> body)
    {
        if (!LockSpaceArguments.TryDecode(body, out LockSpaceArguments arguments))
        {
            return RpcErrors.UndecodablePayload();
        }

        if (Precondition(arguments.Flags, 0, LockProcedure.NewLockSpace, Owner is not null) is { } error)
        {
            return error;
        }

        if (arguments.Path.IsEmpty)
        {
            return LockSessionErrors.DefaultSpaceExists;
        }

        return table.Find(arguments.Path) is null ? Create(arguments.Path) : LockSessionErrors.SpaceExists(arguments.Path);
    }

    /// <summary>What libvirtd sends at its start, without registering; a space that exists is fine.</summary>
    private RemoteError? CreateLockSpace(ReadOnlySpan<byte> body)
    {
        if (!CreateLockSpaceArguments.TryDecode(body, out CreateLockSpaceArguments arguments))
        {
            return RpcErrors.UndecodablePayload();
        }

        if (IsRestricted)
        {
            return LockSessionErrors.Restricted;
        }

        return table.Find(arguments.Path) is null ? Create(arguments.Path) : null;
    }

    private RemoteError? Create(ReadOnlySpan<byte> path)
    {
        if (path.Contains((byte)0))
        {
            return LockSessionErrors.PathRefused(path);
        }

        DirectoryAttempt attempt = table.Create(new FilePath(path));
        if (attempt.IsDirectory)
        {
            return null;
        }

        return attempt.Error is null ? LockSessionErrors.SpaceNotDirectory(path) : LockSessionErrors.System(attempt.Error);
    }

    /// <param name="header">The call's header.</param>
    /// <param name="body">The call's arguments.</param>
    /// <param name="pending">Set when another process holds the file, as it takes long to find out which one, or has a lease on it that the
    /// kernel is taking back.</param>
    private RemoteError? Acquire(in PacketHeader header, ReadOnlySpan<byte> body, out PendingReply? pending)
    {
        pending = null;
        if (!ResourceArguments.TryDecode(body, out ResourceArguments arguments))
        {
            return RpcErrors.UndecodablePayload();
        }

        const AcquireFlags Known = AcquireFlags.Shared | AcquireFlags.Autocreate;
        if (Precondition(arguments.Flags, (uint)Known, LockProcedure.AcquireResource, Owner is not null) is { } error)
        {
            return error;
        }

        if (table.Find(arguments.Path) is not { } space)
        {
            return LockSessionErrors.NoSuchSpace(arguments.Path);
        }

        var flags = (AcquireFlags)arguments.Flags;
        LockMode mode = (flags & AcquireFlags.Shared) != 0 ? LockMode.Shared : LockMode.Exclusive;
        LockOutcome outcome = space.Acquire(arguments.Name, Owner!, mode, (flags & AcquireFlags.Autocreate) != 0);
        if (outcome.IsDelayed)
        {
            RemoteError notYet = LockSessionErrors.System(outcome.Error!);
            pending = new PendingReply(this, header, default, _ => notYet) { IsDelayed = true };
            return null;
        }

        if (outcome is { IsBusy: true, Holder: null })
        {
            pending = Refusal(header, new ResourceName(arguments.Name), outcome.BusyFile);
            return null;
        }

        return ErrorOf(outcome, arguments.Name);
    }

    /// <summary>A client of ours may have got the file since: then it is known better than by its process, which is this one.</summary>
    private PendingReply Refusal(in PacketHeader header, ResourceName name, FileIdentity file) => new(
        this,
        header,
        file,
        holder => table.FindByIdentity(file) is { } ours
            ? LockSessionErrors.Busy(name.Bytes, ours)
            : LockSessionErrors.Busy(name.Bytes, holder));

    private RemoteError? OnResource(LockProcedure procedure, ReadOnlySpan<byte> body)
    {
        if (!ResourceArguments.TryDecode(body, out ResourceArguments arguments))
        {
            return RpcErrors.UndecodablePayload();
        }

        if (Precondition(arguments.Flags, 0, procedure, Owner is not null) is { } error)
        {
            return error;
        }

        if (table.Find(arguments.Path) is not { } space)
        {
            return LockSessionErrors.NoSuchSpace(arguments.Path);
        }

        return procedure switch
        {
            // libvirt 9.0.0 gives a file that can't be created no domain, unlike every other failed system call.
            LockProcedure.CreateResource => ErrorOf(space.CreateResource(arguments.Name), arguments.Name, ErrorDomain.None),
            LockProcedure.DeleteResource => ErrorOf(space.DeleteResource(arguments.Name), arguments.Name),
            _ => space.Release(arguments.Name, Owner!.Pid) switch
            {
                ReleaseStatus.NotHeld => LockSessionErrors.NotHeld(arguments.Name),
                ReleaseStatus.NotOwner => LockSessionErrors.NotOwner(Owner.Pid),
                _ => null,
            },
        };
    }

    private static RemoteError? ErrorOf(
        in LockOutcome outcome, ReadOnlySpan<byte> name, ErrorDomain systemDomain = ErrorDomain.LockSpace) => outcome switch
        {
            { IsGranted: true } => null,
            { IsNameRefused: true } => LockSessionErrors.NameRefused(name),
            { Holder: { } holder } => LockSessionErrors.Busy(name, holder),
            _ => LockSessionErrors.System(outcome.Error!, systemDomain),
        };

    /// <summary>The checks of every procedure that has flags, in libvirt's order: flags, restricted, registered.</summary>
    private RemoteError? Precondition(uint flags, uint known, LockProcedure procedure, bool isRegistered)
    {
        if ((flags & ~known) != 0)
        {
            return RemoteError.UnsupportedFlags(flags & ~known, procedure.ToString());
        }

        if (IsRestricted)
        {
            return LockSessionErrors.Restricted;
        }

        return isRegistered ? null : LockSessionErrors.NotRegistered;
    }
}
