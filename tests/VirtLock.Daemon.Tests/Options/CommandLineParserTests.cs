using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Tests.Options;

public sealed class CommandLineParserTests
{
    private const string Program = "virtlockd";

    [Test]
    public void No_arguments_leave_every_option_unset() =>
        Assert.That(Options(), Is.EqualTo(new CommandLineOptions()));

    [Test]
    public void Every_option_has_a_letter() =>
        Assert.That(
            Options("-d", "-v", "-t", "5", "-f", "/c", "-p", "/p"),
            Is.EqualTo(new CommandLineOptions { Daemonize = true, Verbose = true, TimeoutSeconds = 5, ConfigFile = "/c", PidFile = "/p" }));

    [Test]
    public void Every_option_has_a_long_name() =>
        Assert.That(
            Options("--daemon", "--verbose", "--timeout", "5", "--config", "/c", "--pid-file", "/p"),
            Is.EqualTo(new CommandLineOptions { Daemonize = true, Verbose = true, TimeoutSeconds = 5, ConfigFile = "/c", PidFile = "/p" }));

    [Test]
    public void Letters_bundle_and_the_last_takes_the_rest_as_its_value() =>
        Assert.That(Options("-vdf/c"), Is.EqualTo(new CommandLineOptions { Daemonize = true, Verbose = true, ConfigFile = "/c" }));

    [Test]
    public void The_last_letter_of_a_bundle_takes_the_next_argument_as_its_value() =>
        Assert.That(Options("-vt", "7"), Is.EqualTo(new CommandLineOptions { Verbose = true, TimeoutSeconds = 7 }));

    [TestCase("--conf", "/c")]
    [TestCase("--conf=/c")]
    [TestCase("--c=/c")]
    [TestCase("-f/c")]
    public void A_long_name_may_be_cut_while_it_stays_unique(params string[] arguments) =>
        Assert.That(Options(arguments).ConfigFile, Is.EqualTo("/c"));

