namespace Compose.Formats.Fat;

/// <summary>What a FAT32 volume has besides its files.</summary>
/// <param name="Size">The volume's size in bytes: a multiple of 512, at least about 33 MiB.</param>
/// <param name="VolumeId">The serial number; see <see cref="Gpt.DiscoverableUuid.FatVolumeId"/>.</param>
/// <param name="Label">The volume label: at most 11 characters of A-Z, 0-9, space, <c>-</c> and <c>_</c>; may be empty.</param>
/// <param name="Time">
/// The time that every file and directory gets, in UTC. FAT counts from 1980 to 2107 in steps of two seconds; times before
/// and after become the first and the last of these.
/// </param>
public sealed record FatOptions(long Size, uint VolumeId, string Label, DateTimeOffset Time)
{
    /// <summary>The longest label, in characters.</summary>
    public const int MaximumLabelLength = 11;
}
