//! Looks for what nobody may find: an INSZ, a name or a query in whatever a gateway of this suite writes.
//!
//! Every log line is looked at as it is written, every trail and every page of metrics when its house goes, and every
//! refusal as it is read. What was planted is found as it stands; an INSZ that nobody thought of, by its check digits.

use std::io::Write as _;
use std::path::Path;

use poortwachter::audit::trail::segments;
use serde_json::Value;

/// What tests plant in questions, answers, paths and headers. All invented; the numbers are test numbers.
const PLANTED: &[&str] = &[
    "62680599650",
    "62.68.05-996.50",
    "71690499880",
    "62680599749",
    "62680599848",
    "62680599947",
    "62.68.06-000.43",
    "62680600142",
    "83670812399",
    "Janssens-Geheim",
    "geheime-zoekterm",
    "geheim-kenmerk",
    "V7777777",
];

/// What a refusal may repeat to the one who said it, and nobody else may write.
const OWN: &[&str] = &["vraag-1", "0123456749"];

/// Numbers that are measured, whatever they look like.
const MEASURED: &[&str] =
    &["seq", "bytes", "torn_bytes", "lines", "took_us", "decided_us", "effect_ms", "size"];

/// What of all that stands in a text; empty: nothing.
fn in_text(text: &str) -> Vec<String> {
    let planted = PLANTED.iter().filter(|secret| text.contains(**secret)).map(|secret| (*secret).to_owned());
    planted.chain(numbers(text)).chain(query(text)).collect()
}

/// INSZ by their check digits: eleven digits together, or as they are printed.
fn numbers(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let words = text.split(|c| !is_part(c)).filter(|word| !is_digest(word));
    words
        .flat_map(|word| word.split(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-')))
        .filter_map(insz)
        .collect()
}

/// SHA-256, keys, signatures, and numbers of calls: digits in them mean nothing. They are known by their form as a whole.
fn is_digest(word: &str) -> bool {
    let hexadecimal = |part: &str| part.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
    let groups: Vec<usize> = word.split('-').map(str::len).collect();
    let whole = matches!(word.len(), 16 | 32 | 64 | 128) || groups == [8, 4, 4, 4, 12];
    whole && word.split('-').all(hexadecimal)
}

/// The number that a run of digits, dots and hyphens is, if it is an INSZ.
fn insz(word: &str) -> Option<String> {
    let word = word.trim_matches(['.', '-']);
    let printed = word.len() == 15
        && word.bytes().enumerate().all(|(at, c)| match at {
            2 | 5 | 12 => c == b'.',
            8 => c == b'-',
            _ => c.is_ascii_digit(),
        });
    let runs: Vec<String> = if printed {
        vec![word.chars().filter(char::is_ascii_digit).collect()]
    } else {
        word.split(['.', '-']).filter(|run| run.len() == 11).map(str::to_owned).collect()
    };
    runs.into_iter().find(|digits| is_insz(digits))
}

fn is_insz(digits: &str) -> bool {
    let part = |range: std::ops::Range<usize>| digits[range].parse::<u64>().unwrap();
    let (front, check) = (part(0..9), part(9..11));
    let days = part(4..6) <= 31 && matches!(part(2..4), 0..=12 | 20..=32 | 40..=52 | 60..=72);
    let fits = |front: u64| 97 - front % 97 == check;
    days && (fits(front) || fits(2_000_000_000 + front))
}

/// A query: a question mark, a key, an equals sign.
fn query(text: &str) -> Option<String> {
    text.split('?').skip(1).find_map(|rest| {
        let key: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
        (!key.is_empty() && rest[key.len()..].starts_with('=')).then(|| format!("?{key}="))
    })
}

/// What stands in a line of JSON, of a log or a trail; a checkpoint's line within a log line too.
pub fn in_line(line: &str) -> Vec<String> {
    let mut found: Vec<String> =
        OWN.iter().filter(|own| line.contains(**own)).map(|own| (*own).to_owned()).collect();
    match serde_json::from_str(line) {
        Ok(value) => in_value("", &value, &mut found),
        // Half a line, as a crash leaves it.
        Err(_) => found.extend(
            PLANTED.iter().filter(|secret| line.contains(**secret)).map(|secret| (*secret).to_owned()),
        ),
    }
    found
}

fn in_value(key: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                found.extend(in_text(key));
                in_value(key, value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| in_value(key, item, found)),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ Value::Object(_)) => in_value(key, &inner, found),
            _ => found.extend(in_text(text)),
        },
        Value::Number(number) if !MEASURED.contains(&key) => found.extend(in_text(&number.to_string())),
        _ => {}
    }
}

