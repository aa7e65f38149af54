using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Compression;
using Compose.Formats.Tar;
using Compose.Formats.Zip;

namespace Compose.Packages.Inputs.Archives;

/// <summary>What an archive holds.</summary>
/// <param name="Tree">Its files. Of a single file that is no archive: that file, called <see cref="SingleFileName"/>.</param>
/// <param name="IsSingleFile">Whether it is no archive but a single file, perhaps compressed.</param>
internal sealed record UnpackedArchive(FileTree Tree, bool IsSingleFile)
{
    /// <summary>The name of the file of an archive that is none.</summary>
    public static readonly TreePath SingleFileName = TreePath.Parse("file");
}

/// <summary>
/// Unpacks each archive once: a record in the store, under the archive's SHA-256, keeps what was in it. What it is, is seen by
/// its first bytes.
/// </summary>
internal sealed class ArchiveUnpacker(ContentStore store)
{
    private const string RecordKind = "archive";

    /// <summary>Changes with what is read of archives.</summary>
    private const int FormatVersion = 1;

    private const int TarMagicOffset = 257;
    private const int TarBlock = 512;

    /// <summary>What was unpacked before, when the store still holds all of it.</summary>
    public bool TryGet(Sha256Digest digest, [NotNullWhen(true)] out UnpackedArchive? archive)
    {
        archive = null;
        if (!store.TryReadRecord(RecordKind, digest, out var record))
        {
            return false;
        }

        try
        {
            using var stream = new MemoryStream(record, writable: false);
            using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
            if (reader.ReadInt32() != FormatVersion)
            {
                return false;
            }

            var isSingleFile = reader.ReadBoolean();
            archive = new UnpackedArchive(FileTreeFile.Read(stream, store), isSingleFile);
        }
        catch (Exception e) when (e is DiagnosticException or InvalidDataException or EndOfStreamException or FormatException)
        {
            // Damaged or of another version: unpacked anew.
            return false;
        }

        if (store.TryUseRecord(RecordKind, digest, archive.Tree))
        {
            return true;
        }

        archive = null;
        return false;
    }

    /// <summary>The archive, unpacked now unless it was before.</summary>
    /// <param name="file">The archive's file, in the store.</param>
    /// <param name="isVerified">
    /// Whether its bytes were hashed just now. Else they are: the file may have been damaged where it lay, and is taken out of the
    /// store then.
    /// </param>
    /// <param name="name">The archive's name for messages.</param>
    /// <param name="limits">How much it may hold.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Null when the file's bytes were others than its digest says.</returns>
    /// <exception cref="DiagnosticException">The archive is damaged, hostile or larger than allowed.</exception>
    public UnpackedArchive? GetOrUnpack(BlobContent file, bool isVerified, string name, ArchiveLimits limits, CancellationToken cancellationToken = default)
    {
        if (TryGet(file.Digest, out var known))
        {
            return known;
        }

        if (!isVerified && !IsRight(file))
        {
            store.Remove(file.Digest);
            return null;
        }

        using var transaction = store.BeginTransaction();
        var archive = Unpack(file, name, transaction, limits, cancellationToken);
        transaction.AddRecord(RecordKind, file.Digest, record => Write(archive, record));
        transaction.Commit();
        return archive;
    }

    private static void Write(UnpackedArchive archive, Stream record)
    {
        using (var writer = new BinaryWriter(record, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(FormatVersion);
            writer.Write(archive.IsSingleFile);
        }

        FileTreeFile.Write(archive.Tree, record);
    }

    /// <summary>Whether a file of the store has the bytes that its digest says.</summary>
    public static bool IsRight(BlobContent file)
    {
        using var stream = file.OpenUnchecked();
        return new Sha256Digest(SHA256.HashData(stream)) == file.Digest;
    }

    private UnpackedArchive Unpack(BlobContent file, string name, StoreTransaction transaction, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        if (file.Length == 0)
        {
            throw new DiagnosticException(ArchiveDiagnostics.Malformed.Create($"{name} cannot be read: it is empty."));
        }

        using var source = new BufferedStream(file.OpenUnchecked(), 128 * 1024);
        Span<byte> magic = stackalloc byte[Decompression.MagicSize];
        source.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        source.Position = 0;
        if (magic.StartsWith("PK\x03\x04"u8) || magic.StartsWith("PK\x05\x06"u8))
        {
            return new UnpackedArchive(ZipTreeReader.Read(source, name, transaction, limits, ArchiveRules.FilesAndLinks, cancellationToken), IsSingleFile: false);
        }

        if (SquashFsArchive.IsImage(magic))
        {
            return new UnpackedArchive(SquashFsArchive.Read(file, name, store, limits, ArchiveRules.FilesAndLinks, cancellationToken), IsSingleFile: false);
        }

        var format = Decompression.FromMagic(magic);
        var maximum = limits.UnpackedBytesFor(file.Length);
        try
        {
            using var plain = new PeekableStream(Decompression.Open(source, format, maximum));
            if (IsTar(plain.Peek(TarBlock)))
            {
                var tree = TarTreeReader.Read(plain, name, transaction, limits with { UnpackedBytes = maximum }, ArchiveRules.FilesAndLinks, cancellationToken);

                // Behind the archive's end mark decompressors find their checksums.
                plain.CopyTo(Stream.Null);
                return new UnpackedArchive(tree, IsSingleFile: false);
            }

            // What is not compressed is in the store already.
            var content = format == CompressionFormat.None ? file : Keep(plain, transaction);
            var single = new FileTreeBuilder().Set(UnpackedArchive.SingleFileName, new FileEntry(EntryMetadata.File, content)).Build();
            return new UnpackedArchive(single, IsSingleFile: true);
        }
        catch (InvalidDataException e)
        {
            throw new DiagnosticException(ArchiveDiagnostics.Malformed.Create($"{name} cannot be read: {e.Message.TrimEnd('.')}."), e);
        }
        catch (SizeLimitException e)
        {
            throw new DiagnosticException(ArchiveDiagnostics.TooLarge.Create($"{name} is not unpacked: {e.Message}."), e);
        }
    }

    private static BlobContent Keep(Stream content, StoreTransaction transaction)
    {
        using var blob = transaction.BeginBlob();
        content.CopyTo(blob);
        return blob.Length > 0 ? blob.Commit() : throw new InvalidDataException("it is compressed and holds nothing; it may be cut off");
    }

    /// <summary>Whether a block is a header of tar: by its magic, or, before there was one, by its checksum.</summary>
    private static bool IsTar(ReadOnlySpan<byte> block) =>
        block.Length == TarBlock
        && (block[TarMagicOffset..].StartsWith("ustar"u8) || TarReader.IsHeader(block) || block.IndexOfAnyExcept((byte)0) < 0);

    /// <summary>A stream whose beginning can be looked at.</summary>
    private sealed class PeekableStream(Stream source) : Stream
    {
        private byte[] _start = [];
        private int _taken;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <summary>The first bytes, before anything is read; fewer when there are not so many.</summary>
        public ReadOnlySpan<byte> Peek(int count)
        {
            var start = new byte[count];
            _start = start[..source.ReadAtLeast(start, count, throwOnEndOfStream: false)];
            return _start;
        }

        public override int Read(Span<byte> buffer)
        {
            if (_taken == _start.Length)
            {
                return source.Read(buffer);
            }

            var count = Math.Min(buffer.Length, _start.Length - _taken);
            _start.AsSpan(_taken, count).CopyTo(buffer);
            _taken += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                source.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
