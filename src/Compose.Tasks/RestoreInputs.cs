using Compose.Diagnostics;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Inputs.Applications;
using Compose.Packages.Locking;
using Compose.Packages.Offline;
using Compose.Packages.Restoring;
using Compose.Tasks.Parameters;
using Microsoft.Build.Framework;
using Task = System.Threading.Tasks.Task;

namespace Compose.Tasks;

/// <summary>Restores the inputs of a project: writes the lock file when it does not fit, and loads what the store lacks.</summary>
public sealed class RestoreInputs : ComposeTask
{
    /// <summary>The <see cref="Purpose"/> of a restore that fetches packages as they came.</summary>
    internal const string VendorPurpose = "vendor";

    /// <summary>The <see cref="Purpose"/> of a restore that finds out what is newer, and changes nothing.</summary>
    internal const string OutdatedPurpose = "outdated";

    /// <summary>How long a restore may take before its node is given to others, in milliseconds.</summary>
    private const int Patience = 200;

    /// <summary>The lock file.</summary>
    [Required]
    public string LockFile { get; set; } = "";

    /// <summary>The DebianRepository items, with Suite, Components and Keys.</summary>
    public ITaskItem[] Repositories { get; set; } = [];

    /// <summary>The package items, each with the metadatum Group.</summary>
    public ITaskItem[] Packages { get; set; } = [];

    /// <summary>The Archive items.</summary>
    public ITaskItem[] Archives { get; set; } = [];

    /// <summary>The OciImage items.</summary>
    public ITaskItem[] ContainerImages { get; set; } = [];

    /// <summary>The NuGetContent items.</summary>
    public ITaskItem[] NuGetContents { get; set; } = [];

    /// <summary>What NuGet wrote about the packages that it restored for them.</summary>
    public string NuGetAssetsFile { get; set; } = "";

    /// <summary>The referenced .NET applications, with ComposeAssetsFile: what NuGet wrote about the packages that it restored for them.</summary>
    public ITaskItem[] Applications { get; set; } = [];

    /// <summary>The projects that this one is built on, with ComposeKind and ComposeLockFile.</summary>
    public ITaskItem[] References { get; set; } = [];

    /// <summary>The mirror; empty for the machine's own.</summary>
    public string Mirror { get; set; } = "";

    /// <summary>The architecture as Debian names it; empty for amd64.</summary>
    public string Architecture { get; set; } = "";

    /// <summary>The content store's folder; empty for the user's.</summary>
    public string CacheDirectory { get; set; } = "";

    /// <summary>Whether recommended packages are taken too.</summary>
    public bool Recommends { get; set; }

    /// <summary>Whether a lock file that does not fit is an error.</summary>
    public bool LockedMode { get; set; }

    /// <summary>Whether to resolve anew although the lock file fits.</summary>
    public bool ForceEvaluate { get; set; }

    /// <summary>What identifies a restore of several projects; empty for none.</summary>
    public string Session { get; set; } = "";

    /// <summary>The folder that is the only source of what the store lacks; empty for the environment's, or the network.</summary>
    public string OfflineDirectory { get; set; } = "";

    /// <summary>
    /// What the compose command wants: empty for a usual restore; <c>vendor</c> for one that fetches packages as they came;
    /// <c>outdated</c> for what a restore would find, without a change.
    /// </summary>
    public string Purpose { get; set; } = "";

    /// <summary>Where the compose command wants a report; empty for nowhere.</summary>
    public string ReportDirectory { get; set; } = "";

    /// <inheritdoc/>
    protected override IEnumerable<ITaskItem> Items => [.. Packages, .. Repositories, .. Archives, .. ContainerImages, .. NuGetContents];

    /// <summary>What a restore tells is told once, when the lock file changes.</summary>
    protected override MessageImportance Importance => MessageImportance.High;

