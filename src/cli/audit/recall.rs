//! `audit recall`: what was delivered, to ask it back.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::out::Out;
use super::progress::Progress;
use super::search::split_grant;
use super::{escape, rows, unread};
use crate::audit::answers::joined::{Joined, Told};
use crate::audit::answers::period::Within;
use crate::audit::answers::recall::{Delivered, Recall as Answer};
use crate::audit::answers::sums::Sums;
use crate::audit::reading::Reading;
use crate::cli::{USAGE, fail};

/// List what was delivered on a grant, or to a consumer, to ask it back
///
/// Each call that was forwarded is there: when, about whom (pseudonyms), what was released and removed, and the digests of the
/// answer. Those whose answer may have left in part (withheld, broken off, or without an end on record) are listed apart; so are
/// those of which the trail no longer says whether they were on the grant. Refused calls delivered nothing.
///
/// Exits 0; 64 wrong words, 65 a changed trail, 66 a file that cannot be read.
///
/// Example: poortwachter audit recall audit --grant inspectie-demo/toezicht --from 2026-07-01 --format csv > recall.csv
#[derive(Debug, Args)]
pub(in crate::cli) struct Recall {
    /// The trail's directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The grant, with its consumer's id before it
    #[arg(
        long,
        value_name = "CONSUMER/GRANT",
        required_unless_present = "consumer",
        conflicts_with = "consumer"
    )]
    grant: Option<String>,
    /// All that a consumer got, on whatever grant
    #[arg(long, value_name = "ID")]
    consumer: Option<String>,
    /// From this day in Brussels (2026-11-24) or instant (2026-11-24T10:00:00Z) on
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// To the end of this day in Brussels, or before this instant
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Shape,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Shape {
    /// For people, with sums
    #[default]
    Table,
    /// One object a line: a call and its records; the last has the sums
    Json,
    /// For spreadsheets (RFC 4180); the column `delivered` tells the calls apart
    Csv,
}

impl Recall {
    pub(super) fn run(&self) -> ExitCode {
        self.recall().map_or_else(|code| code, |()| ExitCode::SUCCESS)
    }

    fn recall(&self) -> Result<(), ExitCode> {
        let within = Within::parse(self.from.as_deref(), self.to.as_deref());
        let within = within.map_err(|error| fail(USAGE, &error))?;
        let (consumer, grant) = match (&self.consumer, &self.grant) {
            (Some(consumer), _) => (consumer.as_str(), None),
            (None, grant) => match split_grant(grant.as_deref().unwrap_or_default()) {
                (Some(consumer), Some(grant)) => (consumer, Some(grant)),
                _ => {
                    return Err(fail(USAGE, &"write the grant with its consumer: `inspectie-demo/toezicht`"));
                }
            },
        };
        let mut answer = Answer::of(consumer, grant, within);
        let asked = answer.asked().clone();
        let reading = Reading::of(&self.directory).map_err(|error| unread(&error))?;
        let mut joined = Joined::of(reading, &asked);
        let (mut out, mut progress) = (Out::new(), Progress::beside(&self.directory));
        let mut apart = Apart::default();
        out.say(&self.format.head())?;
        while let Some(told) = joined.next() {
            let told = told.map_err(|error| unread(&error))?;
            progress.at(joined.bytes());
            if let Some(delivered) = answer.add(&told) {
                out.say(&self.format.row(delivered, &told, &mut apart))?;
            }
        }
        out.say(&self.format.foot(&answer, &apart))?;
        out.finish()?;
        if [&answer.whole, &answer.in_part, &answer.unknown].iter().all(|sums| sums.calls == 0) {
            // A misspelt name must not look like an innocent one.
            eprintln!(
                "poortwachter: note: no call that was let pass is of {}: is it written as in the registry?",
                escape::plain(self.grant.as_deref().unwrap_or(consumer))
            );
        }
        super::tell_missing(joined.seen(), &asked.within);
        Ok(())
    }
}

/// Rows that stand behind the others.
#[derive(Debug, Default)]
struct Apart {
    in_part: String,
    unknown: String,
}

impl Shape {
    fn head(self) -> String {
        match self {
            Self::Table => format!("Delivered whole\n\n{}\n", rows::TABLE),
            Self::Json => String::new(),
            Self::Csv => rows::csv_head(&["delivered"]),
        }
    }

    fn row(self, delivered: Delivered, told: &Told, apart: &mut Apart) -> String {
        let row = match self {
            Self::Csv => return rows::csv(&[delivered.name()], told),
            Self::Json => return format!("{}\n", records(delivered, told)),
            Self::Table => rows::table(told) + &rows::details(told),
        };
        match delivered {
            Delivered::Whole => return row,
            Delivered::PerhapsInPart => apart.in_part += &row,
            Delivered::Unknown => apart.unknown += &row,
        }
        String::new()
    }

    fn foot(self, answer: &Answer, apart: &Apart) -> String {
        let Answer { whole, in_part, unknown, .. } = answer;
        match self {
            Self::Csv => String::new(),
            Self::Json => {
                let sums = json!({"whole": as_json(whole), "perhaps-in-part": as_json(in_part), "unknown": as_json(unknown)});
                format!("{}\n", json!({ "sums": sums }))
            }
            Self::Table => [
                part(
                    "Perhaps delivered in part: forwarded, and not answered whole on record",
                    &apart.in_part,
                ),
                part(
                    "Unknown: the record that names the grant is in a file that is not there any more",
                    &apart.unknown,
                ),
                "\nSums\n\n".to_owned(),
                sums("delivered whole", whole),
                sums("perhaps in part", in_part),
                sums("unknown", unknown),
            ]
            .concat(),
        }
    }
}

fn part(head: &str, rows: &str) -> String {
    if rows.is_empty() { String::new() } else { format!("\n{head}\n\n{rows}") }
}

fn sums(name: &str, sums: &Sums) -> String {
    let Sums { calls, subjects, enterprises, beyond, keys, released, removed, bytes, .. } = sums;
    let kinds = |counts: &std::collections::BTreeMap<String, u64>| {
        let kinds: Vec<String> =
            counts.iter().map(|(kind, values)| format!("{} {values}", escape::plain(kind))).collect();
        if kinds.is_empty() { "nothing".to_owned() } else { kinds.join(", ") }
    };
    let rotated = if keys.len() > 1 { " (of several keys: one person counts once a key)" } else { "" };
    let more =
        if *beyond > 0 { format!(", {beyond} more that records had no place for") } else { String::new() };
    format!(
        "{name}: {calls} calls, {} persons and {} enterprises{rotated}{more}, {bytes} bytes; released: {}; removed: {}\n",
        subjects.len(),
        enterprises.len(),
        kinds(released),
        kinds(removed)
    )
}

/// The records stand there byte by byte, so that their hashes can be checked.
fn records(delivered: Delivered, told: &Told) -> String {
    let lines: Vec<&str> = match told {
        Told::Call(call) => call.records().map(|entry| entry.line.as_str()).collect(),
        Told::Other(_) => Vec::new(),
    };
    format!(r#"{{"delivered":"{}","records":[{}]}}"#, delivered.name(), lines.join(","))
}

fn as_json(sums: &Sums) -> Value {
    json!({
        "calls": sums.calls,
        "subjects": sums.subjects.len(),
        "enterprises": sums.enterprises.len(),
        "beyond": sums.beyond,
        "pseudonym_keys": sums.keys,
        "released": sums.released,
        "removed": sums.removed,
        "bytes": sums.bytes,
    })
}
