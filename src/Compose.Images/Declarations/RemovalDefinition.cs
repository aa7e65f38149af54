using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Images.Declarations;

/// <summary>What a project takes away from all that came in.</summary>
/// <param name="Path">A path, or a pattern for paths; what is below a directory goes with it.</param>
/// <param name="Pattern">A pattern for what goes below that path; null for all of it.</param>
public sealed record RemovalDefinition(string Path, string? Pattern = null)
{
    private ItemTraits Traits => new("RemoveFile", Pattern is null ? null : "Pattern", Pattern);

    /// <summary>Takes away what matches. Nothing that matches is reported.</summary>
    /// <exception cref="DiagnosticException">A pattern is none.</exception>
    internal static FileTree Apply(FileTree tree, IReadOnlyList<RemovalDefinition> removals, IDiagnosticReporter reporter)
    {
        var globs = new List<Glob>();
        foreach (var removal in removals)
        {
            var glob = removal.ToGlob();
            globs.Add(glob);
            if (!tree.Any(item => glob.Matches(item.Path)))
            {
                reporter.Report(ImageDiagnostics.RemovesNothing.Create(
                    $"'{glob}' removes nothing: no package, input or file of the project has a path that it matches.", removal.Path, removal.Traits));
            }
        }

        return globs.Count == 0 ? tree : tree.Exclude(globs);
    }

    private Glob ToGlob()
    {
        var text = string.IsNullOrEmpty(Pattern) ? Path : $"{Path.TrimEnd('/')}/{Pattern.TrimStart('/')}";
        try
        {
            return Path.StartsWith('/') ? new Glob(text) : throw new FormatException($"'{Path}' does not begin with '/'.");
        }
        catch (FormatException e)
        {
            throw new DiagnosticException(ImageDiagnostics.BadValue.Create($"The RemoveFile '{Path}' cannot be applied: {e.Message}", Path, Traits), e);
        }
    }
}
