using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Compose.Images.Descriptions;

/// <summary>The bill of materials of an image: an SPDX 2.3 document in JSON.</summary>
/// <remarks>
/// Where packages were downloaded from is not told: a mirror is a machine's own business. What identifies them is their
/// package URL and their SHA-256. The document's time and name space depend on the image alone.
/// </remarks>
public static class SpdxDocument
{
    private const string NoAssertion = "NOASSERTION";

    /// <summary>The document.</summary>
    public static byte[] Create(ImageDescription image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var elements = new SpdxElements(image);
        return JsonText.Create(json =>
        {
            json.WriteString("spdxVersion", "SPDX-2.3");
            json.WriteString("dataLicense", "CC0-1.0");
            json.WriteString("SPDXID", SpdxElements.DocumentId);
            json.WriteString("name", $"{image.Name}-{image.Version}-{image.Architecture}");
            json.WriteString("documentNamespace", NamespaceOf(image));
            json.WriteStartObject("creationInfo");
            json.WriteString("created", DateTimeOffset.FromUnixTimeSeconds(image.SourceDateEpoch).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            json.WriteStartArray("creators");
            json.WriteStringValue("Tool: Compose");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartArray("packages");
            WriteImage(json, image);
            foreach (var (id, part) in elements.Parts)
            {
                WritePart(json, id, part);
            }

            foreach (var (id, package) in elements.Packages)
            {
                WritePackage(json, id, package);
            }

            foreach (var (id, input) in elements.Inputs)
            {
                WriteInput(json, id, input);
            }

            json.WriteEndArray();
            WriteReferencedLicenses(json, elements);
            json.WriteObjects("relationships", elements.Relationships, relationship =>
            {
                json.WriteString("spdxElementId", relationship.From);
                json.WriteString("relationshipType", relationship.Type);
                json.WriteString("relatedSpdxElement", relationship.To);
            });
        });
    }

    private static void WriteImage(Utf8JsonWriter json, ImageDescription image)
    {
        json.WriteStartObject();
        WriteCommon(json, image.Name, SpdxElements.ImageId, image.Version, image.File?.Sha256.ToString(), NoAssertion);
        json.WriteOptional("packageFileName", image.PublishedName ?? image.File?.Name);
        json.WriteString("primaryPackagePurpose", image.Kind == "image" ? "OPERATING_SYSTEM" : "CONTAINER");
        json.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter json, string id, DescribedPart part)
    {
        json.WriteStartObject();
        WriteCommon(json, part.Name, id, part.Version, part.File?.Sha256.ToString(), NoAssertion);
        json.WriteOptional("packageFileName", part.Path);
        json.WriteString("primaryPackagePurpose", part.Kind == "initrd" ? "ARCHIVE" : "CONTAINER");
        json.WriteEndObject();
    }

    private static void WritePackage(Utf8JsonWriter json, string id, DescribedPackage described)
    {
        var package = described.Package;
        json.WriteStartObject();
        WriteCommon(json, package.Name, id, package.Version, package.Sha256, SpdxElements.LicenseExpression(described.License));

        // Several repositories of one suite are told apart by their components, behind a space.
        var suite = described.Suite.Split(' ')[0];
        WritePackageUrl(
            json,
            $"deb/debian/{Uri.EscapeDataString(package.Name)}@{Uri.EscapeDataString(package.Version)}?arch={package.Architecture}&distro={Uri.EscapeDataString(suite)}");
        json.WriteEndObject();
    }

    private static void WriteInput(Utf8JsonWriter json, string id, DescribedInput input)
    {
        json.WriteStartObject();
        WriteCommon(json, input.Name, id, input.Version, input.Sha256, NoAssertion);
        json.WriteOptional("sourceInfo", input.Source is null ? null : $"{input.Kind}: {input.Source}");
        if (input is { Kind: "nuget", Version: { } version })
        {
            WritePackageUrl(json, $"nuget/{Uri.EscapeDataString(input.Name)}@{Uri.EscapeDataString(version)}");
        }

        json.WriteEndObject();
    }

    private static void WriteCommon(Utf8JsonWriter json, string name, string id, string? version, string? sha256, string license)
    {
        json.WriteString("name", name);
        json.WriteString("SPDXID", id);
        json.WriteOptional("versionInfo", version);
        json.WriteString("supplier", NoAssertion);
        json.WriteString("downloadLocation", NoAssertion);
        json.WriteBoolean("filesAnalyzed", false);
        json.WriteString("licenseConcluded", NoAssertion);
        json.WriteString("licenseDeclared", license);
        json.WriteString("copyrightText", NoAssertion);
        if (sha256 is not null)
        {
            json.WriteObjects("checksums", [sha256], digest =>
            {
                json.WriteString("algorithm", "SHA256");
                json.WriteString("checksumValue", digest);
            });
        }
    }

    private static void WritePackageUrl(Utf8JsonWriter json, string locator) => json.WriteObjects("externalRefs", [locator], text =>
    {
        json.WriteString("referenceCategory", "PACKAGE-MANAGER");
        json.WriteString("referenceType", "purl");
        json.WriteString("referenceLocator", $"pkg:{text}");
    });

    private static void WriteReferencedLicenses(Utf8JsonWriter json, SpdxElements elements)
    {
        if (elements.ReferencedLicenses.Count > 0)
        {
            json.WriteObjects("hasExtractedLicensingInfos", elements.ReferencedLicenses, license =>
            {
                json.WriteString("licenseId", license.Id);
                json.WriteString("name", license.DebianName);
                json.WriteString("extractedText", $"The licence that Debian's copyright files call '{license.DebianName}'. Its text is in the package's /usr/share/doc/PACKAGE/copyright.");
            });
        }
    }

    /// <summary>A name that no other image's document has: it is derived from the image's digest.</summary>
    private static string NamespaceOf(ImageDescription image)
    {
        var text = $"{image.Kind}\n{image.Name}\n{image.Version}\n{image.Architecture}\n{image.File?.Sha256}\n";
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16), bigEndian: true);
        return $"urn:uuid:{id}";
    }
}
