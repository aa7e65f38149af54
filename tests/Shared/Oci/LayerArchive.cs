using System.Formats.Tar;
using System.Text;

namespace Compose.Tests.Oci;

/// <summary>A layer's tar archive, written by .NET's own writer.</summary>
internal sealed class LayerArchive
{
    public static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    private readonly List<PaxTarEntry> _entries = [];

    public LayerArchive Directory(string name, int mode = 0x1ED) => Add(TarEntryType.Directory, name, mode);

    public LayerArchive File(string name, string content = "", int mode = 0x1A4, params (string Name, string Value)[] attributes) =>
        Add(TarEntryType.RegularFile, name, mode, content: content, attributes: attributes);

    public LayerArchive Symlink(string name, string target) => Add(TarEntryType.SymbolicLink, name, 0x1FF, target);

    public LayerArchive HardLink(string name, string target) => Add(TarEntryType.HardLink, name, 0x1A4, target);

    /// <summary>A device like <c>/dev/null</c>.</summary>
    public LayerArchive Device(string name) => Add(TarEntryType.CharacterDevice, name, 0x1B6);

    /// <summary>Takes away what the layers below have under this name.</summary>
    public LayerArchive Whiteout(string directory, string name) => File($"{directory}.wh.{name}");

    /// <summary>Takes away all that the layers below have in a directory.</summary>
    public LayerArchive Opaque(string directory) => File($"{directory}.wh..wh..opq");

    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var entry in _entries)
            {
                writer.WriteEntry(entry);
            }
        }

        // The writer writes no end mark where it wrote nothing before.
        return bytes.Length == 0 ? new byte[1024] : bytes.ToArray();
    }

    private LayerArchive Add(
        TarEntryType type, string name, int mode, string? link = null, string? content = null, (string Name, string Value)[]? attributes = null)
    {
        var extended = (attributes ?? []).ToDictionary(attribute => $"SCHILY.xattr.{attribute.Name}", attribute => attribute.Value);
        var entry = new PaxTarEntry(type, name, extended) { Mode = (UnixFileMode)mode, ModificationTime = Time };
        if (link is not null)
        {
            entry.LinkName = link;
        }

        if (type == TarEntryType.CharacterDevice)
        {
            (entry.DeviceMajor, entry.DeviceMinor) = (1, 3);
        }

        if (content is not null)
        {
            entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content));
        }

        _entries.Add(entry);
        return this;
    }
}
