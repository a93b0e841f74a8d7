//! A small harness: the median of several rounds, twice, so that the spread shows what the machine adds.
//!
//! Peers run in the same process, round by round, so that a slow moment hits all of them.
#![allow(dead_code, reason = "each bench uses its part")]

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use poortwachter_kernel::redact::Sink;

const ROUNDS: usize = 11;
const PASSES: usize = 2;
const ROUND_TIME: Duration = Duration::from_millis(12);

/// Something to measure.
pub(crate) struct Case<'a> {
    name: &'a str,
    work: Box<dyn FnMut() -> usize + 'a>,
}

impl<'a> Case<'a> {
    /// What `work` gives is kept from the optimiser.
    pub(crate) fn new(name: &'a str, work: impl FnMut() -> usize + 'a) -> Self {
        Self { name, work: Box::new(work) }
    }
}

/// Counts the bytes that may leave, and does nothing else with them.
pub(crate) struct Count(pub(crate) usize);

impl Sink for Count {
    fn keep(&mut self, range: Range<usize>) {
        self.0 += range.len();
    }

    fn carried(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}

/// Measures cases that each read so many bytes, and prints a line for each; ratios are times of the first.
pub(crate) fn compare(title: &str, bytes: usize, cases: Vec<Case<'_>>) {
    table(&format!("{title}, {bytes} bytes"), "MB/s", bytes, cases);
}

/// Measures cases that each answer one call, likewise.
pub(crate) fn compare_calls(title: &str, cases: Vec<Case<'_>>) {
    table(title, "M calls/s", 1, cases);
}

fn table(title: &str, unit: &str, units: usize, mut cases: Vec<Case<'_>>) {
    println!("\n{title}");
    println!("{:<44} {:>12} {unit:>10} {:>8} {:>8} {:>10}", "", "ns/iter", "ratio", "spread", "allocs");
    let passes: Vec<Vec<f64>> = (0..PASSES).map(|_| medians(&mut cases)).collect();
    for (at, case) in cases.iter_mut().enumerate() {
        let best = passes.iter().map(|pass| pass[at]).fold(f64::INFINITY, f64::min);
        let worst = passes.iter().map(|pass| pass[at]).fold(0.0, f64::max);
        let first = passes.iter().map(|pass| pass[0]).fold(f64::INFINITY, f64::min);
        let allocations = allocation_counter::measure(|| _ = black_box((case.work)())).count_total;
        println!(
            "{:<44} {best:>12.1} {:>10.0} {:>7.2}x {:>7.1}% {allocations:>10}",
            case.name,
            per_second(units, best),
            best / first,
            (worst / best - 1.0) * 100.0,
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn per_second(units: usize, nanoseconds: f64) -> f64 {
    units as f64 * 1000.0 / nanoseconds
}

fn medians(cases: &mut [Case<'_>]) -> Vec<f64> {
    let counts: Vec<u32> = cases.iter_mut().map(|case| iterations(&mut case.work)).collect();
    let mut rounds = vec![Vec::with_capacity(ROUNDS); cases.len()];
    for _ in 0..ROUNDS {
        for (at, case) in cases.iter_mut().enumerate() {
            rounds[at].push(time(&mut case.work, counts[at]));
        }
    }
    rounds.into_iter().map(median).collect()
}

/// How often the work fits in a round, after a first run that warms up.
fn iterations(work: &mut dyn FnMut() -> usize) -> u32 {
    black_box(work());
    let once = time(work, 1).max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    let count = (ROUND_TIME.as_secs_f64() * 1e9 / once) as u32;
    count.max(1)
}

/// Nanoseconds a run.
fn time(work: &mut dyn FnMut() -> usize, count: u32) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        black_box(work());
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(count)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
