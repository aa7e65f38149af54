namespace Compose.SquashFs.Reading.Verifying;

/// <summary>
/// Checks a directory's index: each of its points must be the start of a run. The kernel looks names up by it; readers that
/// list directories do not.
/// </summary>
internal sealed class DirectoryIndexVerifier(SquashFsImage image)
{
    /// <summary>Checks the index of a directory.</summary>
    /// <param name="listing">The directory's listing.</param>
    /// <param name="runs">The runs that the listing has, by their places in it.</param>
    /// <exception cref="ImageFault">A point is wrong.</exception>
    public void Verify(ImageListing listing, Dictionary<long, ImageListingRun> runs)
    {
        var cursor = image.OpenInodeTable(listing.Index);
        for (var i = 0; i < listing.IndexCount; i++)
        {
            var offset = cursor.ReadUInt32();
            var blockStart = cursor.ReadUInt32();
            var nameLength = cursor.ReadUInt32() + 1L;
            if (nameLength > SquashFsFormat.MaximumNameLength)
            {
                throw Bad($"point {i} of its index has a name of {nameLength} bytes");
            }

            var name = cursor.ReadBytes((int)nameLength);
            if (!runs.TryGetValue(offset, out var run) || run.BlockStart != blockStart || !run.Name.AsSpan().SequenceEqual(name))
            {
                throw Bad($"point {i} of its index, at {offset} with '{TreePath.Describe(name)}', is not the start of a run");
            }
        }
    }

    private static ImageFault Bad(string reason) => new(SquashFsDiagnostics.DamagedDirectory, reason);
}
