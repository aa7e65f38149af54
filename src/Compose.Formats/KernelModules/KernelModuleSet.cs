using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Formats.KernelModules;

/// <summary>
/// The modules of one kernel release, below <c>usr/lib/modules/RELEASE</c>: all of them, or some with what they need. It makes
/// the indexes that modprobe reads, as depmod does.
/// </summary>
public sealed class KernelModuleSet
{
    private static readonly TreePath ModulesDirectory = TreePath.Parse("usr/lib/modules");

    private readonly ModuleDependencies _dependencies;
    private readonly FileTree _source;

    private KernelModuleSet(
        string release, FileTree source, IReadOnlyList<KernelModule> modules, BuiltInModules builtIn, ModuleDependencies dependencies)
    {
        Release = release;
        Modules = modules;
        BuiltIn = builtIn;
        _source = source;
        _dependencies = dependencies;
    }

    /// <summary>The kernel's release, as <c>uname -r</c> prints it.</summary>
    public string Release { get; }

    /// <summary>The modules in the order of <c>modules.order</c>, then by path.</summary>
    public IReadOnlyList<KernelModule> Modules { get; }

    /// <summary>What is built into the kernel itself.</summary>
    internal BuiltInModules BuiltIn { get; }

    /// <summary>The directory of the release in a tree.</summary>
    public static TreePath DirectoryOf(string release) => ModulesDirectory.Child(release);

    /// <summary>The releases that a tree has modules of, in ordinal order.</summary>
    public static IReadOnlyList<string> ReleasesIn(FileTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return [.. tree.Children(ModulesDirectory)
            .Where(item => item.Entry is DirectoryEntry)
            .Select(item => Encoding.UTF8.GetString(item.Path.Name))];
    }

    /// <summary>Reads every module of a release, on all processors.</summary>
    /// <param name="tree">A tree with <c>usr/lib/modules/RELEASE</c>.</param>
    /// <param name="release">The kernel's release.</param>
    /// <param name="cancellationToken">Ends the work with an exception.</param>
    /// <exception cref="DiagnosticException">
    /// COMPOSE4501: a module is damaged. COMPOSE4602: one cannot be unpacked, two have the same name, or they need each other
    /// in a circle.
    /// </exception>
    public static KernelModuleSet Read(FileTree tree, string release, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var root = DirectoryOf(release);
        var files = new List<TreeItem>();
        foreach (var item in tree.Subtree(root))
        {
            if (item.Entry is FileEntry && KernelModuleReader.IsModule(item.Path.Name))
            {
                files.Add(item);
            }
        }

        var modules = new KernelModule[files.Count];
        try
        {
            Parallel.For(0, files.Count, new ParallelOptions { CancellationToken = cancellationToken }, index =>
                modules[index] = KernelModuleReader.Read(files[index].Path.RelativeTo(root), (FileEntry)files[index].Entry));
        }
        catch (AggregateException failures) when (failures.InnerExceptions.OfType<DiagnosticException>().Any())
        {
            // Which module fails first depends on the threads: report the first in the order of names.
            throw failures.InnerExceptions.OfType<DiagnosticException>().OrderBy(failure => failure.Message, StringComparer.Ordinal).First();
        }

        var sorted = Sort(WithoutOverridden(modules), ReadLines(tree, root.Child("modules.order")));
        return new KernelModuleSet(release, tree, sorted, BuiltInModules.Read(tree, root), ModuleDependencies.Of(sorted));
    }

    /// <summary>
    /// The modules of these names, and everything they need. A name may be an alias without wildcards, such as <c>fs-ext4</c>;
    /// what is built into the kernel is there anyway.
    /// </summary>
    /// <param name="names">Names with dashes or underscores.</param>
    /// <param name="withSoftDependencies">Whether to take also what modules ask for with <c>softdep</c>, where it exists.</param>
    /// <exception cref="DiagnosticException">COMPOSE4601: the kernel has no such module.</exception>
    public KernelModuleSet Select(IEnumerable<string> names, bool withSoftDependencies = true)
    {
        ArgumentNullException.ThrowIfNull(names);
        var byName = ByNameAndAlias();
        var selected = new HashSet<KernelModule>(ReferenceEqualityComparer.Instance);
        foreach (var name in names)
        {
            var normalized = KernelModule.NormalizeName(name);
            if (byName.TryGetValue(normalized, out var modules))
            {
                modules.ForEach(module => Take(module));
            }
            else if (!BuiltIn.Provides(normalized))
            {
                throw Unknown(name);
            }
        }

        KernelModule[] rest = [.. Modules.Where(selected.Contains)];
        return new KernelModuleSet(Release, _source, rest, BuiltIn, ModuleDependencies.Of(rest));

        void Take(KernelModule wanted)
        {
            var queue = new Queue<KernelModule>([wanted]);
            while (queue.TryDequeue(out var module))
            {
                if (!selected.Add(module))
                {
                    continue;
                }

                _dependencies.AllOf(module).ToList().ForEach(queue.Enqueue);
                foreach (var soft in withSoftDependencies ? SoftDependencies(module) : [])
                {
                    byName.GetValueOrDefault(soft)?.ForEach(queue.Enqueue);
                }
            }
        }
    }

