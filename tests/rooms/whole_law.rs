//! Random registries under the whole law: every kind of instrument, suspended, revoked and superseded ones,
//! services of several sources, mediation on grants, two texts of the disclaimer.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use poortwachter::catalogue::Catalogue;
use poortwachter::kernel::vocab::{CapacityIx, Day, Field, FieldSet, Groups, PurposeIx, Sources};
use poortwachter::kernel::{Call, Denial, decide};
use poortwachter::law::Law;
use poortwachter::registry::explain::{Allowed, Question, explain};
use poortwachter::registry::{Basis, Consumer, Snapshot, compile};
use poortwachter::text::date::show;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::makers::d;

/// The built-in law, with a newer text of the disclaimer.
static LAW: LazyLock<Arc<Law>> = LazyLock::new(|| {
    let text = format!("{}\n[[disclaimer]]\nversion = \"2026-1\"\nfrom = {}\n", Law::BUILT_IN, show(d(5)));
    Arc::new(Law::parse("law.toml", &text).unwrap_or_else(|faults| panic!("{faults}")))
});

/// The built-in catalogue, with services of the sources it has none of, as an administrator adds them.
static SERVICES_OF_ALL: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    let service = |name: &str, rest: &str| {
        format!("[[service]]\nname = \"{name}\"\nversion = \"01.00\"\ndomain = \"D\"\n{rest}\n")
    };
    let text = [
        Catalogue::BUILT_IN.to_owned(),
        service("GeefZorg", "source = \"flemish-health\"\nmediation = \"ehealth\""),
        service("GeefZiekte", "source = \"federal-health\""),
        service("GeefSteun", "source = \"ocmw-social\""),
        service("GeefGezin", "source = \"flemish-social\""),
        service("GeefSamen", "source = \"flemish-other\"\nalso = [\"federal-other\", \"cadastre\"]"),
    ];
    Arc::new(Catalogue::parse("catalogue.toml", &text.concat()).unwrap_or_else(|faults| panic!("{faults}")))
});

const SERVICES: [&str; 10] = [
    "GeefOnderneming/02.00",
    "GeefPersoon/02.00",
    "GeefFiscaleSchuld/02.00",
    "GeefSocialeSchuld/02.00",
    "RegistreerInschrijving/02.00",
    "GeefZorg/01.00",
    "GeefZiekte/01.00",
    "GeefSteun/01.00",
    "GeefGezin/01.00",
    "GeefSamen/01.00",
];

/// Everything but its days.
const INSTRUMENTS: [&str; 12] = [
    "type = \"accession\"\ngeneral-authorization = \"AM\"\ngeneral-authorization-dated = 2018-01-01\nreference = \"T\"",
    "type = \"ministerial-authorization\"\nreference = \"M\"",
    "type = \"ministerial-authorization\"\nreference = \"S\"\nissuer = \"sectoral-committee\"",
    "type = \"deliberation\"\nchamber = \"federal-government\"\nnumber = \"1\"",
    "type = \"deliberation\"\nchamber = \"federal-government\"\nnumber = \"2\"\n\
     protocol-failure = { reason = \"r\", dpo-advice = [\"a\", \"b\"], dpia = \"d\" }",
    "type = \"deliberation\"\nchamber = \"social-security-health\"\nnumber = \"3\"",
    "type = \"deliberation\"\nchamber = \"social-security-health\"\nnumber = \"4\"",
    "type = \"deliberation\"\nchamber = \"united\"\nnumber = \"5\"",
    "type = \"protocol\"\nparties = [\"x\", \"y\"]\nlegal-text = \"w\"",
    "type = \"protocol\"\nparties = [\"x\", \"z\"]\nlegal-text = \"w\"",
    "type = \"ratified-protocol\"\nparties = [\"x\", \"y\"]\nlegal-text = \"w\"\nratification = \"B\"\nratified-on = RATIFIED",
    "type = \"statutory-basis\"\ncitation = \"d\"",
];
const BASIS: usize = 11;

#[derive(Clone, Debug)]
struct Paper {
    what: usize,
    dated: Day,
    until: Option<Day>,
    wear: Vec<Wear>,
}

#[derive(Clone, Debug)]
enum Wear {
    Suspended(Day, Option<Day>),
    /// At half past eleven in the evening in Greenwich: the day after in Brussels.
    RevokedLate(Day),
    Superseded(Day),
}

