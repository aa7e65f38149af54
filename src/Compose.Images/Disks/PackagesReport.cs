using System.Text;

namespace Compose.Images.Disks;

/// <summary>Lists the packages in an image, one a line: owner, name, version and architecture.</summary>
public static class PackagesReport
{
    /// <summary>The report's text, sorted by owner and name.</summary>
    public static string Create(IEnumerable<ImagePackage> packages)
    {
        var report = new StringBuilder();
        foreach (var package in packages
            .OrderBy(package => package.Owner, StringComparer.Ordinal)
            .ThenBy(package => package.Name, StringComparer.Ordinal)
            .ThenBy(package => package.Architecture, StringComparer.Ordinal))
        {
            report.Append(package.Owner).Append(' ').Append(package.Name).Append(' ').Append(package.Version).Append(' ')
                .Append(package.Architecture).Append('\n');
        }

        return report.ToString();
    }
}
