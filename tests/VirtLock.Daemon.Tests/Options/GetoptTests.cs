using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Tests.Options;

internal sealed class GetoptTests
{
    private static readonly CommandLineOption[] Options =
    [
        new('a', "--all", null, "A flag."),
        new('f', "--file", "name", "A value."),
        new('l', "--fill", null, "Another flag."),
        new(null, "--files-hidden", "name", null),
    ];

    [Test]
    public void Options_come_in_the_order_of_the_arguments() =>
        Assert.That(
            Read("x", "-lfa", "--all", "y", "--file=z", "-f", "w"),
            Is.EqualTo(new[] { "--fill", "--file=a", "--all", "--file=z", "--file=w" }));

    [TestCase("--all", "--", "--fill")]
    [TestCase("-a", "-", "x")]
    public void Operands_and_what_follows_two_dashes_are_no_options(params string[] arguments) =>
        Assert.That(Read(arguments), Is.EqualTo(new[] { "--all" }));

    [TestCase("option '--fi' is ambiguous; possibilities: '--file' '--fill'", "-a", "--fi", "-a")]
    [TestCase("unrecognized option '--files'", "-a", "--files", "-a")]
    [TestCase("invalid option -- 'x'", "-axa")]
    [TestCase("option requires an argument -- 'f'", "-af")]
    [TestCase("option '--file' requires an argument", "-a", "--file")]
    [TestCase("option '--all' doesn't allow an argument", "-a", "--all=1")]
    public void Reading_ends_at_the_first_mistake(string message, params string[] arguments)
    {
        var getopt = new Getopt(arguments, Options);

        Assert.That(getopt.TryRead(out CommandLineOption? option, out _), Is.True);
        Assert.That(option!.Letter, Is.EqualTo('a'));
        Assert.That(getopt.Error, Is.Null);
        Assert.That(getopt.TryRead(out _, out _), Is.False);
        Assert.That(getopt.Error, Is.EqualTo(message));
    }

    [Test]
    public void A_hidden_option_is_found_by_its_whole_name() =>
        Assert.That(Read("--files-hidden", "x", "--al"), Is.EqualTo(new[] { "--files-hidden=x", "--all" }));

    private static List<string> Read(params string[] arguments)
    {
        var getopt = new Getopt(arguments, Options);
        var read = new List<string>();
        while (getopt.TryRead(out CommandLineOption? option, out string value))
        {
            read.Add(value.Length == 0 ? option.Name : $"{option.Name}={value}");
        }

        Assert.That(getopt.Error, Is.Null);
        return read;
    }
}
