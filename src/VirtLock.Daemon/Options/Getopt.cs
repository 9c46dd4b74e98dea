using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace VirtLock.Daemon.Options;

/// <summary>
/// Reads arguments as getopt_long(3) does, one option after the other: letters may be bundled, long names cut while they stay unique, and
/// operands may stand anywhere and are left out.
/// </summary>
internal sealed class Getopt(IReadOnlyList<string> arguments, IReadOnlyList<CommandLineOption> options)
{
    private int _next;

    /// <summary>What is left of a bundle of letters.</summary>
    private ReadOnlyMemory<char> _letters;

    /// <summary>getopt's one-line message, without the program's name; null as long as there was no mistake.</summary>
    public string? Error { get; private set; }

    /// <summary>Reads the next option.</summary>
    /// <param name="option">The option.</param>
    /// <param name="value">Its value; empty for an option that takes none.</param>
    /// <returns>False at the end, and at a mistake.</returns>
    public bool TryRead([NotNullWhen(true)] out CommandLineOption? option, out string value)
    {
        option = null;
        value = "";
        if (_letters.Length > 0)
        {
            return TryReadLetter(out option, ref value);
        }

        while (_next < arguments.Count)
        {
            string argument = arguments[_next++];
            if (argument == "--")
            {
                return false;
            }

            if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                return TryReadLong(argument, out option, ref value);
            }

            if (argument.Length > 1 && argument[0] == '-')
            {
                _letters = argument.AsMemory(1);
                return TryReadLetter(out option, ref value);
            }
        }

        return false;
    }

    private bool TryReadLetter([NotNullWhen(true)] out CommandLineOption? option, ref string value)
    {
        char letter = _letters.Span[0];
        _letters = _letters[1..];
        option = options.FirstOrDefault(known => known.Letter == letter);
        if (option is null)
        {
            return Fail($"invalid option -- '{letter}'");
        }

        if (!option.TakesValue)
        {
            return true;
        }

        if (_letters.Length > 0)
        {
            (value, _letters) = (_letters.ToString(), default);
            return true;
        }

        return TryTakeArgument(ref value) || Fail($"option requires an argument -- '{letter}'");
    }

    private bool TryReadLong(string argument, [NotNullWhen(true)] out CommandLineOption? option, ref string value)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        if (!TryFindLong(equals < 0 ? argument : argument[..equals], argument, out option))
        {
            return false;
        }

        if (equals < 0)
        {
            return !option.TakesValue || TryTakeArgument(ref value) || Fail($"option '{option.Name}' requires an argument");
        }

        value = argument[(equals + 1)..];
        return option.TakesValue || Fail($"option '{option.Name}' doesn't allow an argument");
    }

    private bool TryTakeArgument(ref string value)
    {
        if (_next == arguments.Count)
        {
            return false;
        }

        value = arguments[_next++];
        return true;
    }

    private bool TryFindLong(string name, string argument, [NotNullWhen(true)] out CommandLineOption? option)
    {
        option = options.FirstOrDefault(known => known.Name == name);
        if (option is not null)
        {
            return true;
        }

        CommandLineOption[] rivals =
            [.. options.Where(known => !known.IsHidden && known.Name.StartsWith(name, StringComparison.Ordinal))];
        if (rivals.Length == 1)
        {
            option = rivals[0];
            return true;
        }

        if (rivals.Length == 0)
        {
            return Fail($"unrecognized option '{argument}'");
        }

        var message = new StringBuilder($"option '{argument}' is ambiguous; possibilities:");
        foreach (CommandLineOption rival in rivals)
        {
            message.Append($" '{rival.Name}'");
        }

        return Fail(message.ToString());
    }

    private bool Fail(string error)
    {
        Error = error;
        return false;
    }
}
