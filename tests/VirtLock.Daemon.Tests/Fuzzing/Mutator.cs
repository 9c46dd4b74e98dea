using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace VirtLock.Daemon.Tests.Fuzzing;

/// <summary>Changes the entries of a corpus in small ways. The same seed gives the same inputs.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> corpus, int seed)
{
    private const int MostChanges = 4;
    private const int LongestRun = 4096;
    private const int NumberSize = sizeof(uint);

    /// <summary>Around the sizes and the limits of the protocol, and where integers change their sign or end.</summary>
    private static readonly uint[] Numbers =
    [
        0, 1, 3, 4, 5, 27, 28, 29, 32, 33, 127, 128, 255, 256, 65535, 65536, 0x0040_0000, 0x0200_0004, 0x0200_0005,
        int.MaxValue - 3, int.MaxValue, 0x8000_0000, uint.MaxValue - 3, uint.MaxValue,
    ];

    private readonly Random _random = new(seed);

    internal byte[] Next()
    {
        List<byte> input = [.. AnyEntry()];
        for (int changes = _random.Next(1, MostChanges + 1); changes > 0; changes--)
        {
            Change(input);
        }

        return [.. input];
    }

    private void Change(List<byte> input)
    {
        int at = _random.Next(input.Count + 1);
        int rest = input.Count - at;
        switch (_random.Next(8))
        {
            case 0 when rest > 0:
                input[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1:
                input.Insert(at, (byte)_random.Next(256));
                break;
            case 2 when rest > 0:
                input.RemoveRange(at, _random.Next(1, Math.Min(rest, 16) + 1));
                break;
            case 3:
                input.RemoveRange(at, rest);
                byte[] other = AnyEntry();
                input.AddRange(other.AsSpan(_random.Next(other.Length + 1)));
                break;
            case 4 when input.Count >= NumberSize:
                Span<byte> number = stackalloc byte[NumberSize];
                BinaryPrimitives.WriteUInt32BigEndian(number, AnyNumber());
                int place = _random.Next(input.Count / NumberSize) * NumberSize;
                input.RemoveRange(place, NumberSize);
                input.InsertRange(place, number);
                break;
            case 5:
                input.InsertRange(at, Encoding.ASCII.GetBytes(AnyNumber().ToString(CultureInfo.InvariantCulture)));
                break;
            case 6 when rest > 0:
                input.InsertRange(at, Enumerable.Repeat(input[at], _random.Next(1, LongestRun)).ToArray());
                break;
            case 7:
                input.RemoveRange(at, rest);
                break;
        }
    }

    private byte[] AnyEntry() => corpus[_random.Next(corpus.Count)];

    private uint AnyNumber() => Numbers[_random.Next(Numbers.Length)];
}
