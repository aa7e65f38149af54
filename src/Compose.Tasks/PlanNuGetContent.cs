using Compose.Diagnostics;
using Compose.FileTrees.Storage;
using Compose.Packages.Inputs.NuGetPackages;
using Compose.Packages.Locking;
using Compose.Tasks.Parameters;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Compose.Tasks;

/// <summary>Says which NuGet packages NuGet has to restore before the project's own restore can pin them or take them in.</summary>
public sealed class PlanNuGetContent : ComposeTask
{
    /// <summary>The lock file.</summary>
    [Required]
    public string LockFile { get; set; } = "";

    /// <summary>The NuGetContent items, with the metadatum Version.</summary>
    [Required]
    public ITaskItem[] NuGetContents { get; set; } = [];

    /// <summary>The content store's folder; empty for the user's.</summary>
    public string CacheDirectory { get; set; } = "";

    /// <summary>Whether a lock file that does not fit is an error.</summary>
    public bool LockedMode { get; set; }

    /// <summary>Whether to resolve anew although the lock file fits.</summary>
    public bool ForceEvaluate { get; set; }

    /// <summary>What the compose command wants, as in <see cref="RestoreInputs.Purpose"/>.</summary>
    public string Purpose { get; set; } = "";

    /// <summary>Packages of a known version, as NAME/VERSION.</summary>
    [Output]
    public ITaskItem[] Downloads { get; private set; } = [];

    /// <summary>Packages of which NuGet chooses the version, as NAME/RANGE.</summary>
    [Output]
    public ITaskItem[] References { get; private set; } = [];

    /// <inheritdoc/>
    protected override IEnumerable<ITaskItem> Items => NuGetContents;

    /// <inheritdoc/>
    protected override void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        var store = new ContentStore(CacheDirectory.Length == 0 ? ContentStore.DefaultDirectory : Absolute(CacheDirectory));
        var locked = Compose.Packages.Locking.LockFile.TryRead(Absolute(LockFile));
        var isAnew = ForceEvaluate || Purpose == RestoreInputs.OutdatedPurpose;
        var plan = NuGetPlan.Create(NuGetItems.Requests(NuGetContents), locked, store, LockedMode, isAnew, Purpose == RestoreInputs.VendorPurpose);
        Downloads = [.. plan.Downloads.Select(Item)];
        References = [.. plan.References.Select(Item)];
    }

    /// <summary>As one word without what MSBuild would expand: the items become a property of the project that NuGet restores.</summary>
    private static TaskItem Item(KeyValuePair<string, string> package) =>
        new($"{package.Key}/{package.Value.Replace("*", "%2A", StringComparison.Ordinal)}");
}
