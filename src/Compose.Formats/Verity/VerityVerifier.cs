using System.Buffers;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Compose.Diagnostics;

namespace Compose.Formats.Verity;

/// <summary>
/// Checks data against a verity hash tree, and the tree against its root hash, as the kernel does when it reads: on all
/// processors, each block once.
/// </summary>
public sealed class VerityVerifier
{
    /// <summary>More places tell nothing.</summary>
    private const int MaximumReports = 20;

    private readonly DiskRegion _data;
    private readonly DiskRegion _hashes;
    private readonly VeritySuperblock _superblock;
    private readonly string _name;
    private readonly List<Level> _levels;

    /// <summary>Prepares the check.</summary>
    /// <param name="data">The data partition.</param>
    /// <param name="hashes">The hash partition.</param>
    /// <param name="superblock">The hash partition's superblock.</param>
    /// <param name="name">What messages call the data.</param>
    /// <exception cref="DiagnosticException">COMPOSE4701: data or hashes are larger than their partitions.</exception>
    public VerityVerifier(DiskRegion data, DiskRegion hashes, VeritySuperblock superblock, string name)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(hashes);
        ArgumentNullException.ThrowIfNull(superblock);
        _data = data;
        _hashes = hashes;
        _superblock = superblock;
        _name = name;
        if (superblock.DataBlocks > data.Length / superblock.DataBlockSize)
        {
            throw VeritySuperblock.Unusable(name, $"they are for {superblock.DataBlocks} blocks of {superblock.DataBlockSize} bytes, and the data have {data.Length} bytes");
        }

