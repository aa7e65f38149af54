using Compose.Images.Licenses;

namespace Compose.Images.Descriptions;

/// <summary>
/// The elements of an image's SPDX document, each with its identifier, and what contains what: the image its parts and what
/// is of none of them, a part what it was made of. A package that is in several of them is one element.
/// </summary>
internal sealed class SpdxElements
{
    /// <summary>The document itself (SPDX 2.3, 6.3).</summary>
    public const string DocumentId = "SPDXRef-DOCUMENT";

    /// <summary>The image that the document describes.</summary>
    public const string ImageId = "SPDXRef-Image";

    private readonly HashSet<string> _ids = new(StringComparer.Ordinal) { DocumentId, ImageId };

    /// <summary>Gives everything in an image its identifier.</summary>
    public SpdxElements(ImageDescription image)
    {
        var packages = image.SortedPackages.ToArray();
        var inputs = image.SortedInputs.ToArray();
        Parts = [.. image.SortedParts.Select(part => (NewId(part.Kind == "initrd" ? "Initrd" : "Extension", part.Name), part))];
        Packages =
        [
            .. packages.DistinctBy(package => package.Package.Sha256, StringComparer.Ordinal)
                .Select(package => (NewId("Package-deb", package.Package.Name, package.Package.Architecture), package)),
        ];
        Inputs = [.. inputs.DistinctBy(KeyOf).Select(input => (NewId("Package", input.Kind, input.Name), input))];
        ReferencedLicenses =
        [
            .. packages.SelectMany(package => package.License.Names).Select(SpdxLicense.Of).Where(license => license.IsReference)
                .DistinctBy(license => license.Id).OrderBy(license => license.Id, StringComparer.Ordinal),
        ];

        var owners = Parts.DistinctBy(part => part.Part.Name).ToDictionary(part => part.Part.Name, part => part.Id, StringComparer.Ordinal);
        var packageIds = Packages.ToDictionary(package => package.Package.Package.Sha256, package => package.Id, StringComparer.Ordinal);
        var inputIds = Inputs.ToDictionary(input => KeyOf(input.Input), input => input.Id);
        Relationships =
        [
            (DocumentId, "DESCRIBES", ImageId),
            .. Parts.Select(part => (ImageId, "CONTAINS", part.Id)),
            .. packages.Select(package => (owners.GetValueOrDefault(package.Owner, ImageId), "CONTAINS", packageIds[package.Package.Sha256])),
            .. inputs.Select(input => (owners.GetValueOrDefault(input.Owner, ImageId), "CONTAINS", inputIds[KeyOf(input)])),
        ];
    }

    /// <summary>What a disk image holds that was built by itself.</summary>
    public IReadOnlyList<(string Id, DescribedPart Part)> Parts { get; }

    /// <summary>The Debian packages.</summary>
    public IReadOnlyList<(string Id, DescribedPackage Package)> Packages { get; }

    /// <summary>The other inputs.</summary>
    public IReadOnlyList<(string Id, DescribedInput Input)> Inputs { get; }

    /// <summary>The licences that are not on SPDX's list.</summary>
    public IReadOnlyList<SpdxLicense> ReferencedLicenses { get; }

    /// <summary>The relationships between elements.</summary>
    public IReadOnlyList<(string From, string Type, string To)> Relationships { get; }

    /// <summary>Each file of a package has one of its licences; all of them hold for the package.</summary>
    public static string LicenseExpression(PackageLicense license)
    {
        var ids = license.Names.Select(name => SpdxLicense.Of(name).Id).Distinct().Order(StringComparer.Ordinal).ToArray();
        return ids.Length == 0 ? "NOASSERTION" : string.Join(" AND ", ids);
    }

    private static (string, string, string?, string?) KeyOf(DescribedInput input) => (input.Kind, input.Name, input.Version, input.Sha256);

    /// <summary>An identifier that was not given before. It has letters, digits, '.' and '-' only.</summary>
    private string NewId(params ReadOnlySpan<string> words)
    {
        var text = string.Concat(string.Join('-', words).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-'));
        var id = $"SPDXRef-{text}";
        for (var count = 2; !_ids.Add(id); count++)
        {
            id = $"SPDXRef-{text}-{count}";
        }

        return id;
    }
}
