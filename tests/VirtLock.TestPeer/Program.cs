using VirtLock.TestPeer.Roles;

return args switch
{
    ["activate", .. string[] rest] => SocketActivator.Run(rest),
    ["precede", .. string[] rest] => Predecessor.Run(rest),
    ["serve-files", .. string[] rest] => FileSystemServer.Run(rest),
    ["old-kernel", .. string[] rest] => OldKernel.Run(rest),
    _ => new CommandLoop(Console.In, Console.Out).Run(),
};
