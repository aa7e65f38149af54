using System.Xml;
using System.Xml.Linq;
using Compose.Diagnostics;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Diagnostics;

/// <summary>A place in a project file. Line and column count from 1; 0 means the whole file.</summary>
internal readonly record struct SourcePlace(string File, int Line, int Column);

/// <summary>Finds where an item was written: MSBuild keeps the file that defines it, but not the line.</summary>
internal sealed class ItemLocator(string projectFile, IReadOnlyList<ITaskItem> items)
{
    /// <summary>The place of the item with this include; the project file when there is none.</summary>
    public SourcePlace Find(string? include, ItemTraits? traits = null)
    {
        if (include is null || items.Where(item => item.ItemSpec == include).MaxBy(item => Agrees(item, traits)) is not { } item)
        {
            return new SourcePlace(projectFile, 0, 0);
        }

        // A target that copies items becomes the file that defines them; ours keep the author's beside it.
        var file = item.GetMetadata("ComposeDefinedIn") is { Length: > 0 } definedIn ? definedIn : item.GetMetadata("DefiningProjectFullPath");
        if (file.Length == 0 || !File.Exists(file))
        {
            return new SourcePlace(projectFile, 0, 0);
        }

        var attribute = FindAttribute(file, item.ItemSpec, traits);
        return attribute is IXmlLineInfo line && line.HasLineInfo()
            ? new SourcePlace(file, line.LineNumber, line.LinePosition)
            : new SourcePlace(file, 0, 0);
    }

    private static bool Agrees(ITaskItem item, ItemTraits? traits) =>
        traits?.Metadatum is { } name && item.GetMetadata(name) == traits.Value;

    private static XAttribute? FindAttribute(string file, string include, ItemTraits? traits)
    {
        try
        {
            var found = XDocument.Load(file, LoadOptions.SetLineInfo)
                .Descendants()
                .SelectMany(element => element.Attributes())
                .Where(attribute => attribute.Name.LocalName is "Include" or "Update" && Names(attribute.Value, include))
                .ToArray();

            // Of several, the one that has most in common with the item; an expression in the file hides what it stands for.
            return found.MaxBy(attribute => Agreement(attribute.Parent!, traits));
        }
        catch (Exception e) when (e is XmlException or IOException)
        {
            // The place is a courtesy: MSBuild has read the file, but someone may be editing it now.
            return null;
        }
    }

    private static int Agreement(XElement element, ItemTraits? traits)
    {
        if (traits is null || element.Name.LocalName != traits.Type)
        {
            return 0;
        }

        var value = traits.Metadatum is null
            ? null
            : element.Attribute(traits.Metadatum)?.Value ?? element.Elements().FirstOrDefault(child => child.Name.LocalName == traits.Metadatum)?.Value;
        return traits.Metadatum is not null && (value ?? "") == traits.Value ? 2 : 1;
    }

    private static bool Names(string includes, string include) =>
        includes.Split(';', StringSplitOptions.TrimEntries).Contains(include, StringComparer.Ordinal);
}
