//! Stretches of time as people write them. A legal day is a day in Brussels.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::{Span, ToSpan as _};

use crate::audit::trail::line;
use crate::text::date::brussels;

/// From one instant until before another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Within {
    from: Option<Edge>,
    to: Option<Edge>,
}

/// An instant, and how records write it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edge(Timestamp, Vec<u8>);

/// A year, quarter, month or day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// As it is written.
    pub written: String,
    /// Its first day.
    pub first: Date,
    /// The day after its last.
    pub after: Date,
}

/// What was written is no stretch of time.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// No period.
    #[error(
        "`{0}` is no period; write a year, quarter, month or day: `2026`, `2026-Q4`, `2026-11`, `2026-11-24`"
    )]
    NoPeriod(String),
    /// No moment.
    #[error("`{0}` is neither a day (`2026-11-24`) nor an instant (`2026-11-24T10:00:00Z`)")]
    NoMoment(String),
    /// Nothing can lie in it.
    #[error("`--from {0}` is not before the end of `--to {1}`")]
    Backwards(String, String),
}

impl Within {
    /// From a day or an instant, to the end of a day or before an instant.
    ///
    /// # Errors
    /// One of the two is neither, or nothing can lie between them: an answer of nothing would look like a finding.
    pub fn parse(from: Option<&str>, to: Option<&str>) -> Result<Self, PeriodError> {
        let edge = |written: Option<&str>, days: Span| written.map(|text| moment(text, days)).transpose();
        let edges = (edge(from, 0.days())?, edge(to, 1.day())?);
        if let ((Some(begin), Some(end)), (Some(from), Some(to))) = (edges, (from, to))
            && begin >= end
        {
            return Err(PeriodError::Backwards(from.to_owned(), to.to_owned()));
        }
        Ok(Self::between(edges.0, edges.1))
    }

    /// From an instant until before another.
    pub fn between(from: Option<Timestamp>, to: Option<Timestamp>) -> Self {
        Self { from: from.map(Edge::at), to: to.map(Edge::at) }
    }

    /// Whether an instant of a stretch is in it, from its first to its last.
    pub fn touches(&self, first: Timestamp, last: Timestamp) -> bool {
        self.from.as_ref().is_none_or(|from| from.0 <= last) && self.to.as_ref().is_none_or(|to| first < to.0)
    }

    /// Whether an instant is in it.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from.as_ref().is_none_or(|from| from.0 <= at) && self.to.as_ref().is_none_or(|to| at < to.0)
    }

    /// The same of an instant as records write it, without reading it: all are of one length, in UTC.
    pub fn holds_text(&self, written: &str) -> bool {
        let written = written.as_bytes();
        self.from.as_ref().is_none_or(|from| from.1.as_slice() <= written)
            && self.to.as_ref().is_none_or(|to| written < to.1.as_slice())
    }

    /// Whether anything before an instant is in it.
    pub fn reaches_before(&self, at: Timestamp) -> bool {
        self.from.as_ref().is_none_or(|from| from.0 < at)
    }
}

impl Edge {
    fn at(at: Timestamp) -> Self {
        let mut text = Vec::new();
        line::time(&mut text, at);
        Self(at, text)
    }
}

impl Period {
    /// The period that `2026`, `2026-Q4`, `2026-11` or `2026-11-24` stands for.
    ///
    /// # Errors
    /// It stands for none.
    pub fn parse(written: &str) -> Result<Self, PeriodError> {
        stretch(written)
            .map(|(first, after)| Self { written: written.to_owned(), first, after })
            .ok_or_else(|| PeriodError::NoPeriod(written.to_owned()))
    }

    /// From the first moment of its first day until before that of the day after its last.
    pub fn within(&self) -> Within {
        Within::between(begin(self.first), begin(self.after))
    }

    /// When it begins.
    pub fn begins(&self) -> Option<Timestamp> {
        begin(self.first)
    }

    /// When it is over.
    pub fn ends(&self) -> Option<Timestamp> {
        begin(self.after)
    }

    /// Its last day.
    pub fn last(&self) -> Date {
        self.after.yesterday().unwrap_or(self.after)
    }
}

