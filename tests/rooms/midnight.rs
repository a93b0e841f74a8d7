//! Legal days end at midnight in Brussels, whatever the clock says elsewhere.

use poortwachter::kernel::Denial;
use poortwachter::kernel::vocab::Day;
use poortwachter::law::Calendar;
use poortwachter::text::date::parse;

use crate::makers::{Ask, BUILT_IN_LAW, Writer, snapshot};

fn until(last: &str) -> Writer {
    let mut writer = Writer::trusted();
    writer.grants[0].from = parse("2020-01-01").expect("a day");
    writer.grants[0].until = parse(last);
    writer
}

fn at(instant: &str) -> Day {
    Calendar::new().day(instant.parse().expect("an instant"))
}

#[test]
fn the_last_valid_day_ends_at_midnight_in_brussels() {
    for (last, still, over) in [
        ("2026-01-31", "2026-01-31T22:59:59.999999999Z", "2026-01-31T23:00:00Z"),
        ("2026-07-31", "2026-07-31T21:59:59.999999999Z", "2026-07-31T22:00:00Z"),
        // The days on which the clock is changed.
        ("2026-03-28", "2026-03-28T22:59:59.999999999Z", "2026-03-28T23:00:00Z"),
        ("2026-03-29", "2026-03-29T21:59:59.999999999Z", "2026-03-29T22:00:00Z"),
        ("2026-10-25", "2026-10-25T22:59:59.999999999Z", "2026-10-25T23:00:00Z"),
        ("2028-02-29", "2028-02-29T22:59:59.999999999Z", "2028-02-29T23:00:00Z"),
    ] {
        let snapshot = snapshot(&[until(last)], &BUILT_IN_LAW);
        let verdict = |instant| Ask::on(at(instant)).decided(&snapshot).expect("there");
        assert!(verdict(still).is_ok(), "{still}");
        let lapsed = Denial::Lapsed { last: parse(last).expect("a day") };
        assert_eq!(verdict(over).expect_err("over"), lapsed, "{over}");
    }
}

#[test]
fn the_first_valid_day_starts_at_midnight_in_brussels() {
    let mut writer = Writer::trusted();
    let first = parse("2026-07-01").expect("a day");
    (writer.grants[0].from, writer.disclaimer) = (first, Some(first));
    let snapshot = snapshot(&[writer], &BUILT_IN_LAW);
    let verdict = |instant| Ask::on(at(instant)).decided(&snapshot).expect("there");
    assert_eq!(verdict("2026-06-30T21:59:59.999Z").expect_err("early"), Denial::NotYetValid { first });
    assert!(verdict("2026-06-30T22:00:00Z").is_ok());
}

#[test]
fn the_calendar_s_last_day_is_a_day_like_another() {
    let snapshot = snapshot(&[until("9999-12-31")], &BUILT_IN_LAW);
    let last = parse("9999-12-31").expect("a day");
    assert!(Ask::on(last).decided(&snapshot).expect("there").is_ok());
    assert_eq!(Ask::on(last.next()).decided(&snapshot), Some(Err(Denial::Lapsed { last })));
    assert_eq!(Ask::on(Day::MAX).decided(&snapshot), Some(Err(Denial::Lapsed { last })));
    assert!(matches!(Ask::on(Day::MIN).decided(&snapshot), Some(Err(Denial::NotYetValid { .. }))));
}
