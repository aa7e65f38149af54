using System.Text.Json;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Images.Licenses;

namespace Compose.Images.Descriptions;

/// <summary>
/// The manifest of an image: what it is, what it was made of, and every file in it. It depends on the image and its inputs
/// alone.
/// </summary>
public static class Manifest
{
    /// <summary>The format's version. It changes when a field changes its meaning or goes.</summary>
    public const int Version = 1;

    /// <summary>The manifest as JSON.</summary>
    public static byte[] Create(ImageDescription image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return JsonText.Create(json =>
        {
            json.WriteNumber("manifestVersion", Version);
            json.WriteString("name", image.Name);
            json.WriteString("kind", image.Kind);
            json.WriteString("version", image.Version);
            json.WriteString("architecture", image.Architecture);
            json.WriteString("format", image.Format);
            if (image.File is { } file)
            {
                json.WriteStartObject("file");
                json.WriteString("name", file.Name);
                json.WriteOptional("publishedName", image.PublishedName);
                json.WriteNumber("size", file.Size);
                json.WriteString("sha256", file.Sha256.ToString());
                json.WriteEndObject();
            }

            json.WriteStartArray("references");
            foreach (var reference in image.References.Order(StringComparer.Ordinal))
            {
                json.WriteStringValue(reference);
            }

            json.WriteEndArray();
            json.WriteObjects("parts", image.SortedParts, part => WritePart(json, part));
            json.WriteObjects("packages", image.SortedPackages, package => WritePackage(json, package));
            json.WriteObjects("inputs", image.SortedInputs, input => WriteInput(json, input));
            var parts = image.Parts.Where(part => part.Path is not null).ToDictionary(part => part.Path!, StringComparer.Ordinal);
            json.WriteStartArray("files");
            foreach (var item in image.Tree.Items)
            {
                if (!item.Path.IsRoot)
                {
                    json.WriteStartObject();
                    WriteFile(json, image.Prefix, item, parts);
                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
        });
    }

    private static void WritePart(Utf8JsonWriter json, DescribedPart part)
    {
        json.WriteString("name", part.Name);
        json.WriteString("kind", part.Kind);
        json.WriteOptional("version", part.Version);
        json.WriteOptional("path", part.Path);
        if (part.File is { } file)
        {
            json.WriteNumber("size", file.Size);
            json.WriteString("sha256", file.Sha256.ToString());
        }
    }

    private static void WritePackage(Utf8JsonWriter json, DescribedPackage described)
    {
        var package = described.Package;
        json.WriteString("owner", described.Owner);
        json.WriteString("name", package.Name);
        json.WriteString("version", package.Version);
        json.WriteString("architecture", package.Architecture);
        json.WriteString("suite", described.Suite);
        json.WriteNumber("size", package.Size);
        json.WriteString("sha256", package.Sha256);
        json.WriteStartArray("licenses");
        foreach (var name in described.License.Names)
        {
            json.WriteStringValue(SpdxLicense.Of(name).Id);
        }

        json.WriteEndArray();
    }

    private static void WriteInput(Utf8JsonWriter json, DescribedInput input)
    {
        json.WriteString("owner", input.Owner);
        json.WriteString("kind", input.Kind);
        json.WriteString("name", input.Name);
        json.WriteOptional("version", input.Version);
        json.WriteOptional("source", input.Source);
        json.WriteOptional("sha256", input.Sha256);
    }

    private static void WriteFile(Utf8JsonWriter json, string prefix, TreeItem item, Dictionary<string, DescribedPart> parts)
    {
        var (path, entry) = item;
        var fullPath = prefix.Length == 0 ? $"/{path}" : $"/{prefix}/{path}";
        json.WriteString("path", fullPath);
        json.WriteString("kind", KindOf(entry));
        json.WriteString("mode", Convert.ToString(entry.Metadata.Permissions, 8).PadLeft(4, '0'));
        json.WriteNumber("uid", entry.Metadata.UserId);
        json.WriteNumber("gid", entry.Metadata.GroupId);
        switch (entry)
        {
            case FileEntry file:
                json.WriteNumber("size", file.Content.Length);
                json.WriteOptional("sha256", ((file.Content as BlobContent)?.Digest ?? parts.GetValueOrDefault(fullPath)?.File?.Sha256)?.ToString());
                break;
            case SymlinkEntry link:
                json.WriteString("target", TreePath.Describe(link.Target.Span));
                break;
            default:
                break;
        }
    }

    private static string KindOf(TreeEntry entry) => entry switch
    {
        DirectoryEntry => "directory",
        FileEntry => "file",
        SymlinkEntry => "symlink",
        DeviceEntry { Kind: DeviceKind.Character } => "character-device",
        DeviceEntry => "block-device",
        FifoEntry => "fifo",
        _ => "socket",
    };
}
