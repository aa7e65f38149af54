namespace Compose.Benchmarks.Measuring;

/// <summary>A program and its arguments.</summary>
/// <param name="Program">A path, or a name to be found in the path.</param>
/// <param name="Arguments">The arguments.</param>
internal sealed record Invocation(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>What is added to the environment.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>The command as a reader would type it, with the paths of this machine replaced by words.</summary>
    public string Show(params (string Path, string Word)[] replacements)
    {
        var words = Arguments.Select(argument => replacements.Aggregate(
            argument, (text, replacement) => text.Replace(replacement.Path, replacement.Word, StringComparison.Ordinal)));
        return string.Join(' ', words.Prepend(Path.GetFileName(Program)));
    }
}
