//! The laws that the kernel's small types keep.

use poortwachter::kernel::Denial;
use poortwachter::kernel::vocab::{Day, Days, Field, FieldSet, GrantIx, Groups, RuleIx};
use poortwachter::text::date;
use proptest::prelude::*;

fn denials() -> impl Strategy<Value = Denial> {
    let day = (-3..3_i32).prop_map(Day);
    let rule = (0..3_u32).prop_map(RuleIx);
    prop_oneof![
        Just(Denial::NeverGranted),
        Just(Denial::WrongPurpose),
        Just(Denial::WrongCapacity),
        Just(Denial::OutsideTheGuide),
        day.clone().prop_map(|first| Denial::NotYetValid { first }),
        day.prop_map(|last| Denial::Lapsed { last }),
        rule.clone().prop_map(|rule| Denial::InstrumentMissing { rule }),
        rule.clone().prop_map(|rule| Denial::DisclaimerMissing { rule }),
        rule.prop_map(|rule| Denial::BasisMissing { rule }),
    ]
}

fn sets() -> impl Strategy<Value = FieldSet> {
    prop::sample::subsequence(Field::ALL.to_vec(), 0..=Field::COUNT)
        .prop_map(|fields| fields.into_iter().collect())
}

proptest! {
    #[test]
    fn the_more_telling_of_reasons_depends_neither_on_order_nor_on_grouping(
        a in denials(), b in denials(), c in denials(),
    ) {
        prop_assert_eq!(a.or(a), a);
        prop_assert_eq!(a.or(b), b.or(a));
        prop_assert_eq!(a.or(b).or(c), a.or(b.or(c)));
        prop_assert_eq!(a.or(Denial::NeverGranted), a);
    }

    #[test]
    fn field_sets_are_sets(a in sets(), b in sets()) {
        prop_assert_eq!(a.iter().collect::<FieldSet>(), a);
        prop_assert_eq!(a.without(b).union(a.intersection(b)), a);
        prop_assert!(a.without(b).intersection(b).is_empty());
        prop_assert!(a.union(b).contains(a) && a.contains(a.intersection(b)));
        prop_assert_eq!(a.contains(b), b.without(a).is_empty());
        for field in Field::ALL {
            prop_assert_eq!(a.union(b).has(field), a.has(field) || b.has(field));
            prop_assert!(a.with(field).has(field));
        }
    }

    #[test]
    fn sets_of_groups_are_sets(
        a in prop::collection::btree_set(0..64_usize, 0..20), b in prop::collection::btree_set(0..64_usize, 0..20),
    ) {
        let (x, y): (Groups, Groups) = (a.iter().copied().collect(), b.iter().copied().collect());
        prop_assert!(x.iter().eq(a.iter().copied()));
        prop_assert!(x.union(y).iter().eq(a.union(&b).copied()));
        prop_assert!(x.intersection(y).iter().eq(a.intersection(&b).copied()));
        prop_assert_eq!(x.contains(y), a.is_superset(&b));
        prop_assert_eq!(x.meets(y), !a.is_disjoint(&b));
        prop_assert_eq!(x.is_empty(), a.is_empty());
        prop_assert!(Groups::ALL.contains(x) && x.contains(Groups::NONE));
        prop_assert_eq!(Groups::ORDINARY.contains(x), !a.contains(&Groups::NEAR_FUNCTIONHOLDERS));
    }

    #[test]
    fn a_written_day_is_the_day_that_is_read(n in -719_528..2_932_896_i32) {
        prop_assert_eq!(date::parse(&date::show(Day(n))), Some(Day(n)));
        prop_assert_eq!(date::date_of(Day(n)).map(date::day_of), Some(Day(n)));
    }
}

#[test]
fn the_first_and_the_last_day_have_no_neighbour_beyond() {
    assert_eq!((Day::MAX.next(), Day::MIN.previous()), (Day::MAX, Day::MIN));
    assert_eq!((Day::MIN.next().previous(), Day(7).next().previous()), (Day::MIN, Day(7)));
    // "No end" has no day before it either: an open span stays open.
    assert_eq!(Day::MAX.previous(), Day::MAX);
    for day in [Day::MIN, Day(0), Day::MAX] {
        assert!(Days::ALWAYS.covers(day));
        assert!(Days { first: day, last: day }.covers(day));
    }
    assert!(!Days { first: Day(1), last: Day(0) }.covers(Day(0)));
}

#[test]
fn every_reason_has_its_own_name_and_place() {
    let mut names = Denial::NAMES.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Denial::COUNT);
    let last = Denial::BasisMissing { rule: RuleIx(0) };
    assert_eq!((last.at(), last.name()), (Denial::COUNT - 1, "basis-missing"));
}

#[test]
fn a_place_beyond_the_last_is_in_no_set_of_groups() {
    assert_eq!(Groups::NONE.with(64), Groups::NONE);
    assert!(
        !Groups::ALL.has(64) && Groups::ALL.has(63) && !Groups::ORDINARY.has(63) && Groups::ORDINARY.has(62)
    );
}

#[test]
fn none_is_no_index() {
    assert!(!GrantIx::NONE.is_some() && GrantIx(0).is_some() && GrantIx(u32::MAX - 1).is_some());
}
