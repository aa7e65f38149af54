using System.Text.Json;

namespace Compose.Tests;

/// <summary>
/// Judges SPDX documents with what others wrote: SPDX's own tools, and for licences a parser of SPDX's expressions with
/// SPDX's list of identifiers.
/// </summary>
internal static class SpdxJudge
{
    private const string Modules = "/usr/share/nodejs";

    /// <summary>Parses each licence of a document and looks its identifiers up; prints what is wrong, a line each, and the count.</summary>
    private const string LicenseScript = """
        const parse = require('spdx-expression-parse');
        const known = new Set(require('spdx-license-ids'));
        const document = JSON.parse(require('fs').readFileSync(process.argv[1]));
        const described = new Set((document.hasExtractedLicensingInfos || []).map(info => info.licenseId));
        const used = new Set();
        const idsOf = node => node.license ? [node.license] : [...idsOf(node.left), ...idsOf(node.right)];
        let count = 0;
        for (const element of document.packages) {
          for (const expression of [element.licenseDeclared, element.licenseConcluded].filter(text => text !== 'NOASSERTION')) {
            try {
              count++;
              for (const id of idsOf(parse(expression))) {
                used.add(id);
                if (!(id.startsWith('LicenseRef-') ? described : known).has(id)) console.log(`${element.name}: ${id} is unknown`);
              }
            } catch (error) {
              console.log(`${element.name}: '${expression}': ${error.message}`);
            }
          }
        }
        for (const id of described) if (!used.has(id)) console.log(`${id} is described and not used`);
        console.log(`${count} expressions`);
        """;

    /// <summary>What SPDX's own tool says against a document; nothing when it is valid.</summary>
    /// <param name="path">The document. The tool goes by the file's name, and does not know ours.</param>
    public static string Problems(string path)
    {
        using var folder = new TemporaryDirectory();
        File.Copy(path, folder["document.spdx.json"]);
        var result = ExternalTool.TryRun("pyspdxtools", "-i", folder["document.spdx.json"]);
        return result.ExitCode == 0 ? "" : $"{result.Output}\n{result.Error}";
    }

    /// <summary>What is wrong with a document's licences, and how many of its expressions were looked at.</summary>
    public static (IReadOnlyList<string> Problems, int Count) Licenses(string path)
    {
        ExternalTool.RequireFile($"{Modules}/spdx-expression-parse/package.json", "node-spdx-expression-parse");
        var lines = ExternalTool.Run("env", $"NODE_PATH={Modules}", "node", "-e", LicenseScript, path).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (lines[..^1], int.Parse(lines[^1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Fails unless a document is valid, its licences are, and each of its relationships is between elements that it has.</summary>
    public static JsonElement Check(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = document.RootElement.Clone();
        Assert.Equal("", Problems(path));
        Assert.Empty(Licenses(path).Problems);

        var ids = root.GetProperty("packages").EnumerateArray().Select(package => package.GetProperty("SPDXID").GetString()!).Append("SPDXRef-DOCUMENT").ToArray();
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^SPDXRef-[A-Za-z0-9.-]+$", id));
        var known = ids.ToHashSet();
        var relationships = Relationships(root);
        Assert.Equal(relationships.Count, relationships.Distinct().Count());
        Assert.All(relationships, relationship => Assert.True(known.Contains(relationship.From) && known.Contains(relationship.To), $"{relationship}"));

        // Everything is somewhere in what the document describes.
        Assert.Equal(
            ids.Where(id => id != "SPDXRef-DOCUMENT").Order(StringComparer.Ordinal),
            relationships.Select(relationship => relationship.To).Distinct().Order(StringComparer.Ordinal));
        return root;
    }

    /// <summary>The relationships of a document.</summary>
    public static IReadOnlyList<(string From, string Type, string To)> Relationships(JsonElement document) =>
    [
        .. document.GetProperty("relationships").EnumerateArray().Select(relationship => (
            relationship.GetProperty("spdxElementId").GetString()!,
            relationship.GetProperty("relationshipType").GetString()!,
            relationship.GetProperty("relatedSpdxElement").GetString()!)),
    ];
}
