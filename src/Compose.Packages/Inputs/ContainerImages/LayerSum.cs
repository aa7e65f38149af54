using Compose.FileTrees;
using Compose.Formats.Oci;
using Compose.Formats.Tar;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>Counts what the layers of an image hold: each for itself is within the limits, and all are in memory at once.</summary>
/// <param name="image">The image's name for messages.</param>
/// <param name="limits">How much all of them may hold.</param>
internal sealed class LayerSum(string image, ArchiveLimits limits)
{
    /// <summary>What an extended attribute takes in memory besides its bytes.</summary>
    private const int AttributeOverhead = 64;

    private long _entries;
    private long _nameBytes;

    /// <summary>Adds a layer. Safe to call from several threads.</summary>
    /// <exception cref="DiagnosticException">It is too much.</exception>
    public void Add(ImageLayer layer)
    {
        if (Interlocked.Add(ref _entries, layer.Files.Count + layer.Whiteouts.Count + layer.Links.Count) > limits.Entries)
        {
            throw Bad($"{limits.Entries} entries");
        }

        if (Interlocked.Add(ref _nameBytes, NameBytes(layer)) > limits.NameBytes)
        {
            throw Bad($"{limits.NameBytes} bytes of names and attributes");
        }
    }

    private static long NameBytes(ImageLayer layer)
    {
        var bytes = 0L;
        foreach (var (path, entry) in layer.Files.Items)
        {
            bytes += path.Bytes.Length + (entry is SymlinkEntry link ? link.Target.Length : 0);
            var attributes = entry.Metadata.ExtendedAttributes;
            for (var i = 0; i < attributes.Count; i++)
            {
                bytes += AttributeOverhead + attributes[i].Name.Length + attributes[i].Value.Length;
            }
        }

        foreach (var path in layer.Whiteouts)
        {
            bytes += path.Bytes.Length;
        }

        foreach (var (path, target) in layer.Links)
        {
            bytes += path.Bytes.Length + target.Bytes.Length;
        }

        return bytes;
    }

    private DiagnosticException Bad(string limit) =>
        new(ArchiveDiagnostics.TooLarge.Create($"{image} is refused: its layers together hold more than the {limit} that are allowed."));
}
