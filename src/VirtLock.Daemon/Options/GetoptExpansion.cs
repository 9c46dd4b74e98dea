using System.CommandLine;
using System.Text;

namespace VirtLock.Daemon.Options;

/// <summary>
/// An argument list as getopt_long(3) reads it, rewritten into canonical tokens: <c>-vf x --pid=y</c> becomes
/// <c>--verbose --config=x --pid-file=y</c>. Operands may stand anywhere and are left out. Reading ends at the first mistake, and at an option that
/// ends the process, so that what follows either is never looked at.
/// </summary>
internal sealed class GetoptExpansion
{
    private readonly IReadOnlyList<string> _arguments;
    private readonly IList<Option> _options;
    private readonly Func<Option, bool> _endsProcess;
    private readonly List<string> _tokens = [];
    private int _next;
    private bool _isFinished;

    private GetoptExpansion(IReadOnlyList<string> arguments, IList<Option> options, Func<Option, bool> endsProcess)
    {
        _arguments = arguments;
        _options = options;
        _endsProcess = endsProcess;
    }

    /// <summary>The canonical tokens up to the point where reading ended.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>getopt's one-line message, without the program's name; null when there was no mistake.</summary>
    public string? Error { get; private set; }

    public static GetoptExpansion Of(IReadOnlyList<string> arguments, IList<Option> options, Func<Option, bool> endsProcess)
    {
        var expansion = new GetoptExpansion(arguments, options, endsProcess);
        while (!expansion._isFinished && expansion._next < arguments.Count)
        {
            expansion.Read(arguments[expansion._next++]);
        }

        return expansion;
    }

    private void Read(string argument)
    {
        if (argument == "--")
        {
            _isFinished = true;
        }
        else if (argument.StartsWith("--", StringComparison.Ordinal))
        {
            ReadLong(argument);
        }
        else if (argument.Length > 1 && argument[0] == '-')
        {
            ReadLetters(argument);
        }
    }

    private void ReadLong(string argument)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? argument : argument[..equals];
        if (FindLong(name, argument) is not { } option)
        {
            return;
        }

        if (!OptionTable.TakesValue(option))
        {
            if (equals >= 0)
            {
                Fail($"option '{option.Name}' doesn't allow an argument");
                return;
            }

            Add(option, null);
        }
        else if (equals >= 0)
        {
            Add(option, argument[(equals + 1)..]);
        }
        else if (_next < _arguments.Count)
        {
            Add(option, _arguments[_next++]);
        }
        else
        {
            Fail($"option '{option.Name}' requires an argument");
        }
    }

    private Option? FindLong(string name, string argument)
    {
        Option? found = null;
        List<Option>? rivals = null;
        foreach (Option option in _options)
        {
            if (option.Name == name)
            {
                return option;
            }

            if (!option.Hidden && option.Name.StartsWith(name, StringComparison.Ordinal))
            {
                if (found is null)
                {
                    found = option;
                }
                else
                {
                    (rivals ??= [found]).Add(option);
                }
            }
        }

        if (rivals is not null)
        {
            var message = new StringBuilder($"option '{argument}' is ambiguous; possibilities:");
            foreach (Option rival in rivals)
            {
                message.Append($" '{rival.Name}'");
            }

            Fail(message.ToString());
            return null;
        }

        if (found is null)
        {
            Fail($"unrecognized option '{argument}'");
        }

        return found;
    }

    private void ReadLetters(string argument)
    {
        for (int i = 1; i < argument.Length && !_isFinished; i++)
        {
            char letter = argument[i];
            if (FindLetter(letter) is not { } option)
            {
                Fail($"invalid option -- '{letter}'");
            }
            else if (!OptionTable.TakesValue(option))
            {
                Add(option, null);
            }
            else if (i + 1 < argument.Length)
            {
                Add(option, argument[(i + 1)..]);
                return;
            }
            else if (_next < _arguments.Count)
            {
                Add(option, _arguments[_next++]);
            }
            else
            {
                Fail($"option requires an argument -- '{letter}'");
            }
        }
    }

    private Option? FindLetter(char letter)
    {
        foreach (Option option in _options)
        {
            foreach (string alias in option.Aliases)
            {
                if (alias[1] == letter)
                {
                    return option;
                }
            }
        }

        return null;
    }

    private void Add(Option option, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            _tokens.Add(option.Name);
            if (value is not null)
            {
                // The parser takes a bare "--config=" for a missing value, but a token of its own for an empty one.
                _tokens.Add(value);
            }
        }
        else
        {
            _tokens.Add(option.Name + "=" + value);
        }

        _isFinished = _endsProcess(option);
    }

    private void Fail(string error)
    {
        Error = error;
        _isFinished = true;
    }
}
