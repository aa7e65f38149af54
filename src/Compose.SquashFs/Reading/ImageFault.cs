namespace Compose.SquashFs.Reading;

/// <summary>
/// Something is wrong with the image, at a place that the reason names. Who knows the image's name and the entry's path makes
/// a diagnostic of it; this exception never leaves the reader.
/// </summary>
internal sealed class ImageFault(DiagnosticDescriptor descriptor, string reason, Exception? inner = null)
    : Exception(reason, inner)
{
    public DiagnosticDescriptor Descriptor { get; } = descriptor;

    private string Remedy =>
        Descriptor == SquashFsDiagnostics.NotSquashFs ? "Check that this is the right file and, for a part of one, the right place."
        : Descriptor == SquashFsDiagnostics.UnsupportedCodec ? "Extract it with unsquashfs and pack it anew."
        : Descriptor == SquashFsDiagnostics.ReadLimitExceeded ? "Raise the limit if you trust the image."
        : "Get the image again from its source, or build it again.";

    /// <summary>The finding.</summary>
    /// <param name="image">The image's name.</param>
    /// <param name="path">The entry it concerns; null for the image as a whole.</param>
    public Diagnostic ToDiagnostic(string image, TreePath? path = null)
    {
        var place = path is not { } entry ? "" : entry.IsRoot ? " At the root directory:" : $" At '{entry}':";
        return Descriptor.Create($"The image '{image}' cannot be read.{place} {char.ToUpperInvariant(Message[0])}{Message[1..]}. {Remedy}", image);
    }

    public DiagnosticException ToException(string image, TreePath? path = null) => new(ToDiagnostic(image, path), this);
}
