//! The token bucket against a plainly right one, and what a consumer's allowance is made of.

use std::num::NonZeroU32;

use poortwachter::config::Quota;
use poortwachter::proxy::quota::{Allowance, Bucket, Quotas, Rate, Throttled};
use poortwachter::registry::Limits;
use poortwachter::text::Limit;
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;

fn many(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).expect("more than none")
}

fn rate(per_second: u32, burst: u32) -> Rate {
    Rate { per_second: many(per_second), burst: many(burst) }
}

/// Counts what is in it, in nanoseconds of waiting, and adds the time that has passed.
struct Plain {
    level: u64,
    last: u64,
}

impl Plain {
    fn take(&mut self, rate: Rate, now: u64) -> bool {
        let token = SECOND.div_ceil(rate.per_second.get().into());
        self.level = (self.level + (now - self.last)).min(token * u64::from(rate.burst.get()));
        self.last = now;
        let is_there = self.level >= token;
        if is_there {
            self.level -= token;
        }
        is_there
    }
}

proptest! {
    #[test]
    fn the_bucket_does_what_a_plain_one_does(
        per_second in 1..=Limit::FASTEST,
        burst in 1_u32..60,
        gaps in prop::collection::vec((0_u64..4, 0_u64..1000), 1..300),
        start in 1_000_000_000_000_000_000_u64..1_800_000_000_000_000_000,
    ) {
        let rate = rate(per_second, burst);
        let token = SECOND.div_ceil(per_second.into());
        let bucket = Bucket::default();
        let mut plain = Plain { level: token * u64::from(burst), last: start };
        let mut now = start;
        let (mut admitted, mut first) = (0_u64, None);
        for (tokens, part) in gaps {
            now += token * tokens / 3 + token * part / 1000;
            let got = bucket.take(rate, now);
            prop_assert_eq!(got.is_ok(), plain.take(rate, now));
            if let Err(wait) = got {
                prop_assert!(wait <= token, "nobody waits longer than for one token");
                prop_assert!(bucket.take(rate, now + wait - 1).is_err(), "nor shorter than told");
            } else {
                admitted += 1;
                let since = u128::from(now - *first.get_or_insert(now));
                let most = u128::from(burst) + since * u128::from(per_second) / u128::from(SECOND);
                prop_assert!(u128::from(admitted) <= most, "{} in {} ns", admitted, since);
            }
        }
    }

    #[test]
    fn whoever_waits_as_told_is_let_in_however_often_it_asked(
        per_second in 1..=Limit::FASTEST, burst in 1_u32..60, asks in 1_usize..50,
    ) {
        let (rate, bucket, now) = (rate(per_second, burst), Bucket::default(), 1_700_000_000 * SECOND);
        while bucket.take(rate, now).is_ok() {}
        let wait = bucket.take(rate, now).expect_err("empty");
        for _ in 0..asks {
            prop_assert_eq!(bucket.take(rate, now), Err(wait));
        }
        prop_assert_eq!(bucket.take(rate, now + wait), Ok(()));
    }
}

#[test]
fn a_clock_that_is_set_back_costs_no_more_than_the_burst() {
    let (rate, bucket, now) = (rate(10, 5), Bucket::default(), 1_700_000_000 * SECOND);
    for _ in 0..5 {
        assert_eq!(bucket.take(rate, now), Ok(()));
    }
    let yesterday = now - 86_400 * SECOND;
    assert_eq!(bucket.take(rate, yesterday), Err(SECOND / 10));
    assert_eq!(bucket.take(rate, yesterday + SECOND / 10), Ok(()));
}

#[test]
fn a_slower_rate_after_a_reload_forgets_the_faster_one_s_debt_beyond_its_own_burst() {
    let (bucket, now) = (Bucket::default(), 1_700_000_000 * SECOND);
    while bucket.take(rate(1, 100), now).is_ok() {}
    assert_eq!(bucket.take(rate(10, 2), now), Err(SECOND / 10));
}

#[test]
fn many_threads_take_no_more_than_there_is() {
    let (rate, bucket, now) = (rate(1, 1000), Bucket::default(), 1_700_000_000 * SECOND);
    let taken = std::thread::scope(|scope| {
        let takers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..500).filter(|_| bucket.take(rate, now).is_ok()).count()))
            .collect();
        takers.into_iter().map(|taker| taker.join().expect("no panic")).sum::<usize>()
    });
    assert_eq!(taken, 1000);
}

#[test]
fn what_a_consumer_s_file_says_goes_before_what_everybody_may() {
    let at = |number| Limit::At(many(number));
    let general = Quota { calls_per_second: at(10), burst: Some(many(30)), concurrent_calls: at(7) };
    let none = Limits::default();
    assert_eq!(
        Allowance::of(&general, &none),
        Allowance { rate: Some(rate(10, 30)), at_once: Some(many(7)) }
    );
    let faster = Limits { calls_per_second: Some(at(50)), ..none };
    assert_eq!(Allowance::of(&general, &faster).rate, Some(rate(50, 50)), "a second's worth");
    let burst = Limits { burst: Some(many(2)), ..none };
    assert_eq!(Allowance::of(&general, &burst).rate, Some(rate(10, 2)));
    let free = Limits { calls_per_second: Some(Limit::Off), burst: None, concurrent_calls: Some(Limit::Off) };
    assert_eq!(Allowance::of(&general, &free), Allowance::default());
}

#[test]
fn a_share_ends_with_its_call_and_a_refused_call_costs_no_token() {
    let (quotas, now) = (Quotas::default(), 1_700_000_000 * SECOND);
    let allowance = Allowance { rate: Some(rate(1, 2)), at_once: Some(many(1)) };
    let first = quotas.enter("a", allowance, now).expect("the first");
    for _ in 0..9 {
        let again = quotas.enter("a", allowance, now);
        assert!(matches!(again, Err(Throttled::AtOnce { most }) if most.get() == 1), "{again:?}");
    }
    assert!(quotas.enter("b", allowance, now).is_ok(), "others are counted apart");
    drop(first);
    drop(quotas.enter("a", allowance, now).expect("the second token"));
    let third = quotas.enter("a", allowance, now);
    assert!(matches!(third, Err(Throttled::Rate { wait: SECOND, .. })), "{third:?}");
}

#[test]
fn consumers_that_are_gone_are_forgotten_and_the_others_are_not() {
    let quotas = Quotas::default();
    for id in ["a", "b", ""] {
        drop(quotas.enter(id, Allowance::default(), 0).expect("no limits"));
    }
    quotas.keep(|id| id == "a");
    assert_eq!(quotas.len(), 2, "`a`, and the strangers");
}
