using System.Globalization;
using Compose.Diagnostics;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Mirrors;
using Compose.Packages.Restoring;
using Compose.Tasks.Parameters;
using Microsoft.Build.Framework;

namespace Compose.Tasks;

/// <summary>Restores the inputs of a project: writes the lock file when it does not fit, and loads what the store lacks.</summary>
public sealed class RestoreInputs : ComposeTask
{
    /// <summary>The lock file.</summary>
    [Required]
    public string LockFile { get; set; } = "";

    /// <summary>The DebianRepository items, with Suite, Components and Keys.</summary>
    public ITaskItem[] Repositories { get; set; } = [];

    /// <summary>The package items, each with the metadatum Group.</summary>
    public ITaskItem[] Packages { get; set; } = [];

    /// <summary>The Archive items.</summary>
    public ITaskItem[] Archives { get; set; } = [];

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

    /// <inheritdoc/>
    protected override IEnumerable<ITaskItem> Items => [.. Packages, .. Repositories, .. Archives];

    /// <inheritdoc/>
    protected override void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        var input = new RestoreInput
        {
            LockFile = Absolute(LockFile),
            Requests = InputItems.Read(ProjectDirectory, Packages, Repositories, Architecture, References, Recommends, Archives),
            KeyFiles = Packages.Length == 0 ? [] : [.. PackageItems.Keys(Repositories).Select(Absolute)],
            Mirror = () => DebianMirror.Find(Mirror, Environment.GetEnvironmentVariable(DebianMirror.EnvironmentVariable)),
            LockedMode = LockedMode,
            ForceEvaluate = ForceEvaluate,
        };
        var store = new ContentStore(CacheDirectory.Length == 0 ? ContentStore.DefaultDirectory : Absolute(CacheDirectory));
        using var downloader = new Downloader(store);
        var restorer = new InputRestorer(store, downloader, TimeProvider.System, reporter);
        var result = restorer.RestoreAsync(input, new DownloadMessages(this), cancellationToken).GetAwaiter().GetResult();
        if (result.WasWritten)
        {
            Log.LogMessage(MessageImportance.High, "{0}", $"Wrote {input.LockFile}");
        }
    }

    /// <summary>Tells of each input that is there.</summary>
    private sealed class DownloadMessages(RestoreInputs task) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            if (value.Bytes == value.Total)
            {
                var size = (value.Total / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
                task.Log.LogMessage(MessageImportance.High, "{0}", $"Downloaded {value.Name} ({size} MB)");
            }
        }
    }
}
