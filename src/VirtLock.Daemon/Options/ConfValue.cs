using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace VirtLock.Daemon.Options;

/// <summary>One value of a configuration file.</summary>
internal sealed class ConfValue
{
    private ConfValue(ConfValueKind kind) => Kind = kind;

    public ConfValueKind Kind { get; }

    /// <summary>The value of an unsigned number.</summary>
    public ulong Number { get; private init; }

    /// <summary>A string's characters, a number's digits; empty for a list.</summary>
    public string Text { get; private init; } = "";

    /// <summary>False for a string that is not UTF-8, whose <see cref="Text"/> is then not what the file holds.</summary>
    public bool IsText { get; private init; } = true;

    /// <summary>A list's values; empty for the other kinds.</summary>
    public IReadOnlyList<ConfValue> Items { get; private init; } = [];

    public static ConfValue OfString(ReadOnlySpan<byte> bytes) =>
        new(ConfValueKind.String) { Text = Encoding.UTF8.GetString(bytes), IsText = Utf8.IsValid(bytes) };

    public static ConfValue OfUnsigned(ulong number) =>
        new(ConfValueKind.UnsignedNumber) { Number = number, Text = number.ToString(CultureInfo.InvariantCulture) };

    public static ConfValue OfSigned(long number) =>
        new(ConfValueKind.SignedNumber) { Text = number.ToString(CultureInfo.InvariantCulture) };

    public static ConfValue OfList(IReadOnlyList<ConfValue> items) => new(ConfValueKind.List) { Items = items };
}

/// <summary>One <c>name = value</c> of a configuration file.</summary>
internal readonly record struct ConfSetting(string Name, ConfValue Value);

/// <summary>The kinds of value that the grammar tells apart. A number is unsigned unless it is written with a minus.</summary>
internal enum ConfValueKind
{
    String,
    UnsignedNumber,
    SignedNumber,
    List,
}
