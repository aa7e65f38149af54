using System.Globalization;
using System.Xml;

namespace Compose.Benchmarks.Reports;

/// <summary>A measured point.</summary>
/// <param name="Tool">The tool: its colour.</param>
/// <param name="Codec">The codec: its shape.</param>
/// <param name="Level">The level; 0 where there is none.</param>
/// <param name="Seconds">The wall time: from left to right.</param>
/// <param name="Megabytes">The size: from bottom to top.</param>
internal sealed record ScatterPoint(string Tool, string Codec, int Level, double Seconds, double Megabytes);

/// <summary>Points over common axes.</summary>
/// <param name="Title">What they are of.</param>
/// <param name="Points">At least one.</param>
internal sealed record ScatterPanel(string Title, IReadOnlyList<ScatterPoint> Points);

/// <summary>
/// Draws panels below each other as SVG: text that is the same on every machine, small, and readable on light and dark pages.
/// </summary>
/// <param name="tools">The tools in the order of their colours.</param>
/// <param name="panels">The panels.</param>
internal sealed class ScatterPlot(IReadOnlyList<string> tools, IReadOnlyList<ScatterPanel> panels)
{
    private const string Svg = "http://www.w3.org/2000/svg";
    private const double Width = 960;
    private const double PanelHeight = 440;
    private const double LegendHeight = 44;
    private const double Left = 70;
    private const double Right = 30;
    private const double Top = 40;
    private const double Bottom = 52;

    private const string Style = """
        text { font: 13px system-ui, sans-serif; fill: #333 }
        .title { font-weight: 600 }
        .label { font-size: 10px }
        .grid { stroke: #ddd; stroke-width: 1 }
        .line { fill: none; stroke-width: 1; stroke-opacity: .5 }
        .background { fill: #fff }
        @media (prefers-color-scheme: dark) {
          text { fill: #ddd } .grid { stroke: #3a3a3a } .background { fill: #161616 }
        }
        """;

    private static readonly string[] s_colours = ["#1f77d0", "#d9483b", "#e39a2d", "#2f9e63", "#8a63c9"];

