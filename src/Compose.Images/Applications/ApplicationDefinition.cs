using Compose.FileTrees;

namespace Compose.Images.Applications;

/// <summary>A published application that is put into an image.</summary>
public sealed record ApplicationDefinition
{
    /// <summary>The name of its folder in /usr/lib, of its link in /usr/bin and of its unit.</summary>
    public required string Name { get; init; }

    /// <summary>Its version, for messages; null for none.</summary>
    public string? Version { get; init; }

    /// <summary>The program's file name in its folder.</summary>
    public required string Program { get; init; }

    /// <summary>The published files, by their paths in the folder. Modes do not count: programs are found by their contents.</summary>
    public required IReadOnlyList<PublishedFile> Files { get; init; }

    /// <summary>The unit that is generated; null for none.</summary>
    public ServiceDefinition? Service { get; init; }
}

/// <summary>A file of a published application.</summary>
/// <param name="Path">Its path in the application's folder.</param>
/// <param name="Content">Its bytes.</param>
public sealed record PublishedFile(string Path, FileContent Content);

/// <summary>What a generated service unit says.</summary>
/// <param name="Description">What the service is, for people.</param>
/// <param name="NotifiesWhenReady">Whether the application tells systemd when it is ready (sd_notify(3)).</param>
public sealed record ServiceDefinition(string Description, bool NotifiesWhenReady);
