using System.Globalization;
using System.Text;

namespace Compose.Formats.KernelModules;

/// <summary>The files that depmod makes (modules.dep(5)), for reading by people and, with <c>.bin</c>, by kmod.</summary>
internal static class ModuleIndexes
{
    /// <summary>Makes the files: their names and bytes.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Of(KernelModuleSet set)
    {
        yield return ("modules.dep", Text(set.Modules.Select(module => Dependencies(set, module)), heading: null));
        yield return ("modules.dep.bin", Index(set.Modules.Select((module, i) => (module.Name, Dependencies(set, module), i))));
        yield return ("modules.alias", Text(
            Entries(set, "alias").Select(entry => $"alias {entry.Value} {entry.Module.Name}"),
            "# Aliases extracted from modules themselves."));
        yield return ("modules.alias.bin", Index(
            from entry in Entries(set, "alias")
            let alias = NormalizeAlias(entry.Value)
            where alias is not null
            select (alias, entry.Module.Name, entry.Index)));
        var symbols = Symbols(set);
        yield return ("modules.symbols", Text(
            symbols.Select(symbol => $"alias {symbol.Key} {symbol.Value}"), "# Aliases for symbols, used by symbol_request()."));
        yield return ("modules.symbols.bin", Index(symbols));
        yield return ("modules.softdep", Text(
            Entries(set, "softdep").Select(entry => $"softdep {entry.Module.Name} {entry.Value}"),
            "# Soft dependencies extracted from modules themselves."));
        yield return ("modules.weakdep", Text(
            Entries(set, "weakdep").Select(entry => $"weakdep {entry.Module.Name} {entry.Value}"),
            "# Weak dependencies extracted from modules themselves."));
        yield return ("modules.devname", Text(
            set.Modules.Select(DeviceNode).OfType<string>(), "# Device nodes to trigger on-demand module loading."));
        yield return ("modules.builtin.bin", Index(set.BuiltIn.Names.Select(name => (name, string.Empty, 0))));
        yield return ("modules.builtin.alias.bin", Index(
            from entry in set.BuiltIn.Aliases
            let alias = NormalizeAlias(entry.Alias)
            where alias is not null
            select (alias, entry.Name, 0)));
    }

    private static string Dependencies(KernelModuleSet set, KernelModule module)
    {
        var line = new StringBuilder(PathOf(module)).Append(':');
        foreach (var dependency in set.DependenciesOf(module))
        {
            line.Append(' ').Append(PathOf(dependency));
        }

        return line.ToString();
    }

    private static string PathOf(KernelModule module) => Encoding.Latin1.GetString(module.Path.Bytes);

    private static IEnumerable<(KernelModule Module, string Value, int Index)> Entries(KernelModuleSet set, string key) =>
        set.Modules.SelectMany((module, i) => module.Values(key).Select(value => (module, value, i)));

    /// <summary>Each symbol once, with the module whose export counts: the last one, as for dependencies.</summary>
    private static List<(string Key, string Value, int Priority)> Symbols(KernelModuleSet set)
    {
        var owners = new SortedDictionary<string, (string Name, int Priority)>(StringComparer.Ordinal);
        for (var i = 0; i < set.Modules.Count; i++)
        {
            foreach (var symbol in set.Modules[i].ExportedSymbols)
            {
                owners["symbol:" + symbol] = (set.Modules[i].Name, i);
            }
        }

        return [.. owners.Select(owner => (owner.Key, owner.Value.Name, owner.Value.Priority))];
    }

    /// <summary>
    /// What udev needs to make a device node before its module is loaded; the module says it with the aliases
    /// <c>devname:NAME</c> and <c>char-major-MAJOR-MINOR</c> or <c>block-major-MAJOR-MINOR</c>.
    /// </summary>
    private static string? DeviceNode(KernelModule module)
    {
        string? name = null;
        string? numbers = null;
        foreach (var alias in module.Values("alias"))
        {
            if (alias.StartsWith("devname:", StringComparison.Ordinal))
            {
                name = alias["devname:".Length..];
            }
            else
            {
                numbers ??= Numbers(alias, "char-major-", 'c') ?? Numbers(alias, "block-major-", 'b');
            }
        }

        return name is null || numbers is null ? null : $"{module.Name} {name} {numbers}";
    }

    private static string? Numbers(string alias, string prefix, char type)
    {
        if (!alias.StartsWith(prefix, StringComparison.Ordinal)
            || alias[prefix.Length..].Split('-') is not [var majorText, var minorText]
            || !uint.TryParse(majorText, NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            || !uint.TryParse(minorText, NumberStyles.None, CultureInfo.InvariantCulture, out var minor))
        {
            return null;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{type}{major}:{minor}");
    }

    /// <summary>Replaces dashes by underscores, but not in the character sets of a pattern; null if brackets do not match.</summary>
    private static string? NormalizeAlias(string alias)
    {
        var result = new StringBuilder(alias.Length);
        var inSet = false;
        foreach (var character in alias)
        {
            switch (character)
            {
                case ']' when !inSet:
                    return null;
                case '[' or ']':
                    inSet = character == '[';
                    result.Append(character);
                    break;
                default:
                    result.Append(character == '-' && !inSet ? '_' : character);
                    break;
            }
        }

        return inSet ? null : result.ToString();
    }

    private static byte[] Text(IEnumerable<string> lines, string? heading)
    {
        var text = new StringBuilder();
        foreach (var line in heading is null ? lines : lines.Prepend(heading))
        {
            text.Append(line).Append('\n');
        }

        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private static byte[] Index(IEnumerable<(string Key, string Value, int Priority)> entries)
    {
        var index = new KmodIndex();
        foreach (var (key, value, priority) in entries)
        {
            index.Add(key, value, priority);
        }

        return index.ToBytes();
    }
}
