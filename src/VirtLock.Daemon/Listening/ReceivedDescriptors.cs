using VirtLock.Posix;

namespace VirtLock.Daemon.Listening;

/// <summary>
/// Descriptors that a peer attached. No procedure uses any, so they are closed as they come; remembered is only at which bytes of the input they
/// came, as a packet that announces descriptors must be followed by bytes that carry them.
/// </summary>
internal sealed unsafe class ReceivedDescriptors
{
    /// <summary>Room for the control message of the most descriptors that one message can carry (SCM_MAX_FD 253, unix(7)).</summary>
    internal const int ControlSize = 1040;

    private readonly List<int> _offsets;

    /// <param name="offsets">What an earlier image remembered.</param>
    internal ReceivedDescriptors(IReadOnlyList<int> offsets) => _offsets = [.. offsets];

    /// <summary>Offsets into the input that is not yet consumed, ascending.</summary>
    internal IReadOnlyList<int> Offsets => _offsets;

    /// <summary>Closes what came with a read that ended at an offset.</summary>
    internal void Receive(LibC.msghdr* message, int offset)
    {
        byte* control = (byte*)message->msg_control;
        byte* end = control + message->msg_controllen;
        while (control + sizeof(LibC.cmsghdr) <= end)
        {
            var header = (LibC.cmsghdr*)control;
            if (header->cmsg_level == LibC.SOL_SOCKET && header->cmsg_type == LibC.SCM_RIGHTS)
            {
                int count = (int)(header->cmsg_len - (nuint)sizeof(LibC.cmsghdr)) / sizeof(int);
                for (int i = 0; i < count; i++)
                {
                    _ = LibC.close(((int*)(header + 1))[i]);
                }

                _offsets.Add(offset);
            }

            // CMSG_NXTHDR: each header is aligned to the size of a long.
            control += (header->cmsg_len + 7) & ~(nuint)7;
        }
    }

    internal bool IsAt(int offset) => _offsets.Contains(offset);

    /// <summary>The input's first bytes were dealt with.</summary>
    internal void Consume(int count)
    {
        _offsets.RemoveAll(offset => offset < count);
        for (int i = 0; i < _offsets.Count; i++)
        {
            _offsets[i] -= count;
        }
    }
}