    /// <summary>What must be loaded for a module; the last must be loaded first.</summary>
    public IReadOnlyList<KernelModule> DependenciesOf(KernelModule module) => _dependencies.AllOf(module);

    /// <summary>
    /// A tree with the modules at their paths, the kernel's own lists (<c>modules.order</c>, <c>modules.builtin</c>,
    /// <c>modules.builtin.modinfo</c>) and the indexes: <c>modules.dep</c>, <c>.alias</c>, <c>.symbols</c>, <c>.softdep</c>,
    /// <c>.devname</c> and those that end in <c>.bin</c>.
    /// </summary>
    public FileTree ToTree()
    {
        var root = DirectoryOf(Release);
        var builder = new FileTreeBuilder();
        foreach (var name in new[] { "modules.order", "modules.builtin", "modules.builtin.modinfo" })
        {
            if (_source.TryGet(root.Child(name), out var entry))
            {
                builder.Set(root.Child(name), entry);
            }
        }

        foreach (var module in Modules)
        {
            builder.Set(root.Append(module.Path), module.File);
        }

        foreach (var (name, bytes) in ModuleIndexes.Of(this))
        {
            builder.Set(root.Child(name), new FileEntry(EntryMetadata.File, new BytesContent(bytes)));
        }

        return builder.Set(root, new DirectoryEntry(EntryMetadata.Directory)).Build();
    }

    internal static string[] ReadLines(FileTree tree, TreePath path)
    {
        if (!tree.TryGet(path, out var entry) || entry is not FileEntry file)
        {
            return [];
        }

        using var reader = new StreamReader(file.Content.OpenRead(), Encoding.Latin1);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Of modules with one name the one below <c>updates/</c> counts, as depmod is configured everywhere.</summary>
    private static List<KernelModule> WithoutOverridden(KernelModule[] modules)
    {
        var updates = TreePath.Parse("updates");
        var result = new List<KernelModule>();
        foreach (var group in modules.GroupBy(module => module.Name, StringComparer.Ordinal))
        {
            KernelModule[] candidates = group.Count() == 1 ? [.. group] : [.. group.Where(module => module.Path.IsWithin(updates))];
            if (candidates.Length != 1)
            {
                throw new DiagnosticException(FormatDiagnostics.InvalidKernelModules.Create(
                    $"The kernel module '{group.Key}' is there more than once: {string.Join(", ", group.Select(module => module.Path))}.", group.Key));
            }

            result.Add(candidates[0]);
        }

        return result;
    }

    /// <summary>Sorts as depmod does: by <c>modules.order</c>, which names modules without compression, then by path.</summary>
    private static KernelModule[] Sort(List<KernelModule> modules, string[] order)
    {
        var positions = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in order)
        {
            positions.TryAdd(line, positions.Count);
        }

        return [.. modules
            .OrderBy(module => positions.GetValueOrDefault(Uncompressed(module), int.MaxValue))
            .ThenBy(module => module.Path)];

        static string Uncompressed(KernelModule module)
        {
            var path = Encoding.Latin1.GetString(module.Path.Bytes);
            return path[..(path.LastIndexOf(".ko", StringComparison.Ordinal) + 3)];
        }
    }

    /// <summary>The modules for each name and each alias, names first: several modules may have one alias.</summary>
    private Dictionary<string, List<KernelModule>> ByNameAndAlias()
    {
        var result = Modules.ToDictionary(module => module.Name, module => new List<KernelModule> { module }, StringComparer.Ordinal);
        var names = new HashSet<string>(result.Keys, StringComparer.Ordinal);
        foreach (var module in Modules)
        {
            foreach (var alias in module.Values("alias").Select(KernelModule.NormalizeName).Where(alias => !names.Contains(alias)))
            {
                if (!result.TryGetValue(alias, out var modules))
                {
                    result.Add(alias, modules = []);
                }

                modules.Add(module);
            }
        }

        return result;
    }

    /// <summary>The names in <c>softdep</c> entries: words, without <c>pre:</c> and <c>post:</c>.</summary>
    private static IEnumerable<string> SoftDependencies(KernelModule module) =>
        module.Values("softdep")
            .SelectMany(value => value.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries))
            .Where(word => word is not ("pre:" or "post:"))
            .Select(KernelModule.NormalizeName);

    private DiagnosticException Unknown(string name)
    {
        var near = NearNames.Of(KernelModule.NormalizeName(name), Modules.Select(module => module.Name).Concat(BuiltIn.Names));
        var hint = near.Count == 0 ? string.Empty : $" Similar names: {string.Join(", ", near)}.";
        return new DiagnosticException(FormatDiagnostics.UnknownKernelModule.Create(
            $"The kernel {Release} has no module '{name}', neither as a file nor built in.{hint}", name));
    }
}
