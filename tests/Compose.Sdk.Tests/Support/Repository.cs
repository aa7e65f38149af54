using System.Reflection;

namespace Compose.Sdk.Tests.Support;

/// <summary>The repository that the tests were built in.</summary>
internal static class Repository
{
    public static string Directory { get; } = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryDirectory").Value!;

    public static string Combine(params ReadOnlySpan<string> parts) => Path.Combine([Directory, .. parts]);
}
