using System.CommandLine;
using Compose.Diagnostics;
using Compose.FileTrees.Storage;
using Compose.FileTrees.Storage.Maintenance;

namespace Compose.Tool.Cache;

/// <summary><c>compose cache</c>: what is in the content store, and how to make it smaller or sound again.</summary>
internal static class CacheCommand
{
    /// <summary>What the help of <c>prune</c> says below its options.</summary>
    public const string PruneDetails =
        """
        What was not used for the longest time goes first, with --size until the rest fits. What was used in the last two hours
        stays, as a build that runs may need it. What a build needs and does not find is downloaded, unpacked or packed anew.

        """;

    /// <summary>What the help of <c>verify</c> says below its options.</summary>
    public const string VerifyDetails =
        """
        Every file is read and compared with its digest or checksum. What is damaged is taken out: the next restore downloads
        or unpacks it anew.

        Exit codes:
          0    Everything is as it should be.
          1    Something was damaged and is gone, or the folder cannot be read.
          2    The command line is at fault.

        """;

    private static readonly Option<DirectoryInfo?> Folder = new("--directory")
    {
        Description = "The content store. Default: the user's ($XDG_CACHE_HOME/compose, else ~/.cache/compose).",
        HelpName = "folder",
        Recursive = true,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Prints the result as JSON.", Recursive = true };

    /// <summary>The command, and what its subcommands' help has to tell beside their options.</summary>
    public static Command Create(IDictionary<Command, string> details)
    {
        var prune = CreatePrune();
        var verify = CreateVerify();
        details.Add(prune, PruneDetails);
        details.Add(verify, VerifyDetails);
        return new Command("cache", "Shows, prunes and verifies the content store, which all builds share.")
        {
            Folder, Json, CreateInfo(), prune, verify,
        };
    }

    private static Command CreateInfo()
    {
        var command = new Command("info", "Shows how much there is of each kind, and when it was last used.");
        command.SetAction((arguments, _) => CommandWork.RunAsync(_ =>
        {
            var store = Open(arguments);
            CacheReport.Show(store.Directory, StoreInventory.Summarize(StoreInventory.List(store)), arguments.GetValue(Json));
            return Task.FromResult(ExitCodes.Done);
        }));
        return command;
    }

    private static Command CreatePrune()
    {
        var size = new Option<long?>("--size") { Description = "How much may stay, such as 10G.", HelpName = "size", CustomParser = CacheArguments.Size };
        var days = new Option<int?>("--days") { Description = "Takes out what was not used for so many days.", HelpName = "number", CustomParser = CacheArguments.Days };
        var recent = new Option<bool>("--include-recent") { Description = "Also takes out what was used in the last two hours. No build may run meanwhile." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Takes nothing out; says what would go." };
        var command = new Command("prune", "Takes out what was not used for the longest time.") { size, days, recent, dryRun };
        command.Validators.Add(result =>
        {
            if (result.GetResult(size) is null && result.GetResult(days) is null)
            {
                result.AddError("Say how much may stay with --size, or how long with --days.");
            }
        });
        command.SetAction((arguments, _) => CommandWork.RunAsync(cancellationToken =>
        {
            var options = new PruneOptions
            {
                MaximumSize = arguments.GetValue(size),
                MaximumAge = arguments.GetValue(days) is { } number ? TimeSpan.FromDays(number) : null,
                IncludesRecent = arguments.GetValue(recent),
                IsDryRun = arguments.GetValue(dryRun),
            };
            var result = new StorePruning(Open(arguments), TimeProvider.System).Run(options, cancellationToken);
            CacheReport.Show(result, options.IsDryRun, arguments.GetValue(Json));
            return Task.FromResult(ExitCodes.Done);
        }));
        return command;
    }

    private static Command CreateVerify()
    {
        var command = new Command("verify", "Compares everything with its digest, and takes out what is damaged.");
        command.SetAction((arguments, _) => CommandWork.RunAsync(cancellationToken =>
        {
            var verification = new StoreVerification(Open(arguments));
            var result = CacheProgress.Run(progress => verification.Run(Environment.ProcessorCount, progress, cancellationToken));
            CacheReport.Show(result, arguments.GetValue(Json));
            return Task.FromResult(result.Damaged.Count == 0 ? ExitCodes.Done : ExitCodes.Failed);
        }));
        return command;
    }

    /// <exception cref="DiagnosticException">The folder that is named does not exist: it is not made here.</exception>
    private static ContentStore Open(ParseResult arguments) => arguments.GetValue(Folder) is { Exists: false } missing
        ? throw new DiagnosticException(ToolDiagnostics.FileAccess.Create($"The folder '{missing.FullName}' does not exist."))
        : new ContentStore(arguments.GetValue(Folder)?.FullName ?? ContentStore.DefaultDirectory);
}
