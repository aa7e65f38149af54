using System.Text.Json;
using System.Text.Json.Serialization;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Packages.Debian;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;

namespace Compose.Packages.Locking;

/// <summary>
/// What a project's restore decided, to be committed: <c>compose.lock.json</c>. It names packages by digest and by their
/// path below a mirror, never the mirror; other inputs by digest and address, never with a password.
/// </summary>
public sealed record LockFile
{
    /// <summary>The format version that is written and read.</summary>
    public const int CurrentVersion = 2;

    /// <summary>The usual file name.</summary>
    public const string FileName = "compose.lock.json";

    private const string Remedy = "Take the file from the last commit, or delete it, and run 'dotnet restore'.";

    /// <summary>The format's version.</summary>
    [JsonPropertyOrder(0)]
    public required int Version { get; init; }

    /// <summary>What packages were resolved against, in order of preference; null when no package is asked for.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<LockedRepository>? Repositories { get; init; }

    /// <summary>The packages that were resolved, by the group's name.</summary>
    [JsonPropertyOrder(2)]
    public required SortedDictionary<string, LockedGroup> Groups { get; init; }

    /// <summary>The archives, sorted by name; null when none is asked for.</summary>
    [JsonPropertyOrder(3)]
    public IReadOnlyList<LockedArchive>? Archives { get; init; }

    /// <summary>The container images, sorted by name, tag and platform; null when none is asked for.</summary>
    [JsonPropertyOrder(4)]
    public IReadOnlyList<LockedImage>? Images { get; init; }

    /// <summary>The NuGet packages, sorted by name; null when none is asked for.</summary>
    [JsonPropertyOrder(5)]
    [JsonPropertyName("nugetPackages")]
    public IReadOnlyList<LockedNuGetPackage>? NuGetPackages { get; init; }

    /// <summary>The .NET applications, sorted by project; null when none is referenced.</summary>
    [JsonPropertyOrder(6)]
    public IReadOnlyList<LockedApplication>? Applications { get; init; }

    /// <summary>A lock file of nothing.</summary>
    public static LockFile Empty => new() { Version = CurrentVersion, Groups = new(StringComparer.Ordinal) };

    /// <summary>All packages of all groups; one that is in several comes once.</summary>
    [JsonIgnore]
    public IEnumerable<LockedPackage> Packages => Groups.Values.SelectMany(group => group.Packages).DistinctBy(package => package.Sha256);

    /// <summary>All files that are named by their SHA-256, of every kind. The packages of applications are not: NuGet has another digest.</summary>
    [JsonIgnore]
    public IEnumerable<LockedContent> Contents =>
    [
        .. Packages.Select(package => new LockedContent("package", package.ToString(), package.Digest, package.Size)),
        .. (Archives ?? []).Select(archive => new LockedContent("archive", archive.Name, archive.Digest, archive.Size)),
        .. (Images ?? []).SelectMany(image => image.Layers.Prepend(image.Config).Select(blob => new LockedContent("image", $"{image} {blob.Digest}", blob.Sha256, blob.Size)))
            .DistinctBy(content => content.Sha256),
        .. (NuGetPackages ?? []).Select(package => new LockedContent(LockedContent.NuGetPackageKind, package.ToString(), package.Digest, package.Size)),
    ];

    /// <summary>The group of this name.</summary>
    /// <exception cref="DiagnosticException">There is none.</exception>
    public LockedGroup Group(string name) =>
        Groups.GetValueOrDefault(name) ?? throw new DiagnosticException(
            PackageDiagnostics.BadLockFile.Create($"The lock file has no group '{name}'. Run 'dotnet restore' on its project."));

    /// <summary>The repository that has a package, by what tells it from the others; null when the file has no repositories.</summary>
    public string? RepositoryOf(LockedPackage package) =>
        package.Suite ?? (Repositories is [var first, ..] ? first.ToRepository().NameAmong(Repositories.Select(other => other.ToRepository())) : null);

