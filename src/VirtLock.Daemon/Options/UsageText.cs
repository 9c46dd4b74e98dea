using System.Text;

namespace VirtLock.Daemon.Options;

/// <summary>What <c>--help</c> prints, and what follows the message about a mistake.</summary>
internal static class UsageText
{
    private const int DescriptionColumn = 25;

    public static string Of(IReadOnlyList<CommandLineOption> options, string program, RuntimePaths paths)
    {
        var text = new StringBuilder();
        text.Append($"\nUsage:\n  {program} [options]\n\nOptions:\n");
        foreach (CommandLineOption option in options)
        {
            if (!option.IsHidden)
            {
                AppendOption(text, option);
            }
        }

        text.Append($"""

            VirtLock, lock daemon for virtual machines:

              Default paths:

                Configuration file (unless overridden by -f):
                  {paths.ConfigFile}

                Sockets:
                  {paths.LockSocket}
                  {paths.AdminSocket}

                PID file (unless overridden by -p):
                  {paths.PidFile}


            """);
        return text.ToString();
    }

    private static void AppendOption(StringBuilder text, CommandLineOption option)
    {
        int start = text.Length;
        text.Append($"  -{option.Letter} | {option.Name}");
        if (option.TakesValue)
        {
            text.Append($" <{option.ValueName}>");
        }

        text.Append(' ', Math.Max(1, DescriptionColumn - (text.Length - start))).Append(option.Description).Append('\n');
    }
}
