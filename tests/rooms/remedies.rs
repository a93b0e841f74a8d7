//! Doing exactly what a refusal names takes that reason away; done until none is left, the call passes.

use poortwachter::kernel::Denial;
use poortwachter::kernel::vocab::Field;
use proptest::prelude::*;

use crate::makers::{
    Ask, BUILT_IN_LAW, FUNCTIONS, Grant, Paper, SERVICES, Writer, both, d, fields_of, registries, snapshot,
};

/// Does what the denial asks for: to the registry, or to the call.
fn mend(writers: &mut [Writer], ask: &mut Ask, denial: Denial) {
    let writer = writers.iter_mut().find(|writer| writer.id == ask.consumer).expect("there");
    let day = ask.day;
    let service = ask.service;
    let mut named = writer.grants.iter_mut().filter(|grant| grant.services.contains(&service));
    match denial {
        Denial::NeverGranted => writer.grants.push(Grant {
            id: "added".to_owned(),
            services: vec![service],
            purpose: ask.purpose,
            capacity: None,
            from: day,
            until: None,
            opens: poortwachter::kernel::vocab::FieldSet::EMPTY,
            instruments: Vec::new(),
        }),
        Denial::WrongPurpose => ask.purpose = named.next().expect("granted").purpose,
        Denial::WrongCapacity => {
            ask.capacity =
                named.find(|grant| grant.purpose == ask.purpose).expect("for this purpose").capacity;
        }
        Denial::NotYetValid { first } => ask.day = first,
        Denial::Lapsed { last } => {
            let fits = |grant: &&mut Grant| {
                grant.purpose == ask.purpose
                    && grant.until == Some(last)
                    && (grant.capacity.is_none() || grant.capacity == ask.capacity)
            };
            named.find(fits).expect("the grant whose last day is named").until = Some(day);
        }
        Denial::DisclaimerMissing { .. } => writer.disclaimer = Some(day),
        Denial::BasisMissing { .. } => {
            for grant in named {
                grant.opens = both().intersection(fields_of(&grant.services));
                grant.instruments.push(Paper::basis(day, None));
            }
        }
        other => panic!("{} does not come from the built-in law", other.name()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn doing_what_refusals_name_makes_the_call_pass(
        writers in registries(),
        purpose in prop::sample::select(vec!["p0", "p1", "p2"]),
        capacity in prop::sample::select(vec![None, Some("c0"), Some("unknown")]),
    ) {
        for service in SERVICES {
            for day in (-2..=14).map(d) {
                let mut writers = writers.clone();
                let mut ask = Ask { service, purpose, capacity, names_person: service == FUNCTIONS, ..Ask::on(day) };
                let mut told = Vec::new();
                while let Some(Err(denial)) = ask.decided(&snapshot(&writers, &BUILT_IN_LAW)) {
                    prop_assert!(!told.contains(&denial.name()), "{} was told twice: {:?}", denial.name(), told);
                    told.push(denial.name());
                    mend(&mut writers, &mut ask, denial);
                }
            }
        }
    }
}

#[test]
fn one_fault_is_named_alone_and_its_repair_is_enough() {
    type Break = fn(&mut Writer, &mut Ask);
    let faults: [(&str, Break); 8] = [
        ("never-granted", |writer, _| writer.grants.clear()),
        ("wrong-purpose", |writer, _| writer.grants[0].purpose = "p1"),
        ("wrong-capacity", |writer, _| writer.grants[0].capacity = Some("c0")),
        ("not-yet-valid", |writer, _| writer.grants[0].from = d(9)),
        ("lapsed", |writer, _| writer.grants[0].until = Some(d(4))),
        ("disclaimer-missing", |writer, _| writer.disclaimer = None),
        ("disclaimer-missing", |writer, _| writer.disclaimer = Some(d(6))),
        ("basis-missing", |writer, ask| {
            writer.grants[0].opens = both().without(both());
            (ask.service, ask.names_person) = (FUNCTIONS, true);
        }),
    ];
    for (name, broken) in faults {
        let mut writers = [Writer { purposes: vec!["p0", "p1"], ..Writer::trusted() }];
        let mut ask = Ask::on(d(5));
        broken(&mut writers[0], &mut ask);
        let denial = ask.decided(&snapshot(&writers, &BUILT_IN_LAW)).expect("there").expect_err(name);
        assert_eq!(denial.name(), name);
        mend(&mut writers, &mut ask, denial);
        assert!(ask.decided(&snapshot(&writers, &BUILT_IN_LAW)).expect("there").is_ok(), "{name}");
    }
}

#[test]
fn a_basis_that_starts_later_opens_from_its_first_day() {
    let mut writer = Writer::trusted();
    writer.grants[0].instruments = vec![Paper::basis(d(3), Some(d(6)))];
    let snapshot = snapshot(&[writer], &BUILT_IN_LAW);
    let opens = |n| Ask::on(d(n)).named(&snapshot).expect("there").expect("allowed").reveals();
    assert!(opens(2).is_empty() && opens(7).is_empty());
    assert!(opens(3).has(Field::FunctionholderInsz) && opens(6).has(Field::FunctionholderName));
}
