//! Every reason in both languages, word for word: `tests/golden/tellings.txt`.

use std::fmt::Write as _;

use poortwachter::kernel::Denial;
use poortwachter::kernel::vocab::RuleIx;
use poortwachter::law::telling::{Language, tell};

use crate::cells::{LAW, day};

#[path = "../support/golden.rs"]
mod golden;

fn ix(id: &str) -> RuleIx {
    RuleIx(u32::try_from(LAW.rules().iter().position(|rule| rule.id == id).unwrap()).unwrap())
}

fn denials() -> Vec<Denial> {
    let (united, fallback, bis) = (ix("1b-2"), ix("1b-4"), ix("1f-2"));
    let on = day("2026-11-24");
    vec![
        Denial::NeverGranted,
        Denial::WrongPurpose,
        Denial::WrongCapacity,
        Denial::WrongMediation,
        Denial::NotYetValid { first: on },
        Denial::Lapsed { last: on },
        Denial::OutsideTheGuide,
        Denial::WrongConsumerKind,
        Denial::InstrumentMissing { rule: bis },
        Denial::InstrumentUnfit { rule: united },
        Denial::InstrumentNotYetValid { rule: united, first: on },
        Denial::InstrumentLapsed { rule: united, last: on },
        Denial::InstrumentSuperseded { rule: united, on },
        Denial::InstrumentSuspended { rule: united, until: on },
        Denial::InstrumentRevoked { rule: united, on },
        Denial::PrerequisiteMissing { rule: fallback },
        Denial::DisclaimerMissing { rule: ix("1g-1") },
        Denial::DisclaimerOutdated { rule: ix("1g-1"), last: on },
        Denial::BasisMissing { rule: ix("1g-3") },
    ]
}

#[test]
fn every_reason_reads_as_it_did() {
    let denials = denials();
    let names: Vec<&str> = denials.iter().map(|denial| denial.name()).collect();
    assert_eq!(names, Denial::NAMES);
    let mut page = String::new();
    for denial in denials {
        let _ = writeln!(page, "{}", denial.name());
        for language in [Language::Dutch, Language::English] {
            let telling = tell(&LAW, denial, "GeefDienst/02.00", None, language);
            let _ = writeln!(page, "  {}: {}", language.name(), telling.text);
            let more = [telling.rule, telling.instrument, telling.authority, telling.contact];
            let more: Vec<String> = more.into_iter().flatten().chain(telling.papers).collect();
            if !more.is_empty() {
                let _ = writeln!(page, "      {}", more.join(" | "));
            }
        }
    }
    golden::is_golden("tellings.txt", &page);
}
