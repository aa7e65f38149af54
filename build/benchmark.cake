// What the benchmarks compare with, measure with and build from, and the Debian packages that bring it.
var benchmarkTools = new Dictionary<string, string>
{
    ["mksquashfs"] = "squashfs-tools",
    ["gensquashfs"] = "squashfs-tools-ng",
    ["mkfs.erofs"] = "erofs-utils",
    ["/usr/bin/time"] = "time",
    ["tar"] = "tar",
    ["git"] = "git",
    ["dpkg-source"] = "dpkg-dev",
    ["make"] = "make",
    ["gcc"] = "gcc",
    ["/usr/include/zlib.h"] = "zlib1g-dev",
    ["/usr/include/lzma.h"] = "liblzma-dev",
    ["/usr/include/lz4.h"] = "liblz4-dev",
};

Task("BenchmarkTools")
    .Description("Installs what the benchmarks need and what is missing (Debian, as root or by sudo), or names it.")
    .Does(() => InstallMissing(benchmarkTools, "The benchmarks"));

// Options of tests/Compose.Benchmarks go by the same names here: --quick=true --filter="docker zstd".
Task("Benchmark")
    .Description("Measures compose pack against other tools, in half an hour on two cores; --quick=true, --full=true, --runs=N, --filter=TEXT, --inner=true choose what.")
    .IsDependentOn("BenchmarkTools")
    .Does(() =>
    {
        const string release = "Release";
        var benchmarks = parameters.Root.CombineWithFilePath("tests/Compose.Benchmarks/Compose.Benchmarks.csproj");
        BuildProject(benchmarks, release);

        // As its package has it: compiled ahead of time.
        var compose = parameters.Artifacts.Combine("benchmarks/tools/compose");
        CleanDirectory(compose);
        DotNetPublish(parameters.Root.CombineWithFilePath("src/Compose.Tool/Compose.Tool.csproj").FullPath, new DotNetPublishSettings
        {
            Configuration = release,
            Runtime = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier,
            MSBuildSettings = new DotNetMSBuildSettings().WithProperty("NativeToolPackages", "true"),
            OutputDirectory = compose,
            NoLogo = true,
            Verbosity = DotNetVerbosity.Minimal,
        });

        var arguments = new ProcessArgumentBuilder()
            .Append("exec")
            .AppendQuoted(parameters.Artifacts.CombineWithFilePath("bin/Compose.Benchmarks/release/Compose.Benchmarks.dll").FullPath);
        foreach (var name in new[] { "quick", "full", "inner", "list" }.Where(name => Argument(name, false)))
        {
            arguments.Append($"--{name}");
        }

        foreach (var name in new[] { "runs", "filter", "threads", "results" }.Where(HasArgument))
        {
            arguments.AppendSwitchQuoted($"--{name}", Argument<string>(name));
        }

        var exitCode = StartProcess("dotnet", new ProcessSettings { Arguments = arguments });
        if (exitCode != 0)
        {
            throw new CakeException($"The benchmarks ended with {exitCode}.");
        }
    });
