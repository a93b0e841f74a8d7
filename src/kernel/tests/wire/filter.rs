//! The filter equals the oracle on whatever is generated, wherever it is cut.

use poortwachter_kernel::redact::Terms;
use poortwachter_kernel::redact::program::{Parts, Program};
use poortwachter_kernel::redact::xml::Start;
use poortwachter_kernel::vocab::{Field, FieldSet, Groups, Kind};
use proptest::prelude::*;

use crate::feeding::Feeding;
use crate::messages::{answers, enterprises, errors, orderly_answers};
use crate::oracle;
use crate::programs::{BOTH, EVERYTHING, GEEF_FUNCTIES, GEEF_ONDERNEMING, REVEALS};

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_filter_equals_the_oracle_wherever_an_answer_is_cut(
        document in answers(GEEF_ONDERNEMING.parts().root),
    ) {
        for reveals in REVEALS {
            assert_equals_oracle(&GEEF_ONDERNEMING, Terms::revealing(reveals), &document, 1 + document.len() / 256);
        }
    }

    #[test]
    fn it_does_for_numbers_without_a_person_block_too(document in answers(EVERYTHING.parts().root)) {
        for reveals in REVEALS {
            assert_equals_oracle(&EVERYTHING, Terms::revealing(reveals), &document, 37);
        }
    }

    #[test]
    fn it_does_for_what_depends_on_the_enterprises_form(
        document in enterprises(EVERYTHING.parts().root),
        near in any::<bool>(),
    ) {
        for reveals in [FieldSet::EMPTY, FieldSet::EMPTY.with(Field::SoleProprietorAddress), BOTH, FieldSet::ALL] {
            let groups = if near { Groups::ALL } else { Groups::ORDINARY };
            let terms = Terms { groups, ..Terms::revealing(reveals) };
            assert_equals_oracle(&EVERYTHING, terms, &document, 1 + document.len() / 256);
        }
    }

    #[test]
    fn it_does_for_numbers_in_errors(
        document in prop_oneof![errors(EVERYTHING.parts().root), errors("Fault")],
    ) {
        for reveals in REVEALS {
            assert_equals_oracle(&EVERYTHING, Terms::revealing(reveals), &document, 1 + document.len() / 256);
        }
    }

    #[test]
    fn it_does_at_every_single_byte(document in orderly_answers(GEEF_ONDERNEMING.parts().root)) {
        for reveals in REVEALS {
            assert_equals_oracle(&GEEF_ONDERNEMING, Terms::revealing(reveals), &document, 1);
        }
    }

    #[test]
    fn with_everything_open_an_answer_leaves_as_it_came(
        document in orderly_answers(GEEF_FUNCTIES.parts().root),
    ) {
        let parts = Parts { root: GEEF_FUNCTIES.parts().root, ..*GEEF_ONDERNEMING.parts() };
        let program = Program::new(parts).unwrap();
        let feeding = Feeding::revealing(&program, BOTH);
        prop_assert_eq!(feeding.whole(document.as_bytes()).text(), document);
    }
}

fn assert_equals_oracle(program: &Program<'_>, terms: Terms, document: &str, step: usize) {
    let feeding = Feeding { program, start: Start::Envelope, terms };
    let outcome = feeding.every_way(document.as_bytes(), step);
    match oracle::expect(&feeding, document) {
        Ok(want) => {
            assert_masked(&outcome.text(), &want.text);
            let mut tally = outcome.end.unwrap_or_else(|fault| panic!("{fault:?} in {document}"));
            let masked = tally.removed[Kind::ErrorText.at()] - want.tally.removed[Kind::ErrorText.at()];
            assert_eq!(masked > 0, want.masks, "{terms:?} {document}");
            tally.removed[Kind::ErrorText.at()] -= masked;
            assert_eq!(tally, want.tally, "{terms:?} {document}");
        }
        Err(fault) => assert_eq!(outcome.end, Err(fault), "{terms:?} {document}"),
    }
}

/// Whether `text` is what was wanted but for asterisks where digits, or references to them, stood.
#[track_caller]
fn assert_masked(text: &str, want: &str) {
    let mut rest = want;
    for char in text.chars() {
        let len = if char == '*' && !rest.starts_with('*') {
            let reference = rest.starts_with("&#").then(|| rest.find(';').unwrap() + 1);
            assert!(reference.is_some() || rest.starts_with(|c: char| c.is_ascii_digit()), "{text}\n{want}");
            reference.unwrap_or(1)
        } else {
            assert!(rest.starts_with(char), "{text}\n{want}");
            char.len_utf8()
        };
        rest = &rest[len..];
    }
    assert!(rest.is_empty(), "{text}\n{want}");
}
