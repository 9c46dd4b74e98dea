using VirtLock.Locking;

namespace VirtLock.Core.Tests.Locking;

/// <summary>Names are chosen by clients, so the hash that finds them must not be theirs to steer.</summary>
[TestFixture]
internal sealed class ByteTextTests
{
    /// <summary>
    /// With a hash that multiplies by an odd number and folds the upper half into the lower, as this one once did, flipping bit 63 of one
    /// word flips bits 63 and 31 of the state, whatever the state and the factor are; flipping these in the next word takes it back.
    /// </summary>
    [Test]
    public void Names_built_to_cancel_out_do_not_collide()
    {
        const int Pairs = 10;
        const int PairSize = 16;
        int[] hashes =
        [
            .. Enumerable.Range(0, 1 << Pairs).Select(choice =>
            {
                var name = new byte[(Pairs * PairSize) + 1];
                Array.Fill(name, (byte)'a');
                for (int pair = 0; pair < Pairs; pair++)
                {
                    byte flip = (byte)(((choice >> pair) & 1) << 7);
                    name[(pair * PairSize) + 7] ^= flip;
                    name[(pair * PairSize) + 15] ^= flip;
                    name[(pair * PairSize) + 11] ^= flip;
                }

                return new ResourceName(name.AsSpan()).GetHashCode();
            }),
        ];

        Assert.That(hashes.Distinct().Count(), Is.GreaterThan(hashes.Length - 5));
    }

    [TestCase("")]
    [TestCase("a")]
    [TestCase("ab")]
    [TestCase("/var/lib/libvirt/images/web.qcow2")]
    public void Name_is_found_by_its_bytes(string text)
    {
        ReadOnlySpan<byte> bytes = System.Text.Encoding.UTF8.GetBytes(text);

        Assert.That(ByteTextComparer<ResourceName>.Instance.GetHashCode(bytes), Is.EqualTo(new ResourceName(text).GetHashCode()));
        Assert.That(ByteTextComparer<ResourceName>.Instance.Equals(bytes, new ResourceName(text)), Is.True);
    }

    [Test]
    public void Every_byte_counts([Values(1, 2, 7, 8, 9, 16, 17)] int length)
    {
        var name = new byte[length];
        Array.Fill(name, (byte)'a');
        int[] hashes =
        [
            new ResourceName(name.AsSpan()).GetHashCode(),
            .. Enumerable.Range(0, length).Select(index =>
            {
                byte[] other = [.. name];
                other[index] = (byte)'b';
                return new ResourceName(other.AsSpan()).GetHashCode();
            }),
        ];

        Assert.That(hashes, Is.Unique);
    }
}
