//! The filter equals the oracle on whatever is generated, wherever it is cut.

use poortwachter_kernel::redact::program::{Holds, Path, Program};
use poortwachter_kernel::redact::xml::Start;
use poortwachter_kernel::vocab::FieldSet;
use proptest::prelude::*;

use crate::feeding::Feeding;
use crate::messages::{answers, errors, orderly_answers};
use crate::oracle;
use crate::programs::{BOTH, DRIFT, GEEF_FUNCTIES, GEEF_ONDERNEMING, REVEALS};

/// Person blocks and numbers beside them, as no service has both.
const EVERYTHING: Program<'_> = Program {
    root: "GeefOndernemingResponse",
    paths: &[
        Path { steps: &["Functies", "Functie", "Persoon"], holds: Holds::Person },
        Path { steps: &["Functie", "INSZ"], holds: Holds::Insz },
    ],
    drift: DRIFT,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_filter_equals_the_oracle_wherever_an_answer_is_cut(document in answers(GEEF_ONDERNEMING.root)) {
        for reveals in REVEALS {
            assert_equals_oracle(&GEEF_ONDERNEMING, reveals, &document, 1 + document.len() / 256);
        }
    }

    #[test]
    fn it_does_for_numbers_without_a_person_block_too(document in answers(EVERYTHING.root)) {
        for reveals in REVEALS {
            assert_equals_oracle(&EVERYTHING, reveals, &document, 37);
        }
    }

    #[test]
    fn it_does_for_numbers_in_errors(document in prop_oneof![errors(EVERYTHING.root), errors("Fault")]) {
        for reveals in REVEALS {
            assert_equals_oracle(&EVERYTHING, reveals, &document, 1 + document.len() / 256);
        }
    }

    #[test]
    fn it_does_at_every_single_byte(document in orderly_answers(GEEF_ONDERNEMING.root)) {
        for reveals in REVEALS {
            assert_equals_oracle(&GEEF_ONDERNEMING, reveals, &document, 1);
        }
    }

    #[test]
    fn with_everything_open_an_answer_leaves_as_it_came(document in orderly_answers(GEEF_FUNCTIES.root)) {
        let program = Program { root: GEEF_FUNCTIES.root, ..GEEF_ONDERNEMING };
        let feeding = Feeding { program: &program, start: Start::Envelope, reveals: BOTH };
        prop_assert_eq!(feeding.whole(document.as_bytes()).text(), document);
    }
}

fn assert_equals_oracle(program: &Program<'_>, reveals: FieldSet, document: &str, step: usize) {
    let feeding = Feeding { program, start: Start::Envelope, reveals };
    let outcome = feeding.every_way(document.as_bytes(), step);
    match oracle::expect(&feeding, document) {
        Ok((want, removed, released)) => {
            assert_eq!(outcome.end, Ok((removed, released)), "{reveals:?}");
            assert_eq!(outcome.text(), want, "{reveals:?}");
        }
        Err(fault) => assert_eq!(outcome.end, Err(fault), "{reveals:?}"),
    }
}
