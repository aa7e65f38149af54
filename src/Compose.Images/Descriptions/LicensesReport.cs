using Compose.Images.Licenses;

namespace Compose.Images.Descriptions;

/// <summary>The licences of an image's packages, for people who have to look at them.</summary>
public static class LicensesReport
{
    /// <summary>The report as JSON: each package with Debian's names, SPDX's identifiers, and where the text is.</summary>
    public static byte[] Create(ImageDescription image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return JsonText.Create(json => json.WriteObjects("packages", image.SortedPackages, described =>
        {
            json.WriteString("owner", described.Owner);
            json.WriteString("name", described.Package.Name);
            json.WriteString("version", described.Package.Version);
            json.WriteObjects("licenses", described.License.Names, name =>
            {
                json.WriteString("name", name);
                json.WriteString("spdx", SpdxLicense.Of(name).Id);
            });
            json.WriteOptional("copyrightFile", described.License.CopyrightFile);
        }));
    }
}
