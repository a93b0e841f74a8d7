//! Every reason there is, reached through a registry, in both languages: `tests/golden/tellings.txt`.

use std::fmt::Write as _;
use std::sync::Arc;

use poortwachter::kernel::vocab::{CapacityIx, PurposeIx, Sources};
use poortwachter::kernel::{Call, Denial, decide};
use poortwachter::law::Law;
use poortwachter::law::telling::Language;
use poortwachter::registry::{Basis, Consumer, Snapshot, compile};
use poortwachter::text::Faults;
use poortwachter::text::date::parse;

use crate::golden::is_golden;
use crate::makers::CATALOGUE;

/// One way to be refused, on 10 January 2026.
pub struct Way {
    pub reason: &'static str,
    pub service: &'static str,
    /// Which of its sources; none: all.
    pub source: Option<usize>,
    disclaimer: &'static str,
    /// What stands in the grant beside its id, services and retention.
    grant: &'static str,
    instruments: &'static str,
    /// What is added to the law, after which rules of 2d end on the 6th.
    law: Option<&'static str>,
}

const WAY: Way = Way {
    reason: "",
    service: "GeefEpc/02.00",
    source: None,
    disclaimer: "",
    grant: "purpose = \"p\"\nvalid-from = 2026-01-01\n",
    instruments: PROTOCOL,
    law: None,
};

const PROTOCOL: &str = "[[grant.instrument]]\ntype = \"protocol\"\nparties = [\"x\", \"y\"]\nlegal-text = \"w\"\ndated = 2025-06-02\n";
const ACCEPTED: &str = "[disclaimer]\nversion = \"2024-1\"\naccepted-by = \"X\"\naccepted-on = 2025-01-01\n";
const AUTHORIZATION: &str =
    "[[grant.instrument]]\ntype = \"ministerial-authorization\"\nreference = \"M\"\ndated = 2025-06-02\n";
const UNTIL: &str = "valid-until = 2026-01-05\n";
const NEW_RULE: &str = "[[rule]]\nid = \"2d-3\"\nsource = \"flemish-other\"\neffect = \"allow\"\nfrom = 2026-01-07\n\
                        authority = \"a\"\ncontact = \"c\"\nnl = \"nl\"\nen = \"en\"\n";

pub fn ways() -> Vec<Way> {
    let never = "purpose = \"p\"\nvalid-from = 2026-01-11\n";
    let held = |more: &'static str| -> &'static str { [PROTOCOL, more].concat().leak() };
    let ruled = |more: &'static str| -> Option<&'static str> { Some([NEW_RULE, more].concat().leak()) };
    let bis: &'static str = [
        AUTHORIZATION,
        "valid-until = 2026-01-05\n[[grant.instrument]]\ntype = \"deliberation\"\n",
        "chamber = \"social-security-health\"\nnumber = \"1\"\ndated = 2025-06-02\n",
    ]
    .concat()
    .leak();
    vec![
        Way { reason: "never-granted", grant: "", ..WAY },
        Way { reason: "wrong-purpose", grant: "purpose = \"q\"\nvalid-from = 2026-01-01\n", ..WAY },
        Way {
            reason: "wrong-capacity",
            grant: "purpose = \"p\"\ncapacity = \"1300\"\nvalid-from = 2026-01-01\n",
            ..WAY
        },
        Way {
            reason: "wrong-mediation",
            grant: "purpose = \"p\"\nmediation = \"ksz\"\nvalid-from = 2026-01-01\n",
            ..WAY
        },
        Way { reason: "not-yet-valid", grant: never, ..WAY },
        Way {
            reason: "lapsed",
            grant: "purpose = \"p\"\nvalid-from = 2026-01-01\nvalid-until = 2026-01-05\n",
            ..WAY
        },
        Way { reason: "outside-the-guide", law: Some(""), ..WAY },
        Way {
            reason: "wrong-consumer-kind",
            law: ruled("instruments = [\"protocol\"]\nwhen = [{ consumer-kind = [\"federal-agency\"] }]\n"),
            ..WAY
        },
        Way {
            reason: "instrument-missing",
            service: "GeefPersoon/02.00",
            source: Some(1),
            instruments: AUTHORIZATION,
            ..WAY
        },
        Way {
            reason: "instrument-unfit",
            law: ruled("instruments = [\"deliberation\"]\nchamber = \"united\"\n"),
            ..WAY
        },
        Way {
            reason: "instrument-not-yet-valid",
            instruments: PROTOCOL.replace("2025-06-02", "2026-01-11").leak(),
            ..WAY
        },
        Way { reason: "instrument-lapsed", instruments: held(UNTIL), ..WAY },
        Way {
            reason: "instrument-superseded",
            instruments: held("superseded = { on = 2026-01-05, by = \"b\" }\n"),
            ..WAY
        },
        Way {
            reason: "instrument-suspended",
            instruments: held("suspended = { from = 2026-01-05, until = 2026-01-12, reason = \"r\" }\n"),
            ..WAY
        },
        Way {
            reason: "instrument-suspended",
            instruments: held("suspended = { from = 2026-01-05, reason = \"r\" }\n"),
            ..WAY
        },
        Way {
            reason: "instrument-revoked",
            instruments: held("revoked = { at = 2026-01-05T10:00:00+01:00, reason = \"r\" }\n"),
            ..WAY
        },
        Way {
            reason: "prerequisite-missing",
            service: "GeefPersoon/02.00",
            source: Some(1),
            instruments: bis,
            ..WAY
        },
        Way { reason: "disclaimer-missing", service: "GeefOnderneming/02.00", instruments: "", ..WAY },
        Way {
            reason: "disclaimer-outdated",
            service: "GeefOnderneming/02.00",
            instruments: "",
            disclaimer: ACCEPTED,
            law: Some("[[disclaimer]]\nversion = \"2026-1\"\nfrom = 2026-01-01\n"),
            ..WAY
        },
        Way {
            reason: "basis-missing",
            service: "GeefFuncties/02.00",
            instruments: "",
            disclaimer: ACCEPTED,
            ..WAY
        },
    ]
}

