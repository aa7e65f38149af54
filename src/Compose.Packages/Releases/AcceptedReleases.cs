using System.Globalization;
using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;

namespace Compose.Packages.Releases;

/// <summary>
/// Remembers in the store when the latest accepted release file of each suite was made: an older one, however well it is
/// signed, would bring back what was replaced since, security holes among it. What is remembered is of an archive, whichever
/// mirror it came from: by its publisher, its name and each key that signed it.
/// </summary>
internal sealed class AcceptedReleases(ContentStore store)
{
    private const string RecordKind = "release";

    /// <summary>Accepts a release file that was verified.</summary>
    /// <param name="release">The release file.</param>
    /// <param name="suite">The suite, for messages.</param>
    /// <param name="locked">When the one was made that the lock file was resolved against; null when that is not known.</param>
    /// <exception cref="DiagnosticException">A later one was accepted before.</exception>
    public void Accept(ReleaseFile release, string suite, DateTimeOffset? locked)
    {
        if (release.Date < locked)
        {
            throw Downgraded(release, suite, $"the lock file was made with one of {locked:u}", "go back to the lock file of that time, or delete it");
        }

        var keys = release.Signers.Select(signer => KeyOf(release, signer)).ToArray();
        foreach (var key in keys)
        {
            if (Read(key) is { } latest && release.Date < latest)
            {
                throw Downgraded(release, suite, $"one of {latest:u} was accepted before", $"delete '{store.RecordPath(RecordKind, key)}'");
            }
        }

        foreach (var key in keys)
        {
            if (Read(key) != release.Date)
            {
                store.WriteRecord(RecordKind, key, Encoding.ASCII.GetBytes(release.Date.ToString("O", CultureInfo.InvariantCulture)));
            }
        }
    }

    private static DiagnosticException Downgraded(ReleaseFile release, string suite, string later, string remedy) => new(PackageDiagnostics.ReleaseDowngraded.Create(
        $"The release file of '{suite}' is of {release.Date:u}, and {later}. The mirror lags behind, or somebody replays an old state: wait, or use another mirror. If the archive itself went back, {remedy}."));

    private static Sha256Digest KeyOf(ReleaseFile release, string signer) =>
        Sha256Digest.Of(Encoding.UTF8.GetBytes($"release\n{release.Origin}\n{release.Label}\n{release.Codename ?? release.Suite}\n{signer}\n"));

    private DateTimeOffset? Read(Sha256Digest key) =>
        store.TryReadRecord(RecordKind, key, out var record)
        && DateTimeOffset.TryParseExact(Encoding.ASCII.GetString(record), "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : null;
}
