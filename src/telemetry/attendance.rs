//! How many consumers called today.

use jiff::Timestamp;

use super::families::{CONSUMERS_TODAY, LAST_CALL};
use super::recorder::Recorder;
use crate::law::Calendar;

/// Says how many consumers called on the legal day of a moment, by when each last called.
pub fn tell(recorder: &Recorder, now: Timestamp) {
    let mut calendar = Calendar::new();
    let today = calendar.day(now);
    let last = recorder.levels(LAST_CALL.name).into_iter();
    #[expect(clippy::cast_possible_truncation, reason = "it was a whole number of seconds")]
    let moments = last.filter_map(|seconds| Timestamp::from_second(seconds as i64).ok());
    let count = moments.filter(|moment| calendar.day(*moment) == today).count();
    CONSUMERS_TODAY.gauge(recorder, []).set(u32::try_from(count).unwrap_or(u32::MAX));
}
