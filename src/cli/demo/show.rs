//! Shows a call to a person: what was asked, what came back, and what was removed from it.

use std::io::Write;
use std::net::SocketAddr;

use super::cast::{CONSUMERS, Consumer, Expected, IN_JSON_PATH, OPERATION, PATH};
use super::client::Answer;
use super::files::Files;

/// Colours, where the output is a terminal.
pub(super) struct Paint {
    red: &'static str,
    green: &'static str,
    bold: &'static str,
    off: &'static str,
}

impl Paint {
    pub(super) fn new(terminal: bool) -> Self {
        if terminal {
            Self { red: "\x1b[31m", green: "\x1b[32m", bold: "\x1b[1m", off: "\x1b[0m" }
        } else {
            Self { red: "", green: "", bold: "", off: "" }
        }
    }
}

/// Shows one call.
pub(super) fn call(paint: &Paint, at: usize, consumer: &Consumer, answer: &Answer, whole: &str, right: bool) {
    let Paint { red, green, bold, off } = paint;
    say!("\n{bold}{at}. {} asks {OPERATION}{off}  ({})", consumer.id, consumer.about);
    let trace = answer.header("BelGov-Trace-Id").unwrap_or("-");
    say!("   HTTP {}  BelGov-Trace-Id: {trace}", answer.status);
    if let Some(removes) = answer.header("Poortwachter-Removes") {
        say!("   Poortwachter-Removes: {removes}");
    }
    let body = indented(&answer.body);
    let lines =
        if right { shown(consumer.expected, &body, whole) } else { body.lines().map(Line::Kept).collect() };
    for line in lines {
        match line {
            Line::Kept(text) => say!("     {text}"),
            Line::Removed(text) => say!("   {red}- {text}{off}"),
        }
    }
    let outcome = match consumer.expected {
        Expected::Filtered => "answered; the lines marked - were removed (rule 1g-3)",
        Expected::Whole => "answered whole (rule 1g-2)",
        Expected::Refused => "refused; the Diagnose says why (rule 1g-1)",
    };
    if right {
        say!("   {green}=> {outcome}{off}");
    } else {
        say!("   {red}=> this should have been: {outcome}{off}");
    }
}

enum Line<'a> {
    Kept(&'a str),
    Removed(&'a str),
}

/// The telling part of an answer: the functionholders, or the Uitzondering.
fn shown<'a>(expected: Expected, body: &'a str, whole: &'a str) -> Vec<Line<'a>> {
    match expected {
        Expected::Filtered => marked(part(whole, "Functies"), part(body, "Functies")),
        Expected::Whole => part(body, "Functies").into_iter().map(Line::Kept).collect(),
        Expected::Refused => part(body, "Uitzonderingen").into_iter().map(Line::Kept).collect(),
    }
}

/// A document written in one line, as refusals are, a tag a line; others as they are.
fn indented(xml: &str) -> String {
    if xml.lines().count() > 3 {
        return xml.to_owned();
    }
    let mut depth = 0_usize;
    let mut text = String::new();
    for line in xml.replace("><", ">\n<").lines() {
        let closes = line.starts_with("</");
        depth = depth.saturating_sub(usize::from(closes));
        text.extend(std::iter::repeat_n("  ", depth));
        text.push_str(line);
        text.push('\n');
        let opens = line.starts_with('<') && !closes && !line.contains("</") && !line.ends_with("/>");
        depth += usize::from(opens && !line.starts_with("<?"));
    }
    text
}

/// The lines of the first element with that name, without their common indent; all lines where there is none.
fn part<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let start = xml.find(&format!("<{name}>"));
    let end = xml.find(&format!("</{name}>")).map(|at| at + name.len() + 3);
    let element = start.zip(end).and_then(|(start, end)| xml.get(start..end)).unwrap_or(xml);
    let indent = start.map_or(0, |start| start - xml[..start].rfind('\n').map_or(0, |at| at + 1));
    let lines = element.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| line.get(indent..).filter(|_| line.starts_with(' ')).unwrap_or(line)).collect()
}

/// The lines of the whole answer; those that the filtered one lacks are marked. Filtering only takes lines
/// away, so walking both once is enough.
fn marked<'a>(whole: Vec<&'a str>, filtered: Vec<&'a str>) -> Vec<Line<'a>> {
    let mut left = filtered.into_iter().peekable();
    let mark = |line| if left.next_if_eq(&line).is_some() { Line::Kept(line) } else { Line::Removed(line) };
    whole.into_iter().map(mark).collect()
}

/// Says how to repeat each call by hand.
pub(super) fn curl_lines(files: &Files, gateway: SocketAddr) {
    say!("\nThe gateway keeps running; stop it with Ctrl-C. To repeat the calls:");
    for consumer in &CONSUMERS {
        say!("\n  # {}: {}", consumer.id, consumer.about);
        say!(
            "  curl --cacert {} \\\n    --cert {} --key {} \\\n    -H 'Content-Type: text/xml; charset=utf-8' \
             --data-binary @{} \\\n    https://{gateway}{PATH}",
            files.ca().display(),
            files.certificate(consumer).display(),
            files.key(consumer).display(),
            files.request(consumer).display(),
        );
    }
    let [first, ..] = &CONSUMERS;
    say!(
        "\n  # {}: a REST service, of which the representatives from KBO lose their names and INSZ",
        first.id
    );
    say!(
        "  curl --cacert {} \\\n    --cert {} --key {} \\\n    -H 'X-Magda-Sender-ID: {}' \
         -H \"x-correlation-id: $(cat /proc/sys/kernel/random/uuid)\" \\\n    https://{gateway}{IN_JSON_PATH}",
        files.ca().display(),
        files.certificate(first).display(),
        files.key(first).display(),
        first.uri,
    );
}

#[cfg(test)]
mod tests {
    use super::{Line, marked, part};

    #[test]
    fn removed_lines_are_marked_and_kept_ones_are_not() {
        let whole = part("<a>\n  <F>\n    <x>1</x>\n    <P>\n    </P>\n  </F>\n</a>", "F");
        let filtered = part("<a>\n  <F>\n    <x>1</x>\n    \n  </F>\n</a>", "F");
        let shown: Vec<String> = marked(whole, filtered)
            .into_iter()
            .map(|line| match line {
                Line::Kept(text) => format!(" {text}"),
                Line::Removed(text) => format!("-{text}"),
            })
            .collect();
        assert_eq!(shown, [" <F>", "   <x>1</x>", "-  <P>", "-  </P>", " </F>"]);
    }
}
