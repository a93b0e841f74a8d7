//! Section 1g once more, written from the guide and not from the code: a call passes under a grant that
//! fits it and an accepted disclaimer; a personal field stays only where a statutory basis is
//! registered for it. `decide` must say the same.

use poortwachter::kernel::Denial;
use poortwachter::kernel::vocab::{Day, Field, FieldSet};
use proptest::prelude::*;

use crate::makers::{
    Ask, BUILT_IN_LAW, ENTERPRISE, FUNCTIONS, Grant, Paper, PaperKind, Writer, both, d, fields_of,
    registries, snapshot,
};

/// The fields that stay, where the call passes.
fn lawful(writers: &[Writer], ask: &Ask) -> Option<FieldSet> {
    let consumer = writers.iter().find(|writer| writer.id == ask.consumer)?;
    let fits = |grant: &&Grant| {
        grant.services.contains(&ask.service)
            && grant.purpose == ask.purpose
            && (grant.capacity.is_none() || grant.capacity == ask.capacity)
            && grant.from <= ask.day
            && grant.until.is_none_or(|until| ask.day <= until)
    };
    let accepted = consumer.disclaimer.is_some_and(|day| day <= ask.day);
    let grants: Vec<&Grant> = consumer.grants.iter().filter(fits).collect();
    if grants.is_empty() || !accepted {
        return None;
    }
    let based = |grant: &Grant| grant.instruments.iter().any(|paper| is_basis(paper, ask.day));
    let stays = |field: &Field| {
        fields_of(&[ask.service]).has(*field)
            && grants.iter().any(|grant| grant.opens.has(*field) && based(grant))
    };
    let stay: FieldSet = Field::ALL.into_iter().filter(stays).collect();
    let asked_by_insz = ask.names_person && ask.service == FUNCTIONS;
    (!asked_by_insz || stay.has(Field::FunctionholderInsz)).then_some(stay)
}

fn is_basis(paper: &Paper, day: Day) -> bool {
    paper.kind == PaperKind::Basis && paper.dated <= day && paper.until.is_none_or(|until| day <= until)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn decide_agrees_with_a_second_reading_of_the_guide(writers in registries()) {
        let snapshot = snapshot(&writers, &BUILT_IN_LAW);
        for ask in Ask::every() {
            let decided = ask.decided(&snapshot).and_then(Result::ok);
            let fields = decided.map(|allowed| (allowed.reveals(), allowed.removes));
            let wanted = lawful(&writers, &ask);
            let wanted = wanted.map(|stay| (stay, fields_of(&[ask.service]).without(stay)));
            prop_assert_eq!(fields, wanted, "{:?}", ask);
        }
    }
}

#[test]
fn every_cell_of_1g_is_as_the_guide_says() {
    let (name, insz) = (Field::FunctionholderName, Field::FunctionholderInsz);
    let sets =
        [FieldSet::EMPTY, FieldSet::EMPTY.with(name), FieldSet::EMPTY.with(insz), both(), FieldSet::ALL];
    for disclaimer in [None, Some(d(0)), Some(d(5)), Some(d(11))] {
        for opens in sets {
            for (dated, until) in [(d(-9), None), (d(4), Some(d(6))), (d(-9), Some(d(-1))), (d(11), None)] {
                let mut writer = Writer { disclaimer, ..Writer::trusted() };
                let grant = &mut writer.grants[0];
                (grant.opens, grant.until) = (opens, Some(d(10)));
                grant.instruments = vec![Paper::basis(dated, until)];
                let snapshot = snapshot(&[writer], &BUILT_IN_LAW);
                for day in (-1..=11).map(d) {
                    let got = Ask::on(day).named(&snapshot).expect("there");
                    let within = d(0) <= day && day <= d(10);
                    let accepted = disclaimer.is_some_and(|accepted| accepted <= day);
                    let based = dated <= day && until.is_none_or(|until| day <= until);
                    let stay = if based { opens } else { FieldSet::EMPTY };
                    assert_eq!(got.is_ok(), within && accepted, "{day:?} {disclaimer:?}");
                    if let Ok(named) = got {
                        assert_eq!((named.reveals(), named.removes), (stay, FieldSet::ALL.without(stay)));
                        let opened = (!stay.is_empty()).then(|| "1g-2".to_owned());
                        let closed = (stay != FieldSet::ALL).then(|| "1g-3".to_owned());
                        assert_eq!(named.rules, [Some("1g-1".to_owned()), opened, closed]);
                    }
                }
            }
        }
    }
}

#[test]
fn a_question_that_names_a_person_is_refused_without_a_basis_and_names_1g_3() {
    let mut writer = Writer::trusted();
    writer.grants[0].opens = FieldSet::EMPTY.with(Field::FunctionholderName);
    let snapshot = snapshot(&[writer], &BUILT_IN_LAW);
    let ask = Ask { service: FUNCTIONS, names_person: true, ..Ask::on(d(0)) };
    let Some(Err(Denial::BasisMissing { rule })) = ask.decided(&snapshot) else { panic!("not refused") };
    assert_eq!(snapshot.law().rule(rule).map(|rule| rule.id.as_str()), Some("1g-3"));
    let elsewhere = Ask { service: ENTERPRISE, ..ask };
    assert!(elsewhere.decided(&snapshot).expect("there").is_ok());
}
