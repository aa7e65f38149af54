using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Layout;

/// <summary>Finds files of users and groups that nothing makes: on the host they belong to whoever gets the number.</summary>
internal sealed class OwnerCheck : IExtensionCheck
{
    /// <summary>From here on numbers are for people (login.defs(5), UID_MIN).</summary>
    private const uint FirstPerson = 1000;

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        var people = new PathFindings(extension.Origins);
        var services = new PathFindings(extension.Origins);
        KnownOwners? known = null;
        foreach (var item in extension.Tree.Items)
        {
            var metadata = item.Entry.Metadata;
            if ((metadata.UserId, metadata.GroupId) == (0, 0))
            {
                continue;
            }

            known ??= KnownOwners.Of(extension.Host);
            var user = known.Users.Contains(metadata.UserId) ? 0u : metadata.UserId;
            var group = known.Groups.Contains(metadata.GroupId) ? 0u : metadata.GroupId;
            if (Math.Max(user, group) >= FirstPerson)
            {
                people.Add(item, $"{metadata.UserId}:{metadata.GroupId}");
            }
            else if (Math.Max(user, group) > 0 && extension.BaseTree is not null)
            {
                // Without a base nothing is known of the users that a distribution always has.
                services.Add(item, $"{metadata.UserId}:{metadata.GroupId}");
            }
        }

        people.Report(
            reporter,
            ImageDiagnostics.UnknownOwner,
            paths => $"These belong to users or groups that nothing makes, as those of the machine where they were built: {paths}. On a host they belong to whoever has the number.");
        services.Report(
            reporter,
            ImageDiagnostics.UnknownOwner,
            paths => $"These belong to system users or groups that neither the extension nor the base makes: {paths}. Such numbers are given as they come, and stand for another service on each host.");
    }
}
