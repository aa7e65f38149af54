using System.Collections;

namespace Compose.Sdk.Tests.Support;

/// <summary>The environment that dotnet gets: without what the test's own host or build left in it.</summary>
internal static class DotnetEnvironment
{
    public static IReadOnlyDictionary<string, string?> Clean { get; } = Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .Select(variable => (string)variable.Key)
        .Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name.StartsWith("COMPOSE_", StringComparison.Ordinal) || name == "DOTNET_HOST_PATH")
        .ToDictionary(name => name, _ => (string?)null);
}
