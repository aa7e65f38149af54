using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Compose.Images.Licenses;

namespace Compose.Images.Descriptions;

/// <summary>The bill of materials of an image: an SPDX 2.3 document in JSON.</summary>
/// <remarks>
/// Where packages were downloaded from is not told: a mirror is a machine's own business. What identifies them is their
/// package URL and their SHA-256. The document's time and name space depend on the image alone.
/// </remarks>
public static class SpdxDocument
{
    private const string ImageId = "SPDXRef-Image";
    private const string NoAssertion = "NOASSERTION";

    /// <summary>The document.</summary>
    public static byte[] Create(ImageDescription image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var packages = image.SortedPackages.ToArray();
        var packageIds = UniqueIds(packages.Select(package => $"SPDXRef-Package-deb-{Plain(package.Package.Name)}-{Plain(package.Package.Architecture)}"));
        var inputIds = UniqueIds(image.Inputs.Select(input => $"SPDXRef-Package-{Plain(input.Kind)}-{Plain(input.Name)}"));
        return JsonText.Create(json =>
        {
            json.WriteString("spdxVersion", "SPDX-2.3");
            json.WriteString("dataLicense", "CC0-1.0");
            json.WriteString("SPDXID", "SPDXRef-DOCUMENT");
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
            for (var i = 0; i < packages.Length; i++)
            {
                WritePackage(json, packageIds[i], packages[i]);
            }

            for (var i = 0; i < inputIds.Count; i++)
            {
                WriteInput(json, inputIds[i], image.Inputs[i]);
            }

            json.WriteEndArray();
            WriteReferencedLicenses(json, packages);
            (string From, string Type, string To)[] relationships =
            [
                ("SPDXRef-DOCUMENT", "DESCRIBES", ImageId),
                .. packageIds.Concat(inputIds).Select(id => (ImageId, "CONTAINS", id)),
            ];
            json.WriteObjects("relationships", relationships, relationship =>
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
        json.WriteString("name", image.Name);
        json.WriteString("SPDXID", ImageId);
        json.WriteString("versionInfo", image.Version);
        WriteCommon(json, image.File?.Sha256.ToString(), NoAssertion);
        json.WriteOptional("packageFileName", image.File?.Name);
        json.WriteString("primaryPackagePurpose", image.Kind == "image" ? "OPERATING-SYSTEM" : "CONTAINER");
        json.WriteEndObject();
    }

    private static void WritePackage(Utf8JsonWriter json, string id, DescribedPackage described)
    {
        var package = described.Package;
        json.WriteStartObject();
        json.WriteString("name", package.Name);
        json.WriteString("SPDXID", id);
        json.WriteString("versionInfo", package.Version);
        WriteCommon(json, package.Sha256, LicenseExpression(described.License));
        json.WriteObjects("externalRefs", [package], _ =>
        {
            json.WriteString("referenceCategory", "PACKAGE-MANAGER");
            json.WriteString("referenceType", "purl");
            json.WriteString(
                "referenceLocator",
                $"pkg:deb/debian/{Uri.EscapeDataString(package.Name)}@{Uri.EscapeDataString(package.Version)}?arch={package.Architecture}&distro={Uri.EscapeDataString(described.Suite)}");
        });
        json.WriteEndObject();
    }

    private static void WriteInput(Utf8JsonWriter json, string id, DescribedInput input)
    {
        json.WriteStartObject();
        json.WriteString("name", input.Name);
        json.WriteString("SPDXID", id);
        json.WriteOptional("versionInfo", input.Version);
        WriteCommon(json, input.Sha256, NoAssertion);
        json.WriteOptional("sourceInfo", input.Source is null ? null : $"{input.Kind}: {input.Source}");
        json.WriteEndObject();
    }

    private static void WriteCommon(Utf8JsonWriter json, string? sha256, string license)
    {
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

    /// <summary>Each file of a package has one of its licences; all of them hold for the package.</summary>
    private static string LicenseExpression(PackageLicense license)
    {
        var ids = license.Names.Select(name => SpdxLicense.Of(name).Id).Distinct().Order(StringComparer.Ordinal).ToArray();
        return ids.Length == 0 ? NoAssertion : string.Join(" AND ", ids);
    }

    private static void WriteReferencedLicenses(Utf8JsonWriter json, DescribedPackage[] packages)
    {
        var licenses = packages.SelectMany(package => package.License.Names).Select(SpdxLicense.Of).Where(license => license.IsReference)
            .DistinctBy(license => license.Id).OrderBy(license => license.Id, StringComparer.Ordinal).ToArray();
        if (licenses.Length > 0)
        {
            json.WriteObjects("hasExtractedLicensingInfos", licenses, license =>
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

    private static List<string> UniqueIds(IEnumerable<string> ids)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var result = new List<string>();
        foreach (var id in ids)
        {
            var count = counts[id] = counts.GetValueOrDefault(id) + 1;
            result.Add(count == 1 ? id : $"{id}-{count}");
        }

        return result;
    }

    /// <summary>Identifiers have letters, digits, '.' and '-' only.</summary>
    private static string Plain(string text) => string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-'));
}
