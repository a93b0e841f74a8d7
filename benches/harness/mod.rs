//! A small harness: the median of several rounds, twice, so that the spread shows what the machine adds.
//!
//! Peers run in the same process, round by round, so that a slow moment hits all of them; so do programs of others,
//! each run a process of its own.
#![allow(dead_code, reason = "each bench uses its part")]

pub(crate) mod outside;

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use outside::Outside;
use poortwachter_kernel::redact::Sink;

const ROUNDS: usize = 11;
/// What takes longer than [`LONG`] is measured less often.
const FEW_ROUNDS: usize = 3;
const LONG: Duration = Duration::from_secs(1);
const PASSES: usize = 2;
const ROUND_TIME: Duration = Duration::from_millis(12);

/// Something to measure.
pub(crate) struct Case<'a> {
    name: &'a str,
    work: Box<dyn FnMut() -> usize + 'a>,
    /// Where the work is done, if not in this process.
    outside: Option<&'a Outside>,
}

impl<'a> Case<'a> {
    /// What `work` gives is kept from the optimiser.
    pub(crate) fn new(name: &'a str, work: impl FnMut() -> usize + 'a) -> Self {
        Self { name, work: Box::new(work), outside: None }
    }

    /// A program of others.
    pub(crate) fn outside(outside: &'a Outside) -> Self {
        Self { name: &outside.name, work: Box::new(|| outside.run()), outside: Some(outside) }
    }

    /// How often it asks for memory, and how much it holds at most beyond what it was lent: the document, and a buffer
    /// for its answer where it takes one. A process: all its memory, and nobody counted.
    fn memory(&mut self) -> (Option<u64>, Option<u64>) {
        if let Some(outside) = self.outside {
            return (None, outside.peak());
        }
        let seen = allocation_counter::measure(|| _ = black_box((self.work)()));
        (Some(seen.count_total), Some(seen.bytes_max))
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
    println!(
        "{:<44} {:>12} {unit:>10} {:>8} {:>8} {:>10} {:>12}",
        "", "ns/iter", "ratio", "spread", "allocs", "peak KiB"
    );
    let passes: Vec<Vec<f64>> = (0..PASSES).map(|_| medians(&mut cases)).collect();
    for (at, case) in cases.iter_mut().enumerate() {
        let best = passes.iter().map(|pass| pass[at]).fold(f64::INFINITY, f64::min);
        let worst = passes.iter().map(|pass| pass[at]).fold(0.0, f64::max);
        let first = passes.iter().map(|pass| pass[0]).fold(f64::INFINITY, f64::min);
        let (allocations, peak) = case.memory();
        println!(
            "{:<44} {best:>12.1} {:>10.0} {:>7.2}x {:>7.1}% {:>10} {:>12}",
            case.name,
            per_second(units, best),
            best / first,
            (worst / best - 1.0) * 100.0,
            or_unknown(allocations),
            or_unknown(peak.map(|bytes| bytes.div_ceil(1024))),
        );
    }
}

fn or_unknown(count: Option<u64>) -> String {
    count.map_or_else(|| "?".to_owned(), |count| count.to_string())
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn per_second(units: usize, nanoseconds: f64) -> f64 {
    units as f64 * 1000.0 / nanoseconds
}

fn medians(cases: &mut [Case<'_>]) -> Vec<f64> {
    let plans: Vec<Plan> = cases.iter_mut().map(|case| Plan::of(&mut case.work)).collect();
    let mut rounds = vec![Vec::with_capacity(ROUNDS); cases.len()];
    for round in 0..ROUNDS {
        for (at, case) in cases.iter_mut().enumerate() {
            if round < plans[at].rounds {
                rounds[at].push(time(&mut case.work, plans[at].iterations));
            }
        }
    }
    rounds.into_iter().map(median).collect()
}

/// How often something is measured, and how often it is done each time.
struct Plan {
    rounds: usize,
    iterations: u32,
}

impl Plan {
    /// As it takes, after a first run that warms up.
    fn of(work: &mut dyn FnMut() -> usize) -> Self {
        black_box(work());
        let once = time(work, 1).max(1.0);
        let rounds = if once > LONG.as_secs_f64() * 1e9 { FEW_ROUNDS } else { ROUNDS };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
        let iterations = (ROUND_TIME.as_secs_f64() * 1e9 / once) as u32;
        Self { rounds, iterations: iterations.max(1) }
    }
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
