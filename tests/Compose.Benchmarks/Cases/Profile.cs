namespace Compose.Benchmarks.Cases;

/// <summary>How much is run.</summary>
internal enum Profile
{
    /// <summary>A look at whether all works: a few cases, once.</summary>
    Quick,

    /// <summary>All targets; the slow cases with fewer runs.</summary>
    Default,

    /// <summary>Every case that has a target, five times or more; empty files three times.</summary>
    Full,
}

/// <summary>How often a case is run in each profile; 0 leaves it out.</summary>
internal readonly record struct RunPlan(int Quick, int Default, int Full)
{
    /// <summary>The runs in a profile.</summary>
    public int For(Profile profile) => profile switch
    {
        Profile.Quick => Quick,
        Profile.Full => Full,
        _ => Default,
    };
}
