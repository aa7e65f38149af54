using System.CommandLine;
using System.CommandLine.Parsing;
using Compose.Diagnostics;
using Compose.FileTrees.Caching;
using Compose.FileTrees.Operations;
using Compose.FileTrees.Storage;
using Compose.SquashFs;

namespace Compose.Tool.Pack;

/// <summary>The options of <c>compose pack</c> that say what is packed and how.</summary>
internal sealed class PackOptions
{
    private static readonly SquashFsOptions Defaults = new();

    private static readonly (string Name, SquashFsTimes Value)[] Times =
        [("kept", SquashFsTimes.Kept), ("clamped", SquashFsTimes.Clamped), ("replaced", SquashFsTimes.Replaced)];

    private static readonly (string Name, SquashFsFragments Value)[] Fragments =
        [("tails", SquashFsFragments.SmallFilesAndTails), ("files", SquashFsFragments.SmallFiles), ("none", SquashFsFragments.None)];

    private readonly Argument<string> _input = new("input")
    {
        Description = "A directory, a tar archive (plain, or packed by gzip, xz or zstd), or - for an archive on the standard input.",
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "The image to write.",
        HelpName = "file",
        Required = true,
    };

    private readonly Option<string> _compression = new("--compression")
    {
        Description = "How blocks are compressed.",
        DefaultValueFactory = _ => Defaults.Compression.Name,
    };

    private readonly Option<string?> _level = new("--level") { Description = DescribeLevels(), HelpName = "number" };

    private readonly Option<int> _blockSize = new("--block-size")
    {
        Description = "The size of a block: a power of two from 4K to 1M.",
        HelpName = "size",
        CustomParser = PackArguments.BlockSize,
        DefaultValueFactory = _ => Defaults.BlockSize,
    };

    private readonly Option<int> _threads = new("--threads")
    {
        Description = "How many threads compress.",
        HelpName = "number",
        CustomParser = PackArguments.Threads,
        DefaultValueFactory = _ => Defaults.Threads,
    };

    private readonly Option<Glob[]> _exclude = new("--exclude")
    {
        Description = "Leaves out what matches, with all below it: 'usr/share/doc', '**/*.pyc'. May be repeated.",
        HelpName = "glob",
        CustomParser = PackArguments.Globs,
    };

    private readonly Option<bool> _allRoot = new("--all-root") { Description = "Gives everything to root." };

    private readonly Option<bool> _noAttributes = new("--no-xattrs") { Description = "Leaves extended attributes out." };

    private readonly Option<long?> _time = new("--time")
    {
        Description = $"The image's time in seconds since 1970, and all files'. Default: {PackArguments.TimeVariable}, and no file's is later; else the input's latest.",
        HelpName = "epoch",
        CustomParser = PackArguments.Time,
    };

    private readonly Option<string?> _times = new("--times")
    {
        Description = "Which times files get: their own, their own up to the image's, or the image's.",
    };

    private readonly Option<string?> _sortFile = new("--sort-file")
    {
        Description = "A list of paths or globs with priorities, as mksquashfs has it: contents with a higher one come first.",
        HelpName = "file",
    };

    private readonly Option<string> _fragments = new("--fragments")
    {
        Description = "What shares blocks with others: small files and the tails of larger ones, small files only, or nothing.",
        DefaultValueFactory = _ => Fragments[0].Name,
    };

    private readonly Option<bool> _noDuplicates = new("--no-duplicates") { Description = "Stores equal files as often as they occur." };

    private readonly Option<bool> _noSparse = new("--no-sparse") { Description = "Stores blocks of zeros, too." };

    private readonly Option<bool> _noProbe = new("--no-probe") { Description = "Tries to compress blocks, too, that look as if they would not shrink." };

    private readonly Option<bool> _noExports = new("--no-exports") { Description = "Leaves out the table by which an image can be exported over NFS." };

    private readonly Option<bool> _noCache = new("--no-cache") { Description = "Neither takes compressed blocks from the user's cache nor adds any." };

    /// <summary>Adds the options to the command, in the order in which its help shows them.</summary>
    public void AddTo(Command command)
    {
        _compression.AcceptOnlyFromAmong([.. SquashFsCompression.Names]);
        _times.AcceptOnlyFromAmong([.. Times.Select(times => times.Name)]);
        _fragments.AcceptOnlyFromAmong([.. Fragments.Select(fragments => fragments.Name)]);
        command.Add(_input);
        Option[] options =
        [
            _output, _compression, _level, _blockSize, _threads, _exclude, _allRoot, _noAttributes, _time, _times,
            _sortFile, _fragments, _noDuplicates, _noSparse, _noProbe, _noExports, _noCache,
        ];
        foreach (var option in options)
        {
            command.Add(option);
        }

        command.Validators.Add(Validate);
    }

    /// <summary>What the command line asks for; it has been validated.</summary>
    public PackRequest ToRequest(ParseResult arguments)
    {
        var time = arguments.GetValue(_time);
        PackArguments.TryReadEnvironmentTime(out var environmentTime);
        return new PackRequest
        {
            Input = arguments.GetValue(_input)!,
            Output = arguments.GetValue(_output)!,
            Exclude = arguments.GetValue(_exclude) ?? [],
            AllRoot = arguments.GetValue(_allRoot),
            NoAttributes = arguments.GetValue(_noAttributes),
            SortFile = arguments.GetValue(_sortFile),
            Time = time ?? environmentTime,
            Options = new SquashFsOptions
            {
                Compression = SquashFsCompression.Parse(arguments.GetValue(_compression)!, arguments.GetValue(_level)),
                BlockSize = arguments.GetValue(_blockSize),
                Threads = arguments.GetValue(_threads),
                Times = arguments.GetValue(_times) is { } times ? Choose(Times, times)
                    : time is not null ? SquashFsTimes.Replaced
                    : environmentTime is not null ? SquashFsTimes.Clamped
                    : SquashFsTimes.Kept,
                Fragments = Choose(Fragments, arguments.GetValue(_fragments)!),
                FindDuplicates = !arguments.GetValue(_noDuplicates),
                KeepSparse = !arguments.GetValue(_noSparse),
                StoreIncompressible = !arguments.GetValue(_noProbe),
                Exportable = !arguments.GetValue(_noExports),
                Cache = arguments.GetValue(_noCache) ? null : new BlockCache(ContentStore.BlockCacheDirectoryOf(ContentStore.DefaultDirectory)),
            },
        };
    }

    private static T Choose<T>((string Name, T Value)[] choices, string name) =>
        Array.Find(choices, choice => choice.Name == name).Value;

    private static string DescribeLevels()
    {
        var levels = SquashFsCompression.Names
            .Select(name => SquashFsCompression.Parse(name))
            .Where(compression => compression.Levels is not null)
            .Select(compression => $"{compression.Name} {compression.Levels!.Value.Minimum} to {compression.Levels.Value.Maximum}");
        return $"The compression's level: {string.Join(", ", levels)}.";
    }

    private void Validate(CommandResult result)
    {
        try
        {
            // A command's validator sees no defaults.
            SquashFsCompression.Parse(result.GetValue(_compression) ?? Defaults.Compression.Name, result.GetValue(_level));
        }
        catch (DiagnosticException e)
        {
            result.AddError(e.Diagnostic.Message);
        }

        if (result.GetResult(_time) is not { Implicit: false } && !PackArguments.TryReadEnvironmentTime(out _))
        {
            result.AddError($"The environment's {PackArguments.TimeVariable} is not a time: seconds since 1970-01-01 UTC, from 0 to {uint.MaxValue}.");
        }
    }
}
