using VirtLock.Posix;

namespace VirtLock.Core.Tests.Posix;

[TestFixture]
internal sealed class ErrorTextTests
{
    [TestCase(2, "No such file or directory")]
    [TestCase(11, "Resource temporarily unavailable")]
    [TestCase(21, "Is a directory")]
    [TestCase(116, "Stale file handle")]
    public void Number_is_put_into_the_words_of_the_system(int errno, string expected)
    {
        Assert.That(ErrorText.Of(errno), Is.EqualTo(expected));
    }

    [Test]
    public void Every_number_that_a_kernel_or_a_file_system_may_give_has_words()
    {
        // MAX_ERRNO of the kernel; a FUSE file system answers with any number it likes.
        IEnumerable<string> texts = Enumerable.Range(0, 4096).Select(ErrorText.Of);

        Assert.That(texts, Has.None.Empty);
    }
}
