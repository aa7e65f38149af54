using System.Text.Json;

namespace Compose.Images.Descriptions;

/// <summary>
/// Snippets for the first boot of a machine, in Butane's language and as the Ignition configuration (3.3.0) that it stands
/// for: one that installs an extension, and one that switches a built-in one off.
/// </summary>
public static class Provisioning
{
    private const string IgnitionVersion = "3.3.0";

    /// <summary>Installs the image: downloads it, checks its digest, and links it where systemd looks.</summary>
    /// <param name="image">The extension; it has a file and a name that it is published under.</param>
    /// <param name="address">The address of its folder on the server.</param>
    /// <exception cref="ArgumentException">The extension has no file.</exception>
    public static (string Butane, byte[] Ignition) Install(ImageDescription image, Uri address)
    {
        ArgumentNullException.ThrowIfNull(image);
        var digest = image.File?.Sha256 ?? throw new ArgumentException("The extension has no file.", nameof(image));
        var places = InstalledExtension.Of(image.Name, image.Kind);
        var fileName = image.PublishedName ?? image.File.Name;
        var path = $"{places.Folder}/{fileName}";
        var source = new Uri(address, fileName).AbsoluteUri;
        var butane = $"""
            variant: flatcar
            version: 1.0.0
            storage:
              files:
                - path: {path}
                  mode: 0644
                  contents:
                    source: {source}
                    verification:
                      hash: sha256-{digest}
              links:
                - path: {places.Link}
                  target: {path}
                  hard: false
                  overwrite: true

            """.ReplaceLineEndings("\n");
        return (butane, Ignition(json =>
        {
            json.WriteObjects("files", [path], file =>
            {
                const int ReadableByAll = 420;
                json.WriteString("path", file);
                json.WriteStartObject("contents");
                json.WriteString("source", source);
                json.WriteStartObject("verification");
                json.WriteString("hash", $"sha256-{digest}");
                json.WriteEndObject();
                json.WriteEndObject();
                json.WriteNumber("mode", ReadableByAll);
            });
            json.WriteObjects("links", [places.Link], link =>
            {
                // An image that brings the extension has another link there.
                json.WriteString("path", link);
                json.WriteBoolean("overwrite", true);
                json.WriteBoolean("hard", false);
                json.WriteString("target", path);
            });
        }));
    }

    /// <summary>Switches an extension off that the image brings.</summary>
    /// <param name="name">The extension's name.</param>
    /// <param name="kind">Its kind, <c>sysext</c> or <c>confext</c>.</param>
    public static (string Butane, byte[] Ignition) Disable(string name, string kind) =>
        kind == "confext" ? DisableConfiguration(name) : DisableSystem(name);

    /// <summary>The link that would merge it is overridden.</summary>
    private static (string Butane, byte[] Ignition) DisableSystem(string name)
    {
        var butane = $"""
            variant: flatcar
            version: 1.0.0
            storage:
              links:
                - path: {InstalledExtension.SystemLink(name)}
                  target: /dev/null
                  hard: false
                  overwrite: true

            """.ReplaceLineEndings("\n");
        return (butane, Ignition(json => json.WriteObjects("links", [InstalledExtension.SystemLink(name)], link =>
        {
            json.WriteString("path", link);
            json.WriteBoolean("overwrite", true);
            json.WriteBoolean("hard", false);
            json.WriteString("target", "/dev/null");
        })));
    }

    /// <summary>
    /// An empty directory of its name is found before the one in /usr, and ignored. A link to /dev/null would be passed over,
    /// and there is no link of the image's to override.
    /// </summary>
    private static (string Butane, byte[] Ignition) DisableConfiguration(string name)
    {
        var path = $"{InstalledExtension.ConfigurationFolder}/{name}";
        var butane = $"""
            variant: flatcar
            version: 1.0.0
            storage:
              directories:
                - path: {path}
                  mode: 0755

            """.ReplaceLineEndings("\n");
        return (butane, Ignition(json => json.WriteObjects("directories", [path], directory =>
        {
            const int SearchableByAll = 493;
            json.WriteString("path", directory);
            json.WriteNumber("mode", SearchableByAll);
        })));
    }

    private static byte[] Ignition(Action<Utf8JsonWriter> writeStorage) => JsonText.Create(json =>
    {
        json.WriteStartObject("ignition");
        json.WriteString("version", IgnitionVersion);
        json.WriteEndObject();
        json.WriteStartObject("storage");
        writeStorage(json);
        json.WriteEndObject();
    });
}
