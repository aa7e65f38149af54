using System.Diagnostics.CodeAnalysis;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;

namespace Compose.Formats.Deb;

/// <summary>Unpacks each package once: a record in the store, under the package's SHA-256, keeps what was in it.</summary>
public sealed class UnpackedDebs(ContentStore store, ArchiveLimits? limits = null)
{
    private const string RecordKind = "deb";
    private const int FormatVersion = 1;

    /// <summary>Whether the package was unpacked before, and the store holds all of it or did so a moment ago.</summary>
    public bool IsUnpacked(Sha256Digest digest) => store.WasUsedJustNow(RecordKind, digest) || TryGet(digest, out _);

    /// <summary>What was unpacked before, when the store still holds all of it.</summary>
    public bool TryGet(Sha256Digest digest, [NotNullWhen(true)] out DebPackage? package)
    {
        package = null;
        if (!store.TryReadRecord(RecordKind, digest, out var record))
        {
            return false;
        }

        try
        {
            package = Read(record);
        }
        catch (Exception e) when (e is DiagnosticException or InvalidDataException or EndOfStreamException or FormatException)
        {
            // Damaged or of another version: unpacked anew.
            return false;
        }

        if (package is not null && AllPresent(package.Files))
        {
            if (!store.WasUsedJustNow(RecordKind, digest))
            {
                store.NoteUse(RecordKind, digest);
            }

            return true;
        }

        package = null;
        return false;
    }

    /// <summary>The package, unpacked now unless it was before.</summary>
    /// <param name="deb">The package's file, in the store.</param>
    /// <param name="archive">The package's name for messages.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">
    /// The package is damaged, hostile or larger than allowed, or the store's copy of it is not it: that is taken out then.
    /// </exception>
    public DebPackage GetOrUnpack(BlobContent deb, string archive, CancellationToken cancellationToken = default)
    {
        if (TryGet(deb.Digest, out var known))
        {
            return known;
        }

        try
        {
            DebPackage package;
            using (var source = new BufferedStream(deb.OpenRead(), 128 * 1024))
            {
                package = DebReader.Read(source, archive, store, limits, cancellationToken);
            }

            store.WriteRecord(RecordKind, deb.Digest, Write(package));
            return package;
        }
        catch (DiagnosticException e) when (e.Diagnostic.Descriptor != StorageDiagnostics.DamagedBlob)
        {
            // The package itself may be as it should be, and the store's copy of it not.
            deb.Verify();
            throw;
        }
    }

    private static bool AllPresent(FileTree files)
    {
        foreach (var item in files.Items)
        {
            if (item.Entry is FileEntry { Content: BlobContent { IsPresent: false } })
            {
                return false;
            }
        }

        return true;
    }

    private static byte[] Write(DebPackage package)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(FormatVersion);
            writer.Write(1 + package.Scripts.Count + package.ControlFiles.Count);
            WriteFile("control", package.Control.Source);
            foreach (var script in package.Scripts)
            {
                WriteFile(script.Name, script.Content);
            }

            foreach (var (name, content) in package.ControlFiles)
            {
                WriteFile(name, content);
            }

            void WriteFile(string name, ReadOnlyMemory<byte> content)
            {
                writer.Write(name);
                writer.Write(content.Length);
                writer.Write(content.Span);
            }
        }

        FileTreeFile.Write(package.Files, stream);
        return stream.ToArray();
    }

    private DebPackage? Read(byte[] record)
    {
        using var stream = new MemoryStream(record, writable: false);
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        if (reader.ReadInt32() != FormatVersion)
        {
            return null;
        }

        var control = new SortedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            var name = reader.ReadString();
            var length = reader.ReadInt32();
            if (length < 0 || length > record.Length - stream.Position)
            {
                return null;
            }

            control[name] = record.AsMemory((int)stream.Position, length);
            stream.Position += length;
        }

        return DebReader.Assemble(control, FileTreeFile.Read(stream, store));
    }
}
