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
        Accounts? accounts = null;
        foreach (var item in extension.Tree.Items)
        {
            var metadata = item.Entry.Metadata;
            if ((metadata.UserId, metadata.GroupId) == (0, 0))
            {
                continue;
            }

            accounts ??= new Accounts(extension.Host);
            var user = accounts.HasUser(metadata.UserId) ? 0u : metadata.UserId;
            var group = accounts.HasGroup(metadata.GroupId) ? 0u : metadata.GroupId;
            if (Math.Max(user, group) >= FirstPerson)
            {
                reporter.Report(extension.Finding(
                    ImageDiagnostics.UnknownOwner,
                    item,
                    $"'/{item.Path}' belongs to {metadata.UserId}:{metadata.GroupId}, which nothing makes: a user or group of the machine where it was built. On a host it is whoever has the number."));
            }
            else if (Math.Max(user, group) > 0 && Accounts.AreKnown(extension.Host))
            {
                // Otherwise nothing is known of the users that a distribution always has.
                reporter.Report(extension.Finding(
                    ImageDiagnostics.UnknownOwner,
                    item,
                    $"'/{item.Path}' belongs to {metadata.UserId}:{metadata.GroupId}, a system user or group that neither the extension nor the base makes. Such numbers are given as they come, and mean another service on each host."));
            }
        }
    }
}
