using System.Text;
using VirtLock.Protocol;

namespace VirtLock.Core.Tests.Protocol;

public sealed class XdrTests
{
    private delegate void Writing(ref XdrWriter writer);

    [FsCheck.NUnit.Property]
    public bool Numbers_survive_the_wire(uint first, int second, ulong third, long fourth, double fifth, bool sixth)
    {
        byte[] bytes = Written((ref XdrWriter writer) =>
        {
            writer.WriteUInt32(first);
            writer.WriteInt32(second);
            writer.WriteUInt64(third);
            writer.WriteInt64(fourth);
            writer.WriteDouble(fifth);
            writer.WriteBoolean(sixth);
        });

        var reader = new XdrReader(bytes);
        return bytes.Length == 36
            && reader.TryReadUInt32(out uint read1) && read1 == first
            && reader.TryReadInt32(out int read2) && read2 == second
            && reader.TryReadUInt64(out ulong read3) && read3 == third
            && reader.TryReadInt64(out long read4) && read4 == fourth
            && reader.TryReadDouble(out double read5) && read5.Equals(fifth)
            && reader.TryReadBoolean(out bool read6) && read6 == sixth
            && reader.Remaining == 0;
    }

    [FsCheck.NUnit.Property]
    public bool Opaques_survive_the_wire_in_whole_words(byte[] variable, byte[] constant)
    {
        byte[] bytes = Written((ref XdrWriter writer) =>
        {
            writer.WriteOpaque(variable);
            writer.WriteFixedOpaque(constant);
        });

        var reader = new XdrReader(bytes);
        return bytes.Length % 4 == 0
            && bytes.Length == XdrWriter.OpaqueSize(variable.Length) + XdrWriter.OpaqueSize(constant.Length) - 4
            && reader.TryReadOpaque(variable.Length, out ReadOnlySpan<byte> first) && first.SequenceEqual(variable)
            && reader.TryReadFixedOpaque(constant.Length, out ReadOnlySpan<byte> second) && second.SequenceEqual(constant)
            && reader.Remaining == 0;
    }

    [FsCheck.NUnit.Property]
    public bool Text_is_written_as_utf8(FsCheck.NonNull<string> text)
    {
        byte[] viaString = Written((ref XdrWriter writer) => writer.WriteString(text.Get));
        byte[] viaBytes = Written((ref XdrWriter writer) => writer.WriteOpaque(Encoding.UTF8.GetBytes(text.Get)));
        return viaString.AsSpan().SequenceEqual(viaBytes);
    }

    [TestCase("", "00000000")]
    [TestCase("a", "00000001" + "61000000")]
    [TestCase("abc", "00000003" + "61626300")]
    [TestCase("abcd", "00000004" + "61626364")]
    [TestCase("ä€", "00000005" + "c3a4e282" + "ac000000")]
    public void Strings_are_padded_with_zeroes(string text, string expected)
    {
        // A buffer with old contents, so that padding that is only skipped would show.
        var dirty = new ByteQueue();
        dirty.GetSpan(64).Fill(0xAA);
        var writer = new XdrWriter(dirty);
        writer.WriteString(text);

        Assert.That(Convert.ToHexStringLower(dirty.Unread), Is.EqualTo(expected));
    }

    [Test]
    public void An_unpaired_surrogate_becomes_a_replacement_character() =>
        Assert.That(
            Convert.ToHexStringLower(Written((ref XdrWriter writer) => writer.WriteString("\uD800"))),
            Is.EqualTo("00000003" + "efbfbd00"));

    [Test]
    public void Opaques_are_padded_with_zeroes()
    {
        var dirty = new ByteQueue();
        dirty.GetSpan(64).Fill(0xAA);
        var writer = new XdrWriter(dirty);
        writer.WriteOpaque([1]);
        writer.WriteFixedOpaque([2, 3]);

        Assert.That(Convert.ToHexStringLower(dirty.Unread), Is.EqualTo("00000001" + "01000000" + "02030000"));
    }

