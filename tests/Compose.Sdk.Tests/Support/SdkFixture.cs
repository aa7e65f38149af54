using Compose.Sdk.Tests.Support;

[assembly: AssemblyFixture(typeof(SdkFixture))]

namespace Compose.Sdk.Tests.Support;

/// <summary>What all tests share: the package, which is slow to make, and the archive.</summary>
public sealed class SdkFixture : IDisposable
{
    private readonly Lazy<SdkPackage> _package = new(() => new SdkPackage());

    /// <summary>The archive that projects restore from.</summary>
    public DebianArchive Archive { get; } = new();

    /// <summary>The package of the SDK.</summary>
    internal SdkPackage Package => _package.Value;

    /// <summary>A new folder for projects.</summary>
    public Workspace CreateWorkspace(SdkForm form = SdkForm.Repository) => new(this, form);

    /// <inheritdoc/>
    public void Dispose()
    {
        Archive.Dispose();
        if (_package.IsValueCreated)
        {
            _package.Value.Dispose();
        }
    }
}
