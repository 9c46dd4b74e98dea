using System.Buffers;
using System.Text;

namespace VirtLock.Daemon.Options;

/// <summary>
/// Reads the grammar of libvirt's configuration files: settings and comments, ended by line ends or semicolons; values are numbers, strings
/// without escapes, and lists.
/// </summary>
internal ref struct ConfParser
{
    private static readonly SearchValues<byte> NameBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"u8);

    // Lists nest, and each level is a stack frame here.
    private const int MaxListDepth = 64;

    private readonly ReadOnlySpan<byte> _content;
    private readonly string _path;
    private int _position;
    private int _line = 1;

    private ConfParser(ReadOnlySpan<byte> content, string path)
    {
        _content = content;
        _path = path;
    }

    private readonly bool IsAtEnd => _position >= _content.Length;

    /// <summary>The byte at the position; NUL at the end, and no rule of the grammar takes a NUL.</summary>
    private readonly byte Current => IsAtEnd ? (byte)0 : _content[_position];

    /// <summary>Reads a whole file.</summary>
    /// <param name="content">The file's bytes.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <returns>The settings in the order of the file, repeated ones included.</returns>
    /// <exception cref="ConfigurationException">The bytes break the grammar.</exception>
    public static IReadOnlyList<ConfSetting> Parse(ReadOnlySpan<byte> content, string path)
    {
        var parser = new ConfParser(content, path);
        return parser.ParseFile();
    }

    private List<ConfSetting> ParseFile()
    {
        var settings = new List<ConfSetting>();
        while (true)
        {
            SkipBlanksAndLineEnds();
            if (IsAtEnd)
            {
                return settings;
            }

            if (Current != '#')
            {
                settings.Add(ParseSetting());
            }

            SkipComment();
            EndStatement();
        }
    }

    private ConfSetting ParseSetting()
    {
        string name = ParseName();
        SkipBlanks();
        if (Current != '=')
        {
            throw Error("expecting an assignment");
        }

        _position++;
        SkipBlanks();
        ConfValue value = ParseValue(depth: 0);
        SkipBlanks();
        return new ConfSetting(name, value);
    }

    private string ParseName()
    {
        if (!char.IsAsciiLetter((char)Current))
        {
            throw Error("expecting a name");
        }

        ReadOnlySpan<byte> rest = _content[_position..];
        int length = rest.IndexOfAnyExcept(NameBytes);
        ReadOnlySpan<byte> name = length < 0 ? rest : rest[..length];
        _position += name.Length;
        return Encoding.ASCII.GetString(name);
    }

    private ConfValue ParseValue(int depth) => Current switch
    {
        (byte)'"' or (byte)'\'' => ParseString(),
        (byte)'[' => ParseList(depth),
        (byte)'+' or (byte)'-' => ParseNumber(),
        byte digit when char.IsAsciiDigit((char)digit) => ParseNumber(),
        _ => throw Error("expecting a value"),
    };

    private ConfValue ParseString()
    {
        ReadOnlySpan<byte> rest = _content[_position..];
        if (rest.StartsWith("\"\"\""u8))
        {
            int length = rest[3..].IndexOf("\"\"\""u8);
            if (length >= 0)
            {
                ReadOnlySpan<byte> text = rest.Slice(3, length);
                _line += text.Count((byte)'\n');
                _position += length + 6;
                return ConfValue.OfString(text);
            }

            throw Error("unterminated string");
        }

        int end = rest[1..].IndexOfAny(rest[0], (byte)'\n', (byte)'\r');
        if (end < 0 || rest[1 + end] != rest[0])
        {
            throw Error("unterminated string");
        }

        _position += end + 2;
        return ConfValue.OfString(rest.Slice(1, end));
    }

    private ConfValue ParseNumber()
    {
        bool isNegative = Current == '-';
        if (Current is (byte)'+' or (byte)'-')
        {
            _position++;
        }

        if (!char.IsAsciiDigit((char)Current))
        {
            throw Error("unterminated number");
        }

        // libvirt wraps at 64 bits and looks at the range only when a key asks for one.
        ulong number = 0;
        for (; char.IsAsciiDigit((char)Current); _position++)
        {
            number = unchecked((number * 10) + (uint)(Current - '0'));
        }

        return isNegative ? ConfValue.OfSigned(unchecked(-(long)number)) : ConfValue.OfUnsigned(number);
    }

    private ConfValue ParseList(int depth)
    {
        if (depth == MaxListDepth)
        {
            throw Error($"lists may nest {MaxListDepth} deep");
        }

        _position++;
        var items = new List<ConfValue>();
        SkipBlanksAndLineEnds();
        while (!IsAtEnd && Current != ']')
        {
            items.Add(ParseValue(depth + 1));
            SkipBlanksAndLineEnds();
            if (IsAtEnd || Current == ']')
            {
                break;
            }

            if (Current != ',')
            {
                throw Error("expecting a separator in list");
            }

            _position++;
            SkipBlanksAndLineEnds();
        }

        if (IsAtEnd)
        {
            throw Error("list is not closed with ]");
        }

        _position++;
        return ConfValue.OfList(items);
    }

    private void SkipBlanks()
    {
        while (Current is (byte)' ' or (byte)'\t')
        {
            _position++;
        }
    }

    private void SkipBlanksAndLineEnds()
    {
        while (Current is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
        {
            if (Current == '\n')
            {
                _line++;
            }

            _position++;
        }
    }

    private void SkipComment()
    {
        if (Current != '#')
        {
            return;
        }

        int length = _content[_position..].IndexOfAny((byte)'\n', (byte)'\r');
        _position = length < 0 ? _content.Length : _position + length;
    }

    private void EndStatement()
    {
        if (Current == ';')
        {
            _position++;
        }
        else if (!IsAtEnd && Current is not ((byte)'\n' or (byte)'\r'))
        {
            throw Error("expecting a separator");
        }
    }

    private readonly ConfigurationException Error(string expectation) => ConfigurationException.OfSyntax(_path, _line, expectation);
}
