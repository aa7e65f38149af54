using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Compression;
using Compose.Formats.Tar;

namespace Compose.Formats.Deb;

/// <summary>Unpacks each package once: a record in the store, under the package's SHA-256, keeps what was in it.</summary>
public sealed class UnpackedDebs(ContentStore store, ArchiveLimits? limits = null)
{
    private const string RecordKind = "deb";
    private const int FormatVersion = 1;
    private const int BufferSize = 128 * 1024;

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

        if (package is not null && store.TryUseRecord(RecordKind, digest, package.Files))
        {
            return true;
        }

        package = null;
        return false;
    }

    /// <summary>
    /// The package, unpacked now unless it was before. Its digest is checked while it is unpacked, as the file may have been
    /// damaged where it lay; then it is taken out of the store.
    /// </summary>
    /// <param name="deb">The package's file, in the store.</param>
    /// <param name="archive">The package's name for messages.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Null when the file's bytes were others than its digest says.</returns>
    /// <exception cref="DiagnosticException">The package is malformed, hostile or larger than allowed.</exception>
    public DebPackage? GetOrUnpack(BlobContent deb, string archive, CancellationToken cancellationToken = default)
    {
        if (TryGet(deb.Digest, out var known))
        {
            return known;
        }

        using var transaction = store.BeginTransaction();
        DebPackage? package = null;
        ExceptionDispatchInfo? failure = null;
        using (var source = new HashingStream(deb.OpenUnchecked()))
        {
            try
            {
                // Not disposed, as what follows the package is still to be hashed.
                var buffered = new BufferedStream(source, BufferSize);
                package = Unpack(buffered, deb.Digest, deb.Length, archive, transaction, cancellationToken);
            }
            catch (DiagnosticException e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }

            if (source.ReadToEnd(cancellationToken) != deb.Digest)
            {
                store.Remove(deb.Digest);
                return null;
            }
        }

        failure?.Throw();
        transaction.Commit();
        return package;
    }

    /// <summary>Unpacks a package of which it is not yet known whether its bytes are right.</summary>
    /// <param name="source">The package's bytes.</param>
    /// <param name="digest">What their SHA-256 should be. It is not checked.</param>
    /// <param name="length">How many bytes there should be.</param>
    /// <param name="archive">The package's name for messages.</param>
    /// <param name="transaction">Gets the contents and the record. It is to be committed when the digest was right.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The package is damaged, hostile or larger than allowed.</exception>
    public DebPackage Unpack(
        Stream source, Sha256Digest digest, long length, string archive, StoreTransaction transaction, CancellationToken cancellationToken = default)
    {
        // The size is known from who told the digest; what the bytes say of themselves may be a lie.
        var allowed = limits ?? ArchiveLimits.Default;
        allowed = allowed with { UnpackedBytes = allowed.UnpackedBytesFor(length) };
        var package = DebReader.Read(source, archive, transaction, allowed, cancellationToken);
        transaction.AddRecord(RecordKind, digest, record => Write(package, record));
        return package;
    }

    private static void Write(DebPackage package, Stream record)
    {
        using (var writer = new BinaryWriter(record, Encoding.UTF8, leaveOpen: true))
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

        FileTreeFile.Write(package.Files, record);
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
