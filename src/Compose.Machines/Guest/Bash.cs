namespace Compose.Machines.Guest;

/// <summary>Text for bash.</summary>
internal static class Bash
{
    /// <summary>A word that bash takes literally.</summary>
    public static string Quote(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