impl Wear {
    fn toml(&self) -> String {
        match self {
            Self::Suspended(from, until) => {
                let until = until.map(|until| format!(", until = {}", show(until))).unwrap_or_default();
                format!("suspended = {{ from = {}{until}, reason = \"r\" }}\n", show(*from))
            }
            Self::RevokedLate(day) => {
                format!("revoked = {{ at = {}T23:30:00Z, reason = \"r\" }}\n", show(*day))
            }
            Self::Superseded(on) => format!("superseded = {{ on = {}, by = \"b\" }}\n", show(*on)),
        }
    }
}

/// How something wears off: suspended, ended, both or neither.
fn wears() -> impl Strategy<Value = Vec<Wear>> {
    let suspended = (days(), prop::option::of(0..4_i32))
        .prop_map(|(from, more)| Wear::Suspended(from, more.map(|more| Day(from.0 + more))));
    let ended = prop_oneof![days().prop_map(Wear::RevokedLate), days().prop_map(Wear::Superseded)];
    (prop::option::weighted(0.3, suspended), prop::option::weighted(0.3, ended))
        .prop_map(|(suspended, ended)| suspended.into_iter().chain(ended).collect())
}

fn days() -> impl Strategy<Value = Day> {
    (0..=12).prop_map(d)
}

fn papers() -> impl Strategy<Value = Paper> {
    let old = [poortwachter::text::date::parse("2019-03-31"), poortwachter::text::date::parse("2019-04-01")];
    let dated =
        prop_oneof![prop::sample::select(old.map(|day| day.expect("a day")).to_vec()), days(), Just(d(-100))];
    (0..INSTRUMENTS.len(), dated, prop::option::weighted(0.3, days()), wears()).prop_map(
        |(what, dated, until, wear)| Paper { what, dated, until: until.map(|until| until.max(dated)), wear },
    )
}

impl Paper {
    fn toml(&self) -> String {
        let ratified = show(self.dated.max(d(2)));
        let mut text = format!(
            "[[grant.instrument]]\n{}\ndated = {}\n",
            INSTRUMENTS[self.what].replace("RATIFIED", &ratified),
            show(self.dated)
        );
        if let Some(until) = self.until {
            let _ = writeln!(text, "valid-until = {}", show(until));
        }
        text + &self.wear.iter().map(Wear::toml).collect::<String>()
    }
}

#[derive(Clone, Debug)]
struct Grant {
    id: usize,
    services: Vec<&'static str>,
    mediation: Option<&'static str>,
    from: Day,
    until: Option<Day>,
    opens: bool,
    fields: Option<Vec<&'static str>>,
    papers: Vec<Paper>,
}

/// Field groups that every one of the services has; none with KBO/VKBO data.
fn groups_of(services: &[&str]) -> Vec<&'static str> {
    match services {
        _ if services.contains(&SERVICES[0]) => vec![],
        ["GeefPersoon/02.00"] => vec!["everything", "identity", "address", "partner"],
        ["GeefSocialeSchuld/02.00"] => vec!["everything", "employer", "near-functionholders"],
        _ => vec!["everything"],
    }
}

fn grants() -> impl Strategy<Value = Grant> {
    let services = prop::sample::subsequence(SERVICES.to_vec(), 1..=2);
    let mediation = prop::sample::select(vec![None, None, None, Some("direct"), Some("ksz")]);
    (
        services,
        mediation,
        days(),
        prop::option::of(0..8_i32),
        any::<bool>(),
        prop::collection::vec(any::<bool>(), 4),
        prop::collection::vec(papers(), 0..7),
    )
        .prop_map(|(services, mediation, from, more, opens, named, papers)| {
            let groups = groups_of(&services).into_iter().zip(named);
            let fields: Vec<&str> = groups.filter_map(|(group, named)| named.then_some(group)).collect();
            let opens =
                opens && services.contains(&SERVICES[0]) && papers.iter().any(|paper| paper.what == BASIS);
            Grant {
                id: 0,
                services,
                mediation,
                from,
                until: more.map(|more| Day(from.0 + more)),
                opens,
                fields: Some(fields).filter(|fields| !fields.is_empty()),
                papers,
            }
        })
}

