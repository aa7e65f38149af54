using System.CommandLine.Parsing;
using System.Globalization;
using Compose.FileTrees.Operations;
using Compose.SquashFs;

namespace Compose.Tool.Pack;

/// <summary>Reads the values of options that are more than a name.</summary>
internal static class PackArguments
{
    /// <summary>The environment's time (reproducible-builds.org, SOURCE_DATE_EPOCH).</summary>
    public const string TimeVariable = "SOURCE_DATE_EPOCH";

    private const int MaximumThreads = 256;

    /// <summary>The size of a block.</summary>
    public static int BlockSize(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TryParseSize(text, out var bytes) && int.IsPow2(bytes)
            && bytes is >= SquashFsOptions.MinimumBlockSize and <= SquashFsOptions.MaximumBlockSize)
        {
            return bytes;
        }

        result.AddError($"'{text}' is not a block size. Choose a power of two from 4K to 1M, in bytes or with K or M behind it.");
        return 0;
    }

    /// <summary>A number of threads.</summary>
    public static int Threads(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MaximumThreads)
        {
            return count;
        }

        result.AddError($"'{text}' is not a number of threads. Choose 1 to {MaximumThreads}.");
        return 0;
    }

    /// <summary>A time.</summary>
    public static long? Time(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TryParseTime(text, out var seconds))
        {
            return seconds;
        }

        result.AddError($"'{text}' is not a time. Write the seconds since 1970-01-01 UTC, from 0 to {uint.MaxValue}.");
        return null;
    }

    /// <summary>Patterns for paths.</summary>
    public static Glob[] Globs(ArgumentResult result)
    {
        var globs = new List<Glob>(result.Tokens.Count);
        foreach (var token in result.Tokens)
        {
            try
            {
                globs.Add(new Glob(token.Value));
            }
            catch (FormatException e)
            {
                result.AddError(e.Message);
            }
        }

        return [.. globs];
    }

    /// <summary>Reads <see cref="TimeVariable"/>.</summary>
    /// <param name="seconds">Null when it is not set.</param>
    /// <returns>False when it is set to what is no time.</returns>
    public static bool TryReadEnvironmentTime(out long? seconds)
    {
        seconds = null;
        var text = Environment.GetEnvironmentVariable(TimeVariable);
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        if (!TryParseTime(text, out var value))
        {
            return false;
        }

        seconds = value;
        return true;
    }

    /// <summary>A size in bytes: a number, with K or M behind it or nothing.</summary>
    private static bool TryParseSize(string text, out int bytes)
    {
        var (digits, unit) = text switch
        {
            [.. var number, 'K' or 'k'] => (number, 1024L),
            [.. var number, 'M' or 'm'] => (number, 1024L * 1024),
            _ => (text, 1L),
        };
        bytes = 0;
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count * unit > int.MaxValue)
        {
            return false;
        }

        bytes = (int)(count * unit);
        return true;
    }

    /// <summary>Seconds since 1970 that a squashfs image can hold.</summary>
    private static bool TryParseTime(string text, out long seconds) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds) && seconds <= uint.MaxValue;
}