fn law(more: Option<&str>) -> Arc<Law> {
    let text = match more {
        None => Law::BUILT_IN.to_owned(),
        Some(more) => {
            let ended = |text: String, id: &str| {
                text.replace(&format!("id = \"{id}\"\n"), &format!("id = \"{id}\"\nuntil = 2026-01-06\n"))
            };
            ended(ended(Law::BUILT_IN.to_owned(), "2d-1"), "2d-2") + more
        }
    };
    Arc::new(Law::parse("law.toml", &text).unwrap_or_else(|faults| panic!("{faults}")))
}

impl Way {
    /// The registry of a consumer `a` that is refused in this way, for purpose `p`.
    pub fn snapshot(&self) -> Result<Snapshot, Faults> {
        let Self { reason, service, disclaimer, grant, instruments, law: more, .. } = self;
        let head = "id = \"a\"\norganisation = \"O\"\nkind = \"flemish-agency\"\nnetwork = \"none\"\n\
                    [[sender]]\nuri = \"a.be/p\"\npurpose = \"p\"\n[[sender]]\nuri = \"a.be/q\"\npurpose = \"q\"\n";
        let mut text = format!("{head}{disclaimer}");
        if !grant.is_empty() {
            let _ = write!(
                text,
                "[[grant]]\nid = \"g\"\nservices = [\"{service}\"]\nretention = \"P1Y\"\n{grant}{instruments}"
            );
        }
        let basis = Basis {
            law: law(*more),
            catalogue: CATALOGUE.clone(),
            disclaimer_grace: 3,
            keeps_near_functionholders: false,
        };
        let consumer = Consumer::parse("a.toml", &text).unwrap_or_else(|faults| panic!("{reason}: {faults}"));
        compile(vec![consumer], &basis, 1, String::new()).map(|loaded| loaded.snapshot)
    }
}

#[test]
fn every_reason_is_told_in_dutch_and_english() {
    let mut said = String::new();
    let mut met: Vec<&str> = Vec::new();
    for way in ways() {
        let Way { reason, service, source, .. } = way;
        // A grant for another mediation than the service's is told when it is loaded: it never works.
        let snapshot = match way.snapshot() {
            Ok(snapshot) => snapshot,
            Err(faults) => {
                let _ = writeln!(said, "-- {reason}: does not load\n{faults}\n");
                met.push(reason);
                continue;
            }
        };
        let (operation, day) = (snapshot.catalogue().labelled(service).expect("there"), parse("2026-01-10"));
        let (consumer, day) = (snapshot.consumer_with_id("a").expect("there"), day.expect("a day"));
        let of_service = snapshot.catalogue().service(operation).origin.sources.len();
        let call = Call {
            consumer,
            operation,
            sources: source.map_or(Sources::first(of_service), |place| Sources::NONE.with(place)),
            purpose: snapshot.purpose_named("p").unwrap_or(PurposeIx::NONE),
            capacity: CapacityIx::NONE,
            names_person: reason == "basis-missing",
            day,
        };
        let Err(denial) = decide(&snapshot.view(), call) else { panic!("{reason} passes") };
        assert_eq!(denial.name(), reason);
        met.push(reason);
        let _ = writeln!(said, "-- {reason}");
        for (name, language) in Language::NAMES {
            let telling = snapshot.tell(denial, consumer, operation, day, *language);
            let _ = writeln!(said, "{name}: {}", telling.text);
            let reconstructed = telling.reconstructed.then(|| "yes".to_owned());
            let papers = (!telling.papers.is_empty()).then(|| telling.papers.join("; "));
            for (what, value) in [
                ("rule", telling.rule),
                ("instrument", telling.instrument),
                ("authority", telling.authority),
                ("contact", telling.contact),
                ("papers", papers),
                ("reconstructed", reconstructed),
            ] {
                let _ = value.map(|value| writeln!(said, "    {what}: {value}"));
            }
        }
        said.push('\n');
    }
    met.dedup();
    assert_eq!(met, Denial::NAMES);
    is_golden("tellings.txt", &said);
}