impl Grant {
    fn toml(&self) -> String {
        let Self { id, services, mediation, from, until, opens, fields, papers } = self;
        let mut text = format!(
            "[[grant]]\nid = \"g{id}\"\nservices = {services:?}\npurpose = \"p\"\nvalid-from = {}\nretention = \"P1Y\"\n",
            show(*from)
        );
        if let Some(mediation) = mediation {
            let _ = writeln!(text, "mediation = \"{mediation}\"");
        }
        if let Some(until) = until {
            let _ = writeln!(text, "valid-until = {}", show(*until));
        }
        if *opens {
            text += "opens = [\"functionholder-name\", \"functionholder-insz\"]\n";
        }
        if let Some(fields) = fields {
            let _ = writeln!(text, "fields = {fields:?}");
        }
        text + &papers.iter().map(Paper::toml).collect::<String>()
    }
}

#[derive(Clone, Debug)]
struct Writer {
    id: &'static str,
    kind: &'static str,
    network: &'static str,
    disclaimer: Option<(&'static str, Day, Vec<Wear>)>,
    grants: Vec<Grant>,
}

fn writers() -> impl Strategy<Value = Vec<Writer>> {
    let writer = |id: &'static str| {
        let kinds = prop::sample::select(vec!["flemish-agency", "provincial-or-local", "federal-agency"]);
        let networks = prop::sample::select(vec!["none", "primary", "secondary", "extended"]);
        let version = prop::sample::select(vec!["2024-1", "2026-1"]);
        let disclaimer = prop::option::weighted(0.8, (version, prop_oneof![days(), Just(d(-50))], wears()));
        (kinds, networks, disclaimer, prop::collection::vec(grants(), 0..4)).prop_map(
            move |(kind, network, disclaimer, grants)| {
                let numbered = grants.into_iter().enumerate().map(|(id, grant)| Grant { id, ..grant });
                Writer { id, kind, network, disclaimer, grants: numbered.collect() }
            },
        )
    };
    (writer("a"), writer("b")).prop_map(|(a, b)| vec![a, b])
}

impl Writer {
    fn toml(&self) -> String {
        let Self { id, kind, network, disclaimer, grants } = self;
        let mut text = format!(
            "id = \"{id}\"\norganisation = \"O\"\nkind = \"{kind}\"\nnetwork = \"{network}\"\n\
             [[sender]]\nuri = \"{id}.be\"\npurpose = \"p\"\n"
        );
        if let Some((version, on, wear)) = disclaimer {
            let _ = write!(
                text,
                "[disclaimer]\nversion = \"{version}\"\naccepted-by = \"X\"\naccepted-on = {}\n{}",
                show(*on),
                wear.iter().map(Wear::toml).collect::<String>()
            );
        }
        text + &grants.iter().map(Grant::toml).collect::<String>()
    }
}

/// Without the grants that can never work: a registry with those does not load.
fn snapshot(writers: &[Writer]) -> Snapshot {
    let basis = Basis {
        law: LAW.clone(),
        catalogue: SERVICES_OF_ALL.clone(),
        disclaimer_grace: 3,
        keeps_near_functionholders: false,
    };
    let mut writers = writers.to_vec();
    loop {
        let consumers = writers.iter().map(|writer| {
            Consumer::parse(writer.id, &writer.toml()).unwrap_or_else(|faults| panic!("{faults}"))
        });
        let faults = match compile(consumers.collect(), &basis, 1, String::new()) {
            Ok(loaded) => return loaded.snapshot,
            Err(faults) => faults,
        };
        for fault in &faults {
            assert!(fault.problem.contains("can pass"), "{fault}");
            let writer = writers.iter_mut().find(|writer| *writer.id == *fault.spot.file).expect("there");
            let at = fault.spot.key.trim_start_matches("grant[").trim_end_matches(']').parse::<usize>();
            // Only the services that cannot work are taken out; a grant without any is left out.
            writer.grants[at.expect("a grant")].services.clear();
        }
        for writer in &mut writers {
            writer.grants.retain(|grant| !grant.services.is_empty());
        }
    }
}

type Verdict = Result<Allowed, Denial>;

