//! Line charts as SVG with two logarithmic axes, on which proportional growth is a straight line of slope one.
//!
//! Mermaid, used for the other charts, has neither logarithmic axes nor names of lines, and a plotting library would be
//! larger than these few elements. Colours follow the light or dark scheme of the reader.

use std::fmt::Write;

/// A line of a chart.
pub(crate) struct Line {
    pub(crate) name: String,
    /// Points with a positive value on each axis, from left to right.
    pub(crate) points: Vec<(f64, f64)>,
}

/// Size of the picture, and the edges of its plot.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 490.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 310.0;

/// Colours of lines that differ in lightness as well, on white and on black.
const COLOURS: [(&str, &str); 10] = [
    ("#6b7280", "#9ca3af"),
    ("#c2410c", "#fb923c"),
    ("#1d4ed8", "#93c5fd"),
    ("#15803d", "#4ade80"),
    ("#7e22ce", "#d8b4fe"),
    ("#be123c", "#fda4af"),
    ("#0f766e", "#5eead4"),
    ("#a16207", "#fde047"),
    ("#111827", "#f3f4f6"),
    ("#4d7c0f", "#bef264"),
];

/// An axis from one power of ten to another.
struct Axis {
    from: i32,
    to: i32,
    start: f64,
    end: f64,
}

impl Axis {
    fn around(values: impl Iterator<Item = f64> + Clone, start: f64, end: f64) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
        let most = values.fold(0.0, f64::max).log10().ceil();
        #[expect(clippy::cast_possible_truncation, reason = "powers of ten of what can be measured")]
        let (from, to) = (least as i32, most as i32);
        Self { from, to: to.max(from + 1), start, end }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.log10() - f64::from(self.from)) / f64::from(self.to - self.from);
        self.start + share * (self.end - self.start)
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        (self.from..=self.to).map(|power| 10_f64.powi(power))
    }
}

