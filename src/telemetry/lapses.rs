//! How many last days are past, and how many are near.

use poortwachter_kernel::vocab::Day;

use super::families::{
    DAYS_LEFT, Family, GRANTS, GRANTS_LAPSED, GRANTS_LAPSING, INSTRUMENTS_LAPSED, INSTRUMENTS_LAPSING,
};
use super::recorder::Recorder;

/// A grant, as far as its days are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    /// Whose it is.
    pub consumer: &'a str,
    /// Its name.
    pub grant: &'a str,
    /// Its last lawful day; none: it has no end.
    pub last: Option<Day>,
    /// The last days of the instruments under it.
    pub instruments: Vec<Option<Day>>,
}

/// Days that are near.
const WITHIN: [(&str, i32); 3] = [("30d", 30), ("60d", 60), ("90d", 90)];

/// Says of all grants how long they and what is under them still are, as of a day; the last day itself is day 0.
pub fn tell<'a>(recorder: &Recorder, today: Day, held: impl Iterator<Item = Held<'a>>) {
    let (mut grants, mut instruments, mut count) = (Lapses::default(), Lapses::default(), 0_u32);
    recorder.clear(DAYS_LEFT.name);
    for Held { consumer, grant, last, instruments: under } in held {
        count += 1;
        grants.add(last, today);
        for last in under {
            instruments.add(last, today);
        }
        if let Some(last) = last {
            DAYS_LEFT.gauge(recorder, [consumer, grant]).set(last.0.saturating_sub(today.0));
        }
    }
    GRANTS.gauge(recorder, []).set(count);
    grants.tell(recorder, &GRANTS_LAPSED, &GRANTS_LAPSING);
    instruments.tell(recorder, &INSTRUMENTS_LAPSED, &INSTRUMENTS_LAPSING);
}

#[derive(Default)]
struct Lapses {
    past: u32,
    near: [u32; WITHIN.len()],
}

impl Lapses {
    fn add(&mut self, last: Option<Day>, today: Day) {
        let Some(last) = last else { return };
        let left = last.0.saturating_sub(today.0);
        if left < 0 {
            self.past += 1;
            return;
        }
        for (near, (_, days)) in self.near.iter_mut().zip(WITHIN) {
            *near += u32::from(left <= days);
        }
    }

    fn tell(&self, recorder: &Recorder, past: &Family<0>, near: &Family<1>) {
        past.gauge(recorder, []).set(self.past);
        for (count, (within, _)) in self.near.iter().zip(WITHIN) {
            near.gauge(recorder, [within]).set(*count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_near_and_the_day_after_it_is_past() {
        let recorder = Recorder::default();
        let held = |last| Held { consumer: "a", grant: "g", last, instruments: vec![last, None] };
        let days = [-1, 0, 30, 31, 90, 91].map(|days| Some(Day(1000 + days)));
        tell(&recorder, Day(1000), days.into_iter().chain([None]).map(held));
        let page = recorder.render();
        for line in [
            "poortwachter_grants 7",
            "poortwachter_grants_lapsed 1",
            "poortwachter_grants_lapsing{within=\"30d\"} 2",
            "poortwachter_grants_lapsing{within=\"60d\"} 3",
            "poortwachter_instruments_lapsing{within=\"90d\"} 4",
            "poortwachter_instruments_lapsed 1",
        ] {
            assert!(page.lines().any(|known| known == line), "{line}\n{page}");
        }
    }
}
