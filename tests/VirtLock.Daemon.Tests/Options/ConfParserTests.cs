using System.Text;
using VirtLock.Daemon.Options;

namespace VirtLock.Daemon.Tests.Options;

public sealed class ConfParserTests
{
    private const string Path = "/etc/x.conf";

    [Test]
    public void A_file_is_settings_and_comments()
    {
        IReadOnlyList<ConfSetting> settings = Parse("# first\n a = 1 # one\n\t# between\n\nb='x' ; c = \"y\"# end\n");

        Assert.That(settings.Select(s => (s.Name, s.Value.Text)), Is.EqualTo(new[] { ("a", "1"), ("b", "x"), ("c", "y") }));
    }

    [TestCase("")]
    [TestCase("# nothing but a comment")]
    [TestCase("\n\n  \t\r\n")]
    public void A_file_may_hold_no_setting(string content) =>
        Assert.That(Parse(content), Is.Empty);

    [TestCase("a=1\nb=2")]
    [TestCase("a=1\r\nb=2\r\n")]
    [TestCase("a=1\rb=2\r")]
    [TestCase("a=1;b=2;")]
    [TestCase("a=1 ; # c\nb=2\n\n\n")]
    public void Line_ends_and_semicolons_separate_settings(string content) =>
        Assert.That(Parse(content).Select(s => s.Name), Is.EqualTo(new[] { "a", "b" }));

    [TestCase("0", 0ul)]
    [TestCase("+5", 5ul)]
    [TestCase("007", 7ul)]
    [TestCase("18446744073709551615", ulong.MaxValue)]
    [TestCase("18446744073709551617", 1ul)]
    public void A_number_without_a_minus_is_unsigned_and_wraps_at_64_bits(string text, ulong number)
    {
        ConfValue value = Single(text);

        Assert.That(value.Kind, Is.EqualTo(ConfValueKind.UnsignedNumber));
        Assert.That(value.Number, Is.EqualTo(number));
    }

    [TestCase("-1", "-1")]
    [TestCase("-0", "0")]
    public void A_number_with_a_minus_is_signed(string text, string digits)
    {
        ConfValue value = Single(text);

        Assert.That(value.Kind, Is.EqualTo(ConfValueKind.SignedNumber));
        Assert.That(value.Text, Is.EqualTo(digits));
    }

    [TestCase("\"a#b;c\"", "a#b;c")]
    [TestCase("'say \"x\"'", "say \"x\"")]
    [TestCase("\"back\\slash\"", "back\\slash")]
    [TestCase("\"\"", "")]
    [TestCase("\"\"\"two\nlines with \"quotes\" and \"\"pairs\"\"\"", "two\nlines with \"quotes\" and \"\"pairs")]
    [TestCase("'ü'", "ü")]
    public void A_string_ends_at_its_quote_and_knows_no_escapes(string text, string expected)
    {
        ConfValue value = Single(text);

        Assert.That(value.Kind, Is.EqualTo(ConfValueKind.String));
        Assert.That(value.Text, Is.EqualTo(expected));
    }

    [TestCase("[]", "")]
    [TestCase("[ ]", "")]
    [TestCase("[1,]", "1")]
    [TestCase("[\n 'a' ,\r\n\t'b'\n]", "a b")]
    [TestCase("[[1,2],'x']", "(1 2) x")]
    public void A_list_may_span_lines_nest_and_end_in_a_comma(string text, string expected)
    {
        ConfValue value = Single(text);

        Assert.That(value.Kind, Is.EqualTo(ConfValueKind.List));
        Assert.That(Words(value.Items), Is.EqualTo(expected));

        static string Words(IReadOnlyList<ConfValue> items) =>
            string.Join(' ', items.Select(i => i.Kind == ConfValueKind.List ? $"({Words(i.Items)})" : i.Text));
    }

    [TestCase("= 5", 1, "expecting a name")]
    [TestCase("5 = 5", 1, "expecting a name")]
    [TestCase("_a = 1", 1, "expecting a name")]
    [TestCase("a=1;;b=2", 1, "expecting a name")]
    [TestCase("a=1\n\0\n", 2, "expecting a name")]
    [TestCase("\xfeffa=1", 1, "expecting a name")]
    [TestCase("a", 1, "expecting an assignment")]
    [TestCase("a-b = 1", 1, "expecting an assignment")]
    [TestCase("a\n=1", 1, "expecting an assignment")]
    [TestCase("a=", 1, "expecting a value")]
    [TestCase("a=1 # c\nb=\n", 2, "expecting a value")]
    [TestCase("a=1\r\nb=2\r\nc=x\r\n", 3, "expecting a value")]
    [TestCase("\na=\"\"\"x\ny\"\"\"\nb=x\n", 4, "expecting a value")]
    [TestCase("a=[1,,2]", 1, "expecting a value")]
    [TestCase("a=[\n# no comments in lists\n1]", 2, "expecting a value")]
    [TestCase("a=5 6", 1, "expecting a separator")]
    [TestCase("a=5x", 1, "expecting a separator")]
    [TestCase("a='x'y", 1, "expecting a separator")]
    [TestCase("a='''x'''", 1, "expecting a separator")]
    [TestCase("a=[1 2]", 1, "expecting a separator in list")]
    [TestCase("a=[1\n[2]]", 2, "expecting a separator in list")]
    [TestCase("a=[1,2\n\n", 3, "list is not closed with ]")]
    [TestCase("a=[", 1, "list is not closed with ]")]
    [TestCase("a=+", 1, "unterminated number")]
    [TestCase("a=- 1", 1, "unterminated number")]
    [TestCase("a='x\n'", 1, "unterminated string")]
    [TestCase("a='x\r'", 1, "unterminated string")]
    [TestCase("\na=\"x", 2, "unterminated string")]
    [TestCase("\na=\"\"\"x\n\ny\"", 2, "unterminated string")]
    public void A_mistake_names_file_line_and_what_was_expected(string content, int line, string expectation)
    {
        ConfigurationException mistake = Assert.Throws<ConfigurationException>(() => Parse(content));

        Assert.That(mistake.Line, Is.EqualTo(line));
        Assert.That(mistake.Message, Does.Contain($"{Path}:{line}: {expectation}").And.Not.Contain("\n"));
    }

    [Test]
    public void Lists_nested_without_end_are_refused_before_the_stack_is_spent() =>
        Assert.That(() => Parse("a=" + new string('[', 1_000_000)), Throws.TypeOf<ConfigurationException>());

    [Test]
    public void A_string_that_is_not_UTF_8_is_marked()
    {
        ConfValue value = ConfParser.Parse([.. "a='"u8, 0xff, .. "'"u8], Path)[0].Value;

        Assert.That(value.IsText, Is.False);
    }

    private static ConfValue Single(string text) => Parse("a = " + text)[0].Value;

    private static IReadOnlyList<ConfSetting> Parse(string content) => ConfParser.Parse(Encoding.UTF8.GetBytes(content), Path);
}
