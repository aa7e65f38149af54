using System.CommandLine;
using System.CommandLine.Invocation;
using Compose.Tool;
using Compose.Tool.Boot;
using Compose.Tool.Pack;

var pack = PackCommand.Create();
var root = new RootCommand("Packs squashfs images, and boots disk images.") { pack, BootCommand.Create() };
DetailedHelp.AddTo(root, new Dictionary<Command, string> { [pack] = PackCommand.Details });
var result = root.Parse(args);
if (result.Action is not ParseErrorAction wrong)
{
    return await result.InvokeAsync();
}

wrong.ShowHelp = false;
wrong.Invoke(result);
var command = result.CommandResult.Command;
Console.Error.WriteLine($"'{(command == root ? "compose" : $"compose {command.Name}")} --help' shows what there is.");
return ExitCodes.Usage;
