namespace Compose.FileTrees.Storage;

/// <summary>What can be wrong with a content store or a tree file.</summary>
public static class StorageDiagnostics
{
    /// <summary>A content is no longer in the store.</summary>
    public static readonly DiagnosticDescriptor MissingBlob =
        new("COMPOSE4901", DiagnosticSeverity.Error, "A content is missing from the content store");

    /// <summary>A tree file is damaged or of another version.</summary>
    public static readonly DiagnosticDescriptor BadTreeFile =
        new("COMPOSE4902", DiagnosticSeverity.Error, "A tree file cannot be read");

    /// <summary>A name on the build host cannot be represented.</summary>
    public static readonly DiagnosticDescriptor BadHostName =
        new("COMPOSE4903", DiagnosticSeverity.Error, "A file name cannot be represented");

    /// <summary>An entry cannot be written to a folder of the build host.</summary>
    public static readonly DiagnosticDescriptor NotInDirectory =
        new("COMPOSE4904", DiagnosticSeverity.Error, "An entry cannot be represented in a directory");

    /// <summary>A content of the store has other bytes than its digest says.</summary>
    public static readonly DiagnosticDescriptor DamagedBlob =
        new("COMPOSE4905", DiagnosticSeverity.Error, "A content of the content store is damaged");

    /// <summary>A folder of the build host, or something in it, cannot be read.</summary>
    public static readonly DiagnosticDescriptor UnreadableHostFolder =
        new("COMPOSE4910", DiagnosticSeverity.Error, "A folder cannot be read");

    /// <summary>A folder shall be written where something else stands.</summary>
    public static readonly DiagnosticDescriptor FolderInTheWay =
        new("COMPOSE4911", DiagnosticSeverity.Error, "A folder cannot be put in place");
}
