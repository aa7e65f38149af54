using System.Text.Json;
using Compose.FileTrees;

namespace Compose.Images.Descriptions;

/// <summary>
/// Snippets for the first boot of a machine, in Butane's language and as the Ignition configuration (3.3.0) that it stands
/// for: one that installs an extension, and one that switches a built-in one off.
/// </summary>
public static class Provisioning
{
    private const string IgnitionVersion = "3.3.0";

    /// <summary>Installs the image: downloads it, checks its digest, and links it where systemd-sysext looks.</summary>
    /// <param name="name">The extension's name.</param>
    /// <param name="fileName">The image's file name on the server, with its version.</param>
    /// <param name="address">The address of its folder there.</param>
    /// <param name="digest">The digest of the image.</param>
    public static (string Butane, byte[] Ignition) Install(string name, string fileName, Uri address, Sha256Digest digest)
    {
        var path = $"/opt/extensions/{name}/{fileName}";
        var source = new Uri(address, fileName);
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
                - path: /etc/extensions/{name}.raw
                  target: {path}
                  hard: false

            """.ReplaceLineEndings("\n");
        return (butane, Ignition(json =>
        {
            json.WriteObjects("files", [path], file =>
            {
                const int ReadableByAll = 420;
                json.WriteString("path", file);
                json.WriteStartObject("contents");
                json.WriteString("source", source.ToString());
                json.WriteStartObject("verification");
                json.WriteString("hash", $"sha256-{digest}");
                json.WriteEndObject();
                json.WriteEndObject();
                json.WriteNumber("mode", ReadableByAll);
            });
            json.WriteObjects("links", [name], link =>
            {
                json.WriteString("path", $"/etc/extensions/{link}.raw");
                json.WriteBoolean("hard", false);
                json.WriteString("target", path);
            });
        }));
    }

    /// <summary>Switches an extension off that the image brings: the link that would merge it is overridden.</summary>
    /// <param name="name">The extension's name.</param>
    public static (string Butane, byte[] Ignition) Disable(string name)
    {
        var butane = $"""
            variant: flatcar
            version: 1.0.0
            storage:
              links:
                - path: /etc/extensions/{name}.raw
                  target: /dev/null
                  hard: false
                  overwrite: true

            """.ReplaceLineEndings("\n");
        return (butane, Ignition(json => json.WriteObjects("links", [name], link =>
        {
            json.WriteString("path", $"/etc/extensions/{link}.raw");
            json.WriteBoolean("overwrite", true);
            json.WriteBoolean("hard", false);
            json.WriteString("target", "/dev/null");
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