/// Every call: consumer, service, set of its sources, day.
fn calls(snapshot: &Snapshot) -> Vec<(&'static str, &'static str, Sources, Day)> {
    let mut calls = Vec::new();
    for consumer in ["a", "b"] {
        for service in SERVICES {
            let ix = snapshot.catalogue().labelled(service).expect("in the catalogue");
            let sources = snapshot.catalogue().service(ix).origin.sources.len().max(1);
            for set in 1..(1_u8 << sources) {
                let places = (0..sources).filter(|place| set & (1 << place) != 0);
                let asked = places.fold(Sources::NONE, Sources::with);
                calls.extend((-1..=14).map(|n| (consumer, service, asked, d(n))));
            }
        }
    }
    calls
}

fn decided(snapshot: &Snapshot, (consumer, service, sources, day): (&str, &str, Sources, Day)) -> Verdict {
    let call = Call {
        consumer: snapshot.consumer_with_id(consumer).expect("there"),
        operation: snapshot.catalogue().labelled(service).expect("there"),
        sources,
        purpose: snapshot.purpose_named("p").unwrap_or(PurposeIx::NONE),
        capacity: CapacityIx::NONE,
        names_person: false,
        day,
    };
    decide(&snapshot.view(), call).map(|permit| Allowed {
        access: permit.access().collect(),
        opening: permit.opening(),
        closing: permit.closing(),
        bases: Field::ALL.map(|field| permit.basis(field)),
        removes: permit.removes(),
        groups: permit.groups(),
    })
}

fn explained(snapshot: &Snapshot, (consumer, service, sources, day): (&str, &str, Sources, Day)) -> Verdict {
    let question = Question {
        consumer: snapshot.consumer_with_id(consumer).expect("there"),
        operation: snapshot.catalogue().labelled(service).expect("there"),
        sources,
        purpose: "p",
        capacity: None,
        names_person: false,
        day,
    };
    explain(snapshot, &question).verdict
}

/// What stays open; `None` where the call is refused.
fn open(verdict: Verdict) -> Option<(FieldSet, Groups)> {
    verdict.ok().map(|allowed| (allowed.reveals(), allowed.groups))
}

fn at_most(less: Option<(FieldSet, Groups)>, more: Option<(FieldSet, Groups)>) -> bool {
    let contains = |(fields, groups): (FieldSet, Groups), less: (FieldSet, Groups)| {
        fields.contains(less.0) && groups.contains(less.1)
    };
    less.is_none_or(|less| more.is_some_and(|more| contains(more, less)))
}

/// A verdict with names in place of places.
fn named(snapshot: &Snapshot, verdict: Verdict) -> Result<Vec<String>, Denial> {
    verdict.map(|allowed| {
        let grants = allowed.access.iter().map(|access| access.grant);
        let grants = grants.chain(allowed.bases.into_iter().flatten());
        grants
            .map(|grant| snapshot.grant_label(grant))
            .chain([format!("{:?} {:?}", allowed.removes, allowed.groups)])
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_global_rejects: 16_384, ..ProptestConfig::default() })]

    #[test]
    fn decide_and_explain_agree_on_every_call_under_the_whole_law(writers in writers()) {
        let snapshot = snapshot(&writers);
        for call in calls(&snapshot) {
            prop_assert_eq!(decided(&snapshot, call), explained(&snapshot, call), "{:?}", call);
        }
    }

    #[test]
    fn a_call_for_several_sources_passes_exactly_where_each_alone_does(writers in writers()) {
        let snapshot = snapshot(&writers);
        for (consumer, service, sources, day) in calls(&snapshot) {
            let together = decided(&snapshot, (consumer, service, sources, day)).is_ok();
            let mut each = sources.iter().map(|place| Sources::NONE.with(usize::from(place)));
            let alone = each.all(|source| decided(&snapshot, (consumer, service, source, day)).is_ok());
            prop_assert_eq!(together, alone, "{} {} {:?} {:?}", consumer, service, sources, day);
        }
    }

    #[test]
    fn the_order_of_files_grants_and_instruments_never_matters(writers in writers()) {
        let mut turned = writers.clone();
        turned.reverse();
        for writer in &mut turned {
            writer.grants.reverse();
            writer.grants.iter_mut().for_each(|grant| grant.papers.reverse());
        }
        let (before, after) = (snapshot(&writers), snapshot(&turned));
        for call in calls(&before) {
            prop_assert_eq!(
                named(&before, decided(&before, call)), named(&after, decided(&after, call)), "{:?}", call
            );
        }
    }

    #[test]
    fn another_instrument_never_refuses_a_call_nor_closes_a_field_of_any_source(
        writers in writers(), paper in papers(), which in any::<prop::sample::Index>(),
    ) {
        let mut richer = writers.clone();
        let grants: Vec<_> = richer.iter_mut().flat_map(|writer| &mut writer.grants).collect();
        prop_assume!(!grants.is_empty());
        let at = which.index(grants.len());
        grants.into_iter().nth(at).expect("there").papers.insert(0, paper);
        let (before, after) = (snapshot(&writers), snapshot(&richer));
        for call in calls(&before) {
            prop_assert!(at_most(open(decided(&before, call)), open(decided(&after, call))), "{:?}", call);
        }
    }

    #[test]
    fn what_wears_off_never_opens_a_call_nor_a_field(
        writers in writers(), wear in wears(), until in prop::option::of(days()), which in any::<prop::sample::Index>(),
    ) {
        let mut poorer = writers.clone();
        let papers: Vec<_> =
            poorer.iter_mut().flat_map(|writer| &mut writer.grants).flat_map(|grant| &mut grant.papers).collect();
        prop_assume!(!papers.is_empty());
        let at = which.index(papers.len());
        let paper = papers.into_iter().nth(at).expect("there");
        // What was suspended or ended already stays so: only fresh instruments wear.
        prop_assume!(paper.wear.is_empty());
        paper.wear = wear;
        if let Some(until) = until {
            paper.until = Some(paper.until.map_or(until, |known| known.min(until)).max(paper.dated));
        }
        let (after, before) = (snapshot(&poorer), snapshot(&writers));
        for call in calls(&before) {
            prop_assert!(at_most(open(decided(&after, call)), open(decided(&before, call))), "{:?}", call);
        }
    }
}

