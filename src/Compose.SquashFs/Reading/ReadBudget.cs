namespace Compose.SquashFs.Reading;

/// <summary>What a tree may still take of the limits that the caller set.</summary>
internal sealed class ReadBudget(SquashFsReadOptions options)
{
    /// <summary>What an item takes besides its bytes: an empty name has a price too.</summary>
    private const int ItemOverhead = 16;

    private long _entries = options.MaximumEntries;
    private long _names = options.MaximumNameBytes;
    private long _content = options.MaximumContentBytes;

    public void TakeEntry()
    {
        if (--_entries < 0)
        {
            throw Exceeded($"it has more than {options.MaximumEntries} entries", nameof(options.MaximumEntries), options.EntryOption);
        }
    }

    /// <summary>Takes a path, a link's target, or a name or value of an attribute.</summary>
    public void TakeName(int bytes)
    {
        _names -= bytes + ItemOverhead;
        if (_names < 0)
        {
            throw Exceeded($"its names have more than {options.MaximumNameBytes} bytes", nameof(options.MaximumNameBytes), options.EntryOption);
        }
    }

    public void TakeContent(long bytes)
    {
        if (bytes > _content)
        {
            throw Exceeded($"its files have more than {options.MaximumContentBytes} bytes", nameof(options.MaximumContentBytes));
        }

        _content -= bytes;
    }

    /// <summary>Checks a path before it is made.</summary>
    public void CheckPath(int depth, int length)
    {
        if (depth > options.MaximumDepth)
        {
            throw Exceeded($"a path has more than {options.MaximumDepth} components", nameof(options.MaximumDepth));
        }

        if (length > options.MaximumPathLength)
        {
            throw Exceeded($"a path has more than {options.MaximumPathLength} bytes", nameof(options.MaximumPathLength));
        }
    }

    private static ImageFault Exceeded(string reason, string limit, string? option = null) =>
        new(SquashFsDiagnostics.ReadLimitExceeded, $"{reason}, which is the limit {limit}{(option is null ? "" : $" that {option} sets")}");
}
