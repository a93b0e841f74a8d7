//! `decide`, in integers, and `explain`, in words, agree on every call of random registries: all instruments, several sources a
//! service, suspensions, ends, mediation, consumers of every kind.

use std::fmt::Write as _;
use std::sync::Arc;

use poortwachter::app::files;
use poortwachter::kernel::vocab::{CapacityIx, Day, Field, Sources};
use poortwachter::kernel::{Call, decide};
use poortwachter::registry::explain::{Allowed, Question, explain};
use poortwachter::registry::{Consumer, Snapshot, compile};
use poortwachter::text::date::show;
use proptest::prelude::*;

use crate::cells::day;

/// Sources: two by choice, one, two together, one through KSZ, none.
const SERVICES: [&str; 6] = [
    "GeefPersoon/02.02",
    "ZoekPerceel/02.00",
    "GeefZorgtoeslag/02.00",
    "GeefWerkzoekende/02.00",
    "GeefAanslagbiljetPersonenbelasting/02.00",
    "RegistreerInschrijving/02.01",
];

const PAPERS: [&str; 8] = [
    "type = \"accession\"\ngeneral-authorization = \"a\"\ngeneral-authorization-dated = 2010-01-01\nreference = \"r\"",
    "type = \"ministerial-authorization\"\nreference = \"r\"",
    "type = \"ministerial-authorization\"\nreference = \"r\"\nissuer = \"sectoral-committee\"",
    "type = \"deliberation\"\nchamber = \"social-security-health\"\nnumber = \"1\"",
    "type = \"deliberation\"\nchamber = \"united\"\nnumber = \"1\"",
    "type = \"deliberation\"\nchamber = \"federal-government\"\nnumber = \"1\"\n\
     protocol-failure = { reason = \"r\", dpo-advice = [\"a\", \"b\"], dpia = \"d\" }",
    "type = \"protocol\"\nparties = [\"a\", \"b\"]\nlegal-text = \"wet\"",
    "type = \"ratified-protocol\"\nparties = [\"a\", \"b\"]\nlegal-text = \"wet\"\nratification = \"r\"\nratified-on = 2019-04-05",
];

fn d(n: i32) -> Day {
    Day(day("2019-03-28").0 + n)
}

/// One instrument's table.
fn paper() -> impl Strategy<Value = String> {
    let fate = prop_oneof![
        3 => Just(String::new()),
        1 => (0..9_i32, 0..4_i32).prop_map(|(from, more)| format!(
            "suspended = {{ from = {}, until = {}, reason = \"r\" }}\n", show(d(from)), show(d(from + more))
        )),
        1 => (0..9_i32).prop_map(|on| format!("revoked = {{ at = {}T23:30:00Z, reason = \"r\" }}\n", show(d(on)))),
        1 => (0..9_i32).prop_map(|on| format!("superseded = {{ on = {}, by = \"r\" }}\n", show(d(on)))),
    ];
    let until = prop::option::of(0..6_i32);
    (prop::sample::select(PAPERS.to_vec()), -2..8_i32, until, fate).prop_map(|(what, dated, more, fate)| {
        let until = more.map(|more| format!("valid-until = {}\n", show(d(dated + more)))).unwrap_or_default();
        format!("[[grant.instrument]]\n{what}\ndated = {}\n{until}{fate}", show(d(dated)))
    })
}

fn grant() -> impl Strategy<Value = String> {
    let mediation = prop::sample::select(vec!["", "", "mediation = \"direct\"\n", "mediation = \"ksz\"\n"]);
    let services = prop::sample::subsequence(SERVICES.to_vec(), 1..3);
    (services, 0..5_i32, 0..8_i32, mediation, prop::collection::vec(paper(), 0..4)).prop_map(
        |(services, from, more, mediation, papers)| {
            format!(
                "services = {services:?}\npurpose = \"p\"\nvalid-from = {}\nvalid-until = {}\nretention = \"P1Y\"\n{mediation}{}",
                show(d(from)),
                show(d(from + more)),
                papers.concat()
            )
        },
    )
}

/// A consumer of some kind with some grants, without those the law can never accept.
fn snapshot(kind: &str, network: &str, grants: &[String]) -> Snapshot {
    let basis = files::basis(None, None, 30).unwrap();
    let mut kept: Vec<&String> = grants.iter().collect();
    loop {
        let mut text = format!(
            "id = \"a\"\norganisation = \"O\"\nkind = \"{kind}\"\nnetwork = \"{network}\"\n[[sender]]\nuri = \"a.be/p\"\npurpose = \"p\"\n"
        );
        for (at, grant) in kept.iter().enumerate() {
            let _ = write!(text, "[[grant]]\nid = \"g{at}\"\n{grant}");
        }
        let consumer = Consumer::parse("a.toml", &text).unwrap_or_else(|faults| panic!("{faults}\n{text}"));
        match compile(vec![consumer], &basis, 1, String::new()) {
            Ok(loaded) => return loaded.snapshot,
            Err(faults) => {
                let fault = faults.iter().next().unwrap();
                let at: usize =
                    fault.spot.key.trim_start_matches("grant[").trim_end_matches(']').parse().unwrap();
                kept.remove(at);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn decide_and_explain_agree_whatever_is_on_file_and_whatever_source_is_asked(
        kind in prop::sample::select(vec!["flemish-agency", "provincial-or-local", "federal-agency"]),
        network in prop::sample::select(vec!["none", "primary", "secondary", "extended"]),
        grants in prop::collection::vec(grant(), 0..5),
    ) {
        let snapshot = Arc::new(snapshot(kind, network, &grants));
        let consumer = snapshot.consumer_with_id("a").unwrap();
        let purpose = snapshot.purpose_named("p").unwrap();
        for service in SERVICES {
            let operation = snapshot.catalogue().labelled(service).unwrap();
            let first = Sources::first(1);
            for sources in [Sources::NONE, first, Sources::NONE.with(1), Sources::first(2)] {
                for day in (-3..16).map(d) {
                    let call = Call {
                        consumer, operation, sources, purpose, capacity: CapacityIx::NONE, names_person: false, day,
                    };
                    let question = Question {
                        consumer, operation, sources, purpose: "p", capacity: None, names_person: false, day,
                    };
                    let decided = decide(&snapshot.view(), call).map(|permit| Allowed {
                        access: permit.access().collect(),
                        opening: permit.opening(),
                        closing: permit.closing(),
                        bases: Field::ALL.map(|field| permit.basis(field)),
                        removes: permit.removes(),
                    });
                    let explained = explain(&snapshot, &question).verdict;
                    prop_assert_eq!(decided, explained, "{} {:?} {}", service, sources, show(day));
                }
            }
        }
    }
}
