namespace Compose.Formats.Tar;

/// <summary>What an archive may hold besides files, directories and links that stay inside.</summary>
public sealed record ArchiveRules
{
    /// <summary>All that a file system has.</summary>
    public static ArchiveRules Everything { get; } = new() { AllowDevices = true, AllowLinksAboveRoot = true };

    /// <summary>What programs are shipped as.</summary>
    public static ArchiveRules FilesAndLinks { get; } = new();

    /// <summary>Whether there may be devices and named pipes.</summary>
    public bool AllowDevices { get; init; }

    /// <summary>
    /// Whether a symbolic link may lead above the archive's root by <c>..</c>. One that begins with a slash names a place in
    /// the image, and is always allowed.
    /// </summary>
    public bool AllowLinksAboveRoot { get; init; }
}
