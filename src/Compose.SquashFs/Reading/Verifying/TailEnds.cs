namespace Compose.SquashFs.Reading.Verifying;

/// <summary>How long each fragment must be: up to the end of the last tail in it.</summary>
internal sealed class TailEnds
{
    private readonly Dictionary<uint, (long End, int Owner)> _ends = [];

    public void Add(uint fragment, long end, int owner)
    {
        if (!_ends.TryGetValue(fragment, out var known) || end > known.End)
        {
            _ends[fragment] = (end, owner);
        }
    }

    /// <summary>The end of the last tail in a fragment and the place of its file's path.</summary>
    public bool TryGet(uint fragment, out (long End, int Owner) tail) => _ends.TryGetValue(fragment, out tail);
}
