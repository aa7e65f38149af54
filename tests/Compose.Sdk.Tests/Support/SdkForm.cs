namespace Compose.Sdk.Tests.Support;

/// <summary>The two forms in which projects get the SDK.</summary>
public enum SdkForm
{
    /// <summary>As the expanded package in the repository, whose tasks are built first.</summary>
    Repository,

    /// <summary>As a package from a feed.</summary>
    Package,
}
