using System.Diagnostics;
using System.Globalization;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests.Reading;

/// <summary>
/// Images changed at random: they are read or refused with a diagnostic, in bounded memory, and what verifying finds sound can
/// be read. COMPOSE_FUZZ_SECONDS makes it go on for so long, and COMPOSE_FUZZ_SEED start elsewhere.
/// </summary>
public class MutatedImageTests
{
    private const int MutationsInTheGate = 6_000;

    /// <summary>Images of each codec, with fragments and without, and the parts of which they were made where they are small.</summary>
    private static readonly (byte[] Image, ImageParts? Parts)[] Seeds = [.. MakeSeeds()];

    private static string CorpusDirectory => Path.Combine(AppContext.BaseDirectory, "Corpus");

    [Fact]
    public void A_mutated_image_is_read_or_refused()
    {
        var seed = ulong.Parse(Environment.GetEnvironmentVariable("COMPOSE_FUZZ_SEED") ?? "1", CultureInfo.InvariantCulture);
        var seconds = Environment.GetEnvironmentVariable("COMPOSE_FUZZ_SECONDS") is { } text
            ? double.Parse(text, CultureInfo.InvariantCulture)
            : 0;
        var clock = Stopwatch.StartNew();
        var slowest = TimeSpan.Zero;
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var done = 0;
        for (; done < MutationsInTheGate || clock.Elapsed.TotalSeconds < seconds; done++)
        {
            var image = Mutate(seed + (ulong)done);
            var start = clock.Elapsed;
            var code = Probe(image, seed + (ulong)done);
            slowest = clock.Elapsed - start > slowest ? clock.Elapsed - start : slowest;
            counts[code] = counts.GetValueOrDefault(code) + 1;
        }

        var summary = $"{done} mutations in {clock.Elapsed.TotalSeconds:F1} s, the slowest in {slowest.TotalMilliseconds:F0} ms: "
            + string.Join(", ", counts.Select(count => $"{count.Key} {count.Value}"));
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        if (seconds > 0)
        {
            Console.WriteLine(summary);
        }

        // The mutations reach all that can be found.
        Assert.InRange(counts.Count, 8, 12);
    }

    [Fact]
    public void What_once_did_harm_is_read_or_refused()
    {
        foreach (var file in Directory.GetFiles(CorpusDirectory, "*.squashfs"))
        {
            Probe(File.ReadAllBytes(file), 0);
        }
    }

    private static IEnumerable<(byte[] Image, ImageParts? Parts)> MakeSeeds()
    {
        foreach (var name in SquashFsCompression.Names)
        {
            foreach (var fragments in (SquashFsFragments[])[SquashFsFragments.SmallFilesAndTails, SquashFsFragments.None])
            {
                var options = new SquashFsOptions
                {
                    BlockSize = SmallTree.BlockSize,
                    Compression = SampleCompressions.Fast(name),
                    Fragments = fragments,
                };
                var parts = ImageParts.Of(SmallTree.Tree, options);
                yield return (parts.Pack(), parts);
            }
        }

        // Tables of several blocks and a directory with an index, where damage meets fields and not only a codec.
        var many = new MemoryStream();
        SquashFsWriter.Write(SampleTrees.ManyFiles(700), many, new SquashFsOptions { Compression = new NoCompression() });
        yield return (many.ToArray(), null);
    }

    private static byte[] Mutate(ulong seed)
    {
        var mutation = new Mutation(1, seed);
        var (image, sample) = Seeds[mutation.Below(Seeds.Length)];
        switch (sample is null ? 0 : mutation.Below(8))
        {
            case 0 or 1:
                return mutation.Apply(image);
            case 2:
                image = [.. image];
                mutation.ApplyToSuperblock(image);
                return image;
            default:
                var parts = sample!.Clone();
                MutateTable(mutation, parts);
                return parts.Pack();
        }
    }

    /// <summary>Changes what a table holds; it is compressed as it should be, so readers get to see it.</summary>
    private static void MutateTable(Mutation mutation, ImageParts parts)
    {
        switch (mutation.Below(9))
        {
            case 0 or 1 or 2:
                parts.Inodes = mutation.Apply(parts.Inodes);
                break;
            case 3 or 4 or 5:
                parts.Directories = mutation.Apply(parts.Directories);
                break;
            case 6:
                parts.Attributes = mutation.Apply(parts.Attributes);
                break;
            case 7:
                parts.AttributeSets = mutation.Apply(parts.AttributeSets);
                break;
            default:
                parts.Fragments = mutation.Apply(parts.Fragments);
                parts.Ids = mutation.Below(2) == 0 ? mutation.Apply(parts.Ids) : parts.Ids;
                parts.Exports = mutation.Below(2) == 0 ? mutation.Apply(parts.Exports) : parts.Exports;
                break;
        }
    }

    /// <summary>Reads an image in all ways.</summary>
    /// <returns>What was wrong with it, as a code.</returns>
    private static string Probe(byte[] image, ulong seed)
    {
        try
        {
            var problem = ReadingProbe.ReadAll(image);
            var found = ReadingProbe.Verify(image);
            Assert.True(problem is null || found.Count > 0, $"Verifying finds nothing, and reading: {problem?.Message}");
            return problem?.Descriptor.Code ?? (found.Count > 0 ? "only verify" : "sound");
        }
        catch (Exception e)
        {
            var file = Path.Combine(Path.GetTempPath(), $"compose-mutation-{seed}.squashfs");
            File.WriteAllBytes(file, image);
            Assert.Fail($"Mutation {seed}, kept as '{file}' for the corpus: {e}");
            throw;
        }
    }
}
