using System.Globalization;
using System.Text;
using Compose.Diagnostics;

namespace Compose.Images.Declarations;

/// <summary>A system user that systemd-sysusers makes at boot, with a group of the same name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Id">The number; null for one that is free.</param>
/// <param name="PrimaryGroup">The name or number of another group that is to be the user's own; null for one of the user's name.</param>
/// <param name="Description">What the user is for (GECOS); null for nothing.</param>
/// <param name="HomeDirectory">The home directory; null for <c>/</c>.</param>
/// <param name="Shell">The login shell; null for none.</param>
/// <param name="Groups">Further groups that the user is in.</param>
public sealed record SystemUserDefinition(
    string Name,
    string? Id = null,
    string? PrimaryGroup = null,
    string? Description = null,
    string? HomeDirectory = null,
    string? Shell = null,
    IReadOnlyList<string>? Groups = null);

/// <summary>A system group that systemd-sysusers makes at boot.</summary>
/// <param name="Name">The name.</param>
/// <param name="Id">The number; null for one that is free.</param>
/// <param name="Members">Users that are in it.</param>
public sealed record SystemGroupDefinition(string Name, string? Id = null, IReadOnlyList<string>? Members = null);

/// <summary>Writes sysusers.d(5).</summary>
internal static class SystemUsers
{
    /// <summary>The lines for groups, users and who is in which group; empty when there are none.</summary>
    /// <exception cref="DiagnosticException">A name, number or text is not one that systemd-sysusers takes, or a name is there twice.</exception>
    public static string Lines(IReadOnlyList<SystemUserDefinition> users, IReadOnlyList<SystemGroupDefinition> groups)
    {
        var lines = new StringBuilder();
        var memberships = new StringBuilder();
        foreach (var group in groups)
        {
            var metadata = new ItemMetadata(group.Name, new ItemTraits("SystemGroup"));
            metadata.Name("Include", group.Name);
            CheckOnce(groups.Count(other => other.Name == group.Name), "SystemGroup", group.Name);
            lines.Append(CultureInfo.InvariantCulture, $"g {group.Name} {Number(metadata, group.Id)}\n");
            foreach (var member in group.Members ?? [])
            {
                memberships.Append(CultureInfo.InvariantCulture, $"m {metadata.Name("Members", member)} {group.Name}\n");
            }
        }

        foreach (var user in users)
        {
            var metadata = new ItemMetadata(user.Name, new ItemTraits("SystemUser"));
            metadata.Name("Include", user.Name);
            CheckOnce(users.Count(other => other.Name == user.Name), "SystemUser", user.Name);
            lines.Append(UserLine(user, metadata));
            foreach (var group in user.Groups ?? [])
            {
                memberships.Append(CultureInfo.InvariantCulture, $"m {user.Name} {metadata.Name("Groups", group)}\n");
            }
        }

        return lines.Append(memberships).ToString();
    }

    private static string UserLine(SystemUserDefinition user, ItemMetadata metadata)
    {
        var id = Number(metadata, user.Id);
        if (!string.IsNullOrEmpty(user.PrimaryGroup))
        {
            id += ":" + metadata.NameOrNumber("PrimaryGroup", user.PrimaryGroup);
        }

        string[] fields =
        [
            Text(metadata, "Description", user.Description, isPath: false),
            Text(metadata, "HomeDirectory", user.HomeDirectory, isPath: true),
            Text(metadata, "Shell", user.Shell, isPath: true),
        ];
        var used = Array.FindLastIndex(fields, field => field != "-") + 1;
        return $"u {user.Name} {string.Join(' ', [id, .. fields.Take(used)])}\n";
    }

    private static string Number(ItemMetadata metadata, string? id) =>
        metadata.Number("Id", id) is { } number ? number.ToString(CultureInfo.InvariantCulture) : "-";

    /// <summary>A field in quotes; the colon is what /etc/passwd separates fields by, and % begins a specifier.</summary>
    private static string Text(ItemMetadata metadata, string name, string? text, bool isPath)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "-";
        }

        if (text.Any(c => char.IsControl(c) || c == ':'))
        {
            throw metadata.Bad($"its {name} has a colon or a control character");
        }

        if (isPath && (text[0] != '/' || text.Split('/').Any(component => component is "." or "..") || text.Contains("//", StringComparison.Ordinal)))
        {
            throw metadata.Bad($"its {name} '{text}' is not an absolute path without '.', '..' and double slashes");
        }

        var escaped = text.Replace("%", "%%", StringComparison.Ordinal);
        return escaped.All(c => !char.IsWhiteSpace(c) && c is not ('"' or '\'' or '\\'))
            && escaped != "-"
                ? escaped
                : $"\"{escaped.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    private static void CheckOnce(int count, string type, string name)
    {
        if (count > 1)
        {
            throw new DiagnosticException(ImageDiagnostics.DeclaredTwice.Create($"Two {type} items are for '{name}'.", name, new ItemTraits(type)));
        }
    }
}
