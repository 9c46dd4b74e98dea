using VirtLock.Daemon.Upgrade;

namespace VirtLock.Daemon.Tests.Upgrade;

/// <summary>What the log says of a new executable that can't take over.</summary>
internal sealed class ProbeOutcomeTests
{
    [TestCase("", "it ended with code 3")]
    [TestCase("\n\n", "it ended with code 3")]
    [TestCase("first\nlast\n", "it ended with code 3, saying: last")]
    public void Exit_code_is_told_with_the_last_line(string output, string expected) =>
        Assert.That(new ProbeOutcome(3, IsLate: false, Signal: 0, output).Describe(), Is.EqualTo(expected));

    [Test]
    public void Signal_is_told() =>
        Assert.That(new ProbeOutcome(null, IsLate: false, Signal: 11, "oops").Describe(), Is.EqualTo("signal 11 ended it, saying: oops"));

    [Test]
    public void Lateness_is_told_and_not_the_signal_that_ended_it() =>
        Assert.That(new ProbeOutcome(null, IsLate: true, Signal: 9, "oops").Describe(), Is.EqualTo("it did not end in time"));
}