#[test]
fn random_registries_meet_every_reason_and_let_calls_pass_by_many_rules() {
    let mut runner = TestRunner::deterministic();
    let (mut reasons, mut rules) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..300 {
        let snapshot = snapshot(&writers().new_tree(&mut runner).expect("made").current());
        for call in calls(&snapshot) {
            match decided(&snapshot, call) {
                Err(denial) => {
                    reasons.insert(denial.name());
                }
                Ok(allowed) => {
                    let by = allowed.access.iter().map(|access| access.rule).chain([allowed.opening]);
                    rules.extend(by.filter_map(|ix| snapshot.law().rule(ix)).map(|rule| rule.id.clone()));
                }
            }
        }
    }
    // Asked by one purpose, without capacity or person; what never works does not load (see `tellings`).
    let elsewhere = [
        "wrong-purpose",
        "wrong-capacity",
        "wrong-mediation",
        "outside-the-guide",
        "wrong-consumer-kind",
        "instrument-missing",
        "basis-missing",
    ];
    let unmet = Denial::NAMES.into_iter().filter(|name| !elsewhere.contains(name) && !reasons.contains(name));
    assert_eq!(unmet.collect::<Vec<_>>(), [""; 0]);
    assert!(rules.len() > 20, "{rules:?}");
}

fn one(kind: &'static str, service: &'static str, papers: &str) -> Result<Snapshot, String> {
    let text = format!(
        "id = \"a\"\norganisation = \"O\"\nkind = \"{kind}\"\nnetwork = \"none\"\n\
         [[sender]]\nuri = \"a.be\"\npurpose = \"p\"\n\
         [[grant]]\nid = \"g\"\nservices = [\"{service}\"]\npurpose = \"p\"\nvalid-from = {}\nretention = \"P1Y\"\n{papers}",
        show(d(0))
    );
    let basis = Basis {
        law: LAW.clone(),
        catalogue: SERVICES_OF_ALL.clone(),
        disclaimer_grace: 3,
        keeps_near_functionholders: false,
    };
    let consumer = Consumer::parse("a.toml", &text).map_err(|faults| faults.to_string())?;
    compile(vec![consumer], &basis, 1, String::new())
        .map(|loaded| loaded.snapshot)
        .map_err(|faults| faults.to_string())
}

fn instrument(what: usize, rest: &str) -> String {
    format!("[[grant.instrument]]\n{}\ndated = 2025-06-02\n{rest}", INSTRUMENTS[what])
}

fn asked(snapshot: &Snapshot, service: &'static str, place: usize, day: Day) -> Verdict {
    decided(snapshot, ("a", service, Sources::NONE.with(place), day))
}

