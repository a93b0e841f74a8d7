//! A call, or another record, as a row.

use std::borrow::Cow;

use super::escape;
use crate::audit::answers::joined::{Call, Course, Told};
use crate::audit::reading::Entry;

/// The columns of a CSV file. What a record does not say is empty.
const COLUMNS: &[&str] = &[
    "kind",
    "course",
    "time",
    "ended",
    "trace",
    "trace_id",
    "consumer",
    "organisation",
    "sender",
    "purpose",
    "capacity",
    "operation",
    "sources",
    "verdict",
    "reason",
    "rule",
    "opening_rule",
    "closing_rule",
    "missing",
    "grants",
    "instruments",
    "subjects",
    "subjects_beyond",
    "enterprises",
    "enterprises_beyond",
    "pseudonym_key",
    "released",
    "removed",
    "unsigned",
    "tripwire",
    "fault",
    "status",
    "bytes",
    "answer_before",
    "answer_after",
    "seq",
    "ended_seq",
];

/// The heads of a table for people.
pub(super) const TABLE: &str = "TIME (UTC)                   CONSUMER          OPERATION                     VERDICT     REASON                  TRACE";

/// The first line of a CSV file; `before` are columns in front.
pub(super) fn csv_head(before: &[&str]) -> String {
    let all: Vec<&str> = before.iter().chain(COLUMNS).copied().collect();
    all.join(",") + "\r\n"
}

/// A line of a CSV file.
pub(super) fn csv(before: &[&str], told: &Told) -> String {
    let cells = COLUMNS.iter().map(|column| cell(told, column));
    let all = before.iter().map(|text| Cow::Borrowed(*text)).chain(cells);
    let all: Vec<String> = all.map(|text| escape::csv(&text)).collect();
    all.join(",") + "\r\n"
}

/// A line of a table for people.
pub(super) fn table(told: &Told) -> String {
    let cell = |column| escape::plain(&cell(told, column));
    let who = if matches!(told, Told::Call(_)) { cell("consumer") } else { format!("[{}]", cell("kind")) };
    format!(
        "{:<27}  {:<16}  {:<28}  {:<10}  {:<22}  {}",
        cell("time"),
        who,
        cell("operation"),
        cell("verdict"),
        cell("reason"),
        cell("trace")
    )
    .trim_end()
    .to_owned()
        + "\n"
}

/// What else is worth saying of a call, for people: more lines, indented.
pub(super) fn details(told: &Told) -> String {
    let line = |column: &'static str| {
        let text = cell(told, column);
        (!text.is_empty()).then(|| format!("    {column}: {}\n", escape::plain(&text)))
    };
    let columns = [
        "sender",
        "purpose",
        "grants",
        "instruments",
        "subjects",
        "subjects_beyond",
        "enterprises",
        "enterprises_beyond",
        "released",
        "removed",
        "status",
        "bytes",
        "answer_before",
        "answer_after",
    ];
    columns.into_iter().filter_map(line).collect()
}

fn cell<'t>(told: &'t Told, column: &str) -> Cow<'t, str> {
    match told {
        Told::Call(call) => of_call(call, column),
        Told::Other(entry) => of_other(entry, column),
    }
}

fn of_call<'c>(call: &'c Call, column: &str) -> Cow<'c, str> {
    let entry_text =
        |entry: Option<&'c Entry>, key: &str| entry.and_then(|entry| entry.text(key)).unwrap_or_default();
    match column {
        "kind" => "call".into(),
        "course" => course(call.course()).into(),
        "time" => entry_text(call.head(), "time").into(),
        "ended" => entry_text(call.end(), "time").into(),
        "verdict" => call.verdict().into(),
        "reason" => call.reason().into(),
        "sources" | "missing" | "grants" | "subjects" | "enterprises" => list(call.texts(column)).into(),
        "instruments" => {
            let held: Vec<String> =
                call.instruments().map(|(kind, reference)| format!("{kind}: {reference}")).collect();
            held.join("; ").into()
        }
        "released" | "removed" => {
            let counts: Vec<String> =
                call.counts(column).map(|(kind, values)| format!("{kind} {values}")).collect();
            counts.join(" ").into()
        }
        "unsigned" => call
            .records()
            .find_map(|entry| entry.members().get(column)?.as_bool())
            .map_or_else(|| "".into(), |unsigned| if unsigned { "yes".into() } else { "no".into() }),
        "seq" => call.head().map_or_else(String::new, |entry| entry.seq.to_string()).into(),
        "ended_seq" => call.end().map_or_else(String::new, |entry| entry.seq.to_string()).into(),
        _ => call.text(column).map_or_else(|| number(call.number(column)).into(), Cow::Borrowed),
    }
}

fn of_other<'e>(entry: &'e Entry, column: &str) -> Cow<'e, str> {
    let first = |keys: &[&str]| keys.iter().find_map(|key| entry.text(key)).unwrap_or_default();
    match column {
        "verdict" => first(&["decision", "result", "cause", "why"]).into(),
        "seq" => entry.seq.to_string().into(),
        "course" | "ended" | "ended_seq" => "".into(),
        _ => entry.text(column).map_or_else(|| number(entry.number(column)).into(), Cow::Borrowed),
    }
}

fn course(course: Course) -> &'static str {
    match course {
        Course::Ended => "ended",
        Course::Refused => "refused",
        Course::NotEnded => "not-ended",
        Course::BeginningGone => "beginning-gone",
    }
}

fn number(number: Option<u64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

fn list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    texts.collect::<Vec<_>>().join(" ")
}
