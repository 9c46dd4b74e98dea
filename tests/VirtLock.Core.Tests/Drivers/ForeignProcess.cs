using System.Diagnostics;
using System.Globalization;

namespace VirtLock.Core.Tests.Drivers;

/// <summary>
/// Another process, which locks files as any foreign program may: a script of perl, which is on every Debian and starts in a few milliseconds. One line
/// in, one line out. The end of its input ends it, so it never outlives the test run.
/// </summary>
internal sealed class ForeignProcess : IDisposable
{
    private const string Script = """
        use strict;
        $| = 1;
        $0 = 'foreigner';

        # The numbers and the layout of a 64-bit Linux: fcntl(2).
        my ($RDWR, $CREAT, $SETLK, $OFD_GETLK, $OFD_SETLK) = (2, 64, 6, 36, 37);
        my @kinds = ('shared', 'exclusive', 'free');
        my %held;

        sub request { return pack('s s x4 q q l x4', $_[0] eq 'shared' ? 0 : 1, 0, 0, 1, 0) }
        sub is_told { my $set = ''; vec($set, fileno(STDIN), 1) = 1; return select($set, undef, undef, 0) > 0 }

        sub lock_file {
            my ($kind, $mode, $path) = @_;
            sysopen(my $file, $path, $RDWR) or return 'errno ' . ($! + 0);
            fcntl($file, $kind eq 'posix' ? $SETLK : $OFD_SETLK, request($mode)) or return 'busy';
            push @{$held{$path}}, $file;
            return 'ok';
        }

        # What stands in the way of an exclusive lock, seen through an open file description of its own.
        sub probe {
            sysopen(my $file, $_[0], $RDWR) or return 'errno ' . ($! + 0);
            my $answer = request('exclusive');
            fcntl($file, $OFD_GETLK, $answer) or return 'errno ' . ($! + 0);
            return $kinds[unpack('s', $answer)];
        }

        # Acquires and releases as a lock daemon does, until told to stop; the directory beside the file shows whether anybody else holds it too.
        sub contend {
            my ($path) = @_;
            my ($grants, $overlaps) = (0, 0);
            until (is_told()) {
                sysopen(my $file, $path, $RDWR | $CREAT, 0600) or next;
                fcntl($file, $OFD_SETLK, request('exclusive')) or next;
                next if ((stat $file)[1] != ((stat $path)[1] // 0));
                $grants++;
                mkdir("$path.holder") or $overlaps++;
                rmdir("$path.holder");
                unlink $path;
            }
            return "$grants $overlaps";
        }

        # Takes the name away and gives it to a new file, which no lock daemon would do.
        sub replace {
            my ($path) = @_;
            my $rounds = 0;
            until (is_told()) {
                unlink $path;
                sysopen(my $file, $path, $RDWR | $CREAT, 0600);
                $rounds++;
            }
            return $rounds;
        }

        # Lets a name lead to one file and to the other, in turns.
        sub flip {
            my ($path, @files) = @_;
            my $rounds = 0;
            until (is_told()) {
                link $files[$rounds++ % 2], "$path.next";
                rename "$path.next", $path;
            }
            return $rounds;
        }

        print "ready $$\n";
        while (my $line = <STDIN>) {
            chomp $line;
            my ($command, @words) = split / /, $line;
            my $answer = 'what?';
            if ($command eq 'lock') { $answer = lock_file(@words) }
            elsif ($command eq 'release') { delete $held{$words[0]}; $answer = 'ok' }
            elsif ($command eq 'probe') { $answer = probe(@words) }
            elsif ($command eq 'contend') { print "ok\n"; $answer = contend(@words); <STDIN> }
            elsif ($command eq 'replace') { print "ok\n"; $answer = replace(@words); <STDIN> }
            elsif ($command eq 'flip') { print "ok\n"; $answer = flip(@words); <STDIN> }
            print "$answer\n";
        }
        """;

    private readonly Process _process;

    public ForeignProcess()
    {
        const string Perl = "/usr/bin/perl";
        if (!File.Exists(Perl))
        {
            Assert.Ignore($"Needs perl as the other process: {Perl} does not exist.");
        }

        _process = Process.Start(new ProcessStartInfo(Perl, ["-e", Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Id = int.Parse(Answer().Split(' ')[1], CultureInfo.InvariantCulture);
    }

    public int Id { get; }

    /// <summary>Gives an order and waits for the answer.</summary>
    public string Tell(string order)
    {
        _process.StandardInput.WriteLine(order);
        _process.StandardInput.Flush();
        return Answer();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private string Answer()
    {
        Task<string?> line = _process.StandardOutput.ReadLineAsync();
        Assert.That(line.Wait(TimeSpan.FromSeconds(10)), Is.True, "the other process answers within 10 s");
        return line.Result ?? throw new InvalidOperationException("The other process has ended.");
    }
}
