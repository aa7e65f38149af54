namespace Compose.Images.Artifacts;

/// <summary>How far a piece of work on an artifact is.</summary>
/// <param name="Work">What is done, in a few words.</param>
/// <param name="BytesDone">The bytes done.</param>
/// <param name="BytesTotal">The bytes to do.</param>
public readonly record struct ArtifactProgress(string Work, long BytesDone, long BytesTotal);
