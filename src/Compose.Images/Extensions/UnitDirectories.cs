using System.Text;
using Compose.FileTrees;
using Compose.Images.Units;

namespace Compose.Images.Extensions;

/// <summary>Where an image keeps the system's units, and files that units are generated from.</summary>
internal static class UnitDirectories
{
    private static readonly ExtensionTraits[] Kinds = [ExtensionTraits.Of(ExtensionKind.System), ExtensionTraits.Of(ExtensionKind.Configuration)];

    /// <summary>The folder of units.</summary>
    public static readonly TreePath System = Kinds[0].UnitDirectories[0];

    /// <summary>All such folders; podman's generator makes services of what is in those of containers.</summary>
    public static readonly IReadOnlyList<TreePath> All = [.. Kinds.SelectMany(kind => kind.UnitDirectories)];

    /// <summary>The endings of files that podman's generator makes services of, and what it adds to the name (podman-systemd.unit(5)).</summary>
    private static readonly (string Ending, string Added)[] Generated =
        [("container", ""), ("kube", ""), ("volume", "-volume"), ("network", "-network"), ("pod", "-pod"), ("image", "-image"), ("build", "-build")];

    /// <summary>Whether a host with the tree has a unit: by a file of its name or of its template, or one that it is generated from.</summary>
    public static bool Hold(FileTree tree, string unit)
    {
        string[] names = [unit, UnitName.TemplateOf(unit)];
        return names.Any(name => All.Any(directory => tree.Contains(directory.Child(name))))
            || (unit.EndsWith(".service", StringComparison.Ordinal) && names.Any(name => IsGenerated(tree, name[..^".service".Length])));
    }

    private static bool IsGenerated(FileTree tree, string stem) => Generated.Any(kind =>
        stem.Length > kind.Added.Length
        && stem.EndsWith(kind.Added, StringComparison.Ordinal)
        && Kinds.Any(traits => tree.Contains(traits.UnitDirectories[1].Child(Encoding.UTF8.GetBytes($"{stem[..^kind.Added.Length]}.{kind.Ending}")))));
}
