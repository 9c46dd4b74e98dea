using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// Every fixture brings its own daemon in its own mount namespace; the tests of one fixture share it and take turns.
[assembly: Parallelizable(ParallelScope.Fixtures)]
[assembly: LevelOfParallelism(4)]