    /// <summary>The packages of the group of this name; none when a project without packages has no such group.</summary>
    public IReadOnlyList<LockedPackage> PackagesOf(string name) => Groups.GetValueOrDefault(name)?.Packages ?? [];

    /// <summary>Reads a lock file; null when it is missing.</summary>
    /// <exception cref="DiagnosticException">It is malformed or of another version.</exception>
    public static LockFile? TryRead(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, $"cannot be read: {e.Message}", inner: e);
        }

        if (LockFileMerge.FirstMark(bytes) is { } mark)
        {
            throw Bad(
                path,
                $"has the marks of a merge conflict, the first in line {mark}. Take one side of it as a whole ('git checkout --ours' or '--theirs') and run 'dotnet restore', which makes anew what does not fit the project.",
                mark);
        }

        try
        {
            var file = JsonSerializer.Deserialize(LockFileVersion1.Migrate(bytes), LockFileJson.Instance.LockFile);
            if (file is null || file.Version != CurrentVersion)
            {
                throw Bad(path, $"has the version {file?.Version}; this version of Compose reads {CurrentVersion}. Delete it and run 'dotnet restore'.");
            }

            file.Check();
            return file;
        }
        catch (JsonException e)
        {
            // Behind the reason stands the place once more, counted from 0.
            var line = (int)((e.LineNumber ?? -1) + 1);
            throw Bad(path, $"cannot be read{(line > 0 ? $" at line {line}" : "")}: {e.Message.Split([" Path: ", " LineNumber: "], StringSplitOptions.None)[0]} {Remedy}", line, e);
        }
        catch (FormatException e)
        {
            throw Bad(path, $"cannot be read: {e.Message} {Remedy}", inner: e);
        }
    }

    /// <summary>Writes the file, unless it holds the same already.</summary>
    /// <returns>Whether it was written.</returns>
    public bool Write(string path) => AtomicFile.WriteWhenDifferent(path, ToBytes());

    internal byte[] ToBytes() => [.. JsonSerializer.SerializeToUtf8Bytes(this, LockFileJson.Instance.LockFile), (byte)'\n'];

    /// <exception cref="FormatException">A value is malformed, or null where the serializer does not look.</exception>
    private void Check()
    {
        if (Repositories?.Contains(null!) == true || (Groups.Count > 0 && Repositories is not { Count: > 0 }))
        {
            throw new FormatException("It names packages and no repository.");
        }

        var repositories = (Repositories ?? []).Select(repository => repository.ToRepository()).ToArray();
        var suites = repositories.Select(repository => repository.NameAmong(repositories)).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, group) in Groups)
        {
            if (group is null || group.Requests.Contains(null!) || group.Uses.Contains(null!) || group.Packages.Contains(null!))
            {
                throw new FormatException($"The group '{name}' has a null.");
            }

            foreach (var package in group.Packages)
            {
                package.Check();
                if (package.Suite is { } suite && !suites.Contains(suite))
                {
                    throw new FormatException($"The package '{package.Name}' is of '{suite}', which is none of the repositories.");
                }
            }

            CheckNames(group.Packages.Select(package => package.Name), $"package of the group '{name}'");
            foreach (var use in group.Uses)
            {
                RelationParser.Parse(use, Repositories![0].Architecture);
            }
        }

        foreach (var archive in Archives ?? [])
        {
            (archive ?? throw new FormatException("The list of archives has a null.")).Check();
        }

        foreach (var image in Images ?? [])
        {
            (image ?? throw new FormatException("The list of images has a null.")).Check();
        }

        foreach (var package in NuGetPackages ?? [])
        {
            (package ?? throw new FormatException("The list of NuGet packages has a null.")).Check();
        }

        foreach (var application in Applications ?? [])
        {
            (application ?? throw new FormatException("The list of applications has a null.")).Check();
        }

        CheckNames((Archives ?? []).Select(archive => archive.Name), "archive");
        CheckNames((NuGetPackages ?? []).Select(package => package.Name), "NuGet package");
        CheckNames((Applications ?? []).Select(application => application.Project), "application");
    }

    private static void CheckNames(IEnumerable<string> names, string what)
    {
        if (names.CountBy(name => name, StringComparer.Ordinal).FirstOrDefault(name => name.Value > 1).Key is { } repeated)
        {
            throw new FormatException($"The {what} '{repeated}' is there twice.");
        }
    }

    private static DiagnosticException Bad(string path, string what, int line = 0, Exception? inner = null) =>
        new(PackageDiagnostics.BadLockFile.Create($"'{path}' {what}") with { SourceFile = path, SourceLine = line }, inner);
}

