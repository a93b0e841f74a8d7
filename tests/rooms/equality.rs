//! What the hot path decides in integers is what `explain` finds in words.

use proptest::prelude::*;

use crate::makers::{Ask, BUILT_IN_LAW, RESTLESS_LAW, registries, snapshot};

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn decide_and_explain_agree_on_every_call_of_random_registries(writers in registries()) {
        for law in [&*BUILT_IN_LAW, &*RESTLESS_LAW] {
            let snapshot = snapshot(&writers, law);
            for ask in Ask::every() {
                prop_assert_eq!(ask.decided(&snapshot), ask.explained(&snapshot), "{:?} under {}", ask, law.version());
            }
        }
    }
}
