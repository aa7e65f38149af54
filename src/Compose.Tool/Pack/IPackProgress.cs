using Compose.SquashFs;

namespace Compose.Tool.Pack;

/// <summary>Shows how far packing is.</summary>
/// <remarks>A number of bytes is how much of a tar archive was taken in; how much is to come is not known.</remarks>
internal interface IPackProgress : IProgress<SquashFsProgress>, IProgress<long>;

/// <summary>Shows nothing: for pipes.</summary>
internal sealed class NoProgress : IPackProgress
{
    /// <inheritdoc/>
    public void Report(SquashFsProgress value)
    {
    }

    /// <inheritdoc/>
    public void Report(long value)
    {
    }
}
