using System.Text.RegularExpressions;
using VirtLock.TestKit;

namespace VirtLock.Core.Tests.Samples;

/// <summary>The C# in docs/embedding.md is the samples', letter for letter.</summary>
internal sealed partial class GuideTests
{
    private static readonly string Root = Repository.Root;

    private static IEnumerable<TestCaseData> Samples() =>
        Sample().Matches(File.ReadAllText(Path.Combine(Root, "docs/embedding.md")))
            .Select(match => new TestCaseData(match.Groups["file"].Value, match.Groups["region"].Value, match.Groups["code"].Value)
                .SetArgDisplayNames(match.Groups["region"].Value));

    [TestCaseSource(nameof(Samples))]
    public void Guide_shows_the_sample_that_the_tests_run(string file, string region, string shown)
    {
        string source = File.ReadAllText(Path.Combine(Root, "tests/VirtLock.Core.Tests/Samples", file));
        string code = source.Split($"// <{region}>\n")[1].Split($"// </{region}>")[0];

        Assert.That(Undented(shown), Is.EqualTo(Undented(code)));
    }

    [Test]
    public void Guide_has_no_other_code_and_leaves_no_sample_out()
    {
        string guide = File.ReadAllText(Path.Combine(Root, "docs/embedding.md"));
        int regions = Directory.GetFiles(Path.Combine(Root, "tests/VirtLock.Core.Tests/Samples"), "*.cs")
            .Sum(file => EndOfRegion().Count(File.ReadAllText(file)));

        Assert.That(guide.Split("```csharp\n"), Has.Length.EqualTo(regions + 1));
        Assert.That(Sample().Count(guide), Is.EqualTo(regions));
    }

    private static string Undented(string code)
    {
        string[] lines = code.Trim('\n').TrimEnd().Split('\n');
        int margin = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[margin..] : line));
    }

    [GeneratedRegex(@"<!-- sample: (?<file>\S+) (?<region>\S+) -->\n```csharp\n(?<code>.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Sample();

    [GeneratedRegex(@"^ *// </[a-z-]+>$", RegexOptions.Multiline)]
    private static partial Regex EndOfRegion();
}
