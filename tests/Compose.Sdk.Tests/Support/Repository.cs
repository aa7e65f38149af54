using System.Reflection;

namespace Compose.Sdk.Tests.Support;

/// <summary>The repository that the tests were built in.</summary>
internal static class Repository
{
    public static string Directory { get; } = Metadata("RepositoryDirectory");

    /// <summary>The configuration that the tests, and with them the sources, were built in.</summary>
    public static string Configuration { get; } = Metadata("Configuration");

    /// <summary>Where they were built.</summary>
    public static string ArtifactsPath { get; } = Metadata("ArtifactsPath");

    public static string Combine(params ReadOnlySpan<string> parts) => Path.Combine([Directory, .. parts]);

    private static string Metadata(string key) => typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;
}
