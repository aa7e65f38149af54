using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Compose.Tool;
using Compose.Tool.Boot;
using Compose.Tool.Cache;
using Compose.Tool.Diff;
using Compose.Tool.Extract;
using Compose.Tool.Inspect;
using Compose.Tool.Outdated;
using Compose.Tool.Pack;
using Compose.Tool.Vendor;
using Compose.Tool.Verify;

var pack = PackCommand.Create();
var inspect = InspectCommand.Create();
var extract = ExtractCommand.Create();
var verify = VerifyCommand.Create();
var diff = DiffCommand.Create();
var vendor = VendorCommand.Create();
var outdated = OutdatedCommand.Create();
var details = new Dictionary<Command, string>
{
    [pack] = PackCommand.Details,
    [inspect] = InspectCommand.Details,
    [extract] = ExtractCommand.Details,
    [verify] = VerifyCommand.Details,
    [diff] = DiffCommand.Details,
    [vendor] = VendorCommand.Details,
    [outdated] = OutdatedCommand.Details,
};
var root = new RootCommand("Packs squashfs images; looks into extensions and disk images, and boots the latter; looks after what builds download and keep.")
{
    pack, inspect, extract, verify, diff, BootCommand.Create(), CacheCommand.Create(details), vendor, outdated,
};
DetailedHelp.AddTo(root, details);
var result = root.Parse(args);
if (result.Action is not ParseErrorAction wrong)
{
    return await result.InvokeAsync();
}

wrong.ShowHelp = false;
wrong.Invoke(result);
var names = new List<string>();
for (var command = result.CommandResult; command is not null; command = command.Parent as CommandResult)
{
    names.Insert(0, command.Command == root ? "compose" : command.Command.Name);
}

Console.Error.WriteLine($"'{string.Join(' ', names)} --help' shows what there is.");
return ExitCodes.Usage;