/// Draws lines; returns `None` without any point.
pub(crate) fn svg(title: &str, x_name: &str, y_name: &str, lines: &[Line]) -> Option<String> {
    let points = || lines.iter().flat_map(|line| line.points.iter().copied());
    points().next()?;
    let x = Axis::around(points().map(|point| point.0), LEFT, RIGHT);
    let y = Axis::around(points().map(|point| point.1), BOTTOM, TOP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n\
         <title>{}</title>\n<style>\n{}</style>\n",
        escaped(title),
        style()
    );
    let head = escaped(&format!("{title}, {y_name}"));
    let _ = writeln!(svg, "<text class=\"head\" x=\"{LEFT}\" y=\"22\">{head}</text>");
    grid(&mut svg, &x, &y);
    let _ =
        writeln!(svg, "<text x=\"{RIGHT}\" y=\"{}\" class=\"end\">{}</text>", BOTTOM + 38.0, escaped(x_name));
    let mut lowest_name = f64::NEG_INFINITY;
    let mut ordered: Vec<_> = lines.iter().enumerate().filter(|(_, line)| !line.points.is_empty()).collect();
    let end = |line: &Line| line.points.last().map_or(BOTTOM, |point| y.place(point.1));
    ordered.sort_by(|one, other| end(one.1).total_cmp(&end(other.1)));
    for (index, line) in ordered {
        let colour = index % COLOURS.len();
        let places: Vec<_> = line.points.iter().map(|point| (x.place(point.0), y.place(point.1))).collect();
        let path: Vec<_> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(svg, "<polyline class=\"c{colour}\" points=\"{}\"/>", path.join(" "));
        for (x, y) in places {
            let _ = writeln!(
                svg,
                "<circle class=\"c{colour} n{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>"
            );
        }
        // Names are at the ends of their lines, and do not overlap.
        lowest_name = end(line).max(lowest_name + 15.0);
        let _ = writeln!(
            svg,
            "<text class=\"n{colour}\" x=\"{}\" y=\"{:.1}\">{}</text>",
            RIGHT + 10.0,
            lowest_name + 4.0,
            escaped(&line.name)
        );
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn style() -> String {
    let mut style = String::from(
        "text{font:12px system-ui,sans-serif;fill:#24292f}.head{font-weight:600}.end{text-anchor:end}\
         .middle{text-anchor:middle}.grid{stroke:#d0d7de}polyline{fill:none;stroke-width:2}\n",
    );
    let mut dark = String::from("@media(prefers-color-scheme:dark){text{fill:#e6edf3}.grid{stroke:#30363d}");
    for (index, (on_white, on_black)) in COLOURS.iter().enumerate() {
        let _ = writeln!(style, ".c{index}{{stroke:{on_white}}}.n{index}{{fill:{on_white}}}");
        let _ = write!(dark, ".c{index}{{stroke:{on_black}}}.n{index}{{fill:{on_black}}}");
    }
    format!("{style}{dark}}}\n")
}

fn grid(svg: &mut String, x: &Axis, y: &Axis) {
    for power in x.powers() {
        let place = x.place(power);
        let _ = writeln!(svg, "<path class=\"grid\" d=\"M{place:.1} {TOP}V{BOTTOM}\"/>");
        let _ = writeln!(
            svg,
            "<text class=\"middle\" x=\"{place:.1}\" y=\"{}\">{}</text>",
            BOTTOM + 18.0,
            short(power)
        );
    }
    for power in y.powers() {
        let place = y.place(power);
        let _ = writeln!(svg, "<path class=\"grid\" d=\"M{LEFT} {place:.1}H{RIGHT}\"/>");
        let _ = writeln!(
            svg,
            "<text class=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>",
            LEFT - 6.0,
            place + 4.0,
            short(power)
        );
    }
}

/// Writes a power of ten.
fn short(power: f64) -> String {
    match power {
        power if power >= 1e6 => format!("{}M", power / 1e6),
        power if power >= 1e3 => format!("{}k", power / 1e3),
        power if power >= 1.0 => format!("{power}"),
        // Without the digits of a binary fraction.
        power => format!("{power:.6}").trim_end_matches('0').to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, points: &[(f64, f64)]) -> Line {
        Line { name: name.to_owned(), points: points.to_vec() }
    }

    #[test]
    fn what_is_proportional_is_straight() {
        let lines = [line("a < b", &[(1.0, 0.1), (10.0, 1.0), (100.0, 10.0)])];
        let svg = svg("Cost", "GB", "s", &lines).unwrap();
        let points = svg.lines().find(|line| line.starts_with("<polyline")).unwrap();
        assert!(points.contains("points=\"64.0,310.0 277.0,177.0 490.0,44.0\""), "{points}");
        assert!(svg.contains(">a &lt; b</text>") && svg.contains("<title>Cost</title>"), "{svg}");
        assert!(svg.contains("prefers-color-scheme:dark"), "{svg}");
    }

    #[test]
    fn names_do_not_stand_on_each_other() {
        let lines = [line("one", &[(1.0, 5.0)]), line("two", &[(1.0, 5.0)])];
        let svg = svg("Cost", "GB", "s", &lines).unwrap();
        let height = |name: &str| -> f64 {
            let text = svg.lines().find(|line| line.ends_with(&format!(">{name}</text>"))).unwrap();
            text.split("y=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
        };
        assert!(height("two") - height("one") >= 15.0, "{svg}");
    }

    #[test]
    fn nothing_is_no_chart() {
        assert_eq!(svg("Cost", "GB", "s", &[]), None);
        assert_eq!(svg("Cost", "GB", "s", &[line("none", &[])]), None);
    }

    #[test]
    fn powers_are_written_short() {
        for (power, expected) in [(0.01, "0.01"), (1.0, "1"), (1e4, "10k"), (1e7, "10M")] {
            assert_eq!(short(power), expected);
        }
    }
}
