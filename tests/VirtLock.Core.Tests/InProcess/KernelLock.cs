using VirtLock.Posix;

namespace VirtLock.Core.Tests.InProcess;

/// <summary>Does to this process's locks what a network file system may: drops them without a word.</summary>
internal static unsafe class KernelLock
{
    public static void Drop(string path)
    {
        foreach (string descriptor in Directory.GetFiles("/proc/self/fd"))
        {
            if (Target(descriptor) != path)
            {
                continue;
            }

            LibC.flock_t unlock = new() { l_type = LibC.F_UNLCK, l_start = 0, l_len = 1 };
            int number = int.Parse(Path.GetFileName(descriptor), System.Globalization.CultureInfo.InvariantCulture);
            Assert.That(LibC.fcntl(number, LibC.F_OFD_SETLK, &unlock), Is.Zero);
            return;
        }

        Assert.Fail($"{path} is not open.");
    }

    private static string? Target(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget;
        }
        catch (IOException)
        {
            // Closed since the listing: not the one we look for, which this test holds.
            return null;
        }
    }
}
