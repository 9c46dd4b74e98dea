using System.Text;
using FsCheck;
using FsCheck.Fluent;
using VirtLock.Daemon.Upgrade.Document;

namespace VirtLock.Daemon.Tests.Upgrade.Document;

/// <summary>Documents that a crash or a bad disk left.</summary>
internal sealed class DamagedDocumentTests
{
    private static readonly byte[][] Whole =
    [
        Encoding.UTF8.GetBytes(LibvirtDocuments.TwoClients),
        Samples.Write(Samples.Full),
    ];

    [Test]
    public void Document_cut_short_is_refused_wherever_the_cut_is([Values(0, 1)] int which)
    {
        byte[] whole = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Whole[which]).TrimEnd());
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.That(
                () => Snapshot.Read(whole.AsSpan(0, length), Samples.Pid),
                Throws.TypeOf<SnapshotFormatException>(),
                $"cut after {length} bytes");
        }
    }

    [Test]
    public void Bytes_changed_at_random_are_refused_or_read_but_nothing_worse([Values(0, 1)] int which)
    {
        Gen<(int Offset, byte Value)[]> changes = Gen.Choose(0, Whole[which].Length - 1)
            .SelectMany(offset => Gen.Elements(Bytes).Select(value => (offset, value)))
            .ArrayOf()
            .Where(all => all.Length is > 0 and < 6);

        Prop.ForAll(changes.ToArbitrary(), all =>
        {
            byte[] damaged = [.. Whole[which]];
            foreach ((int offset, byte value) in all)
            {
                damaged[offset] = value;
            }

            return ReadsOrRefuses(damaged);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));
    }

    /// <summary>An escape can stand anywhere in a text, in keys as well.</summary>
    [Test]
    public void Escapes_put_in_at_random_are_refused_or_read_but_nothing_worse([Values(0, 1)] int which)
    {
        Gen<(int Offset, string Escape)> insertions = Gen.Choose(0, Whole[which].Length)
            .SelectMany(offset => Gen.Elements("\\ud800", "\\udc00", "\\u0000", "\\ud83d\\udd12", "\\x", "\\", "\"", "{", "[", "1e999")
                .Select(escape => (offset, escape)));

        Prop.ForAll(insertions.ToArbitrary(), insertion =>
        {
            byte[] whole = Whole[which];
            return ReadsOrRefuses(
                [.. whole.AsSpan(0, insertion.Offset), .. Encoding.UTF8.GetBytes(insertion.Escape), .. whole.AsSpan(insertion.Offset)]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));
    }

    /// <summary>What JSON is made of, some digits, and what is not UTF-8.</summary>
    private static byte[] Bytes => [.. "{}[]\",:-.\\ 019eEtfn/ux\n\0"u8, 0x7F, 0x80, 0xC3, 0xFF];

    private static bool ReadsOrRefuses(byte[] document)
    {
        try
        {
            _ = SnapshotText.Of(Snapshot.Read(document, Samples.Pid));
        }
        catch (SnapshotFormatException e)
        {
            return e.Message.EndsWith('.');
        }

        return true;
    }
}
