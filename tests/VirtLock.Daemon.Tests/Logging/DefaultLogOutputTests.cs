using VirtLock.Daemon.Logging;

namespace VirtLock.Daemon.Tests.Logging;

internal sealed class DefaultLogOutputTests
{
    private string _directory = "";

    [SetUp]
    public void CreateDirectory() => _directory = Directory.CreateTempSubdirectory("virtlock-log-").FullName;

    [TearDown]
    public void DeleteDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void The_directory_of_the_default_file_is_made()
    {
        string directory = Path.Combine(_directory, "a/b");

        DefaultLogOutput.PrepareDirectory(DefaultLogOutput.Create(LogOutputKind.File, LogPriority.Info, directory + "/x.log"));

        Assert.That(Directory.Exists(directory), Is.True);
    }

    [Test]
    public void A_directory_that_cannot_be_made_is_left_for_the_opening_to_tell()
    {
        File.WriteAllText(Path.Combine(_directory, "file"), "");
        var output = DefaultLogOutput.Create(LogOutputKind.File, LogPriority.Info, Path.Combine(_directory, "file/x.log"));

        Assert.That(() => DefaultLogOutput.PrepareDirectory(output), Throws.Nothing);
        Assert.That(() => ILogSink.Open(output), Throws.TypeOf<LogSettingsException>().With.Message.Contains("Not a directory"));
    }
}
