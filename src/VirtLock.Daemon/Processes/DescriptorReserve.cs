using VirtLock.Posix;

namespace VirtLock.Daemon.Processes;

/// <summary>
/// Descriptors to give up when they have run out: fencing needs one for the victim's pidfd and one to look the process up, and must not be
/// refused them, or a process that lives could not be told from a dead one. Belongs to the loop's thread.
/// </summary>
internal static class DescriptorReserve
{
    private static readonly Descriptor[] Kept = new Descriptor[2];

    /// <summary>Keeps as many as there should be; to be called at the start, and when something was closed.</summary>
    internal static void Fill()
    {
        for (int i = 0; i < Kept.Length; i++)
        {
            if (Kept[i].IsNone)
            {
                Kept[i] = new Descriptor(LibC.eventfd(0, LibC.EFD_CLOEXEC));
            }
        }
    }

    /// <summary>Asks for a descriptor, and again in place of one that is kept when there are no more.</summary>
    /// <returns>None when it failed; <see cref="LibC.LastError"/> has the reason.</returns>
    internal static Descriptor Open(Func<Descriptor> open)
    {
        Descriptor opened = open();
        for (int i = 0; i < Kept.Length && opened.IsNone && LibC.LastError is LibC.EMFILE or LibC.ENFILE; i++)
        {
            if (!Kept[i].IsNone)
            {
                Kept[i].Close();
                Kept[i] = Descriptor.None;
                opened = open();
            }
        }

        return opened;
    }
}
