//! Bars as SVG. Whole numbers only, so that every machine draws the same.

use std::collections::BTreeSet;

use super::document::Chart;
use crate::audit::answers::joined::NOT_ENDED;
use crate::cli::audit::escape::markup;

const WIDTH: u64 = 720;
/// For the names of the bars.
const NAMES: u64 = 230;
/// For their figures.
const FIGURES: u64 = 80;
const BAR: u64 = 18;
/// Colours there are.
const COLOURS: usize = 7;
/// Verdicts have the same colour in every chart, whichever occur in it.
const VERDICTS: [&str; COLOURS] =
    ["allowed", "refused", "unreadable", "failed", "throttled", "abandoned", NOT_ENDED];
/// Beyond so many bars they stand upright, without names.
const FEW: usize = 40;
const HEIGHT: u64 = 200;

/// Draws a chart; `number` sets its names apart from those of others on the page.
pub(super) fn draw(chart: &Chart, number: usize) -> String {
    let parts: BTreeSet<&str> =
        chart.bars.iter().flat_map(|(_, parts)| parts.keys().map(String::as_str)).collect();
    let parts: Vec<&str> = parts.into_iter().collect();
    let at = |known: &[&str], part: &str| known.iter().position(|name| *name == part);
    let colour = |part: &str| at(&VERDICTS, part).or_else(|| at(&parts, part)).unwrap_or(0) % COLOURS;
    let most = chart.bars.iter().map(|(_, parts)| parts.values().sum::<u64>()).max().unwrap_or(0).max(1);
    let (drawn, height) =
        if chart.bars.len() > FEW { upright(chart, most, colour) } else { lying(chart, most, colour) };
    let legend: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| {
            let y = height + 8 + 20 * at as u64;
            let (class, below) = (colour(part), y + 11);
            format!(
                "<rect class=\"c{class}\" x=\"0\" y=\"{y}\" width=\"12\" height=\"12\"/><text x=\"18\" y=\"{below}\">{}</text>\n",
                markup(part)
            )
        })
        .collect();
    let caption = markup(&chart.caption);
    let all = height + 12 + 20 * parts.len() as u64;
    format!(
        "<figure>\n<figcaption>{caption}</figcaption>\n<svg role=\"img\" aria-labelledby=\"chart-{number}-title chart-{number}-text\" \
         viewBox=\"0 0 {WIDTH} {all}\" width=\"{WIDTH}\" height=\"{all}\">\n<title id=\"chart-{number}-title\">{caption}</title>\n\
         <desc id=\"chart-{number}-text\">{} bars, the highest {most}. The table below says the same in figures.</desc>\n{drawn}{}</svg>\n</figure>\n",
        chart.bars.len(),
        legend.concat()
    )
}

fn lying(chart: &Chart, most: u64, colour: impl Fn(&str) -> usize) -> (String, u64) {
    let mut drawn = Vec::new();
    let mut y = 4;
    for (name, parts) in &chart.bars {
        let below = y + BAR - 5;
        drawn.push(format!("<text x=\"0\" y=\"{below}\">{}</text>", markup(&short(name))));
        let (mut x, mut sum) = (NAMES, 0);
        for (part, count) in parts {
            sum += count;
            let end = NAMES + scaled(sum, WIDTH - NAMES - FIGURES, most);
            let (class, width) = (colour(part), end - x);
            drawn.push(format!(
                "<rect class=\"c{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{}\"/>",
                BAR - 4
            ));
            x = end;
        }
        drawn.push(format!("<text x=\"{}\" y=\"{below}\">{sum}</text>\n", x + 6));
        y += BAR;
    }
    (drawn.concat(), y)
}

fn upright(chart: &Chart, most: u64, colour: impl Fn(&str) -> usize) -> (String, u64) {
    let mut drawn = Vec::new();
    let bars = chart.bars.len() as u64;
    for (at, (_, parts)) in (0..).zip(&chart.bars) {
        let (x, next) = (at * WIDTH / bars, (at + 1) * WIDTH / bars);
        let (mut y, mut sum) = (HEIGHT, 0);
        for (part, count) in parts {
            sum += count;
            let top = HEIGHT - scaled(sum, HEIGHT - 20, most);
            let (class, height) = (colour(part), y - top);
            let width = (next - x).max(1);
            drawn.push(format!(
                "<rect class=\"c{class}\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>"
            ));
            y = top;
        }
    }
    let name = |bar: Option<&(String, _)>| bar.map_or_else(String::new, |(name, _)| markup(&short(name)));
    let below = HEIGHT + 16;
    drawn.push(format!(
        "\n<text x=\"0\" y=\"{below}\">{}</text><text x=\"{WIDTH}\" y=\"{below}\" text-anchor=\"end\">{}</text>\n",
        name(chart.bars.first()),
        name(chart.bars.last())
    ));
    (drawn.concat(), HEIGHT + 24)
}

fn scaled(count: u64, length: u64, most: u64) -> u64 {
    let scaled = u128::from(count) * u128::from(length) / u128::from(most);
    u64::try_from(scaled).unwrap_or(length)
}

fn short(name: &str) -> String {
    if name.chars().count() > 34 { name.chars().take(33).chain(['…']).collect() } else { name.to_owned() }
}
