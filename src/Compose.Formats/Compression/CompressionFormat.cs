namespace Compose.Formats.Compression;

/// <summary>How bytes are compressed.</summary>
public enum CompressionFormat
{
    /// <summary>They are not.</summary>
    None,

    /// <summary>gzip, RFC 1952.</summary>
    Gzip,

    /// <summary>xz, the .xz file format 1.2.0.</summary>
    Xz,

    /// <summary>Zstandard, RFC 8878.</summary>
    Zstandard,

    /// <summary>bzip2.</summary>
    Bzip2,
}
