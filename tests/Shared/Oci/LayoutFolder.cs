using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Compose.Tests.Oci;

/// <summary>An OCI image layout in a folder, written by hand.</summary>
internal sealed class LayoutFolder : IDisposable
{
    private readonly List<string> _manifests = [];

    public LayoutFolder()
    {
        Directory.CreateDirectory(this["blobs/sha256"]);
        File.WriteAllText(this["oci-layout"], """{"imageLayoutVersion":"1.0.0"}""");
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("compose-layout-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public static string Digest(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    public static string Descriptor(string mediaType, byte[] bytes, string more = "") =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"mediaType":"{{mediaType}}","digest":"{{Digest(bytes)}}","size":{{bytes.Length}}{{more}}}""");

    public static string Tag(string tag) => $$""","annotations":{"org.opencontainers.image.ref.name":"{{tag}}"}""";

    public static string Manifest(string config, string layers) =>
        $$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{{config}},"layers":[{{layers}}]}""";

    public static string Config(string architecture, params byte[][] layers)
    {
        var digests = string.Join(',', layers.Select(layer => $"\"{Digest(layer)}\""));
        return $$$"""{"os":"linux","architecture":"{{{architecture}}}","config":{},"rootfs":{"type":"layers","diff_ids":[{{{digests}}}]}}""";
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return output.ToArray();
    }

    public byte[] Blob(byte[] bytes)
    {
        File.WriteAllBytes(this[$"blobs/sha256/{Digest(bytes)["sha256:".Length..]}"], bytes);
        return bytes;
    }

    public byte[] Blob(string text) => Blob(Encoding.UTF8.GetBytes(text));

    /// <summary>Adds an image of layers, the lowest first, each compressed with gzip.</summary>
    /// <returns>The manifest.</returns>
    public byte[] Image(string tag, params byte[][] layers) => ImageOf(tag, [.. layers.Select(Packed)]);

    /// <summary>Adds an image of layers, the lowest first, compressed as the caller likes.</summary>
    /// <returns>The manifest.</returns>
    public byte[] ImageOf(string tag, params (string MediaType, byte[] Packed, byte[] Plain)[] layers)
    {
        var manifest = ManifestOf("amd64", layers);
        Add(Descriptor("application/vnd.oci.image.manifest.v1+json", manifest, Tag(tag)));
        return manifest;
    }

    /// <summary>Adds an index of one image for each architecture.</summary>
    /// <returns>The index.</returns>
    public byte[] Index(string tag, params (string Architecture, byte[] Layer)[] images)
    {
        var manifests = images.Select(image => Descriptor(
            "application/vnd.oci.image.manifest.v1+json",
            ManifestOf(image.Architecture, Packed(image.Layer)),
            $$$""","platform":{"os":"linux","architecture":"{{{image.Architecture}}}"}"""));
        var index = Blob($$"""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{string.Join(',', manifests)}}]}""");
        Add(Descriptor("application/vnd.oci.image.index.v1+json", index, Tag(tag)));
        return index;
    }

    /// <summary>Adds a descriptor to the layout's index.</summary>
    public void Add(string descriptor)
    {
        _manifests.Add(descriptor);
        File.WriteAllText(this["index.json"], $$"""{"schemaVersion":2,"manifests":[{{string.Join(',', _manifests)}}]}""");
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static (string MediaType, byte[] Packed, byte[] Plain) Packed(byte[] layer) =>
        ("application/vnd.oci.image.layer.v1.tar+gzip", Gzip(layer), layer);

    private byte[] ManifestOf(string architecture, params (string MediaType, byte[] Packed, byte[] Plain)[] layers)
    {
        var config = Blob(Config(architecture, [.. layers.Select(layer => layer.Plain)]));
        var packed = layers.Select(layer => Descriptor(layer.MediaType, Blob(layer.Packed)));
        return Blob(Manifest(Descriptor("application/vnd.oci.image.config.v1+json", config), string.Join(',', packed)));
    }
}
