using System.Text.Json;
using System.Text.Json.Serialization;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Packages.Inputs.Applications;
using Compose.Packages.Locking;

namespace Compose.Packages.Restoring;

/// <summary>What a project's restore tells the <c>compose</c> command that called it: one file a project, in a folder of its own.</summary>
/// <param name="Project">The project's absolute path.</param>
/// <param name="LockFile">The lock file's absolute path.</param>
/// <param name="Store">The content store's folder.</param>
/// <param name="Changes">What the lock file would become if all were resolved anew; null when that was not asked.</param>
public sealed record RestoreReport(string Project, string LockFile, string Store, IReadOnlyList<LockFileChange>? Changes)
{
    private const string Suffix = ".report.json";

    /// <summary>The .NET applications of the project, which NuGet has restored.</summary>
    public IReadOnlyList<RestoredApplication> Applications { get; init; } = [];

    /// <summary>Writes the report into a folder.</summary>
    public void Write(string folder) => AtomicFile.WriteWhenDifferent(
        Path.Combine(folder, NameOf(LockFile) + Suffix), JsonSerializer.SerializeToUtf8Bytes(this, RestoreReportJson.Default.RestoreReport));

    /// <summary>Reads all reports of a folder, in the order of the projects' paths.</summary>
    public static IReadOnlyList<RestoreReport> ReadAll(string folder) =>
    [
        .. Directory.GetFiles(folder, "*" + Suffix)
            .Select(path => JsonSerializer.Deserialize(File.ReadAllBytes(path), RestoreReportJson.Default.RestoreReport)!)
            .OrderBy(report => report.Project, StringComparer.Ordinal),
    ];

    /// <summary>Where a folder of reports has the lock file that a lock file would become.</summary>
    public static string LatestLockFile(string folder, string lockFile) => Path.Combine(folder, NameOf(lockFile) + ".lock.json");

    private static string NameOf(string lockFile) => Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(Path.GetFullPath(lockFile))).ToString();
}

/// <summary>How reports are written.</summary>
[JsonSerializable(typeof(RestoreReport))]
internal sealed partial class RestoreReportJson : JsonSerializerContext;
