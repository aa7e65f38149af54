using System.Globalization;
using System.Text;

namespace Compose.Tests;

/// <summary>Writes tar and deb archives byte by byte, wrong ones too.</summary>
internal sealed class TarBytes
{
    private readonly List<byte> _bytes = [];

    public TarBytes Directory(string name) => Add(name, '5');

    public TarBytes File(string name, string content = "", long? claimedSize = null) =>
        Add(name, '0', content: Encoding.UTF8.GetBytes(content), claimedSize: claimedSize);

    public TarBytes Symlink(string name, string target) => Add(name, '2', target);

    public TarBytes HardLink(string name, string target) => Add(name, '1', target);

    public TarBytes Add(string name, char type, string link = "", byte[]? content = null, long? claimedSize = null, string device = "0000003\0") =>
        Add(Encoding.Latin1.GetBytes(name), type, Encoding.Latin1.GetBytes(link), content ?? [], claimedSize, device);

    public TarBytes Add(byte[] name, char type, byte[] link, byte[] content, long? claimedSize = null, string device = "0000003\0")
    {
        var header = new byte[512];
        name.CopyTo(header, 0);
        Put(header, 100, type == '5' ? "0000755\0" : "0000644\0");
        Put(header, 108, "0000000\0");
        Put(header, 116, "0000000\0");
        Put(header, 124, Convert.ToString(claimedSize ?? content.Length, 8).PadLeft(11, '0') + "\0");
        Put(header, 136, "14525324400\0");
        header[156] = (byte)type;
        link.CopyTo(header, 157);
        Put(header, 257, "ustar\000");
        Put(header, 329, device);
        Put(header, 337, device);
        Put(header, 148, "        ");
        Put(header, 148, Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ");
        _bytes.AddRange(header);
        _bytes.AddRange(content);
        _bytes.AddRange(new byte[-content.Length & 511]);
        return this;
    }

    public byte[] End()
    {
        _bytes.AddRange(new byte[1024]);
        return _bytes.ToArray();
    }

    public byte[] WithoutEnd() => _bytes.ToArray();

    /// <summary>A deb with this archive as its data.</summary>
    public byte[] ToDeb() => Deb(End());

    public static byte[] Deb(byte[] data, string dataName = "data.tar")
    {
        var control = new TarBytes().File("./control", "Package: test\nVersion: 1\nArchitecture: all\n").End();
        return Ar(("debian-binary", "2.0\n"u8.ToArray()), ("control.tar", control), (dataName, data));
    }

    public static byte[] Ar(params (string Name, byte[] Content)[] members)
    {
        using var ar = new MemoryStream();
        ar.Write("!<arch>\n"u8);
        foreach (var (name, content) in members)
        {
            ar.Write(Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"{name,-16}{0,-12}{0,-6}{0,-6}{"100644",-8}{content.Length,-10}`\n")));
            ar.Write(content);
            if (content.Length % 2 != 0)
            {
                ar.WriteByte((byte)'\n');
            }
        }

        return ar.ToArray();
    }

    private static void Put(byte[] header, int offset, string text) => Encoding.ASCII.GetBytes(text).CopyTo(header, offset);
}
