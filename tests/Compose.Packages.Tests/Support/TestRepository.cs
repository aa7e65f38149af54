using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Compose.Packages.Tests.Support;

/// <summary>A signed repository of real packages, made by dpkg-deb and GnuPG.</summary>
internal sealed class TestRepository : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<(string Control, string Path, byte[] Deb)> _packages = [];
    private readonly string _key;
    private int _built;

    public TestRepository()
    {
        _key = GnuPg.MakeKey();
        KeyFile = GnuPg.Export(_folder["key.asc"], armored: true, _key);
    }

    public GnuPg GnuPg { get; } = new();

    public string KeyFile { get; }

    /// <summary>Builds a package, which <paramref name="change"/> may damage, and gives its path below the mirror.</summary>
    public string Add(string name, string version, string depends = "", string more = "", string compression = "xz", Func<byte[], byte[]>? change = null)
    {
        _packages.RemoveAll(package => package.Control.StartsWith($"Package: {name}\n", StringComparison.Ordinal));
        return AddVersion(name, version, depends, more, compression, change);
    }

    /// <summary>Builds a package beside those of its name.</summary>
    public string AddVersion(string name, string version, string depends = "", string more = "", string compression = "xz", Func<byte[], byte[]>? change = null)
    {
        var control = $"Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: A B <a@example.com>\n"
            + (depends.Length > 0 ? $"Depends: {depends}\n" : string.Empty) + more + "Description: a test\n";
        var root = _folder[$"{name}-{_built++}"];
        Directory.CreateDirectory(Path.Combine(root, "DEBIAN"));
        File.WriteAllText(Path.Combine(root, "DEBIAN", "control"), control);
        Directory.CreateDirectory(Path.Combine(root, "usr", "share", name));
        var noise = new byte[20_000];
        new Random(_built).NextBytes(noise);
        File.WriteAllBytes(Path.Combine(root, "usr", "share", name, "data"), noise);
        var deb = root + ".deb";
        Tool.Run("dpkg-deb", "--root-owner-group", $"-Z{compression}", "--build", root, deb);
        var path = $"pool/main/{name[0]}/{name}/{name}_{version.Replace(":", "%3a", StringComparison.Ordinal).Replace('%', '_')}_amd64.deb";
        var bytes = File.ReadAllBytes(deb);
        _packages.Add((control, path, change?.Invoke(bytes) ?? bytes));
        return path;
    }

    /// <summary>Puts the repository's files where the server takes them from; what was there before goes.</summary>
    public void Publish(ConcurrentDictionary<string, byte[]> files, bool byHash = true, bool withXz = true, string suite = "trixie", string extraFields = "", string date = "Sat, 01 Aug 2026 08:00:00 UTC", string origin = "Test", string dist = "trixie")
    {
        files.Clear();
        var index = new StringBuilder();
        foreach (var (control, path, deb) in _packages)
        {
            files[path] = deb;
            index.Append(control).Append(CultureInfo.InvariantCulture, $"Filename: {path}\nSize: {deb.Length}\nSHA256: {Convert.ToHexStringLower(SHA256.HashData(deb))}\n\n");
        }

        var plain = Encoding.UTF8.GetBytes(index.ToString());
        var list = new StringBuilder();
        AddIndex("main/binary-amd64/Packages", plain, isServed: false);
        AddIndex("main/binary-amd64/Packages.gz", Gzip(plain), isServed: true);
        if (withXz)
        {
            AddIndex("main/binary-amd64/Packages.xz", Xz(plain), isServed: true);
        }

        var release = $"Origin: {origin}\nSuite: stable\nCodename: {suite}\nDate: {date}\nAcquire-By-Hash: {(byHash ? "yes" : "no")}\n{extraFields}SHA256:\n{list}";
        files[$"dists/{dist}/InRelease"] = GnuPg.Sign(release, null, _key);

        void AddIndex(string name, byte[] bytes, bool isServed)
        {
            var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
            list.Append(CultureInfo.InvariantCulture, $" {digest} {bytes.Length} {name}\n");
            if (isServed)
            {
                files[byHash ? $"dists/{dist}/main/binary-amd64/by-hash/SHA256/{digest}" : $"dists/{dist}/{name}"] = bytes;
            }
        }
    }

    public void Dispose()
    {
        GnuPg.Dispose();
        _folder.Dispose();
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return output.ToArray();
    }

    private byte[] Xz(byte[] bytes)
    {
        var path = _folder["Packages"];
        File.WriteAllBytes(path, bytes);
        Tool.Run("xz", "--keep", "--force", path);
        return File.ReadAllBytes(path + ".xz");
    }
}