#[test]
fn a_grant_for_the_national_register_alone_loads_and_opens_no_bis_number() {
    let snapshot = one("flemish-agency", SERVICES[1], &instrument(1, "")).unwrap_or_else(|f| panic!("{f}"));
    assert!(asked(&snapshot, SERVICES[1], 0, d(0)).is_ok());
    let denial = asked(&snapshot, SERVICES[1], 1, d(0)).expect_err("a BIS number");
    let rule = denial.rule().and_then(|ix| snapshot.law().rule(ix)).map(|rule| rule.id.as_str());
    assert_eq!((denial.name(), rule), ("instrument-missing", Some("1f-1")));
    let both = decided(&snapshot, ("a", SERVICES[1], Sources::first(2), d(0)));
    assert_eq!(both.expect_err("the strictest"), denial);
    // It is lawful as long as what it is for is.
    let grant = poortwachter::kernel::vocab::GrantIx(0);
    assert_eq!(snapshot.lawful_until(grant, d(0)), Ok(Day::MAX));
}

#[test]
fn a_service_that_always_joins_sources_must_be_lawful_for_each() {
    let faults = one("flemish-agency", SERVICES[9], &instrument(3, "")).expect_err("no protocol");
    assert!(faults.contains("for `flemish-other` data") && faults.contains("rule 1e-4"), "{faults}");
    assert!(one("flemish-agency", SERVICES[9], &instrument(8, "")).is_ok());
}

#[test]
fn an_authorization_revoked_before_the_grant_began_still_loads_so_that_the_revocation_bites() {
    let revoked = instrument(1, "revoked = { at = 2025-12-01, reason = \"r\" }\n");
    let papers = instrument(5, "") + &revoked;
    let bis = "service GeefPersoon";
    let snapshot = one("flemish-agency", SERVICES[1], &papers).unwrap_or_else(|f| panic!("{bis}: {f}"));
    assert_eq!(asked(&snapshot, SERVICES[1], 1, d(0)).expect_err("revoked").name(), "prerequisite-missing");
}

/// Else one edit that suspends the old protocol and adds a wrong new one would leave the old registry serving.
#[test]
fn an_instrument_that_does_not_fit_beside_one_that_is_suspended_still_loads_so_that_the_suspension_bites() {
    let old = instrument(8, "suspended = { from = 2025-12-01, reason = \"r\" }\n");
    let new = instrument(3, "");
    let snapshot = one("flemish-agency", SERVICES[2], &(old + &new)).unwrap_or_else(|f| panic!("{f}"));
    assert!(asked(&snapshot, SERVICES[2], 0, d(0)).is_err());
    let worn = instrument(3, "suspended = { from = 2025-12-01, reason = \"r\" }\n");
    for never in [new, worn] {
        let faults = one("flemish-agency", SERVICES[2], &never).expect_err("never fits");
        assert!(faults.contains("can pass"), "{faults}");
    }
}

#[test]
fn a_revocation_bites_from_the_brussels_day_of_its_moment() {
    // Half past eleven in the evening of the 3rd in Greenwich is the 4th in Brussels.
    for (at, first) in
        [("2026-01-03T23:30:00Z", d(3)), ("2026-01-03T22:30:00Z", d(2)), ("2026-01-04T00:30:00+02:00", d(2))]
    {
        let revoked = instrument(8, &format!("revoked = {{ at = {at}, reason = \"r\" }}\n"));
        let snapshot = one("flemish-agency", SERVICES[2], &revoked).unwrap_or_else(|f| panic!("{f}"));
        assert!(asked(&snapshot, SERVICES[2], 0, first.previous()).is_ok(), "{at}");
        let denial = asked(&snapshot, SERVICES[2], 0, first).expect_err(at);
        assert!(matches!(denial, Denial::InstrumentRevoked { on, .. } if on == first), "{at}: {denial:?}");
    }
}