/// What stands in a page of metrics: in names, labels and helps. The values are measured.
pub fn in_page(page: &str) -> Vec<String> {
    let said = |line: &'_ str| {
        if line.starts_with('#') { line.len() } else { line.rfind(' ').unwrap_or(line.len()) }
    };
    let lines = page.lines().map(|line| &line[..said(line)]);
    let own = |line: &&str| OWN.iter().any(|own| line.contains(own));
    lines.clone().flat_map(in_text).chain(lines.filter(own).map(str::to_owned)).collect()
}

/// What stands in a refusal beside what it repeats to the consumer: its message's context, and the sender it says it is.
pub fn in_refusal(text: &str) -> Vec<String> {
    let between = |before: &str| text.split_once(before)?.1.split('<').next();
    let sender = between("<Ontvanger>\n<Identificatie>").or_else(|| between("<Ontvanger><Identificatie>"));
    let own = text.split_once("<Uitzonderingen>").map_or(text, |(_, own)| own);
    match sender.filter(|sender| !sender.is_empty()) {
        Some(sender) => in_text(&own.replace(sender, "its own")),
        None => in_text(own),
    }
}

/// Whether an answer is the gateway's own word.
pub fn is_refusal(text: &str, content_type: &str) -> bool {
    content_type.starts_with("application/problem+json")
        || text.contains("<message>BelGov-Trace-Id ")
        || text.contains("<Identificatie>poortwachter.test</Identificatie>")
}

/// Ends the process where a line of a log holds any of it: on a gateway's thread a panic would be contained, and no test may
/// pass after this.
pub fn ends_at(line: &str) {
    let found = in_line(line);
    if !found.is_empty() {
        let _ = std::io::stderr().write_all(format!("{found:?} in the log: {line}\n").as_bytes());
        std::process::exit(101);
    }
}

/// Looks through a trail's directory, if it is there.
pub fn look_through(trail: &Path) {
    for name in segments(trail).unwrap_or_default() {
        let text = std::fs::read(trail.join(&name)).unwrap_or_default();
        for line in String::from_utf8_lossy(&text).lines() {
            assert_eq!(in_line(line), Vec::<String>::new(), "in the trail, {name}: {line}");
        }
    }
}

#[test]
fn the_scanner_finds_each_kind_wherever_it_is_planted() {
    for secret in [
        "62680599650",
        "62.68.05-996.50",
        "Janssens-Geheim",
        "85073003328",
        "85.07.30-033.28",
        "?naam=x",
        "00012556777",
    ] {
        for line in [
            format!("{{\"message\":\"voor {secret}.\"}}"),
            format!("{{\"a\":[{{\"b\":\"x:{secret}\"}}]}}"),
            format!("{{\"line\":\"{{\\\"kind\\\":\\\"{secret}\\\"}}\"}}"),
            format!("{{\"{secret}\":1}}"),
        ] {
            assert!(!in_line(&line).is_empty(), "{line}");
        }
        assert!(!in_page(&format!("a_total{{x=\"{secret}\"}} 1\n")).is_empty(), "{secret}");
        assert!(!in_refusal(&format!("<Diagnose>{secret}</Diagnose>")).is_empty(), "{secret}");
    }
    assert!(!in_line("{\"number\":85073003328}").is_empty());
    assert!(!in_line("{\"half a line with 62680599650").is_empty());
    assert!(!in_line("{\"a\":\"vraag-1-a\"}").is_empty() && !in_page("a{x=\"0123456749\"} 1").is_empty());
}

#[test]
fn the_scanner_passes_over_what_only_looks_like_a_number() {
    for line in [
        "{\"hash\":\"8507300332885073003328850730033288507300332885073003328850730033\"}",
        "{\"trace\":\"85073003-3288-4507-8003-850730033288\"}",
        "{\"key\":\"8507300332885073\",\"took_us\":85073003328,\"bytes\":85073003328}",
        "{\"time\":\"2026-11-24T10:00:00.000000Z\",\"segment\":\"000000000001-20261124T100000.000000Z.jsonl\"}",
        "{\"text\":\"850730033289 85073003329 why? a=b\"}",
    ] {
        assert_eq!(in_line(line), Vec::<String>::new(), "{line}");
    }
    assert_eq!(in_page("a_seconds{x=\"y\"} 85073003328\n"), Vec::<String>::new());
}
