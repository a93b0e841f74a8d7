//! `audit count`: the numbers of the metrics page, from the trail alone.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::Timestamp;
use poortwachter_kernel::vocab::Day;

use crate::audit::count::{Counted, Part, count};
use crate::audit::reading::{ReadError, Reading};
use crate::cli::{NO_INPUT, USAGE, answer, fail};
use crate::text::date;
use crate::text::words::chain;

/// Count what an audit trail records, as the metrics page does
///
/// Writes the same families with the same labels as Prometheus text, from the trail's records alone: what a gateway said on
/// its metrics page can be compared line by line with what it can show (--since-start), and added up for any days. What
/// only the process knows (connections, durations, calls under way) is not in it. docs/evidence.md says how each number is
/// found. Check the trail with `audit verify` first: this stops at the first changed record, but does not look who signed.
///
/// Exits 0; 1 when a record was changed; 64 for what is no day, or days in the wrong order; 66 when DIR cannot be read.
#[derive(Debug, Args)]
pub(in crate::cli) struct Count {
    /// The trail's directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Only what was recorded since the gateway last started
    #[arg(long, conflicts_with_all = ["from", "to"])]
    since_start: bool,
    /// From this legal day on (Europe/Brussels), 2026-01-31
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Day>,
    /// Up to and including this legal day
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<Day>,
    /// Tell lapses, and consumers of the day, as of this day, by what was recorded until then; without it, as of the last
    /// record
    #[arg(long = "day", value_name = "DAY", value_parser = day)]
    as_of: Option<Day>,
}

impl Count {
    pub(super) fn run(&self) -> ExitCode {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return fail(USAGE, &"the day of `--from` is after that of `--to`");
        }
        let counted = Reading::of(&self.directory)
            .and_then(|reading| count(reading, self.part(), self.as_of.and_then(noon)));
        match counted {
            Ok(counted) => answer(&told(&counted), ExitCode::SUCCESS),
            Err(error @ ReadError::Unreadable { .. }) => fail(NO_INPUT, &chain(&error)),
            Err(error) => fail(1, &chain(&error)),
        }
    }

    fn part(&self) -> Part {
        if self.since_start {
            Part::SinceStart
        } else {
            Part::Days(self.from.unwrap_or(Day::MIN), self.to.unwrap_or(Day::MAX))
        }
    }
}

fn told(counted: &Counted) -> String {
    let Counted { unended, unrecorded, started, .. } = counted;
    let cut = if *started {
        ""
    } else {
        "# no start of a run is in this trail: what came before its first file is not counted\n"
    };
    format!(
        "{}# {unended} calls were let pass and have no end here: under way, or cut off with the gateway\n\
         # {unrecorded} calls ended as unrecorded and have a record; the others are in poortwachter_audit_refused_calls_total\n{cut}",
        counted.render()
    )
}

fn day(text: &str) -> Result<Day, String> {
    date::parse(text).ok_or_else(|| "a day looks like 2026-01-31".to_owned())
}

/// A moment of that legal day.
fn noon(day: Day) -> Option<Timestamp> {
    date::brussels().to_timestamp(date::date_of(day)?.at(12, 0, 0, 0)).ok()
}
