using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Extensions;
using Compose.Images.Trees;
using Compose.Images.Units;

namespace Compose.Images.Declarations;

/// <summary>
/// What a project declares item by item, in place of what packages do in scripts: files, directories, links, users, settings
/// of units, and what is taken away.
/// </summary>
public sealed record DeclaredContent
{
    /// <summary>Files of the build host.</summary>
    public IReadOnlyList<FileDefinition> Files { get; init; } = [];

    /// <summary>Directories, in the image or made at boot.</summary>
    public IReadOnlyList<DirectoryDefinition> Directories { get; init; } = [];

    /// <summary>Symbolic links.</summary>
    public IReadOnlyList<SymlinkDefinition> Symlinks { get; init; } = [];

    /// <summary>What is taken away, after all else.</summary>
    public IReadOnlyList<RemovalDefinition> Removals { get; init; } = [];

    /// <summary>System users.</summary>
    public IReadOnlyList<SystemUserDefinition> Users { get; init; } = [];

    /// <summary>System groups.</summary>
    public IReadOnlyList<SystemGroupDefinition> Groups { get; init; } = [];

    /// <summary>Settings of units.</summary>
    public IReadOnlyList<UnitSettingDefinition> UnitSettings { get; init; } = [];

    /// <summary>The tree of <see cref="Files"/>.</summary>
    /// <param name="origins">Told the item of each; null when nobody asks.</param>
    /// <exception cref="DiagnosticException">A file cannot be where it is wanted.</exception>
    internal FileTree MakeFileTree(ContentOrigins? origins = null) => FileDefinition.MakeTree(Files, origins);

    /// <summary>Adds directories and links, and takes away what is to go.</summary>
    /// <param name="tree">All that came in.</param>
    /// <param name="isInImage">Whether the image holds what is at a path; what it does not hold is made at boot.</param>
    /// <param name="reporter">Takes findings.</param>
    /// <param name="origins">Told the item of each; null when nobody asks.</param>
    /// <exception cref="DiagnosticException">An item cannot be made.</exception>
    internal FileTree Apply(FileTree tree, Func<TreePath, bool> isInImage, IDiagnosticReporter reporter, ContentOrigins? origins = null)
    {
        tree = DirectoryDefinition.AddToTree(tree, Directories, isInImage, origins);
        tree = Trees.Symlinks.Add(tree, Symlinks, origins);
        return RemovalDefinition.Apply(tree, Removals, reporter);
    }

    /// <summary>Adds the files that are made of items: sysusers.d and drop-ins.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="owner">The name of the extension or base system, which the files' names hold.</param>
    /// <param name="folder">The folder of <c>systemd/system</c> and <c>sysusers.d</c>.</param>
    /// <exception cref="DiagnosticException">An item is wrong, or a file stands where one is to be made.</exception>
    internal FileTree AddGeneratedFiles(FileTree tree, string owner, TreePath folder)
    {
        var builder = new FileTreeBuilder(tree);
        var users = SystemUsers.Lines(Users, Groups);
        if (users.Length > 0)
        {
            AddGenerated(builder, folder.Child("sysusers.d").Child($"10-{owner}.conf"), Encoding.UTF8.GetBytes(users));
        }

        foreach (var (path, text) in UnitDropIns.Create(UnitSettings, owner, folder))
        {
            AddGenerated(builder, path, Encoding.UTF8.GetBytes(text));
        }

        return TreeConflicts.Guard("the generated files", builder.Build);
    }

    /// <summary>Reports settings for units that no tree holds.</summary>
    /// <param name="trees">What there will be; with nothing but the project's own tree, nothing is known.</param>
    /// <param name="reporter">Takes the findings.</param>
    internal void CheckUnitSettings(IReadOnlyList<FileTree> trees, IDiagnosticReporter reporter)
    {
        foreach (var setting in UnitSettings.DistinctBy(setting => setting.Unit, StringComparer.Ordinal))
        {
            if (!UnitName.NeedsNoFile(setting.Unit) && !trees.Any(tree => UnitDirectories.Hold(tree, setting.Unit)))
            {
                reporter.Report(ImageDiagnostics.SettingsOfNoUnit.Create(
                    $"The unit '{setting.Unit}' is neither in the image nor in what it is built on; its settings would change nothing.", setting.Unit, setting.Traits));
            }
        }
    }

    /// <summary>Adds a file that the build makes.</summary>
    /// <exception cref="DiagnosticException">Another one stands there.</exception>
    internal static void AddGenerated(FileTreeBuilder builder, TreePath path, ReadOnlyMemory<byte> bytes)
    {
        if (builder[path] is { } other && !(other is FileEntry { Content: BytesContent same } && same.Bytes.Span.SequenceEqual(bytes.Span)))
        {
            throw new DiagnosticException(ImageDiagnostics.GeneratedFileExists.Create(
                $"'/{path}' is made of the project's items, and a package or file of the project has it too. Rename that file."));
        }

        builder.Set(path, new FileEntry(EntryMetadata.File, new BytesContent(bytes)));
    }
}
