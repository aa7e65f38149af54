using System.CommandLine;
using System.CommandLine.Parsing;
using Compose.Benchmarks.Cases;
using Compose.Benchmarks.Inner;
using Compose.Benchmarks.Trees;
using Compose.FileTrees.Caching;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Storage;
using Compose.SquashFs;
using Compose.SquashFs.Reading;

namespace Compose.Benchmarks;

/// <summary>The command line. It ends with 0 when all was measured, met or missed; 1 when a case could not be; 130 after Ctrl-C.</summary>
internal sealed class BenchmarkCommand
{
    /// <summary>The name of the command that extracts an image, which is not for people.</summary>
    public const string Extract = "extract";

    /// <summary>The name of the command that makes an image of packages, which is not for people.</summary>
    public const string BuildImage = "build-image";

    private const int Failed = 1;
    private const int Interrupted = 130;

    private readonly Option<bool> _quick = new("--quick") { Description = "Runs a few cases once, to see whether all works." };
    private readonly Option<bool> _full = new("--full") { Description = "Runs all cases, the slow ones more often: over an hour." };
    private readonly Option<bool> _list = new("--list") { Description = "Names the cases and their runs, and runs none." };
    private readonly Option<bool> _inner = new("--inner") { Description = "Runs the inner loops by BenchmarkDotNet, in place of the tools." };
    private readonly Option<int?> _runs = new("--runs") { Description = "Runs every case this often.", HelpName = "number" };
    private readonly Option<string?> _filter = new("--filter") { Description = "Runs only cases whose names hold this text.", HelpName = "text" };
    private readonly Option<int> _threads = new("--threads")
    {
        Description = "How many threads every tool may use.",
        HelpName = "number",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private readonly Option<FileInfo?> _compose = new("--compose") { Description = "The compose command to measure; by default the one in artifacts/benchmarks/tools." };
    private readonly Option<DirectoryInfo?> _results = new("--results")
    {
        Description = "Where the report goes; by default tests/Compose.Benchmarks/results, or artifacts/benchmarks/results when not all is run.",
    };

    /// <summary>The command with its options.</summary>
    public RootCommand Create()
    {
        var command = new RootCommand("Measures compose pack against other tools, on trees of real packages.")
        {
            _quick, _full, _list, _inner, _runs, _filter, _threads, _compose, _results, CreateExtract(), CreateBuildImage(),
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(_quick) && result.GetValue(_full))
            {
                result.AddError("Choose one of --quick and --full.");
            }
        });
        _runs.Validators.Add(result => RequirePositive(result, result.GetValueOrDefault<int?>()));
        _threads.Validators.Add(result => RequirePositive(result, result.GetValueOrDefault<int>()));
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>The library's reader as a process of its own, which can be measured like the other tools.</summary>
    private static Command CreateExtract()
    {
        var image = new Argument<FileInfo>("image") { Description = "The image." };
        var directory = new Argument<DirectoryInfo>("directory") { Description = "The folder to make." };
        var command = new Command(Extract, "Extracts a squashfs image.") { image, directory };
        command.Hidden = true;
        command.SetAction((arguments, cancellationToken) =>
        {
            using var opened = SquashFsReader.Open(arguments.GetRequiredValue(image).FullName);
            HostDirectoryWriter.Write(opened.ReadTree(cancellationToken), arguments.GetRequiredValue(directory).FullName, cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }

    /// <summary>What the first build of an extension does with its packages, as a process of its own.</summary>
    private static Command CreateBuildImage()
    {
        var directory = new Argument<DirectoryInfo>("store") { Description = "The content store." };
        var lockFile = new Argument<FileInfo>("lock") { Description = "The lock file." };
        var image = new Argument<FileInfo>("image") { Description = "The image to write." };
        var command = new Command(BuildImage, "Makes a squashfs image of an extension's packages.") { directory, lockFile, image };
        command.Hidden = true;
        command.SetAction((arguments, cancellationToken) =>
        {
            var store = new ContentStore(arguments.GetRequiredValue(directory).FullName);
            var tree = RecipePackages.ReadTree(arguments.GetRequiredValue(lockFile).FullName, store, cancellationToken);
            var options = new SquashFsOptions
            {
                Compression = SquashFsCompression.Parse("zstd", "15"),
                Cache = new BlockCache(store.BlockCacheDirectory),
            };
            SquashFsWriter.WriteFile(tree, arguments.GetRequiredValue(image).FullName, options, null, cancellationToken);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void RequirePositive(OptionResult result, int? value)
    {
        if (value < 1)
        {
            result.AddError($"{result.Option.Name} is 1 or more.");
        }
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var log = new ProgressLog();
        var options = new BenchmarkOptions
        {
            Profile = arguments.GetValue(_quick) ? Profile.Quick : arguments.GetValue(_full) ? Profile.Full : Profile.Default,
            Runs = arguments.GetValue(_runs),
            Filter = arguments.GetValue(_filter),
            Threads = arguments.GetValue(_threads),
            Compose = arguments.GetValue(_compose)?.FullName,
        };
        if (arguments.GetValue(_list))
        {
            foreach (var (one, runs) in options.Cases)
            {
                log.Say($"{one.Name} ({runs} {(runs == 1 ? "run" : "runs")})");
            }

            return 0;
        }

        try
        {
            var folders = Folders.Find(arguments.GetValue(_results)?.FullName, isComplete: options.IsComplete);
            var isDone = arguments.GetValue(_inner)
                ? await InnerLoops.RunAsync(folders, options.Filter, cancellationToken)
                : await new Benchmark(folders, options, log).RunAsync(cancellationToken);
            return isDone ? 0 : Failed;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Interrupted: no report was written.");
            return Interrupted;
        }
        catch (Exception e) when (e is BenchmarkException or DiagnosticException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Failed;
        }
    }
}
