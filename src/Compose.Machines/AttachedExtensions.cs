using System.Text;
using Compose.Machines.Guest;

namespace Compose.Machines;

/// <summary>
/// System extensions that a machine gets in addition to those of its image, which is not changed: each is a disk, and
/// a unit makes the disks into extensions before the guest merges its extensions.
/// </summary>
public static class AttachedExtensions
{
    private static readonly string[] Suffixes = [".raw", ".sysext", ".confext"];

    /// <summary>The options with the extensions' disks and credentials.</summary>
    /// <param name="options">What the machine is made of.</param>
    /// <param name="extensions">Paths of extension images; their file names are the extensions' names.</param>
    /// <param name="configurations">The same of configuration extensions, which are merged over /etc.</param>
    /// <exception cref="ArgumentException">A file's name is not <c>NAME.raw</c>, or two have the same.</exception>
    public static MachineOptions WithExtensions(
        this MachineOptions options, IReadOnlyList<string> extensions, IReadOnlyList<string>? configurations = null)
    {
        string[] paths = [.. extensions, .. configurations ?? []];
        if (paths.Length == 0)
        {
            return options;
        }

        var names = paths.Select(NameOf).ToArray();
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Length)
        {
            throw new ArgumentException("Two extensions have the same name.", nameof(extensions));
        }

        var script = new StringBuilder(EmbeddedText.Read("attach-extensions.sh"));
        var disks = new List<ExtraDisk>(options.ExtraDisks);
        for (var i = 0; i < names.Length; i++)
        {
            var serial = $"extension-{i}";
            disks.Add(new(paths[i], serial));
            script.Append(i < extensions.Count ? "attach " : "attach_configuration ").Append(serial).Append(' ').Append(Bash.Quote(names[i])).Append('\n');
        }

        return options with
        {
            ExtraDisks = disks,
            Credentials =
            [
                .. options.Credentials,
                Credential.ExtraUnit("compose-attach-extensions.service", EmbeddedText.Read("attach-extensions.service")),
                Credential.UnitDropIn("sysinit.target", "compose-attach-extensions", "[Unit]\nWants=compose-attach-extensions.service\n"),
                Credential.FromText("compose.attach-extensions", script.ToString()),
            ],
        };
    }

    private static string NameOf(string path)
    {
        var name = Path.GetFileName(path);
        if (!name.EndsWith(".raw", StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{path}' is not named NAME.raw.");
        }

        foreach (var suffix in Suffixes)
        {
            name = name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name;
        }

        return name.Length > 0 ? name : throw new ArgumentException($"'{path}' is not named NAME.raw.");
    }
}