/// <summary>A repository in a lock file.</summary>
/// <param name="Suite">The suite or code name.</param>
/// <param name="Components">The components.</param>
/// <param name="Architecture">The architecture.</param>
public sealed record LockedRepository(string Suite, IReadOnlyList<string> Components, string Architecture)
{
    /// <summary>
    /// When the release file was made with which the packages were resolved: an older one would bring back what was replaced
    /// since. Null when that is not known.
    /// </summary>
    public DateTimeOffset? Date { get; init; }

    internal DebianRepository ToRepository() => new(Suite, Components, Architecture);

    internal static LockedRepository Of(DebianRepository repository) =>
        new(repository.Suite, repository.Components, repository.Architecture);
}

/// <summary>Packages that were resolved together: an extension's, or a base system's, or an initrd's.</summary>
public sealed record LockedGroup
{
    /// <summary>What was asked for, sorted.</summary>
    public required IReadOnlyList<PackageRequest> Requests { get; init; }

    /// <summary>Whether recommended packages were taken too.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Recommends { get; init; }

    /// <summary>Dependencies that the base or referenced extensions satisfy, sorted. While they do, the group stays right.</summary>
    public required IReadOnlyList<string> Uses { get; init; }

    /// <summary>The packages, sorted by name.</summary>
    public required IReadOnlyList<LockedPackage> Packages { get; init; }
}

/// <summary>A package in a lock file.</summary>
public sealed record LockedPackage
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The Debian version.</summary>
    public required string Version { get; init; }

    /// <summary>The architecture, or <c>all</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>
    /// The suite of the repository that has it, with the components where several repositories are of that suite; null for the
    /// first one's.
    /// </summary>
    public string? Suite { get; init; }

    /// <summary>The path below the mirror's address.</summary>
    [JsonPropertyName("filename")]
    public required string FileName { get; init; }

    /// <summary>The SHA-256 of the package, in hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>What it provides, for those that build on it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Provides { get; init; }

    /// <summary>Whether dependencies of the form <c>name:any</c> accept it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool MultiArchAllowed { get; init; }

    /// <summary>The digest.</summary>
    [JsonIgnore]
    public Sha256Digest Digest => Sha256Digest.Parse(Sha256);

    /// <summary>The package as those see it that build on it.</summary>
    public InstalledPackage ToInstalled() => new(
        Name,
        DebianVersion.Parse(Version),
        [.. (Provides ?? []).SelectMany(text => RelationParser.Parse(text, Architecture)).SelectMany(group => group.Alternatives)],
        MultiArchAllowed);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Version}";

    internal static LockedPackage Of(BinaryPackage package, string? suite) => new()
    {
        Suite = suite,
        Name = package.Name,
        Version = package.Version.ToString(),
        Architecture = package.Architecture,
        FileName = package.FileName,
        Sha256 = package.Sha256.ToString(),
        Size = package.Size,
        Provides = package.Provides.Count == 0 ? null : [.. package.Provides.Select(provided => provided.ToString())],
        MultiArchAllowed = package.IsMultiArchAllowed,
    };

    /// <exception cref="FormatException">A value is malformed.</exception>
    internal void Check()
    {
        BinaryPackage.SafeFileName(FileName);
        if (Provides?.Contains(null!) == true)
        {
            throw new FormatException($"The package '{Name}' provides a null.");
        }

        _ = Digest;
        _ = ToInstalled();
        if (Size < 0)
        {
            throw new FormatException($"The package '{Name}' has a negative size.");
        }
    }
}