#[test]
fn a_suspension_without_an_end_lasts_and_one_before_the_first_day_says_nothing() {
    let suspended = instrument(8, "suspended = { from = 2026-01-03, reason = \"r\" }\n");
    let snapshot = one("flemish-agency", SERVICES[2], &suspended).unwrap_or_else(|f| panic!("{f}"));
    assert!(asked(&snapshot, SERVICES[2], 0, d(1)).is_ok());
    let denial = asked(&snapshot, SERVICES[2], 0, d(4000)).expect_err("suspended");
    assert!(matches!(denial, Denial::InstrumentSuspended { until: Day::MAX, .. }), "{denial:?}");
    let grant = poortwachter::kernel::vocab::GrantIx(0);
    assert_eq!(snapshot.lawful_until(grant, d(0)), Ok(d(1)));
    assert_eq!(snapshot.lawful_until(grant, d(2)).expect_err("suspended"), denial);
    let early = format!(
        "[[grant.instrument]]\n{}\ndated = 2026-01-05\nsuspended = {{ from = 2026-01-01, until = 2026-01-06, reason = \"r\" }}\n",
        INSTRUMENTS[8]
    );
    let snapshot = one("flemish-agency", SERVICES[2], &early).unwrap_or_else(|f| panic!("{f}"));
    let named = |n| asked(&snapshot, SERVICES[2], 0, d(n)).map(|_| ()).map_err(Denial::name);
    assert_eq!(named(3), Err("instrument-not-yet-valid"));
    assert_eq!(named(4), Err("instrument-suspended"));
    assert_eq!(named(6), Ok(()));
}

#[test]
fn a_technical_service_needs_a_grant_and_no_instrument() {
    let snapshot = one("federal-agency", SERVICES[4], "").unwrap_or_else(|f| panic!("{f}"));
    let allowed = asked(&snapshot, SERVICES[4], 0, d(0)).expect("granted");
    assert!(snapshot.law().rule(allowed.access[0].rule).is_none());
    assert_eq!(asked(&snapshot, SERVICES[4], 0, d(-1)).expect_err("early").name(), "not-yet-valid");
}

#[test]
fn a_service_that_is_not_in_the_catalogue_is_a_fault_until_it_is_added() {
    let faults = one("flemish-agency", "GeefNieuw/01.00", "").expect_err("unknown");
    assert!(faults.contains("`GeefNieuw/01.00` is not in the catalogue"), "{faults}");
    assert!(one("flemish-agency", "GeefZiekte/01.00", &instrument(5, "")).is_ok());
}

#[test]
fn days_of_an_instrument_that_contradict_each_other_are_faults() {
    let accession = "[[grant.instrument]]\ntype = \"accession\"\ngeneral-authorization = \"AM\"\n\
                     general-authorization-dated = 2018-01-02\nreference = \"T\"\ndated = 2018-01-01\n";
    let faults = one("flemish-agency", SERVICES[2], accession).expect_err("too early");
    assert!(faults.contains("lies after `dated`, the day of the accession"), "{faults}");
    let ratified = "[[grant.instrument]]\ntype = \"ratified-protocol\"\nparties = [\"x\", \"y\"]\nlegal-text = \"w\"\n\
                    ratification = \"B\"\nratified-on = 2018-12-31\ndated = 2019-01-01\n";
    let faults = one("flemish-agency", SERVICES[2], ratified).expect_err("too early");
    assert!(faults.contains("lies before `dated`, the day of the protocol"), "{faults}");
}

#[test]
fn an_accepted_disclaimer_outlives_its_text_by_the_days_of_grace() {
    let text = |version: &str, on: Day| Writer {
        id: "a",
        kind: "flemish-agency",
        network: "none",
        disclaimer: Some((if version == "2024-1" { "2024-1" } else { "2026-1" }, on, vec![])),
        grants: vec![Grant {
            id: 0,
            services: vec![SERVICES[0]],
            mediation: None,
            from: d(0),
            until: None,
            opens: false,
            fields: None,
            papers: vec![],
        }],
    };
    let old = snapshot(&[text("2024-1", d(-9))]);
    assert!(asked(&old, SERVICES[0], 0, d(7)).is_ok());
    let denial = asked(&old, SERVICES[0], 0, d(8)).expect_err("outdated");
    assert!(matches!(denial, Denial::DisclaimerOutdated { last, .. } if last == d(7)), "{denial:?}");
    let new = snapshot(&[text("2026-1", d(6))]);
    assert_eq!(asked(&new, SERVICES[0], 0, d(5)).expect_err("not yet").name(), "disclaimer-missing");
    assert!(asked(&new, SERVICES[0], 0, d(400)).is_ok());
    let late = snapshot(&[text("2024-1", d(9))]);
    assert!((0..20).all(|n| asked(&late, SERVICES[0], 0, d(n)).is_err()), "accepted after its grace");
}
