using Compose.Diagnostics;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Parameters;

/// <summary>Reads what authors write into the metadata of an item.</summary>
internal static class ItemValue
{
    /// <summary>Reads something of an item, so that a value that it cannot have is shown at the item.</summary>
    /// <exception cref="DiagnosticException">A metadatum has such a value.</exception>
    public static T Of<T>(ITaskItem item, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DiagnosticException e) when (e.Diagnostic.Item is null)
        {
            throw new DiagnosticException(e.Diagnostic with { Item = item.ItemSpec }, e);
        }
    }
}
