using Compose.Diagnostics;

namespace Compose.Formats.KernelModules;

/// <summary>Which modules need which: found as depmod does, from the symbols that one exports and the other lacks.</summary>
internal sealed class ModuleDependencies
{
    private readonly Dictionary<KernelModule, KernelModule[]> _direct;
    private readonly Dictionary<KernelModule, int> _loadOrder;

    private ModuleDependencies(Dictionary<KernelModule, KernelModule[]> direct, Dictionary<KernelModule, int> loadOrder)
    {
        _direct = direct;
        _loadOrder = loadOrder;
    }

    /// <summary>Finds the dependencies.</summary>
    /// <param name="modules">The modules in the order of <c>modules.order</c>. Of two exports of a symbol the later counts.</param>
    /// <exception cref="DiagnosticException">COMPOSE4602: modules need each other in a circle.</exception>
    public static ModuleDependencies Of(IReadOnlyList<KernelModule> modules)
    {
        var owners = new Dictionary<string, KernelModule>(StringComparer.Ordinal);
        foreach (var module in modules)
        {
            foreach (var symbol in module.ExportedSymbols)
            {
                owners[symbol] = module;
            }
        }

        // A symbol that no module exports is the kernel's.
        var direct = new Dictionary<KernelModule, KernelModule[]>(ReferenceEqualityComparer.Instance);
        foreach (var module in modules)
        {
            direct.Add(module, [.. module.UndefinedSymbols
                .Select(symbol => owners.GetValueOrDefault(symbol))
                .OfType<KernelModule>()
                .Where(owner => !ReferenceEquals(owner, module))
                .Distinct(ReferenceEqualityComparer.Instance)
                .Cast<KernelModule>()]);
        }

        return new ModuleDependencies(direct, LoadOrder(modules, direct));
    }

    /// <summary>
    /// Everything that must be loaded for a module, without itself. The last must be loaded first: each stands before what it
    /// needs, as in <c>modules.dep</c>.
    /// </summary>
    public IReadOnlyList<KernelModule> AllOf(KernelModule module)
    {
        var found = new HashSet<KernelModule>(ReferenceEqualityComparer.Instance) { module };
        var queue = new Queue<KernelModule>([module]);
        while (queue.TryDequeue(out var next))
        {
            foreach (var dependency in _direct[next])
            {
                if (found.Add(dependency))
                {
                    queue.Enqueue(dependency);
                }
            }
        }

        found.Remove(module);
        return [.. found.OrderByDescending(dependency => _loadOrder[dependency])];
    }

    /// <summary>Numbers the modules so that each has a higher number than those it needs.</summary>
    private static Dictionary<KernelModule, int> LoadOrder(
        IReadOnlyList<KernelModule> modules, Dictionary<KernelModule, KernelModule[]> direct)
    {
        var missing = new Dictionary<KernelModule, int>(ReferenceEqualityComparer.Instance);
        var dependents = new Dictionary<KernelModule, List<KernelModule>>(ReferenceEqualityComparer.Instance);
        var ready = new Queue<KernelModule>();
        foreach (var module in modules)
        {
            missing.Add(module, direct[module].Length);
            if (direct[module].Length == 0)
            {
                ready.Enqueue(module);
            }

            foreach (var dependency in direct[module])
            {
                if (!dependents.TryGetValue(dependency, out var list))
                {
                    dependents.Add(dependency, list = []);
                }

                list.Add(module);
            }
        }

        var order = new Dictionary<KernelModule, int>(ReferenceEqualityComparer.Instance);
        while (ready.TryDequeue(out var module))
        {
            order.Add(module, order.Count);
            foreach (var dependent in dependents.GetValueOrDefault(module) ?? [])
            {
                if (--missing[dependent] == 0)
                {
                    ready.Enqueue(dependent);
                }
            }
        }

        if (order.Count < modules.Count)
        {
            var circle = modules.Where(module => !order.ContainsKey(module)).Select(module => module.Name).Take(10);
            throw new DiagnosticException(FormatDiagnostics.InvalidKernelModules.Create(
                $"Kernel modules depend on each other in a circle, so that none of them can be loaded: {string.Join(", ", circle)}."));
        }

        return order;
    }
}
