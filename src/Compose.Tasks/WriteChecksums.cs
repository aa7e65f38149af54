using Compose.Diagnostics;
using Compose.Images;
using Compose.Images.Descriptions;
using Microsoft.Build.Framework;

namespace Compose.Tasks;

/// <summary>Lists what was published to a folder in its <c>SHA256SUMS</c>, beside what other projects published there.</summary>
public sealed class WriteChecksums : ComposeTask
{
    /// <summary>The folder.</summary>
    [Required]
    public string Folder { get; set; } = "";

    /// <summary>The names of the files in it.</summary>
    [Required]
    public ITaskItem[] Files { get; set; } = [];

    /// <summary>A list that the build made, whose digests need not be computed again; it may be missing.</summary>
    public string KnownSums { get; set; } = "";

    /// <summary>Whether a transfer file that was published has machines ask for a signature.</summary>
    public bool Verified { get; set; }

    /// <inheritdoc/>
    protected override MessageImportance Importance => MessageImportance.High;

    /// <inheritdoc/>
    protected override void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        var folder = Absolute(Folder);
        var known = PublishedFolder.Read(Absolute(KnownSums));
        var changed = PublishedFolder.List(folder, Files.Select(file => file.ItemSpec), known, cancellationToken);
        var signature = Path.Combine(folder, PublishedFolder.SignatureName);
        if (Verified && (changed || !File.Exists(signature)))
        {
            reporter.Report(ImageDiagnostics.UnsignedChecksums.Create(
                $"'{Path.Combine(folder, PublishedFolder.ListName)}' has to be signed: the transfer file has machines ask for '{PublishedFolder.SignatureName}' beside it. "
                + $"Run 'gpg --detach-sign --output {PublishedFolder.SignatureName} {PublishedFolder.ListName}' there, or set ExtensionUpdateVerify to false."));
        }
    }
}
