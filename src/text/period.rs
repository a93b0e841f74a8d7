//! How long something is kept: a period of ISO 8601, in whole days or more.

use std::fmt;

use jiff::{Span, Unit};
use poortwachter_kernel::vocab::Day;

use super::date::{date_of, day_of};

/// A period of years, months, weeks and days.
#[derive(Clone, Debug)]
pub struct Period {
    written: String,
    span: Span,
}

impl Period {
    /// The period that `P5Y`, `P18M` or `P30D` stands for; hours and less are none.
    pub fn parse(written: &str) -> Option<Self> {
        let span =
            written.parse::<Span>().ok().filter(|span| written.starts_with('P') && span.is_positive())?;
        let of_days =
            [Unit::Hour, Unit::Minute, Unit::Second, Unit::Millisecond, Unit::Microsecond, Unit::Nanosecond]
                .into_iter()
                .all(|unit| part(&span, unit) == 0);
        of_days.then(|| Self { written: written.to_owned(), span })
    }

    /// The last day of it, when it begins with `day`; the end of all days, where the calendar does not reach so far.
    pub fn last_from(&self, day: Day) -> Day {
        let last = date_of(day).and_then(|date| date.checked_add(self.span).ok());
        last.map_or(Day::MAX, day_of)
    }
}

fn part(span: &Span, unit: Unit) -> i64 {
    match unit {
        Unit::Hour => span.get_hours().into(),
        Unit::Minute => span.get_minutes(),
        Unit::Second => span.get_seconds(),
        Unit::Millisecond => span.get_milliseconds(),
        Unit::Microsecond => span.get_microseconds(),
        _ => span.get_nanoseconds(),
    }
}

impl PartialEq for Period {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Period {}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::super::date::{parse, show};
    use super::Period;

    fn last(period: &str, day: &str) -> Option<String> {
        Some(show(Period::parse(period)?.last_from(parse(day).expect("a day"))))
    }

    #[test]
    fn a_period_ends_on_the_same_day_of_the_month_or_the_months_last() {
        assert_eq!(last("P5Y", "2026-11-24").as_deref(), Some("2031-11-24"));
        assert_eq!(last("P1Y", "2028-02-29").as_deref(), Some("2029-02-28"));
        assert_eq!(last("P1M", "2026-01-31").as_deref(), Some("2026-02-28"));
        assert_eq!(last("P2W", "2026-12-20").as_deref(), Some("2027-01-03"));
        assert_eq!(last("P9000Y", "2026-11-24").as_deref(), Some("no end"));
    }

    #[test]
    fn what_is_no_period_of_days_is_none() {
        for written in ["", "5Y", "P", "PT5M", "P1DT1H", "-P1D", "P0D", "p1d", "1 year", "forever"] {
            assert_eq!(last(written, "2026-11-24"), None, "{written}");
        }
    }
}