    /// <summary>The drawing.</summary>
    public string ToSvg()
    {
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true }))
        {
            var height = LegendHeight + (panels.Count * PanelHeight);
            xml.WriteStartElement("svg", Svg);
            Attributes(xml, ("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {Width} {height}")), ("width", Width), ("height", height));
            xml.WriteElementString("style", Svg, Style);
            Element(xml, "rect", ("class", "background"), ("width", Width), ("height", height));
            DrawLegend(xml);
            for (var i = 0; i < panels.Count; i++)
            {
                xml.WriteStartElement("g", Svg);
                Attributes(xml, ("transform", string.Create(CultureInfo.InvariantCulture, $"translate(0 {LegendHeight + (i * PanelHeight)})")));
                DrawPanel(xml, panels[i]);
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        return text.ToString() + "\n";
    }

    private void DrawLegend(XmlWriter xml)
    {
        var x = Left;
        foreach (var tool in tools)
        {
            Element(xml, "rect", ("x", x), ("y", 14), ("width", 12), ("height", 12), ("fill", Colour(tool)));
            Text(xml, tool, x + 18, 25);
            x += 40 + (tool.Length * 7);
        }

        foreach (var codec in panels.SelectMany(panel => panel.Points).Select(point => point.Codec).Distinct())
        {
            xml.WriteStartElement("g", Svg);
            Attributes(xml, ("fill", "#888"));
            Marker(xml, codec, x + 6, 20);
            xml.WriteEndElement();
            Text(xml, codec, x + 18, 25);
            x += 40 + (codec.Length * 7);
        }
    }

    private void DrawPanel(XmlWriter xml, ScatterPanel panel)
    {
        var seconds = Scale.Logarithmic([.. panel.Points.Select(point => point.Seconds)], Left, Width - Right);
        var sizes = Scale.Linear([.. panel.Points.Select(point => point.Megabytes)], PanelHeight - Bottom, Top);
        Text(xml, panel.Title, Left, Top - 16, ("class", "title"));
        foreach (var tick in seconds.Ticks)
        {
            Element(xml, "line", ("class", "grid"), ("x1", seconds.At(tick)), ("x2", seconds.At(tick)), ("y1", Top), ("y2", PanelHeight - Bottom));
            Text(xml, tick.ToString("0.###", CultureInfo.InvariantCulture), seconds.At(tick), PanelHeight - Bottom + 18, ("text-anchor", "middle"));
        }

        foreach (var tick in sizes.Ticks)
        {
            Element(xml, "line", ("class", "grid"), ("x1", Left), ("x2", Width - Right), ("y1", sizes.At(tick)), ("y2", sizes.At(tick)));
            Text(xml, tick.ToString("0.###", CultureInfo.InvariantCulture), Left - 8, sizes.At(tick) + 4, ("text-anchor", "end"));
        }

        Text(xml, "seconds, logarithmic", (Left + Width - Right) / 2, PanelHeight - 12, ("text-anchor", "middle"));
        Text(xml, "MB", Left - 8, Top - 16, ("text-anchor", "end"));
        foreach (var line in panel.Points.GroupBy(point => (point.Tool, point.Codec)))
        {
            DrawLine(xml, [.. line.OrderBy(point => point.Level)], seconds, sizes);
        }
    }

    /// <summary>The levels of one codec of one tool. Ours are labelled above their points, the others' below.</summary>
    private void DrawLine(XmlWriter xml, IReadOnlyList<ScatterPoint> points, Scale seconds, Scale sizes)
    {
        var colour = Colour(points[0].Tool);
        var path = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{seconds.At(point.Seconds):0.#},{sizes.At(point.Megabytes):0.#}")));
        Element(xml, "polyline", ("class", "line"), ("stroke", colour), ("points", path));
        var below = points[0].Tool == tools[0] ? -8 : 16;
        foreach (var point in points)
        {
            var (x, y) = (seconds.At(point.Seconds), sizes.At(point.Megabytes));
            xml.WriteStartElement("g", Svg);
            Attributes(xml, ("fill", colour));
            xml.WriteElementString("title", Svg, string.Create(
                CultureInfo.InvariantCulture, $"{point.Tool}, {point.Codec} {point.Level}: {point.Seconds:0.00} s, {point.Megabytes:0.0} MB"));
            Marker(xml, point.Codec, x, y);
            xml.WriteEndElement();
            var label = point.Level == 0 ? point.Codec : point.Level.ToString(CultureInfo.InvariantCulture);
            Text(xml, label, x, y + below, ("class", "label"), ("text-anchor", "middle"), ("style", string.Create(CultureInfo.InvariantCulture, $"fill:{colour}")));
        }
    }

    private static void Marker(XmlWriter xml, string codec, double x, double y)
    {
        FormattableString shape = codec switch
        {
            "zstd" => $"M{x - 4.5:0.#} {y:0.#}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
            "gzip" => $"M{x - 4:0.#} {y - 4:0.#}h8v8h-8z",
            "xz" => $"M{x:0.#} {y - 5.5:0.#}l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
            _ => $"M{x:0.#} {y - 5:0.#}l5 9h-10z",
        };
        Element(xml, "path", ("d", shape.ToString(CultureInfo.InvariantCulture)));
    }

    private string Colour(string tool) => s_colours[Math.Max(0, tools.Index().First(item => item.Item == tool).Index) % s_colours.Length];

    private static void Text(XmlWriter xml, string text, double x, double y, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        xml.WriteStartElement("text", Svg);
        Attributes(xml, [("x", x), ("y", y), .. attributes]);
        xml.WriteString(text);
        xml.WriteEndElement();
    }

    private static void Element(XmlWriter xml, string name, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        xml.WriteStartElement(name, Svg);
        Attributes(xml, attributes);
        xml.WriteEndElement();
    }

    private static void Attributes(XmlWriter xml, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        foreach (var (name, value) in attributes)
        {
            xml.WriteAttributeString(name, value is double number ? number.ToString("0.#", CultureInfo.InvariantCulture) : Convert.ToString(value, CultureInfo.InvariantCulture));
        }
    }
}
