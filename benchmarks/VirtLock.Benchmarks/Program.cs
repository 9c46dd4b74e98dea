using System.CommandLine;
using VirtLock.Benchmarks.EndToEnd;
using VirtLock.Benchmarks.Micro;

var root = new RootCommand("VirtLock's benchmarks.")
{
    EndToEndCommand.CreateEndToEnd(), EndToEndCommand.CreateUpgrade(), MicroCommand.Create(),
};
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (BenchmarkFailedException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