    [TestCase("a=b")]
    [TestCase("=")]
    [TestCase("-v")]
    [TestCase("--verbose")]
    [TestCase("--")]
    [TestCase("@file")]
    [TestCase("\"quoted\"")]
    [TestCase("a:b c")]
    [TestCase("")]
    public void A_value_is_taken_as_it_is(string value)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Options("-f", value), Is.EqualTo(new CommandLineOptions { ConfigFile = value }));
            Assert.That(Options("--config", value), Is.EqualTo(new CommandLineOptions { ConfigFile = value }));
            Assert.That(Options("--config=" + value), Is.EqualTo(new CommandLineOptions { ConfigFile = value }));
        }
    }

    [Test]
    public void An_empty_PID_file_is_told_from_none() =>
        Assert.That(Options("-p", "").PidFile, Is.EqualTo(""));

    [Test]
    public void The_last_of_a_repeated_option_stays() =>
        Assert.That(
            Options("-f", "/a", "-t1", "--config=/b", "-t", "2", "-vv"),
            Is.EqualTo(new CommandLineOptions { ConfigFile = "/b", TimeoutSeconds = 2, Verbose = true }));

    [Test]
    public void Operands_are_ignored_wherever_they_stand() =>
        Assert.That(
            Options("virtlockd", "a", "-v", "-", "b", "-f", "/c", "", "d"),
            Is.EqualTo(new CommandLineOptions { Verbose = true, ConfigFile = "/c" }));

    [Test]
    public void Nothing_after_two_dashes_is_an_option() =>
        Assert.That(Options("-v", "--", "-d", "--nope", "-V"), Is.EqualTo(new CommandLineOptions { Verbose = true }));

    [TestCase("0", 0u)]
    [TestCase("2147483", 2147483u)]
    [TestCase("+5", 5u)]
    [TestCase(" 5", 5u)]
    [TestCase("007", 7u)]
    public void A_timeout_is_a_decimal_number_of_seconds(string text, uint seconds) =>
        Assert.That(Options("-t", text).TimeoutSeconds, Is.EqualTo(seconds));

    [TestCase("")]
    [TestCase("-1")]
    [TestCase("five")]
    [TestCase("5m")]
    [TestCase("0x10")]
    [TestCase("1.5")]
    [TestCase("2147484")]
    [TestCase("99999999999999999999")]
    public void A_timeout_that_is_no_such_number_ends_with_a_line_in_the_log(string text)
    {
        CommandLineExit exit = Exit("-t", text);

        Assert.That(exit.Code, Is.EqualTo(1));
        Assert.That(exit.Stream, Is.EqualTo(ExitStream.Log));
        Assert.That(exit.Text, Does.Contain($"'{text}'").And.Contain("timeout").And.Not.Contain("\n"));
    }

    [TestCase("virtlockd: unrecognized option '--nope'", "--nope")]
    [TestCase("virtlockd: unrecognized option '--nope=3'", "--nope=3")]
    [TestCase("virtlockd: invalid option -- 'X'", "-X")]
    [TestCase("virtlockd: invalid option -- 'X'", "-vX")]
    [TestCase("virtlockd: option '--ver' is ambiguous; possibilities: '--verbose' '--version'", "--ver")]
    [TestCase("virtlockd: option '--ver=1' is ambiguous; possibilities: '--verbose' '--version'", "--ver=1")]
    [TestCase("virtlockd: option '--timeout' requires an argument", "--time")]
    [TestCase("virtlockd: option requires an argument -- 't'", "-vt")]
    [TestCase("virtlockd: option '--verbose' doesn't allow an argument", "--verb=1")]
    public void A_mistake_is_told_in_getopts_words_before_the_usage_text(string message, params string[] arguments)
    {
        CommandLineExit exit = Exit(arguments);

        Assert.That(exit.Code, Is.EqualTo(1));
        Assert.That(exit.Stream, Is.EqualTo(ExitStream.StandardError));
        Assert.That(exit.Text, Does.StartWith(message + "\n\nUsage:\n"));
    }

    [Test]
    public void The_first_mistake_is_the_one_that_is_told()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Exit("-t", "x", "--nope").Text, Does.Contain("'x'"));
            Assert.That(Exit("--nope", "-t", "x").Text, Does.Contain("--nope"));
            Assert.That(Exit("-t", "x", "-t", "5").Text, Does.Contain("'x'"));
        }
    }

    [TestCase("-V", "--nope")]
    [TestCase("-V", "-t", "x")]
    [TestCase("-VX")]
    [TestCase("operand", "--vers")]
    [TestCase("-v", "-V", "-h")]
    public void The_version_ends_at_once_on_standard_output(params string[] arguments) =>
        Assert.That(
            Exit(arguments),
            Is.EqualTo(new CommandLineExit(0, ExitStream.StandardOutput, $"virtlockd (VirtLock) {ProductVersion.Text}\n")));

    [Test]
    public void The_version_is_three_numbers() =>
        Assert.That(ProductVersion.Text, Does.Match(@"^\d+\.\d+\.\d+$"));

    [TestCase("-h")]
    [TestCase("--help", "--nope")]
    [TestCase("-hV")]
    public void Help_ends_at_once_on_standard_error(params string[] arguments)
    {
        CommandLineExit exit = Exit(arguments);

        Assert.That(exit.Code, Is.Zero);
        Assert.That(exit.Stream, Is.EqualTo(ExitStream.StandardError));
        Assert.That(exit.Text, Does.StartWith("\nUsage:\n  virtlockd [options]\n"));
    }

    [Test]
    public void Help_lists_each_option_in_one_column_and_the_paths_of_the_system()
    {
        string text = Exit("-h").Text;

        Assert.That(text, Does.Contain("\n  -h | --help            Display program help.\n"));
        Assert.That(text, Does.Contain("\n  -t | --timeout <secs>  Exit after timeout period.\n"));
        Assert.That(text, Does.Contain("\n  -p | --pid-file <file> Change name of PID file.\n"));
        Assert.That(text, Does.Contain("\n      /etc/libvirt/virtlockd.conf\n"));
        Assert.That(text, Does.Contain("\n      /run/libvirt/virtlockd-sock\n"));
        Assert.That(text, Does.Contain("\n      /run/virtlockd.pid\n"));
    }

    [Test]
    public void Help_shows_a_user_the_paths_of_the_session() =>
        Assert.That(
            CommandLineParser.Parse(["-h"], Program, isPrivileged: false).Exit!.Text,
            Does.Contain("\n      $XDG_CONFIG_HOME/libvirt/virtlockd.conf\n")
                .And.Contain("\n      $XDG_RUNTIME_DIR/libvirt/virtlockd-sock\n"));

    [Test]
    public void The_preflight_option_is_hidden_and_takes_no_prefix_from_the_others()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Options("--check-snapshot", "/s").CheckSnapshot, Is.EqualTo("/s"));
            Assert.That(Options("--check-snapshot=/s").CheckSnapshot, Is.EqualTo("/s"));
            Assert.That(Exit("--check", "/s").Text, Does.Contain("unrecognized option '--check'"));
            Assert.That(Exit("-h").Text, Does.Not.Contain("snapshot"));
        }
    }

    private static CommandLineOptions Options(params string[] arguments)
    {
        CommandLineResult result = CommandLineParser.Parse(arguments, Program, isPrivileged: true);
        Assert.That(result.EndsProcess, Is.False, result.Exit?.Text);
        return result.Options!;
    }

    private static CommandLineExit Exit(params string[] arguments)
    {
        CommandLineResult result = CommandLineParser.Parse(arguments, Program, isPrivileged: true);
        Assert.That(result.EndsProcess, Is.True, "the arguments were accepted");
        return result.Exit!;
    }
}
