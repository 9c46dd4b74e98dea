using System.Runtime.InteropServices;
using VirtLock.Daemon.Processes;

namespace VirtLock.Daemon.Tests.Processes;

/// <summary>The shape that execve(2) wants.</summary>
[TestFixture]
internal sealed unsafe class StringVectorTests
{
    [TestCase]
    [TestCase("")]
    [TestCase("/usr/sbin/virtlockd", "", "--config", "/etc/öffentlich.conf")]
    public void Strings_stand_in_order_with_a_null_behind_the_last(params string[] texts)
    {
        using var vector = new StringVector(StartedChild.Terminated(texts));

        var read = new List<string?>();
        for (int i = 0; i <= texts.Length; i++)
        {
            read.Add(Marshal.PtrToStringUTF8((nint)vector.Pointer[i]));
        }

        Assert.That(read, Is.EqualTo(texts.Append(null)));
    }

    [Test]
    public void Bytes_that_are_no_text_stay_as_they_are()
    {
        byte[] bytes = [0xFF, 0x80, 0];
        using var vector = new StringVector([bytes]);

        Assert.That(new ReadOnlySpan<byte>(vector.Pointer[0], bytes.Length).ToArray(), Is.EqualTo(bytes));
    }
}
