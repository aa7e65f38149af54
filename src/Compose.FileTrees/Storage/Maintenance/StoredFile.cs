namespace Compose.FileTrees.Storage.Maintenance;

/// <summary>What a file of a content store is.</summary>
public enum StoredKind
{
    /// <summary>A content as it came from elsewhere: a package, an archive, a layer.</summary>
    Download,

    /// <summary>A content that was unpacked from a download, or is a project's own.</summary>
    Unpacked,

    /// <summary>Compressed blocks of earlier images.</summary>
    Blocks,

    /// <summary>What was found out about contents, such as which files a package holds.</summary>
    Record,
}

/// <summary>A file of a content store.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its name below the store's folder, with slashes.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="LastUse">When it was last used, in UTC, give or take an hour.</param>
public sealed record StoredFile(string Path, StoredKind Kind, string Name, long Size, DateTime LastUse)
{
    /// <summary>The digest that a content's or a record's name says; null when it says none.</summary>
    internal Sha256Digest? Digest
    {
        get
        {
            var parts = Name.Split('/');
            return parts.Length >= 3 && parts[^2].Length == 2 && Sha256Digest.TryParse(parts[^2] + parts[^1], out var digest) ? digest : null;
        }
    }
}