    [Test]
    public void Padding_that_is_not_zero_is_accepted()
    {
        var reader = new XdrReader(Convert.FromHexString("00000001" + "61ffffff" + "62eeeeee" + "00000009"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(reader.TryReadOpaque(10, out ReadOnlySpan<byte> first), Is.True);
            Assert.That(first.ToArray(), Is.EqualTo("a"u8.ToArray()));
            Assert.That(reader.TryReadFixedOpaque(1, out ReadOnlySpan<byte> second), Is.True);
            Assert.That(second.ToArray(), Is.EqualTo("b"u8.ToArray()));
            Assert.That(reader.TryReadUInt32(out uint last), Is.True);
            Assert.That(last, Is.EqualTo(9));
        }
    }

    [TestCase("00000001" + "61", Description = "no padding")]
    [TestCase("00000001" + "610000", Description = "not enough padding")]
    [TestCase("00000002" + "61", Description = "not enough bytes")]
    [TestCase("00000065", Description = "over the limit of 100")]
    [TestCase("7fffffff" + "61626364", Description = "a length whose padding overflows")]
    [TestCase("80000000" + "61626364", Description = "a negative length")]
    [TestCase("ffffffff" + "61626364", Description = "the largest length")]
    [TestCase("000000", Description = "no whole length word")]
    [TestCase("", Description = "nothing")]
    public void A_broken_opaque_is_refused_and_nothing_consumed(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        var reader = new XdrReader(bytes);
        bool isReadLimited = reader.TryReadOpaque(100, out ReadOnlySpan<byte> value);
        bool isReadUnlimited = !hex.StartsWith("00000065", StringComparison.Ordinal) && reader.TryReadOpaque(int.MaxValue, out value);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isReadLimited, Is.False);
            Assert.That(isReadUnlimited, Is.False);
            Assert.That(value.Length, Is.Zero);
            Assert.That(reader.Remaining, Is.EqualTo(bytes.Length));
        }
    }

    [Test]
    public void A_string_as_long_as_the_limit_is_accepted_and_one_byte_more_is_not()
    {
        byte[] bytes = Written((ref XdrWriter writer) => writer.WriteOpaque(new byte[100]));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new XdrReader(bytes).TryReadOpaque(100, out _), Is.True);
            Assert.That(new XdrReader(bytes).TryReadOpaque(99, out _), Is.False);
        }
    }

    [TestCase("", false, null)]
    [TestCase("00000000", true, null)]
    [TestCase("00000001", false, null)]
    [TestCase("00000001" + "00000000", true, "")]
    [TestCase("00000001" + "00000001" + "61000000", true, "a")]
    [TestCase("00000001" + "00000001" + "6100", false, null)]
    [TestCase("ffffffff" + "00000001" + "61000000", true, "a")]
    public void Optional_strings_are_a_mark_and_a_string(string hex, bool isReadable, string? expected)
    {
        byte[] bytes = Convert.FromHexString(hex);
        var reader = new XdrReader(bytes);
        bool isRead = reader.TryReadOptionalOpaque(100, out bool isPresent, out ReadOnlySpan<byte> value);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(isRead, Is.EqualTo(isReadable));
            Assert.That(isPresent, Is.EqualTo(expected is not null));
            Assert.That(Encoding.UTF8.GetString(value), Is.EqualTo(expected ?? string.Empty));
            Assert.That(reader.Remaining, Is.EqualTo(isReadable ? 0 : bytes.Length));
        }
    }

    [TestCase(null, "00000000")]
    [TestCase("", "00000001" + "00000000")]
    [TestCase("a", "00000001" + "00000001" + "61000000")]
    public void An_optional_string_that_is_empty_is_not_absent(string? text, string expected) =>
        Assert.That(
            Convert.ToHexStringLower(Written((ref XdrWriter writer) => writer.WriteOptionalString(text))), Is.EqualTo(expected));

    [Test]
    public void A_number_that_is_cut_short_is_refused_and_nothing_consumed([Range(0, 7)] int length)
    {
        var reader = new XdrReader(new byte[length]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(reader.TryReadUInt64(out _), Is.False);
            Assert.That(reader.TryReadInt64(out _), Is.False);
            Assert.That(reader.TryReadDouble(out _), Is.False);
            Assert.That(reader.Remaining, Is.EqualTo(length));
            Assert.That(reader.TryReadUInt32(out _), Is.EqualTo(length >= 4));
            Assert.That(reader.TryReadInt32(out _), Is.False);
            Assert.That(reader.TryReadBoolean(out _), Is.False);
            Assert.That(reader.Remaining, Is.EqualTo(length % 4));
        }
    }

    private static byte[] Written(Writing writing)
    {
        var output = new ByteQueue();
        var writer = new XdrWriter(output);
        writing(ref writer);
        return output.Unread.ToArray();
    }
}
