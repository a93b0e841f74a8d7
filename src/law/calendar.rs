//! Instants and legal days: a day in law is a day in Brussels, and ends there at midnight.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use poortwachter_kernel::vocab::Day;

use crate::text::date::{brussels, day_of};

/// Says which legal day an instant falls on. Remembers the running day, so that on most calls it
/// compares two numbers and neither allocates nor looks at the time-zone table.
#[derive(Clone, Debug)]
pub struct Calendar {
    brussels: TimeZone,
    day: Day,
    start: Timestamp,
    end: Timestamp,
}

impl Calendar {
    /// A calendar of Europe/Brussels.
    pub fn new() -> Self {
        Self { brussels: brussels(), day: Day::MIN, start: Timestamp::MAX, end: Timestamp::MIN }
    }

    /// The legal day of an instant.
    pub fn day(&mut self, now: Timestamp) -> Day {
        if now < self.start || self.end <= now {
            self.turn(now);
        }
        self.day
    }

    fn turn(&mut self, now: Timestamp) {
        let date = self.brussels.to_datetime(now).date();
        let midnight = |date: jiff::civil::Date| self.brussels.to_timestamp(date.at(0, 0, 0, 0)).ok();
        self.day = day_of(date);
        self.start = midnight(date).unwrap_or(Timestamp::MAX);
        self.end = date.tomorrow().ok().and_then(midnight).unwrap_or(Timestamp::MIN);
    }
}

impl Default for Calendar {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::Calendar;
    use crate::text::date::show;

    fn day(instant: &str) -> String {
        show(Calendar::new().day(instant.parse().expect("an instant")))
    }

    #[test]
    fn the_last_second_of_a_winter_day_is_at_23_utc() {
        assert_eq!(day("2026-12-31T22:59:59.999Z"), "2026-12-31");
        assert_eq!(day("2026-12-31T23:00:00Z"), "2027-01-01");
    }

    #[test]
    fn the_last_second_of_a_summer_day_is_at_22_utc() {
        assert_eq!(day("2026-07-31T21:59:59.999Z"), "2026-07-31");
        assert_eq!(day("2026-07-31T22:00:00Z"), "2026-08-01");
    }

    #[test]
    fn the_days_on_which_the_clock_is_changed_are_whole_days() {
        assert_eq!(day("2026-03-28T23:00:00Z"), "2026-03-29");
        assert_eq!(day("2026-03-29T21:59:59Z"), "2026-03-29");
        assert_eq!(day("2026-10-24T22:00:00Z"), "2026-10-25");
        assert_eq!(day("2026-10-25T22:59:59Z"), "2026-10-25");
        assert_eq!(day("2026-10-25T23:00:00Z"), "2026-10-26");
    }

    #[test]
    fn a_remembered_day_answers_as_a_fresh_calendar_does() {
        let mut kept = Calendar::new();
        let start: jiff::Timestamp = "2026-03-27T00:00:00Z".parse().expect("an instant");
        for quarter in 0..=(4 * 24 * 5) {
            let now = start + jiff::SignedDuration::from_mins(15 * quarter);
            assert_eq!(kept.day(now), Calendar::new().day(now), "{now}");
        }
    }
}
