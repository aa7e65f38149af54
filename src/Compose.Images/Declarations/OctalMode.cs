using Compose.Diagnostics;

namespace Compose.Images.Declarations;

/// <summary>Reads the mode of a file or directory as authors write it.</summary>
public static class OctalMode
{
    /// <summary>A mode such as <c>0755</c>; null for null.</summary>
    /// <param name="text">What the author wrote.</param>
    /// <param name="item">The include of the item.</param>
    /// <param name="traits">What tells the item from others.</param>
    /// <exception cref="DiagnosticException">It is not three or four octal digits.</exception>
    public static ushort? Parse(string? text, string item, ItemTraits traits) =>
        text is null ? null
        : text.Length is 3 or 4 && text.All(c => c is >= '0' and <= '7') ? Convert.ToUInt16(text, 8)
        : throw new DiagnosticException(ImageDiagnostics.BadValue.Create(
            $"The {traits.Type} '{item}' cannot be made: '{text}' is not a mode: three or four octal digits, such as 0755.", item, traits));
}