    /// <inheritdoc/>
    protected override void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        var input = new RestoreInput
        {
            LockFile = Absolute(LockFile),
            Requests = InputItems.Read(ProjectDirectory, Packages, Repositories, Architecture, References, Recommends, Archives, ContainerImages, NuGetContents),
            NuGetAssetsFile = Absolute(NuGetAssetsFile),
            Applications = [.. Applications.Select(application => new RestoredApplication(application.GetMetadata("FullPath"), application.GetMetadata("ComposeAssetsFile")))],
            Sources = Packages.Length == 0 ? [] : PackageItems.Sources(Repositories, Architecture, Mirror, Absolute),
            LockedMode = LockedMode,
            ForceEvaluate = ForceEvaluate,
            Session = PropertyValue.Text(Session),
            KeepsDownloads = Purpose == VendorPurpose,
            Offline = OfflineSource.OpenFor(OfflineDirectory.Length == 0 ? null : Absolute(OfflineDirectory)),
        };
        var store = new ContentStore(CacheDirectory.Length == 0 ? ContentStore.DefaultDirectory : Absolute(CacheDirectory));
        using var downloader = new Downloader(store);
        var restorer = new InputRestorer(store, downloader, TimeProvider.System, reporter);
        if (Purpose == OutdatedPurpose)
        {
            ReportLatest(restorer, input, store, cancellationToken);
            return;
        }

        var result = Restore(restorer, input, cancellationToken);
        if (result.WasWritten)
        {
            var summary = result.Previous is null
                ? $": {result.LockFile.Contents.Count() + (result.LockFile.Applications ?? []).Sum(application => application.Packages.Count)} inputs"
                : LockFileChange.Describe(result.Changes);
            Log.LogMessage(MessageImportance.High, "{0}", $"Wrote {input.LockFile}{summary}");
        }

        if (ReportDirectory.Length > 0)
        {
            new RestoreReport(ProjectFile, input.LockFile, store.Directory, null) { Applications = input.Applications }.Write(ReportDirectory);
        }
    }

    /// <summary>
    /// Restores while MSBuild runs other projects' targets on this node: a restore waits for servers most of the time. So the
    /// projects of a solution are restored at the same time, however few nodes there are.
    /// </summary>
    private RestoreResult Restore(InputRestorer restorer, RestoreInput input, CancellationToken cancellationToken)
    {
        // Disposed of before the task ends: MSBuild takes no message of a task that is over.
        using var messages = new DownloadMessages(TimeProvider.System, message => Log.LogMessage(MessageImportance.High, "{0}", message));
        var restore = Task.Run(() => restorer.RestoreAsync(input, messages, cancellationToken), CancellationToken.None);

        // A restore that has nothing to do is over sooner than the node would be back.
        if (Task.WaitAny([restore], Patience, CancellationToken.None) == 0)
        {
            return restore.GetAwaiter().GetResult();
        }

        BuildEngine3.Yield();
        try
        {
            return restore.GetAwaiter().GetResult();
        }
        finally
        {
            BuildEngine3.Reacquire();
        }
    }

    /// <summary>
    /// Tells what a restore would find, and leaves the lock file that it would write for the projects that are built on this one.
    /// </summary>
    private void ReportLatest(InputRestorer restorer, RestoreInput input, ContentStore store, CancellationToken cancellationToken)
    {
        var groups = input.Requests.Groups.Select(group => group with
        {
            References = [.. group.References.Select(reference => reference with { LockFile = Latest(reference.LockFile) })],
        });
        var (current, latest) = restorer.ResolveLatestAsync(
            input, input.Requests with { Groups = [.. groups] }, cancellationToken).GetAwaiter().GetResult();
        latest.Write(RestoreReport.LatestLockFile(ReportDirectory, input.LockFile));
        new RestoreReport(ProjectFile, input.LockFile, store.Directory, LockFileChange.Between(current, latest)).Write(ReportDirectory);

        string Latest(string lockFile)
        {
            var path = RestoreReport.LatestLockFile(ReportDirectory, lockFile);
            return File.Exists(path) ? path : lockFile;
        }
    }
}
