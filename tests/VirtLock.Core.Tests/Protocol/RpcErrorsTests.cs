using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Protocol;

public sealed class RpcErrorsTests
{
    private static readonly PacketHeader Call = new(0x80000001, 0xFFFFFFFF, int.MinValue, MessageType.Call, 0, (MessageStatus)(-2));

    [Test]
    public void Numbers_are_shown_signed_as_libvirt_shows_them()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RpcErrors.UnknownProgram(Call).Message, Is.EqualTo("Cannot find program -2147483647 version -1"));
            Assert.That(RpcErrors.UnknownProcedure(Call).Message, Is.EqualTo("unknown procedure: -2147483648"));
            Assert.That(RpcErrors.UnexpectedStatus(Call).Message, Is.EqualTo("Unexpected message status -2"));
        }
    }

    [Test]
    public void All_of_them_speak_for_the_request()
    {
        RemoteError[] errors =
        [
            RpcErrors.UnknownProgram(
                Call), RpcErrors.UnknownProcedure(Call), RpcErrors.UnexpectedStatus(Call), RpcErrors.UndecodablePayload(),
        ];

        Assert.That(errors.Select(error => (error.Code, error.Domain)), Is.All.EqualTo((ErrorCode.Rpc, ErrorDomain.Rpc)));
    }
}
