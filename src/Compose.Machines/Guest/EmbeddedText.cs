namespace Compose.Machines.Guest;

/// <summary>Scripts and units for guests, which are files beside this one.</summary>
internal static class EmbeddedText
{
    public static string Read(string name)
    {
        using var stream = typeof(EmbeddedText).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"'{name}' is not embedded.");
        using var reader = new StreamReader(stream);
        // A checkout on Windows may have changed the line ends; bash would take them for part of the words.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
