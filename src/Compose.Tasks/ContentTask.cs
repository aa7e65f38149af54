using Compose.Images.Declarations;
using Compose.Tasks.Parameters;
using Microsoft.Build.Framework;

namespace Compose.Tasks;

/// <summary>What the tasks that build trees take beside packages: the items that stand for files, directories, users and settings.</summary>
public abstract class ContentTask : PackagedTask
{
    /// <summary>Files of the build host, with the metadata Destination, Mode, User and Group.</summary>
    public ITaskItem[] ExtensionFiles { get; set; } = [];

    /// <summary>Directories, with the metadata Mode, User and Group.</summary>
    public ITaskItem[] Directories { get; set; } = [];

    /// <summary>Symbolic links to add, each with the metadatum LinkTarget.</summary>
    public ITaskItem[] Symlinks { get; set; } = [];

    /// <summary>What is taken away, with the metadatum Pattern.</summary>
    public ITaskItem[] RemoveFiles { get; set; } = [];

    /// <summary>System users, with the metadata Id, PrimaryGroup, Description, HomeDirectory, Shell and Groups.</summary>
    public ITaskItem[] SystemUsers { get; set; } = [];

    /// <summary>System groups, with the metadata Id and Members.</summary>
    public ITaskItem[] SystemGroups { get; set; } = [];

    /// <summary>Settings of units, with the metadata Section, Name, Value and Reset.</summary>
    public ITaskItem[] SystemdSettings { get; set; } = [];

    /// <summary>The ProjectReference items, as the project has them.</summary>
    public ITaskItem[] ProjectReferences { get; set; } = [];

    /// <summary>The .NET applications that are referenced, with what their projects and references say.</summary>
    public ITaskItem[] Applications { get; set; } = [];

    /// <summary>What the applications publish, with the metadata RelativePath and ComposeProject.</summary>
    public ITaskItem[] ApplicationFiles { get; set; } = [];

    /// <inheritdoc/>
    protected override IEnumerable<ITaskItem> Items =>
        [.. base.Items, .. ExtensionFiles, .. Directories, .. Symlinks, .. RemoveFiles, .. SystemUsers, .. SystemGroups, .. SystemdSettings, .. ProjectReferences];

    /// <summary>The items, as the library takes them.</summary>
    /// <exception cref="Compose.Diagnostics.DiagnosticException">A file is missing, or a metadatum is.</exception>
    private protected DeclaredContent DeclaredContent => new()
    {
        Files = [.. ExtensionFiles.Select(item => DeclaredItems.File(item, Absolute(item.ItemSpec)))],
        Directories = [.. Directories.Select(DeclaredItems.Directory)],
        Symlinks = [.. Symlinks.Select(link => new SymlinkDefinition(link.ItemSpec, link.GetMetadata("LinkTarget")))],
        Removals = [.. RemoveFiles.Select(DeclaredItems.Removal)],
        Users = [.. SystemUsers.Select(DeclaredItems.User)],
        Groups = [.. SystemGroups.Select(DeclaredItems.Group)],
        UnitSettings = [.. SystemdSettings.Select(DeclaredItems.UnitSetting)],
    };

    /// <summary>The applications, as the library takes them.</summary>
    private protected ApplicationItems ApplicationItems => new(Applications, ApplicationFiles, ProjectReferences);
}
