using Compose.FileTrees;
using Compose.Images.Artifacts;

namespace Compose.Images.Checks.Layout;

/// <summary>Which services run after systemd-sysext.service has merged the extensions.</summary>
internal sealed class MergeOrder
{
    private const string Prefix = "systemd-";
    private const string MergeService = "systemd-sysext.service";
    private static readonly TreePath[] Directories = [TreePath.Parse("etc/systemd/system"), TreePath.Parse("usr/lib/systemd/system")];
    private static readonly char[] Blanks = [' ', '\t'];

    private readonly CheckedExtension _extension;
    private readonly HashSet<string> _afterMerge;

    private MergeOrder(CheckedExtension extension, IEnumerable<string> afterMerge)
    {
        _extension = extension;
        _afterMerge = [.. afterMerge];
    }

    /// <summary>Reads the service that merges; null when there is none.</summary>
    public static MergeOrder? Read(CheckedExtension extension)
    {
        var service = SettingsOf(extension.Host, MergeService);
        return service.Count == 0 ? null : new(extension, Words(service, "Before"));
    }

    /// <summary>Whether a service that is not before the merge runs a program, or one that comes with an extension.</summary>
    public bool RunsAfterMerge(string program)
    {
        // A service that runs the program is likely to be named after it: then few files are read.
        var names = Directories.SelectMany(_extension.Host.Children)
            .Where(path => path.Name.EndsWith(".service"u8))
            .Select(path => TreePath.Describe(path.Name))
            .Distinct()
            .OrderBy(name => !name.Contains(program[Prefix.Length..], StringComparison.Ordinal));
        foreach (var name in names)
        {
            var settings = SettingsOf(_extension.Host, name);
            if (settings.Any(setting => setting.Name == "ExecStart" && Runs(setting.Value, program))
                && (_afterMerge.Contains(name) || Words(settings, "After").Contains(MergeService) || ComesWithExtension(name)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>systemd-tmpfiles has to make everything: there are services that run it for /dev alone, or to clean up.</summary>
    private static bool Runs(string command, string program)
    {
        var words = command.TrimStart('-', '@', ':', '+', '!', '|').Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0
            && words[0][(words[0].LastIndexOf('/') + 1)..] == program
            && (program != "systemd-tmpfiles"
                || (words.Contains("--create") && !words.Any(word => word == "--prefix" || word.StartsWith("--prefix=", StringComparison.Ordinal))));
    }

    private bool ComesWithExtension(string name) =>
        Directories.Any(directory => _extension.Host.TryGet(directory.Child(name), out _, out var layer) && layer.Name != MergedLayer.BaseName);

    private static IEnumerable<string> Words(IEnumerable<(string Name, string Value)> settings, string name) =>
        settings.Where(setting => setting.Name == name).SelectMany(setting => setting.Value.Split(Blanks, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The settings of a unit and its drop-ins.</summary>
    private static List<(string Name, string Value)> SettingsOf(MergedTree host, string unit)
    {
        var settings = new List<(string, string)>();
        foreach (var directory in Directories)
        {
            if (host.Resolve(directory.Child(unit)) is { Entry: FileEntry file })
            {
                AddSettings(file, settings);
                break;
            }
        }

        if (settings.Count > 0)
        {
            foreach (var path in Directories.SelectMany(directory => host.Children(directory.Child(unit + ".d"))))
            {
                if (path.Name.EndsWith(".conf"u8) && host.Resolve(path) is { Entry: FileEntry dropIn })
                {
                    AddSettings(dropIn, settings);
                }
            }
        }

        return settings;
    }

    private static void AddSettings(FileEntry file, List<(string Name, string Value)> settings)
    {
        foreach (var line in TreeText.Read(file).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
        {
            if (line.Split('=', 2) is [var name, var value] && name.Length > 0 && name[0] is not ('#' or ';'))
            {
                settings.Add((name.Trim(), value.Trim()));
            }
        }
    }
}