        _levels = LayOut();
    }

    /// <summary>Checks the tree and all data.</summary>
    /// <param name="rootHash">The root hash.</param>
    /// <param name="reporter">Told of the blocks that are wrong.</param>
    /// <param name="progress">Told of the bytes of data that were checked; on any thread.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Whether everything has the hashes that it should have.</returns>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public bool Verify(
        ReadOnlySpan<byte> rootHash, IDiagnosticReporter reporter, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reporter);
        if (!RootIs(rootHash))
        {
            reporter.Report(Mismatch($"the root hash is not {Convert.ToHexStringLower(rootHash)}"));
            return false;
        }

        var isWhole = true;
        for (var i = 0; i < _levels.Count; i++)
        {
            // Below the top, each level is vouched for by the one above; a wrong hash block makes what is below it unknown.
            var isData = i + 1 == _levels.Count;
            var wrong = CheckBelow(
                _levels[i],
                isData ? new Level(0, _superblock.DataBlocks) : _levels[i + 1],
                isData ? _data : _hashes,
                isData ? _superblock.DataBlockSize : _superblock.HashBlockSize,
                isData ? progress : null,
                cancellationToken);
            Report(wrong, isData ? "the data block" : $"in level {_levels.Count - 1 - i} of the tree, the hash block", reporter);
            isWhole &= wrong.Count == 0;
        }

        return isWhole;
    }

    /// <summary>The levels of hash blocks, the top first, which is also their order on the disk.</summary>
    private List<Level> LayOut()
    {
        var counts = new List<long>();
        for (var blocks = _superblock.DataBlocks; blocks > 1;)
        {
            blocks = (blocks + _superblock.DigestsPerBlock - 1) / _superblock.DigestsPerBlock;
            counts.Add(blocks);
        }

        // Behind the superblock's own block.
        var levels = new List<Level>(counts.Count);
        var next = 1L;
        for (var i = counts.Count - 1; i >= 0; i--)
        {
            levels.Add(new Level(next, counts[i]));
            next += counts[i];
        }

        return next <= _hashes.Length / _superblock.HashBlockSize || levels.Count == 0
            ? levels
            : throw VeritySuperblock.Unusable(_name, $"the tree has {next} blocks of {_superblock.HashBlockSize} bytes, and their partition {_hashes.Length} bytes");
    }

    private bool RootIs(ReadOnlySpan<byte> rootHash)
    {
        // A single data block needs no tree: its own hash is the root hash.
        var (region, position, size) = _levels.Count == 0
            ? (_data, 0L, _superblock.DataBlockSize)
            : (_hashes, (long)_superblock.HashBlockSize, _superblock.HashBlockSize);
        var block = new byte[size];
        region.ReadExactly(position, block);
        using var hash = IncrementalHash.CreateHash(_superblock.HashAlgorithm);
        hash.AppendData(_superblock.Salt.Span);
        hash.AppendData(block);
        return rootHash.SequenceEqual(hash.GetHashAndReset());
    }

    /// <summary>Checks the blocks that a level of hash blocks vouches for.</summary>
    /// <returns>The numbers of those that are wrong, sorted.</returns>
    private List<long> CheckBelow(
        Level level, Level below, DiskRegion region, int blockSize, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var wrong = new List<long>();
        var done = 0L;
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        try
        {
            Parallel.For(0L, level.Blocks, options, () => new Worker(_superblock, blockSize), Check, worker => worker.Dispose());
        }
        catch (AggregateException e)
        {
            // Of several failures to read one is enough to tell.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        wrong.Sort();
        return wrong;

        Worker Check(long index, ParallelLoopState state, Worker worker)
        {
            var first = index * _superblock.DigestsPerBlock;
            var count = (int)Math.Min(_superblock.DigestsPerBlock, below.Blocks - first);
            _hashes.ReadExactly((level.FirstBlock + index) * _superblock.HashBlockSize, worker.Digests);
            var blocks = worker.Blocks.AsSpan(0, count * blockSize);
            region.ReadExactly((below.FirstBlock + first) * blockSize, blocks);
            for (var i = 0; i < count; i++)
            {
                if (!worker.HasDigest(blocks.Slice(i * blockSize, blockSize), i))
                {
                    lock (wrong)
                    {
                        wrong.Add(first + i);
                    }
                }
            }

            progress?.Report(Interlocked.Add(ref done, blocks.Length));
            return worker;
        }
    }

    private void Report(List<long> wrong, string what, IDiagnosticReporter reporter)
    {
        var reports = 0;
        for (var i = 0; i < wrong.Count;)
        {
            var end = i + 1;
            while (end < wrong.Count && wrong[end] == wrong[end - 1] + 1)
            {
                end++;
            }

            if (++reports == MaximumReports && end < wrong.Count)
            {
                reporter.Report(Mismatch($"{what} {wrong[i]} and {wrong.Count - i - 1} more do not have their hashes"));
                return;
            }

            var range = end - i == 1
                ? $"{what} {wrong[i]} does not have its hash"
                : string.Create(CultureInfo.InvariantCulture, $"{what}s {wrong[i]} to {wrong[end - 1]} do not have their hashes");
            reporter.Report(Mismatch(range));
            i = end;
        }
    }

    private Diagnostic Mismatch(string reason) =>
        FormatDiagnostics.VerityMismatch.Create($"'{_name}' is not what its root hash vouches for: {reason}.", _name);

    private readonly record struct Level(long FirstBlock, long Blocks);

    /// <summary>What one thread needs.</summary>
    private sealed class Worker(VeritySuperblock superblock, int blockSize) : IDisposable
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(superblock.HashAlgorithm);
        private readonly byte[] _digest = new byte[superblock.DigestSize];

        public byte[] Digests { get; } = new byte[superblock.HashBlockSize];

        public byte[] Blocks { get; } = ArrayPool<byte>.Shared.Rent(superblock.DigestsPerBlock * blockSize);

        public bool HasDigest(ReadOnlySpan<byte> block, int index)
        {
            _hash.AppendData(superblock.Salt.Span);
            _hash.AppendData(block);
            _hash.GetHashAndReset(_digest);
            return Digests.AsSpan(index * _digest.Length, _digest.Length).SequenceEqual(_digest);
        }

        public void Dispose()
        {
            _hash.Dispose();
            ArrayPool<byte>.Shared.Return(Blocks);
        }
    }
}
