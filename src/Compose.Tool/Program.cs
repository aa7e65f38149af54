using System.CommandLine;
using System.CommandLine.Invocation;
using Compose.Tool;
using Compose.Tool.Boot;
using Compose.Tool.Diff;
using Compose.Tool.Extract;
using Compose.Tool.Inspect;
using Compose.Tool.Pack;
using Compose.Tool.Verify;

var pack = PackCommand.Create();
var inspect = InspectCommand.Create();
var extract = ExtractCommand.Create();
var verify = VerifyCommand.Create();
var diff = DiffCommand.Create();
var root = new RootCommand("Packs squashfs images; looks into extensions and disk images, and boots the latter.")
{
    pack, inspect, extract, verify, diff, BootCommand.Create(),
};
DetailedHelp.AddTo(root, new Dictionary<Command, string>
{
    [pack] = PackCommand.Details,
    [inspect] = InspectCommand.Details,
    [extract] = ExtractCommand.Details,
    [verify] = VerifyCommand.Details,
    [diff] = DiffCommand.Details,
});
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
