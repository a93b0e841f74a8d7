//! `grants`: what a registry holds, and what lapses when.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use poortwachter_kernel::vocab::{Day, Field, GrantIx};

use super::against::Against;
use super::check::as_json;
use super::explain::day;
use super::{Format, USAGE, answer, fail};
use crate::app::clock;
use crate::law::telling::{Language, instrument};
use crate::law::{Calendar, Instrument};
use crate::registry::consumer::GrantText;
use crate::registry::{self, Snapshot};
use crate::text::Faults;
use crate::text::date::show;

/// List what a registry's directory grants, show one grant, or say what lapses soon
#[derive(Debug, Args)]
pub(super) struct Grants {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// All grants, a line each
    List {
        #[command(flatten)]
        from: From,
    },
    /// Everything about one grant, or about all grants of one consumer
    Show {
        /// The consumer's id, or consumer/grant
        name: String,
        #[command(flatten)]
        from: From,
    },
    /// The grants that stop letting calls pass within some time, the soonest first; those that already do not, first of all
    Lapsing {
        /// How soon: 90d, 12w
        #[arg(long, value_name = "TIME", default_value = "90d", value_parser = days)]
        within: u16,
        #[command(flatten)]
        from: From,
    },
}

/// Which registry, held against what, on which day.
#[derive(Debug, Args)]
struct From {
    /// The registry's directory
    #[arg(long, value_name = "DIR")]
    registry: PathBuf,
    /// The legal day; today when left out
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    date: Option<Day>,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    against: Against,
}

fn days(written: &str) -> Result<u16, String> {
    let wrong = || "write days or weeks: 90d, 12w".to_owned();
    let read = |number: &str| number.parse::<u16>().map_err(|_| wrong());
    match (written.strip_suffix('d'), written.strip_suffix('w')) {
        (Some(days), _) => read(days),
        (None, Some(weeks)) => read(weeks)?.checked_mul(7).ok_or_else(wrong),
        (None, None) => Err(wrong()),
    }
}

impl Grants {
    pub(super) fn run(&self) -> ExitCode {
        let (What::List { from } | What::Show { from, .. } | What::Lapsing { from, .. }) = &self.what;
        let snapshot = match from.load() {
            Ok(snapshot) => snapshot,
            Err(faults) => return from.faulty(&faults),
        };
        let today = from.date.unwrap_or_else(|| Calendar::new().day(clock::system()));
        let lines = lines(&snapshot, today);
        match &self.what {
            What::List { .. } => from.tell(&lines, table),
            What::Show { name, .. } => {
                let found: Vec<Line<'_>> = lines.into_iter().filter(|line| line.is_called(name)).collect();
                if found.is_empty() {
                    let registry = from.registry.display();
                    return fail(USAGE, &format!("no consumer and no grant `{name}` in {registry}"));
                }
                from.tell(&found, pages)
            }
            What::Lapsing { within, .. } => {
                let limit = Day(today.0.saturating_add(i32::from(*within)));
                let mut soon: Vec<Line<'_>> =
                    lines.into_iter().filter(|line| line.until() <= limit).collect();
                soon.sort_by_key(Line::until);
                from.tell(&soon, table)
            }
        }
    }
}

impl From {
    fn load(&self) -> Result<Snapshot, Faults> {
        registry::load(&self.registry, &self.against.basis()?, None).map(|loaded| loaded.snapshot)
    }

    fn tell(&self, lines: &[Line<'_>], text: fn(&[Line<'_>]) -> String) -> ExitCode {
        let text = match self.format {
            Format::Text => text(lines),
            Format::Json => {
                let grants: Vec<Value> = lines.iter().map(Line::as_json).collect();
                format!("{:#}\n", json!({ "grants": grants, "faults": [] }))
            }
        };
        answer(&text, ExitCode::SUCCESS)
    }

    /// A faulty registry grants nothing: what is wrong is told instead.
    fn faulty(&self, faults: &Faults) -> ExitCode {
        if self.format == Format::Text {
            return fail(1, faults);
        }
        let faults: Vec<Value> = faults.iter().map(as_json).collect();
        answer(&format!("{:#}\n", json!({ "grants": [], "faults": faults })), ExitCode::FAILURE)
    }
}

/// One grant on one day.
struct Line<'a> {
    snapshot: &'a Snapshot,
    grant: GrantIx,
    today: Day,
}

fn lines(snapshot: &Snapshot, today: Day) -> Vec<Line<'_>> {
    let all = (0..).map(GrantIx).zip(snapshot.grants());
    all.map(|(grant, _)| Line { snapshot, grant, today }).collect()
}

