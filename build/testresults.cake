// Sums up what the test programs report, in the TRX format.
public sealed class TestResults
{
    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public bool Any { get; private set; }

    // A program that fails without a failed test, or that leaves no report, counts as one failure.
    public bool Add(System.IO.FileInfo report, int exitCode)
    {
        Any = true;
        var failedBefore = Failed;
        if (report.Exists)
        {
            var counters = System.Xml.Linq.XDocument.Load(report.FullName).Descendants().First(element => element.Name.LocalName == "Counters");
            int Count(string name) => int.Parse(counters.Attribute(name)?.Value ?? "0", System.Globalization.CultureInfo.InvariantCulture);
            Passed += Count("passed");

            // A test that was not run is not one that passed.
            Failed += Count("total") - Count("passed");
        }

        if (exitCode != 0 && Failed == failedBefore)
        {
            Failed++;
        }

        return Failed == failedBefore;
    }

    public void AddSuccess()
    {
        Any = true;
        Passed++;
    }

    public void AddFailure()
    {
        Any = true;
        Failed++;
    }

    public override string ToString() => $"{Passed} passed, {Failed} failed";
}
