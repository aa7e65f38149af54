using Compose.Diagnostics;
using Compose.FileTrees;
using NuGet.Versioning;

namespace Compose.Images.Checks.Executables;

/// <summary>
/// Finds .NET programs without what they run on: the shared runtime, where they do not bring their own, and ICU, which the
/// runtime opens by its name, so that no header of a file speaks of it. Programs that are a single file are passed over.
/// </summary>
internal sealed class DotnetRuntimeCheck : IExtensionCheck
{
    private static ReadOnlySpan<byte> Suffix => ".runtimeconfig.json"u8;

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        if (extension.BaseTree is null)
        {
            return;
        }

        var runtimes = new Lazy<ILookup<string, NuGetVersion>>(() => FindRuntimes(extension.Merged));
        var hasIcu = new Lazy<bool>(() => HasIcu(extension.Merged));
        foreach (var item in extension.Tree.Items)
        {
            if (item.Entry is not FileEntry file || !IsOfProgram(extension.Tree, item.Path) || RuntimeConfiguration.TryRead(file.Content) is not { } configuration)
            {
                continue;
            }

            foreach (var runtime in configuration.Runtimes)
            {
                if (NuGetVersion.TryParse(runtime.Version, out var wanted) && !runtimes.Value[runtime.Name].Any(version => Fits(version, wanted, configuration.RollForward)))
                {
                    reporter.Report(extension.Finding(
                        ImageDiagnostics.DotnetRuntimeNotFound,
                        item,
                        $"'/{item.Path}' is of a program that runs on {runtime.Name} {runtime.Version}, which is not in {extension.MergedNames}. "
                            + "Reference an extension that has it, or let the program bring its own: SelfContained in its project."));
                }
            }

            if (!configuration.IsInvariant && !hasIcu.Value)
            {
                reporter.Report(extension.Finding(
                    ImageDiagnostics.DotnetRuntimeNotFound,
                    item,
                    $"'/{item.Path}' is of a program that needs ICU (libicuuc.so), which is not in {extension.MergedNames}: it would end as it starts. "
                        + "Set InvariantGlobalization in its project, or add the package that brings ICU, such as libicu76."));
            }
        }
    }

    /// <summary>Whether a path is NAME.runtimeconfig.json with NAME.dll beside it; runtimes have such files too.</summary>
    private static bool IsOfProgram(FileTree tree, TreePath path) =>
        path.Name.EndsWith(Suffix) && tree.Contains(path.Parent.Child([.. path.Name[..^Suffix.Length], .. ".dll"u8]));

    /// <summary>The versions of each runtime: the folders shared/NAME/VERSION, wherever an installation of .NET stands.</summary>
    private static ILookup<string, NuGetVersion> FindRuntimes(MergedTree merged) => merged.Layers
        .SelectMany(layer => layer.Tree)
        .Where(item => item.Entry is DirectoryEntry && item.Path.Depth > 2 && item.Path.Parent.Parent.Name.SequenceEqual("shared"u8))
        .Select(item => (Name: TreePath.Describe(item.Path.Parent.Name), Version: NuGetVersion.TryParse(TreePath.Describe(item.Path.Name), out var version) ? version : null))
        .Where(runtime => runtime.Version is not null)
        .ToLookup(runtime => runtime.Name, runtime => runtime.Version!, StringComparer.Ordinal);

    /// <summary>Whether any tree has ICU: in a folder of libraries, or beside a program.</summary>
    private static bool HasIcu(MergedTree merged) =>
        merged.Layers.Any(layer => layer.Tree.Any(item => item.Entry is not DirectoryEntry && item.Path.Name.StartsWith("libicuuc.so"u8)));

    /// <summary>Whether a program that asks for a version runs on another one.</summary>
    private static bool Fits(NuGetVersion version, NuGetVersion wanted, string? rollForward) => rollForward switch
    {
        "Disable" => version == wanted,
        "LatestPatch" => version >= wanted && (version.Major, version.Minor) == (wanted.Major, wanted.Minor),
        "Major" or "LatestMajor" => version >= wanted,
        _ => version >= wanted && version.Major == wanted.Major,
    };
}
