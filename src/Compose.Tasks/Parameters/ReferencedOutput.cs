using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Images.Extensions;
using Compose.Packages.Locking;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Parameters;

/// <summary>The output of a referenced project, as the target GetTargetPath returns it.</summary>
/// <param name="item">The item, with its metadata.</param>
internal sealed class ReferencedOutput(ITaskItem item)
{
    /// <summary>The output file.</summary>
    public string Path => item.GetMetadata("FullPath");

    /// <summary>The name of the extension or of the base system.</summary>
    public string Name => item.GetMetadata("ComposeName");

    /// <summary>Its version.</summary>
    public string Version => item.GetMetadata("ComposeVersion");

    /// <summary>What the project builds: <c>os</c>, <c>sysext</c> or <c>confext</c>.</summary>
    public string Kind => item.GetMetadata("ComposeKind");

    /// <summary>The kind of an extension.</summary>
    public ExtensionKind ExtensionKind => Kind == "confext" ? ExtensionKind.Configuration : ExtensionKind.System;

    /// <summary>The list of its packages.</summary>
    public string PackagesFile => item.GetMetadata("ComposePackagesFile");

    /// <summary>What an image needs to know of a base system.</summary>
    public string SystemFile => item.GetMetadata("ComposeSystemFile");

    /// <summary>The names of the extensions that it was built on.</summary>
    public IReadOnlyList<string> Needs => item.GetMetadata("ComposeNeeds").Split(';', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The packages and other inputs of an extension.</summary>
    public IReadOnlyList<CarriedInput> Carries => LockedInputs.Carried(ReadLockFile(), "extension");

    /// <summary>The include of the reference to its project; null when that is referenced by another reference only.</summary>
    /// <param name="projectReferences">The references, as the project has them.</param>
    public string? IncludeIn(IReadOnlyList<ITaskItem> projectReferences) =>
        projectReferences.FirstOrDefault(reference => reference.GetMetadata("FullPath") == item.GetMetadata("ComposeProject"))?.ItemSpec;

    /// <summary>It, as what is merged together with the extension that is built.</summary>
    /// <param name="store">Where its contents are.</param>
    /// <param name="projectReferences">The references, as the project has them.</param>
    public ReferencedExtension ReadExtension(ContentStore store, IReadOnlyList<ITaskItem> projectReferences) => new(Name, ReadTree(store))
    {
        Kind = ExtensionKind,
        Carries = Carries,
        Needs = Needs,
        Item = IncludeIn(projectReferences),
    };

    /// <summary>What its inputs are pinned to; nothing when it asks for none.</summary>
    /// <exception cref="Compose.Diagnostics.DiagnosticException">The lock file cannot be read.</exception>
    public LockFile ReadLockFile() =>
        item.GetMetadata("ComposeLockFile") is { Length: > 0 } path && LockFile.TryRead(path) is { } lockFile ? lockFile : LockFile.Empty;

    /// <summary>What it holds.</summary>
    public FileTree ReadTree(ContentStore store) => FileTreeFile.ReadFile(item.GetMetadata("ComposeTreeFile"), store);

    /// <summary>The initrd of a base system.</summary>
    public FileTree ReadInitrdTree(ContentStore store) => FileTreeFile.ReadFile(item.GetMetadata("ComposeInitrdTreeFile"), store);
}
