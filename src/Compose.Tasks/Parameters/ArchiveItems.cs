using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Formats.Tar;
using Compose.Packages;
using Compose.Packages.Inputs;
using Compose.Packages.Inputs.Archives;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Parameters;

/// <summary>Reads the Archive items of a project.</summary>
internal static class ArchiveItems
{
    /// <summary>What is to be restored.</summary>
    /// <exception cref="DiagnosticException">A metadatum has a value that it cannot have.</exception>
    public static IReadOnlyList<ArchiveRequest> Requests(IReadOnlyList<ITaskItem> archives, string projectDirectory) =>
        [.. archives.Select(item => ItemValue.Of(item, () => Request(item, projectDirectory)))];

    private static ArchiveRequest Request(ITaskItem item, string projectDirectory) => new()
    {
        Source = item.ItemSpec,
        ProjectDirectory = projectDirectory,
        Version = Text(item, "VersionOverride") ?? Text(item, "Version"),
        VersionsUrl = Text(item, "VersionsUrl"),
        Sha256 = Digest(item),
        SignatureUrl = Text(item, "SignatureUrl"),
        ChecksumsUrl = Text(item, "ChecksumsUrl"),
        ChecksumsSignatureUrl = Text(item, "ChecksumsSignatureUrl"),
        KeyFiles = [.. List(item, "Keys").Select(path => Path.GetFullPath(Path.Combine(projectDirectory, path)))],
        Limits = Limits(item),
        MaximumSize = PropertyValue.Size("MaximumSize", item.GetMetadata("MaximumSize")) ?? ArchiveRequest.DefaultMaximumSize,
    };

    /// <summary>Whether an archive is one of torcx, and is converted; else it is taken as it is.</summary>
    /// <exception cref="DiagnosticException">The metadatum has a value that it cannot have.</exception>
    public static bool IsTorcx(ITaskItem item) => ItemValue.Of(item, () => Text(item, "Kind") switch
    {
        null => false,
        "torcx" => true,
        var other => throw PropertyValue.Bad("Kind", other, "torcx or nothing"),
    });

    /// <summary>What is to be taken of an archive.</summary>
    /// <exception cref="DiagnosticException">A metadatum has a value that it cannot have.</exception>
    public static ArchiveSelection Selection(ITaskItem item)
    {
        try
        {
            return ItemValue.Of(item, () => new ArchiveSelection
            {
                StripComponents = (int)(PropertyValue.Integer("StripComponents", item.GetMetadata("StripComponents"), 0, ArchiveLimits.Default.Depth) ?? 0),
                Files = [.. List(item, "Files").Select(pattern => new Glob(pattern))],
                ExcludedFiles = [.. List(item, "ExcludedFiles").Select(pattern => new Glob(pattern))],
                Destination = Text(item, "Destination") is { } destination ? TreePath.Parse(destination) : null,
                Mappings = ArchiveMapping.ParseAll(item.GetMetadata("Mappings")),
                KeepOwners = PropertyValue.Boolean("KeepOwners", item.GetMetadata("KeepOwners")) ?? false,
            });
        }
        catch (FormatException e)
        {
            throw new DiagnosticException(
                PackageDiagnostics.BadArchive.Create($"'{Credentials.Remove(item.ItemSpec)}': {e.Message}", item.ItemSpec), e);
        }
    }

    private static ArchiveLimits Limits(ITaskItem item)
    {
        var usual = ArchiveLimits.Default;
        return usual with
        {
            UnpackedBytes = PropertyValue.Size("MaximumUnpackedSize", item.GetMetadata("MaximumUnpackedSize")) ?? usual.UnpackedBytes,
            Ratio = (int)(PropertyValue.Integer("MaximumRatio", item.GetMetadata("MaximumRatio"), 1, int.MaxValue) ?? usual.Ratio),
        };
    }

    private static Sha256Digest? Digest(ITaskItem item) =>
        Text(item, "Sha256") is not { } text ? null
        : Sha256Digest.TryParse(text, out var digest) ? digest
        : throw PropertyValue.Bad("Sha256", text, "the 64 hexadecimal digits of a SHA-256");

    private static string? Text(ITaskItem item, string name) => PropertyValue.Text(item.GetMetadata(name).Trim());

    private static string[] List(ITaskItem item, string name) =>
        item.GetMetadata(name).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