fn stretch(written: &str) -> Option<(Date, Date)> {
    let digits = |text: &str, length| {
        let shaped = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        shaped.then(|| text.parse::<i16>().ok()).flatten()
    };
    let parts: Vec<&str> = written.split('-').collect();
    let year = digits(parts.first()?, 4).filter(|year| *year > 0)?;
    let (month, length) = match parts[1..] {
        [] => (1, 12),
        [quarter] if quarter.starts_with('Q') => {
            let quarter = digits(&quarter[1..], 1).filter(|quarter| (1..=4).contains(quarter))?;
            (3 * quarter - 2, 3)
        }
        [month] => (digits(month, 2)?, 1),
        [_, _] => {
            let day: Date = written.parse().ok().filter(|day: &Date| day.to_string() == written)?;
            return Some((day, day.tomorrow().ok()?));
        }
        _ => return None,
    };
    let first = Date::new(year, i8::try_from(month).ok()?, 1).ok()?;
    Some((first, first.checked_add(length.months()).ok()?))
}

/// The first moment of a day in Brussels.
fn begin(day: Date) -> Option<Timestamp> {
    brussels().to_timestamp(day.at(0, 0, 0, 0)).ok()
}

fn moment(written: &str, days: Span) -> Result<Timestamp, PeriodError> {
    let day = || {
        let day: Date = written.parse().ok().filter(|day: &Date| day.to_string() == written)?;
        begin(day.checked_add(days).ok()?)
    };
    day().or_else(|| written.parse().ok()).ok_or_else(|| PeriodError::NoMoment(written.to_owned()))
}

/// The legal day of an instant.
pub fn day_of(at: Timestamp) -> Date {
    let day = brussels().to_datetime(at).date();
    if day < EARLIEST { EARLIEST } else { day }
}

const EARLIEST: Date = date(1, 1, 1);

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(written: &str) -> (String, String) {
        let period = Period::parse(written).expect("a period");
        (period.begins().expect("a time").to_string(), period.ends().expect("a time").to_string())
    }

    fn are(from: &str, to: &str) -> (String, String) {
        (from.to_owned(), to.to_owned())
    }

    #[test]
    fn a_period_begins_and_ends_at_midnight_in_brussels_in_summer_and_winter() {
        assert_eq!(edges("2026"), are("2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"));
        assert_eq!(edges("2026-Q4"), are("2026-09-30T22:00:00Z", "2026-12-31T23:00:00Z"));
        assert_eq!(edges("2026-11"), are("2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"));
        // 23 hours, and 25.
        assert_eq!(edges("2026-03-29"), are("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"));
        assert_eq!(edges("2026-10-25"), are("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"));
        assert_eq!(edges("2028-02-29"), are("2028-02-28T23:00:00Z", "2028-02-29T23:00:00Z"));
        assert_eq!(edges("2028-02"), are("2028-01-31T23:00:00Z", "2028-02-29T23:00:00Z"));
    }

    #[test]
    fn what_is_no_period_is_said_to_be_none() {
        for written in [
            "",
            "26",
            "2026-13",
            "2026-Q5",
            "2026-Q",
            "2026-1",
            "2026-02-29",
            "2026-11-24-1",
            "+026",
            "2026-q4",
            "0000",
        ] {
            assert!(Period::parse(written).is_err(), "{written}");
        }
    }

    #[test]
    fn the_last_day_is_included_and_the_last_instant_is_not() {
        let at = |written: &str| written.parse::<Timestamp>().expect("a time");
        let days = Within::parse(Some("2026-11-24"), Some("2026-11-24")).expect("days");
        assert!(days.holds(at("2026-11-23T23:00:00Z")) && days.holds(at("2026-11-24T22:59:59.999999Z")));
        assert!(!days.holds(at("2026-11-24T23:00:00Z")) && !days.holds(at("2026-11-23T22:59:59Z")));
        assert!(
            days.holds_text("2026-11-23T23:00:00.000000Z") && !days.holds_text("2026-11-24T23:00:00.000000Z")
        );
        let until = Within::parse(None, Some("2026-11-24T11:00:00+01:00")).expect("an instant");
        assert!(!until.holds(at("2026-11-24T10:00:00Z")) && until.holds(at("2026-11-24T09:59:59Z")));
        assert!(Within::parse(Some("gisteren"), None).is_err());
        assert!(Within::parse(Some("2026-11-25"), Some("2026-11-24")).is_err());
        assert!(Within::parse(Some("2026-11-24T10:00:00Z"), Some("2026-11-24T10:00:00Z")).is_err());
    }
}
