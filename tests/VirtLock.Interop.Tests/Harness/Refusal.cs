using VirtLock.TestPeer.Wire;

namespace VirtLock.Interop.Tests.Harness;

/// <summary>What a refusal has to look like, field by field; wording is each daemon's own.</summary>
internal static class Refusal
{
    public const int InternalError = 1;
    public const int InvalidArgument = 8;
    public const int OperationDenied = 29;
    public const int SystemError = 38;
    public const int RpcError = 39;
    public const int OperationInvalid = 55;
    public const int ResourceBusy = 87;

    public const int NoDomain = 0;
    public const int RpcDomain = 7;
    public const int LockSpaceDomain = 51;

    public static void AssertOk(WireReply reply)
    {
        Assert.That(reply.Status, Is.Zero, reply.ToString());
        Assert.That(reply.Body, Is.Empty, "every procedure of the lock program returns nothing");
    }

    /// <summary>An ordinary refusal: a pattern, its detail, and no numbers.</summary>
    public static void AssertOrdinary(WireReply reply, int code, int domain)
    {
        WireError error = Common(reply, code, domain);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Str1, Does.EndWith("%s"));
            Assert.That(error.Str2, Is.Not.Null.And.Not.Empty);
            Assert.That(error.Message, Is.EqualTo(error.Str1?.Replace("%s", error.Str2, StringComparison.Ordinal)));
            Assert.That(error.Int1, Is.EqualTo(-1));
            Assert.That(error.Int2, Is.EqualTo(-1));
        }
    }

    /// <summary>A failed system call: the error number is in int1.</summary>
    public static void AssertSystem(WireReply reply, int errno, int domain = LockSpaceDomain)
    {
        WireError error = Common(reply, SystemError, domain);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Str1, Is.EqualTo("%s"));
            Assert.That(error.Str2, Is.EqualTo(error.Message));
            Assert.That(error.Int1, Is.EqualTo(errno));
            Assert.That(error.Int2, Is.EqualTo(-1));
        }
    }

    public static void AssertFlags(WireReply reply, uint unsupported)
    {
        WireError error = Common(reply, InvalidArgument, RpcDomain);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Message, Does.Contain($"0x{unsupported:x}"));
            Assert.That(error.Str1, Is.Not.Null.And.Not.Empty);
            Assert.That(error.Str2, Is.EqualTo("flags"));
            Assert.That(error.Int1, Is.Zero);
            Assert.That(error.Int2, Is.Zero);
        }
    }

    private static WireError Common(WireReply reply, int code, int domain)
    {
        Assert.That(reply.Status, Is.EqualTo(1), $"a refusal was expected, not {reply}");
        WireError error = reply.Error;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((error.Code, error.Domain), Is.EqualTo((code, domain)), error.Message);
            Assert.That(error.Level, Is.EqualTo(2));
            Assert.That(error.Message, Is.Not.Null.And.Not.Empty);
            Assert.That(error.Str3, Is.Null);
            Assert.That(error.HasNetwork, Is.False);
        }

        return error;
    }
}
