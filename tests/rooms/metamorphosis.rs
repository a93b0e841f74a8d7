//! How a verdict must change when the registry does: more on file never closes, less never opens.

use poortwachter::kernel::Denial;
use poortwachter::kernel::vocab::{Day, FieldSet};
use poortwachter::registry::Snapshot;
use proptest::prelude::*;

use crate::makers::{Ask, BUILT_IN_LAW, RESTLESS_LAW, Writer, d, papers, registries, snapshot};

/// The fields that stay; `None` where the call is refused.
fn open(ask: &Ask, snapshot: &Snapshot) -> Option<FieldSet> {
    ask.decided(snapshot)?.ok().map(|allowed| allowed.reveals())
}

fn at_most(less: Option<FieldSet>, more: Option<FieldSet>) -> bool {
    match (less, more) {
        (None, _) => true,
        (Some(less), Some(more)) => more.contains(less),
        (Some(_), None) => false,
    }
}

/// Ends one thing on an earlier day: a grant, an instrument, or the disclaimer altogether.
fn expire(writers: &mut [Writer], which: usize, last: Day) {
    let pick = which % writers.len();
    let writer = &mut writers[pick];
    match which % 3 {
        0 => writer.disclaimer = None,
        1 => {
            if let Some(grant) = writer.grants.first_mut() {
                grant.until = Some(grant.until.map_or(last, |until| until.min(last)).max(grant.from));
            }
        }
        _ => {
            if let Some(paper) = writer.grants.iter_mut().find_map(|grant| grant.instruments.last_mut()) {
                paper.until = Some(paper.until.map_or(last, |until| until.min(last)).max(paper.dated));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn another_instrument_never_refuses_a_call_nor_closes_a_field(
        writers in registries(), paper in papers(), which in any::<prop::sample::Index>(),
    ) {
        let mut richer = writers.clone();
        let grants: Vec<_> = richer.iter_mut().flat_map(|writer| &mut writer.grants).collect();
        prop_assume!(!grants.is_empty());
        let at = which.index(grants.len());
        grants.into_iter().nth(at).expect("there").instruments.insert(0, paper);
        for law in [&*BUILT_IN_LAW, &*RESTLESS_LAW] {
            let (before, after) = (snapshot(&writers, law), snapshot(&richer, law));
            for ask in Ask::every() {
                prop_assert!(at_most(open(&ask, &before), open(&ask, &after)), "{:?}", ask);
            }
        }
    }

    #[test]
    fn an_expiry_never_allows_a_call_nor_opens_a_field(
        writers in registries(), which in 0..9_usize, last in 0..=12_i32,
    ) {
        let mut poorer = writers.clone();
        expire(&mut poorer, which, d(last));
        for law in [&*BUILT_IN_LAW, &*RESTLESS_LAW] {
            let (before, after) = (snapshot(&writers, law), snapshot(&poorer, law));
            for ask in Ask::every() {
                prop_assert!(at_most(open(&ask, &after), open(&ask, &before)), "{:?}", ask);
            }
        }
    }

    #[test]
    fn the_order_of_files_grants_and_instruments_does_not_matter(
        (writers, shuffled) in registries().prop_flat_map(|writers| {
            let shuffled = Just(writers.clone()).prop_shuffle().prop_map(|mut writers| {
                for writer in &mut writers {
                    writer.grants.reverse();
                    writer.grants.iter_mut().for_each(|grant| grant.instruments.reverse());
                }
                writers
            });
            (Just(writers), shuffled)
        }),
    ) {
        for law in [&*BUILT_IN_LAW, &*RESTLESS_LAW] {
            let (before, after) = (snapshot(&writers, law), snapshot(&shuffled, law));
            for ask in Ask::every() {
                prop_assert_eq!(ask.named(&before), ask.named(&after), "{:?}", ask);
            }
        }
    }

    #[test]
    fn what_one_consumer_holds_is_nothing_to_another(writers in registries()) {
        let all = snapshot(&writers, &BUILT_IN_LAW);
        for writer in &writers {
            let alone = snapshot(std::slice::from_ref(writer), &BUILT_IN_LAW);
            for ask in Ask::every().filter(|ask| ask.consumer == writer.id) {
                prop_assert_eq!(ask.named(&all), ask.named(&alone), "{:?}", ask);
            }
        }
    }
}

#[test]
fn fields_opened_by_two_grants_add_up() {
    let mut writer = Writer::trusted();
    let mut other = writer.grants[0].clone();
    let (name, insz) = (
        FieldSet::EMPTY.with(poortwachter::kernel::vocab::Field::FunctionholderName),
        FieldSet::EMPTY.with(poortwachter::kernel::vocab::Field::FunctionholderInsz),
    );
    writer.grants[0].opens = name;
    (other.id, other.opens) = ("h".to_owned(), insz);
    writer.grants.push(other);
    let snapshot = snapshot(&[writer], &BUILT_IN_LAW);
    let named = Ask::on(d(0)).named(&snapshot).expect("there").expect("allowed");
    assert_eq!(named.grant, "a/g");
    assert_eq!(named.bases, [Some("a/g".to_owned()), Some("a/h".to_owned()), None]);
    assert_eq!(named.rules, [Some("1g-1".to_owned()), Some("1g-2".to_owned()), Some("1g-3".to_owned())]);
}

#[test]
fn a_grant_with_a_gap_tells_its_outer_days() {
    let mut writer = Writer::trusted();
    let mut later = writer.grants[0].clone();
    writer.grants[0].until = Some(d(3));
    (later.id, later.from, later.until) = ("h".to_owned(), d(6), Some(d(8)));
    writer.grants.push(later);
    let snapshot = snapshot(&[writer], &BUILT_IN_LAW);
    let refused = |day| Ask::on(day).decided(&snapshot).expect("there").expect_err("refused");
    assert_eq!(refused(d(-1)), Denial::NotYetValid { first: d(0) });
    assert_eq!(refused(d(4)), Denial::Lapsed { last: d(3) });
    assert_eq!(refused(d(9)), Denial::Lapsed { last: d(8) });
}
