using System.Text;

namespace Compose.Images.Licenses;

/// <summary>The identifier of a licence in SPDX documents (SPDX 2.3, annex D).</summary>
/// <param name="Id">An identifier of the SPDX licence list, or one that begins with <c>LicenseRef-</c>.</param>
/// <param name="DebianName">The name that the package gives.</param>
public sealed record SpdxLicense(string Id, string DebianName)
{
    private const string ReferencePrefix = "LicenseRef-debian-";

    /// <summary>
    /// Debian's short names that mean exactly one licence of SPDX's list, and identifiers of that list that packages use. Both
    /// lists are public and stable.
    /// </summary>
    private static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["0BSD"] = "0BSD",
        ["AFL-2.1"] = "AFL-2.1",
        ["Apache-2"] = "Apache-2.0",
        ["Apache-2.0"] = "Apache-2.0",
        ["Artistic-2.0"] = "Artistic-2.0",
        ["Beerware"] = "Beerware",
        ["BSD-2-clause"] = "BSD-2-Clause",
        ["BSD-3-clause"] = "BSD-3-Clause",
        ["BSD-3-Clause-Attribution"] = "BSD-3-Clause-Attribution",
        ["BSD-4-clause"] = "BSD-4-Clause",
        ["BSD-4-Clause-UC"] = "BSD-4-Clause-UC",
        ["BSL-1.0"] = "BSL-1.0",
        ["CC-BY-3.0"] = "CC-BY-3.0",
        ["CC-BY-4.0"] = "CC-BY-4.0",
        ["CC-BY-SA-3.0"] = "CC-BY-SA-3.0",
        ["CC-BY-SA-4.0"] = "CC-BY-SA-4.0",
        ["CC0"] = "CC0-1.0",
        ["CC0-1.0"] = "CC0-1.0",
        ["curl"] = "curl",
        ["Expat"] = "MIT",
        ["FSFAP"] = "FSFAP",
        ["FSFUL"] = "FSFUL",
        ["FSFULLR"] = "FSFULLR",
        ["GFDL-1.2+"] = "GFDL-1.2-or-later",
        ["GFDL-1.3+"] = "GFDL-1.3-or-later",
        ["GPL-1"] = "GPL-1.0-only",
        ["GPL-1+"] = "GPL-1.0-or-later",
        ["GPL-2"] = "GPL-2.0-only",
        ["GPL-2+"] = "GPL-2.0-or-later",
        ["GPL-2.0"] = "GPL-2.0-only",
        ["GPL-2.0+"] = "GPL-2.0-or-later",
        ["GPL-2.0-only"] = "GPL-2.0-only",
        ["GPL-2.0-or-later"] = "GPL-2.0-or-later",
        ["GPL-3"] = "GPL-3.0-only",
        ["GPL-3+"] = "GPL-3.0-or-later",
        ["GPL-3.0"] = "GPL-3.0-only",
        ["GPL-3.0+"] = "GPL-3.0-or-later",
        ["GPL-3.0-only"] = "GPL-3.0-only",
        ["GPL-3.0-or-later"] = "GPL-3.0-or-later",
        ["ISC"] = "ISC",
        ["LGPL-2"] = "LGPL-2.0-only",
        ["LGPL-2+"] = "LGPL-2.0-or-later",
        ["LGPL-2.0+"] = "LGPL-2.0-or-later",
        ["LGPL-2.1"] = "LGPL-2.1-only",
        ["LGPL-2.1+"] = "LGPL-2.1-or-later",
        ["LGPL-2.1-only"] = "LGPL-2.1-only",
        ["LGPL-2.1-or-later"] = "LGPL-2.1-or-later",
        ["LGPL-3"] = "LGPL-3.0-only",
        ["LGPL-3+"] = "LGPL-3.0-or-later",
        ["LGPL-3.0+"] = "LGPL-3.0-or-later",
        ["MIT"] = "MIT",
        ["MIT-0"] = "MIT-0",
        ["MIT-CMU"] = "MIT-CMU",
        ["MPL-1.1"] = "MPL-1.1",
        ["MPL-2.0"] = "MPL-2.0",
        ["MS-PL"] = "MS-PL",
        ["OFL-1.1"] = "OFL-1.1",
        ["OLDAP-2.8"] = "OLDAP-2.8",
        ["Sleepycat"] = "Sleepycat",
        ["Unicode-DFS-2016"] = "Unicode-DFS-2016",
        ["Unlicense"] = "Unlicense",
        ["X11"] = "X11",
        ["Zlib"] = "Zlib",
    };

    /// <summary>Whether the identifier is not on SPDX's list, so that a document has to describe it.</summary>
    public bool IsReference => Id.StartsWith(ReferencePrefix, StringComparison.Ordinal);

    /// <summary>The licence that a package's copyright file names. A name that may mean several becomes a reference.</summary>
    public static SpdxLicense Of(string debianName)
    {
        if (Known.TryGetValue(debianName, out var id))
        {
            return new SpdxLicense(id, debianName);
        }

        // Letters, digits, '.' and '-' are allowed; others are written by their code, so that two names stay two.
        var reference = new StringBuilder(ReferencePrefix);
        foreach (var c in debianName)
        {
            _ = char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? reference.Append(c) : reference.Append($".{(int)c:x}.");
        }

        return new SpdxLicense(reference.ToString(), debianName);
    }
}
