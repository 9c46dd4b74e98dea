using VirtLock.TestPeer.Roles;

return args is ["activate", .. string[] rest] ? SocketActivator.Run(rest) : new CommandLoop(Console.In, Console.Out).Run();
