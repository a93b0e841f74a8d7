//! How long a trail's files are kept, and which of them are due to go.
//!
//! A file goes as a whole, once the time of every record in it is over, and never before a tombstone that says so stands in
//! the trail, under a signature ([`crate::audit::trail::tombstone`]). The newest file stays, and so does one that tells how
//! an unfinished file that is still there ended, or that holds anything that is not understood.
//!
//! Deliberately not here: when to look, and taking the files away.

mod survey;

use std::collections::HashMap;
use std::io;
use std::path::Path;

use poortwachter_kernel::vocab::Day;

use super::trail::line::Line;
use super::trail::tombstone::{Buried, Gone, joined};
use super::trail::{segment, segments};
use super::verify::{Terms, check_each};
pub use crate::config::{Kept, Retention, Term};
use crate::text::date::legal_day;
pub use survey::{Survey, survey};

/// As long as a file of this name is in a trail's directory, nothing is removed from it.
pub const HOLD: &str = "hold";

/// Files of one tombstone.
const AT_ONCE: usize = 64;

/// What is due to go.
#[derive(Debug, Default)]
pub struct Due {
    /// The files, in the order of the chain.
    pub files: Vec<Survey>,
}

/// Looks for what is due, and remembers what is not.
#[derive(Debug)]
pub struct Retirement {
    terms: Retention,
    /// The first day on which a file can go.
    known: HashMap<String, Day>,
    /// The finished file that was looked at last for the day that the trail has come to, and that day.
    reached: Option<(String, Day)>,
}

impl Retention {
    /// The first day on which a file with such records may go; none: never.
    pub fn goes_on(&self, survey: &Survey) -> Option<Day> {
        let newest = survey.newest.iter().zip(&self.terms);
        let days = newest.filter_map(|(newest, term)| Some(term.last_from(legal_day((*newest)?))));
        let last = days.max().unwrap_or(Day::MIN);
        (!survey.is_strange && last < Day::MAX).then(|| Day(last.0.saturating_add(1)))
    }

    /// Whether a file that was begun on this day can hold nothing whose time is over.
    fn is_young(&self, begun: Day, today: Day) -> bool {
        self.terms.iter().map(|term| term.last_from(begun)).min().is_none_or(|last| today <= last)
    }
}

/// The last line of the files that were finished before the one in which this checkpoint stands; 0: that is not known.
pub fn finished_before(checkpoint: &str) -> u64 {
    let members: serde_json::Value = serde_json::from_str(checkpoint).unwrap_or_default();
    members["segment"].as_str().and_then(segment::first_of).map_or(0, |first| first.saturating_sub(1))
}

impl Retirement {
    /// Nothing is known yet.
    pub fn new(terms: Retention) -> Self {
        Self { terms, known: HashMap::new(), reached: None }
    }

    /// The day that the trail has come to: that of the latest record in the newest file that is finished. A clock that is
    /// wrong when the gateway starts is then no reason yet to remove anything.
    ///
    /// # Errors
    /// The directory or a file in it cannot be read.
    pub fn reached(&mut self, directory: &Path) -> io::Result<Day> {
        for name in segments(directory)?.into_iter().rev().skip(1) {
            if let Some((looked_at, day)) = &self.reached
                && *looked_at == name
            {
                return Ok(*day);
            }
            let survey = survey(&std::fs::read(directory.join(&name))?, &name);
            if let Some(latest) = survey.newest.into_iter().flatten().max() {
                let day = legal_day(latest);
                self.reached = Some((name, day));
                return Ok(day);
            }
        }
        Ok(Day::MIN)
    }

    /// The files that are due today and of whose lines none is numbered higher than `up_to`.
    ///
    /// # Errors
    /// The directory or a file in it cannot be read.
    pub fn due(&mut self, directory: &Path, today: Day, up_to: u64) -> io::Result<Due> {
        let mut due = Due::default();
        if directory.join(HOLD).exists() {
            return Ok(due);
        }
        let names = segments(directory)?;
        self.known.retain(|name, _| names.contains(name));
        for name in names.iter().rev().skip(1).rev() {
            if due.files.len() == AT_ONCE {
                break;
            }
            let begun = segment::since_of(name).map_or(Day::MAX, legal_day);
            let waits = self.known.get(name).is_some_and(|first| today < *first)
                || segment::first_of(name).is_none_or(|first| up_to < first);
            if waits || self.terms.is_young(begun, today) {
                continue;
            }
            let survey = survey(&std::fs::read(directory.join(name))?, name);
            let first = self.terms.goes_on(&survey).unwrap_or(Day::MAX);
            self.known.insert(name.clone(), first);
            if first <= today && survey.buried.as_ref().is_some_and(|buried| buried.gone.to <= up_to) {
                due.files.push(survey);
            }
        }
        due.keep_what_tells(&names);
        Ok(due)
    }
}

impl Due {
    /// Leaves out the files whose tombstones are not shown to be the trail's own: what they say would be said again, under
    /// this trail's signature, and would excuse what somebody else took away. They are its own where nothing is wrong
    /// with the trail, from its beginning to a checkpoint that this process remembers. Gives how many were left out.
    ///
    /// # Errors
    /// The directory or a file in it cannot be read.
    pub fn leave_out_unvouched(&mut self, directory: &Path, checkpoint: Option<String>) -> io::Result<usize> {
        let before = self.files.len();
        if self.files.iter().all(|file| file.tombstones.is_empty()) {
            return Ok(0);
        }
        let is_known = checkpoint.is_some();
        let terms = Terms { witnessed: checkpoint.into_iter().collect(), live: true, ..Terms::default() };
        let mut seen = HashMap::new();
        let report = check_each(directory, &terms, |name, bytes| {
            // As it was read for this, not as it was read before.
            if self.names().any(|due| due == name) {
                seen.insert(name.to_owned(), survey(bytes, name));
            }
        })?;
        let is_whole = is_known && report.findings.is_empty();
        self.files.retain(|file| {
            let name = file.buried.as_ref().map(|buried| &buried.segment);
            file.tombstones.is_empty() || is_whole && name.and_then(|name| seen.get(name)) == Some(file)
        });
        self.keep_what_tells(&segments(directory)?);
        Ok(before - self.files.len())
    }

    /// A file that says how an unfinished one ended stays as long as that one does.
    fn keep_what_tells(&mut self, names: &[String]) {
        loop {
            let goes: Vec<String> = self.names().map(str::to_owned).collect();
            let before = self.files.len();
            self.files
                .retain(|file| file.tells_of.iter().all(|told| !names.contains(told) || goes.contains(told)));
            if self.files.len() == before {
                return;
            }
        }
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.buried().map(|buried| buried.segment.as_str())
    }

    fn buried(&self) -> impl Iterator<Item = &Buried> {
        self.files.iter().filter_map(|file| file.buried.as_ref())
    }

    /// Writes the members of their tombstone.
    pub fn write(&self, terms: &Retention, line: &mut Line<'_>) {
        line.object("terms", |line| {
            for (kept, term) in Kept::ALL.iter().zip(&terms.terms) {
                line.text(kept.name(), &term.to_string());
            }
        });
        line.list("removed", |list| self.buried().for_each(|buried| list.object(|line| buried.write(line))));
        let told: Vec<Gone> = self.files.iter().flat_map(|file| file.tombstones.iter().cloned()).collect();
        line.list("gone", |list| {
            for gone in joined(told) {
                list.object(|line| gone.write(line));
            }
        });
    }
}
