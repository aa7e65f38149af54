using System.Text;

namespace Compose.Tests;

/// <summary>An extension-release and an os-release, and whether releases of systemd merge the one on the other.</summary>
/// <param name="Name">What is tried, in one word.</param>
/// <param name="Extension">The extension-release.</param>
/// <param name="Host">The os-release.</param>
/// <param name="By252">Whether systemd 252 merges it.</param>
/// <param name="By257">Whether systemd 257 does.</param>
public sealed record MergeCase(string Name, string Extension, string Host, bool By252, bool By257)
{
    /// <summary>Whether this release of systemd merges it.</summary>
    public bool IsMergedBy(int systemd) => systemd >= 257 ? By257 : By252;
}

/// <summary>The cases, and a script by which a real systemd-sysext decides them.</summary>
internal static class MergeCases
{
    private const string Level = "ID=os\nVERSION_ID=2\nSYSEXT_LEVEL=1\n";
    private const string Version = "ID=os\nVERSION_ID=2\n";
    private const string Rolling = "ID=os\n";

    public static IReadOnlyList<MergeCase> All { get; } =
    [
        Always("any-id", "ID=_any\n", Level),
        Always("any-id-and-level", "ID=_any\nSYSEXT_LEVEL=9\n", Level),
        Never("no-id", "SYSEXT_LEVEL=1\n", Level),
        Never("empty-file", "", Level),
        Always("same-level", "ID=os\nSYSEXT_LEVEL=1\n", Level),
        Never("other-level", "ID=os\nSYSEXT_LEVEL=2\n", Level),
        Always("same-level-other-version", "ID=os\nVERSION_ID=1\nSYSEXT_LEVEL=1\n", Level),
        Never("other-level-same-version", "ID=os\nVERSION_ID=2\nSYSEXT_LEVEL=2\n", Level),
        Always("version-without-level", "ID=os\nVERSION_ID=2\n", Level),
        Never("other-version-without-level", "ID=os\nVERSION_ID=1\n", Level),
        Never("level-without-version-on-a-host-without-level", "ID=os\nSYSEXT_LEVEL=1\n", Version),
        Always("same-version", "ID=os\nVERSION_ID=2\n", Version),
        Never("other-version", "ID=os\nVERSION_ID=3\n", Version),
        Never("no-version", "ID=os\n", Version),
        Always("rolling-host", "ID=os\n", Rolling),
        Always("rolling-host-any-version", "ID=os\nVERSION_ID=7\n", Rolling),
        Never("other-id", "ID=else\nVERSION_ID=2\n", Version),
        new("related-id", "ID=parent\nVERSION_ID=2\n", "ID=os\nID_LIKE=\"grand parent\"\nVERSION_ID=2\n", By252: false, By257: true),
        Never("half-a-related-id", "ID=par\nVERSION_ID=2\n", "ID=os\nID_LIKE=\"grand parent\"\nVERSION_ID=2\n"),
        Always("same-architecture", "ID=_any\nARCHITECTURE=x86-64\n", Version),
        Always("any-architecture", "ID=_any\nARCHITECTURE=_any\n", Version),
        Never("other-architecture", "ID=_any\nARCHITECTURE=arm64\n", Version),
        Never("other-architecture-of-the-same-version", "ID=os\nVERSION_ID=2\nARCHITECTURE=arm64\n", Version),
        Always("system-scope", "ID=_any\nSYSEXT_SCOPE=system\n", Version),
        Always("several-scopes", "ID=_any\nSYSEXT_SCOPE=\"initrd system\"\n", Version),
        Never("portable-scope", "ID=_any\nSYSEXT_SCOPE=portable\n", Version),
        Never("initrd-scope", "ID=_any\nSYSEXT_SCOPE=initrd\n", Version),
        Never("empty-scope", "ID=_any\nSYSEXT_SCOPE=\n", Version),
        Always("empty-architecture", "ID=_any\nARCHITECTURE=\n", Version),
        Never("empty-id", "ID=\nVERSION_ID=2\n", Version),
        Always("empty-level", "ID=os\nSYSEXT_LEVEL=\nVERSION_ID=2\n", Level),
        Never("several-levels", "ID=os\nSYSEXT_LEVEL=\"1 2\"\n", Level),
        Always("quoted-values", "ID=\"os\"\nVERSION_ID='2'\n", Version),
        Always("comments-and-blank-lines", "# a comment\n\nID=os\nVERSION_ID=2\n", Version),
    ];

    /// <summary>A script for bash that prints a line <c>NAME merged</c> or <c>NAME refused</c> for each case. It needs root.</summary>
    public static string Script { get; } = CreateScript();

    /// <summary>Reads what the script printed: the names of the cases that were merged.</summary>
    public static IReadOnlySet<string> ReadMerged(string output)
    {
        var answers = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(words => words[0], words => words[1]);
        Assert.Equal(All.Select(merge => merge.Name).Order(StringComparer.Ordinal), answers.Keys.Order(StringComparer.Ordinal));
        Assert.All(answers.Values, answer => Assert.Contains(answer, (string[])["merged", "refused"]));
        return answers.Where(answer => answer.Value == "merged").Select(answer => answer.Key).ToHashSet();
    }

    private static MergeCase Always(string name, string extension, string host) => new(name, extension, host, By252: true, By257: true);

    private static MergeCase Never(string name, string extension, string host) => new(name, extension, host, By252: false, By257: false);

    private static string CreateScript()
    {
        // A mount namespace and a /run of its own: the machine's own extensions are neither seen nor touched. systemd-sysext
        // mounts in a namespace below, whose mounts come back only where they are shared.
        var script = new StringBuilder("""
            set -eu
            work=$(mktemp -d)
            trap 'rm -rf "$work"' EXIT
            try() {
                root=$work/$1
                extension=$root/etc/extensions/tried/usr/lib/extension-release.d
                mkdir -p "$root/usr/lib" "$root/opt" "$root/run" "$root/var" "$extension"
                printf '%b' "$3" >"$root/usr/lib/os-release"
                printf '%b' "$2" >"$extension/extension-release.tried"
                unshare -m bash -c 'mount --make-rshared / && mount -t tmpfs none /run && systemd-sysext --root="$1" merge >/dev/null 2>&1; test -e "$1/usr/lib/extension-release.d/extension-release.tried"' - "$root" \
                    && echo "$1 merged" || echo "$1 refused"
            }

            """);
        foreach (var merge in All)
        {
            script.Append($"try {merge.Name} {Quote(merge.Extension)} {Quote(merge.Host)}\n");
        }

        return script.ToString();
    }

    private static string Quote(string text) => $"'{text.Replace("\n", "\\n", StringComparison.Ordinal).Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
