//! Days as people write them, and as the kernel counts them.

use jiff::civil::Date;
use poortwachter_kernel::vocab::Day;

/// The number of a calendar day.
pub fn day_of(date: Date) -> Day {
    Day(date.since(EPOCH).map_or(i32::MAX, |span| span.get_days()))
}

/// The calendar day of a number, where the calendar reaches it.
pub fn date_of(day: Day) -> Option<Date> {
    EPOCH.checked_add(jiff::Span::new().try_days(day.0).ok()?).ok()
}

/// A day as people write it, `2026-01-31`; "always" and "no end" beyond the calendar.
pub fn show(day: Day) -> String {
    match day {
        Day::MIN => "always".to_owned(),
        Day::MAX => "no end".to_owned(),
        day => date_of(day).map_or_else(|| format!("day {}", day.0), |date| date.to_string()),
    }
}

/// The time zone of the law: a legal day is a day in Brussels.
pub fn brussels() -> jiff::tz::TimeZone {
    // The table is compiled in (`tzdb-bundle-always`); UTC would end a legal day hours late, so an
    // impossible absence is met with the zone's own POSIX rule rather than with UTC.
    jiff::tz::TimeZone::get("Europe/Brussels")
        .or_else(|_| jiff::tz::TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3"))
        .unwrap_or(jiff::tz::TimeZone::UTC)
}

/// The legal day of an instant.
pub fn legal_day(instant: jiff::Timestamp) -> Day {
    day_of(brussels().to_datetime(instant).date())
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The day that `2026-01-31` stands for.
pub fn parse(written: &str) -> Option<Day> {
    written.parse::<Date>().ok().filter(|date| date.to_string() == written).map(day_of)
}

#[cfg(test)]
mod tests {
    use super::{date_of, day_of, parse, show};
    use poortwachter_kernel::vocab::Day;

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(show(Day(0)), "1970-01-01");
        assert_eq!(show(Day(20_781)), "2026-11-24");
        assert_eq!(date_of(Day(-1)).map(day_of), Some(Day(-1)));
        assert_eq!(date_of(Day::MAX), None);
    }

    #[test]
    fn only_a_full_date_is_a_day() {
        assert_eq!(parse("2026-11-24"), Some(Day(20_781)));
        assert_eq!(parse("2026-02-30"), None);
        assert_eq!(parse("20261124"), None);
    }
}