impl Line<'_> {
    fn label(&self) -> String {
        self.snapshot.grant_label(self.grant)
    }

    fn is_called(&self, name: &str) -> bool {
        let label = self.label();
        label == name || label.split_once('/').is_some_and(|(consumer, _)| consumer == name)
    }

    /// The last day on which it lets calls pass without a gap; the day before today where it does not today.
    fn until(&self) -> Day {
        self.snapshot.lawful_until(self.grant, self.today).unwrap_or(self.today.previous())
    }

    fn days_left(&self) -> Option<i32> {
        let until = self.until();
        (until != Day::MAX).then(|| until.0.saturating_sub(self.today.0).saturating_add(1).max(0))
    }

    fn state(&self) -> String {
        match self.snapshot.lawful_until(self.grant, self.today) {
            Ok(Day::MAX) => "lawful".to_owned(),
            Ok(until) => format!("lawful until {}", show(until)),
            Err(denial) => format!("refused: {}", denial.name()),
        }
    }

    fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        let consumer = self.snapshot.consumer(self.snapshot.grants()[self.grant.at()].consumer);
        let own = &self.snapshot.grant(self.grant).instruments;
        own.iter().chain(consumer.disclaimer.as_ref().map(|written| &written.value))
    }

    fn as_json(&self) -> Value {
        let text = self.snapshot.grant(self.grant);
        json!({
            "grant": self.label(),
            "organisation": self.snapshot.consumer(self.snapshot.grants()[self.grant.at()].consumer).organisation,
            "services": text.services.iter().map(|service| service.value.as_str()).collect::<Vec<_>>(),
            "purpose": text.purpose.value,
            "capacity": text.capacity,
            "valid_from": show(text.valid.first),
            "valid_until": (text.valid.last != Day::MAX).then(|| show(text.valid.last)),
            "opens": text.opens.iter().map(Field::name).collect::<Vec<_>>(),
            "fields": text.fields.as_ref().map(|_| field_names(text)),
            "retention": text.retention,
            "instruments": self.instruments().map(|held| json!({
                "type": held.proof.kind().name(),
                "reference": held.proof.reference(),
                "from": (held.days.first != Day::MIN).then(|| show(held.days.first)),
                "until": (held.days.last != Day::MAX).then(|| show(held.days.last)),
            })).collect::<Vec<_>>(),
            "lawful": self.snapshot.lawful_until(self.grant, self.today).is_ok(),
            "state": self.state(),
            "days_left": self.days_left(),
        })
    }
}

/// A line a grant, in columns.
fn table(lines: &[Line<'_>]) -> String {
    if lines.is_empty() {
        return "none\n".to_owned();
    }
    let mut rows = vec![["GRANT", "DAYS LEFT", "STATE", "INSTRUMENTS", "SERVICES"].map(str::to_owned)];
    rows.extend(lines.iter().map(row));
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    rows.iter().map(|row| aligned(row, widths)).collect()
}

fn row(line: &Line<'_>) -> [String; 5] {
    let kinds: Vec<&str> = line.instruments().map(|held| held.proof.kind().name()).collect();
    let services = &line.snapshot.grant(line.grant).services;
    [
        line.label(),
        line.days_left().map_or_else(|| "-".to_owned(), |days| days.to_string()),
        line.state(),
        if kinds.is_empty() { "-".to_owned() } else { kinds.join(", ") },
        services.iter().map(|service| service.value.as_str()).collect::<Vec<_>>().join(", "),
    ]
}

fn aligned(cells: &[String; 5], widths: [usize; 5]) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
}

/// A paragraph a grant.
fn pages(lines: &[Line<'_>]) -> String {
    lines.iter().map(page).collect::<Vec<_>>().join("\n")
}

fn page(line: &Line<'_>) -> String {
    let text = line.snapshot.grant(line.grant);
    let services = text.services.iter().map(|service| service.value.as_str()).collect::<Vec<_>>().join(", ");
    let opens = text.opens.iter().map(Field::name).collect::<Vec<_>>().join(", ");
    let mut page = vec![format!("{}  ({})", line.label(), line.state())];
    let mut say = |what: &str, value: &str| {
        page.extend((!value.is_empty()).then(|| format!("  {what:<10} {value}")));
    };
    say("services", &services);
    say("purpose", &text.purpose.value);
    say("capacity", text.capacity.as_deref().unwrap_or_default());
    say("valid", &format!("{} to {}", show(text.valid.first), show(text.valid.last)));
    say("opens", &opens);
    say("fields", &field_names(text).join(", "));
    say("retention", &text.retention);
    for held in line.instruments() {
        say("instrument", &on_file(held));
    }
    page.join("\n") + "\n"
}

/// The field groups a grant is limited to; none: it is not.
fn field_names(grant: &GrantText) -> Vec<&str> {
    let names = grant.fields.iter().flat_map(|fields| &fields.names);
    names.map(|name| name.value.as_str()).collect()
}

fn on_file(held: &Instrument) -> String {
    let name = instrument(held.proof.kind(), Language::English);
    format!("{name}: {} ({} to {})", held.proof.reference(), show(held.days.first), show(held.days.last))
}
