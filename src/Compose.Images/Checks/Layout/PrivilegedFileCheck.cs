using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Checks.Layout;

/// <summary>Finds programs that run with the rights of their owner or group, or with capabilities, whoever starts them.</summary>
internal sealed class PrivilegedFileCheck : IExtensionCheck
{
    private const int SetUser = 0x800;
    private const int SetGroup = 0x400;
    private const int AnyExecute = 0x49;
    private const string Capabilities = "security.capability";

    /// <inheritdoc/>
    public void Check(CheckedExtension extension, IDiagnosticReporter reporter)
    {
        foreach (var item in extension.Tree.Items)
        {
            if (RightsOf(item.Entry) is { } rights && !IsInOtherTree(extension, item.Path, rights))
            {
                reporter.Report(extension.Finding(
                    ImageDiagnostics.PrivilegedProgram, item, $"'/{item.Path}' gives rights to every user who starts it ({rights})."));
            }
        }
    }

    private static string? RightsOf(TreeEntry entry)
    {
        if (entry is not FileEntry { Metadata: var metadata })
        {
            return null;
        }

        var executable = (metadata.Permissions & AnyExecute) != 0;
        var rights = new List<string>(3);
        if (executable && (metadata.Permissions & SetUser) != 0)
        {
            rights.Add($"setuid {metadata.UserId}");
        }

        if (executable && (metadata.Permissions & SetGroup) != 0)
        {
            rights.Add($"setgid {metadata.GroupId}");
        }

        if (metadata.ExtendedAttributes.Count > 0 && metadata.ExtendedAttributes.Any(attribute => attribute.Name == Capabilities))
        {
            rights.Add("capabilities");
        }

        return rights.Count == 0 ? null : string.Join(", ", rights);
    }

    /// <summary>What the host has with the same rights anyway is no news.</summary>
    private static bool IsInOtherTree(CheckedExtension extension, TreePath path, string rights) =>
        extension.Merged.Layers.Skip(1).Any(layer => layer.Tree.TryGet(path, out var entry) && RightsOf(entry) == rights);
}
