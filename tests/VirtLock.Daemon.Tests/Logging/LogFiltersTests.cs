using VirtLock.Daemon.Logging;

namespace VirtLock.Daemon.Tests.Logging;

public sealed class LogFiltersTests
{
    [Test]
    public void Filters_are_told_as_the_admin_protocol_does_with_a_space_after_each()
    {
        var filters = LogFilters.Parse("3:object 4:event 1:util.+lock 2:+json");

        Assert.That(filters.Count, Is.EqualTo(4));
        Assert.That(filters.ToString(), Is.EqualTo("3:*object* 4:*event* 1:*util.+lock* 2:*json* "));
    }

    [TestCase("")]
    [TestCase("   ")]
    public void No_text_is_no_filters(string text)
    {
        var filters = LogFilters.Parse(text);

        Assert.That(filters.Count, Is.Zero);
        Assert.That(filters.ToString(), Is.Empty);
        Assert.That(filters.PriorityOf("util.lockspace"), Is.Null);
    }

    [Test]
    public void The_first_filter_that_matches_decides()
    {
        var filters = LogFilters.Parse("4:lockspace 1:util");

        Assert.That(filters.PriorityOf("util.lockspace"), Is.EqualTo(LogPriority.Error));
        Assert.That(filters.PriorityOf("util.json"), Is.EqualTo(LogPriority.Debug));
        Assert.That(filters.PriorityOf("rpc.netserver"), Is.Null);
    }

    [TestCase("util", "util.lockspace", true)]
    [TestCase("lockspace", "util.lockspace", true)]
    [TestCase("util.lockspace", "util.lockspace", true)]
    [TestCase("u*l.l?ck", "util.lockspace", true)]
    [TestCase("l*c*e", "util.lockspace", true)]
    [TestCase("ilil", "ililx", true)]
    [TestCase("aab", "aaab", true)]
    [TestCase("*", "", true)]
    [TestCase("Util", "util.lockspace", false)]
    [TestCase("lock?spac", "util.lockspace", false)]
    [TestCase("utilx", "util", false)]
    [TestCase("[ul]til", "util", false)]
    public void A_match_is_found_anywhere_in_the_category_and_knows_star_and_question_mark(string match, string category, bool expected) =>
        Assert.That(LogFilter.Parse("1:" + match).Matches(category), Is.EqualTo(expected));

    [TestCase("1:a:b", "1:*a*")]
    [TestCase("+1:a", "1:*a*")]
    [TestCase("04:a", "4:*a*")]
    public void What_libvirt_overlooks_is_overlooked(string text, string expected) =>
        Assert.That(LogFilter.Parse(text).ToString(), Is.EqualTo(expected));

    [TestCase("1", "Malformed format for filter '1'")]
    [TestCase("9:foo", "Invalid priority '9' for filter '9:foo'")]
    [TestCase("0:foo", "Invalid priority '0' for filter '0:foo'")]
    [TestCase("1x:foo", "Invalid priority '1x' for filter '1x:foo'")]
    [TestCase(":foo", "Invalid priority '' for filter ':foo'")]
    [TestCase("1:", "Invalid match string ''")]
    [TestCase("1:+", "Invalid match string '+'")]
    [TestCase("1:good 5:bad", "Invalid priority '5' for filter '5:bad'")]
    public void A_malformed_filter_is_refused_in_libvirts_words(string text, string message)
    {
        LogSettingsException refusal = Assert.Throws<LogSettingsException>(() => LogFilters.Parse(text));

        Assert.That(refusal.Message, Is.EqualTo(message));
        Assert.That(refusal.Error, Is.EqualTo(LogSettingsError.InvalidArgument));
    }
}
