//! Small makers: registries as people write them, calls, verdicts.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use poortwachter::catalogue::Catalogue;
use poortwachter::kernel::vocab::{CapacityIx, Day, Field, FieldSet, PurposeIx, RuleIx, Sources};
use poortwachter::kernel::{Call, Denial, decide};
use poortwachter::law::Law;
use poortwachter::registry::explain::{Allowed, Question, explain};
use poortwachter::registry::{Basis, Consumer, Snapshot, compile};
use poortwachter::text::Faults;
use poortwachter::text::date::show;
use proptest::prelude::*;

/// Day 0 of the tests' calendar: 1 January 2026. They look at days 0 to 12 and around them.
pub const fn d(n: i32) -> Day {
    Day(20_454 + n)
}

pub static BUILT_IN_LAW: LazyLock<Arc<Law>> =
    LazyLock::new(|| Arc::new(Law::parse("law.toml", Law::BUILT_IN).expect("the built-in law is right")));

pub static CATALOGUE: LazyLock<Arc<Catalogue>> = LazyLock::new(|| {
    Arc::new(
        Catalogue::parse("catalogue.toml", Catalogue::BUILT_IN).expect("the built-in catalogue is right"),
    )
});

/// Section 1g as a restless legislator writes it: every rule is ended and replaced, with gaps.
pub static RESTLESS_LAW: LazyLock<Arc<Law>> = LazyLock::new(|| {
    let rules = [
        rule("1g-1", "allow", r#"["disclaimer"]"#, None, Some(2)),
        rule("1g-1", "allow", r#"["disclaimer", "protocol"]"#, Some(4), Some(7)),
        rule("1g-1", "allow", "[]", Some(8), Some(8)),
        rule("1g-1", "allow", r#"["protocol"]"#, Some(9), None),
        rule("1g-2", "reveal", r#"["statutory-basis"]"#, Some(1), Some(5)),
        rule("1g-2", "reveal", r#"["statutory-basis", "deliberation"]"#, Some(7), None),
        rule("1g-3", "remove", "[]", None, Some(5)),
        rule("1g-3", "remove", "[]", Some(6), Some(9)),
        rule("1g-3", "remove", "[]", Some(11), None),
    ];
    let text = format!(
        "version = \"restless\"\n[[disclaimer]]\nversion = \"2024-1\"\nfrom = 2024-01-01\n{}",
        rules.concat()
    );
    Arc::new(Law::parse("restless.toml", &text).unwrap_or_else(|faults| panic!("{faults}")))
});

fn rule(id: &str, effect: &str, instruments: &str, from: Option<i32>, until: Option<i32>) -> String {
    let from = from.map(|n| format!("from = {}\n", show(d(n)))).unwrap_or_default();
    let until = until.map(|n| format!("until = {}\n", show(d(n)))).unwrap_or_default();
    format!(
        "[[rule]]\nid = \"{id}\"\nsource = \"kbo-vkbo\"\neffect = \"{effect}\"\ninstruments = {instruments}\n\
         {from}{until}authority = \"a\"\ncontact = \"c\"\nnl = \"nl\"\nen = \"en\"\n"
    )
}

/// A service whose answers hold both personal fields.
pub const ENTERPRISE: &str = "GeefOnderneming/02.00";
/// A service whose answers hold the INSZ only, and which can be asked by INSZ.
pub const FUNCTIONS: &str = "GeefFuncties/02.00";
/// A service whose answers hold nothing personal.
pub const ADDRESSES: &str = "GeefAdressenLocaties/02.00";

pub const SERVICES: [&str; 3] = [ENTERPRISE, FUNCTIONS, ADDRESSES];
pub const PURPOSES: [&str; 3] = ["p0", "p1", "p2"];
pub const CAPACITIES: [Option<&str>; 4] = [None, Some("c0"), Some("c1"), Some("unknown")];
pub const CONSUMERS: [&str; 3] = ["a", "b", "c"];

/// A consumer's file.
#[derive(Clone, Debug)]
pub struct Writer {
    pub id: &'static str,
    /// It has a URI for each of these.
    pub purposes: Vec<&'static str>,
    pub disclaimer: Option<Day>,
    pub grants: Vec<Grant>,
}

#[derive(Clone, Debug)]
pub struct Grant {
    pub id: String,
    pub services: Vec<&'static str>,
    pub purpose: &'static str,
    pub capacity: Option<&'static str>,
    pub from: Day,
    pub until: Option<Day>,
    pub opens: FieldSet,
    pub instruments: Vec<Paper>,
}

#[derive(Clone, Debug)]
pub struct Paper {
    pub kind: PaperKind,
    pub dated: Day,
    pub until: Option<Day>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperKind {
    Basis,
    Protocol,
    Deliberation,
}

impl Writer {
    /// A consumer that may do everything: one grant for every service, all open, all accepted.
    pub fn trusted() -> Self {
        Self {
            id: "a",
            purposes: vec!["p0"],
            disclaimer: Some(d(-100)),
            grants: vec![Grant {
                id: "g".to_owned(),
                services: SERVICES.to_vec(),
                purpose: "p0",
                capacity: None,
                from: d(0),
                until: None,
                opens: both(),
                instruments: vec![Paper::basis(d(-100), None)],
            }],
        }
    }

    pub fn toml(&self) -> String {
        let Self { id, purposes, disclaimer, grants } = self;
        let mut text =
            format!("id = \"{id}\"\norganisation = \"O\"\nkind = \"flemish-agency\"\nnetwork = \"none\"\n");
        for purpose in purposes {
            let _ = writeln!(text, "[[sender]]\nuri = \"{id}.be/{purpose}\"\npurpose = \"{purpose}\"");
        }
        if let Some(day) = disclaimer {
            let day = show(*day);
            let _ = writeln!(
                text,
                "[disclaimer]\nversion = \"2024-1\"\naccepted-by = \"X\"\naccepted-on = {day}"
            );
        }
        text + &grants.iter().map(Grant::toml).collect::<String>()
    }
}

impl Grant {
    fn toml(&self) -> String {
        let Self { id, services, purpose, capacity, from, until, opens, instruments } = self;
        let opens: Vec<&str> = opens.iter().map(Field::name).collect();
        let mut text = format!(
            "[[grant]]\nid = \"{id}\"\nservices = {services:?}\npurpose = \"{purpose}\"\nvalid-from = {}\n\
             opens = {opens:?}\nretention = \"P1Y\"\n",
            show(*from)
        );
        if let Some(capacity) = capacity {
            let _ = writeln!(text, "capacity = \"{capacity}\"");
        }
        if let Some(until) = until {
            let _ = writeln!(text, "valid-until = {}", show(*until));
        }
        text + &instruments.iter().map(Paper::toml).collect::<String>()
    }
}

impl Paper {
    pub const fn basis(dated: Day, until: Option<Day>) -> Self {
        Self { kind: PaperKind::Basis, dated, until }
    }

    fn toml(&self) -> String {
        let what = match self.kind {
            PaperKind::Basis => "type = \"statutory-basis\"\ncitation = \"decreet\"",
            PaperKind::Protocol => "type = \"protocol\"\nparties = [\"x\", \"y\"]\nlegal-text = \"wet\"",
            PaperKind::Deliberation => {
                "type = \"deliberation\"\nchamber = \"federal-government\"\nnumber = \"1\""
            }
        };
        let until = self.until.map(|day| format!("valid-until = {}\n", show(day))).unwrap_or_default();
        format!("[[grant.instrument]]\n{what}\ndated = {}\n{until}", show(self.dated))
    }
}

pub const fn both() -> FieldSet {
    FieldSet::EMPTY.with(Field::FunctionholderName).with(Field::FunctionholderInsz)
}

/// What grants are held against.
pub fn basis(law: &Arc<Law>) -> Basis {
    Basis {
        law: Arc::clone(law),
        catalogue: CATALOGUE.clone(),
        disclaimer_grace: 30,
        keeps_near_functionholders: false,
    }
}

/// A snapshot of the writers' files, without the grants whose instruments the law never accepts: a registry
/// with those does not load.
pub fn snapshot(writers: &[Writer], law: &Arc<Law>) -> Snapshot {
    let mut writers = writers.to_vec();
    loop {
        let consumers = writers.iter().map(|writer| {
            Consumer::parse(&format!("{}.toml", writer.id), &writer.toml()).unwrap_or_else(|f| panic!("{f}"))
        });
        match compile(consumers.collect(), &basis(law), 1, String::new()) {
            Ok(loaded) => return loaded.snapshot,
            Err(faults) => drop_unfit(&mut writers, &faults),
        }
    }
}

fn drop_unfit(writers: &mut [Writer], faults: &Faults) {
    for fault in faults {
        assert!(fault.problem.contains("can pass"), "{fault}");
        let writer = writers.iter_mut().find(|writer| *fault.spot.file == *format!("{}.toml", writer.id));
        let at = fault.spot.key.trim_start_matches("grant[").trim_end_matches(']').parse::<usize>();
        let (writer, at) = (writer.expect("there"), at.expect("a grant"));
        // Only marked here, so that later places stay right; a grant without services is left out.
        writer.grants[at].services.clear();
    }
    for writer in writers {
        writer.grants.retain(|grant| !grant.services.is_empty());
    }
}

/// A call, in words.
#[derive(Clone, Debug)]
pub struct Ask {
    pub consumer: &'static str,
    pub service: &'static str,
    pub purpose: &'static str,
    pub capacity: Option<&'static str>,
    pub names_person: bool,
    pub day: Day,
}

impl Ask {
    pub const fn on(day: Day) -> Self {
        Self { consumer: "a", service: ENTERPRISE, purpose: "p0", capacity: None, names_person: false, day }
    }

    /// Every call there is to make in the tests' small world.
    pub fn every() -> impl Iterator<Item = Self> {
        let days = move || (-2..=14).map(d);
        let askers = CONSUMERS.into_iter().flat_map(|c| SERVICES.into_iter().map(move |s| (c, s)));
        let cases = askers.flat_map(|(c, s)| PURPOSES.into_iter().map(move |p| (c, s, p)));
        let cases = cases.flat_map(|(c, s, p)| CAPACITIES.into_iter().map(move |h| (c, s, p, h)));
        let cases = cases.flat_map(|(c, s, p, h)| [false, true].into_iter().map(move |n| (c, s, p, h, n)));
        cases.flat_map(move |(consumer, service, purpose, capacity, names_person)| {
            days().map(move |day| Self { consumer, service, purpose, capacity, names_person, day })
        })
    }

    /// The verdict as the gateway reaches it; `None` where the consumer does not exist.
    pub fn decided(&self, snapshot: &Snapshot) -> Option<Result<Allowed, Denial>> {
        let consumer = snapshot.consumer_with_id(self.consumer)?;
        let call = Call {
            consumer,
            operation: snapshot.catalogue().labelled(self.service).expect("in the catalogue"),
            sources: Sources::first(1),
            purpose: snapshot.purpose_named(self.purpose).unwrap_or(PurposeIx::NONE),
            capacity: self
                .capacity
                .map_or(CapacityIx::NONE, |asked| snapshot.capacity(consumer, |known| known == asked)),
            names_person: self.names_person,
            day: self.day,
        };
        Some(decide(&snapshot.view(), call).map(|permit| Allowed {
            access: permit.access().collect(),
            opening: permit.opening(),
            closing: permit.closing(),
            bases: Field::ALL.map(|field| permit.basis(field)),
            removes: permit.removes(),
            groups: permit.groups(),
        }))
    }

    /// The verdict as `explain` reaches it.
    pub fn explained(&self, snapshot: &Snapshot) -> Option<Result<Allowed, Denial>> {
        let question = Question {
            consumer: snapshot.consumer_with_id(self.consumer)?,
            operation: snapshot.catalogue().labelled(self.service).expect("in the catalogue"),
            sources: Sources::first(1),
            purpose: self.purpose,
            capacity: self.capacity,
            names_person: self.names_person,
            day: self.day,
        };
        Some(explain(snapshot, &question).verdict)
    }

    /// The verdict in names instead of places, so that two registries can be compared.
    pub fn named(&self, snapshot: &Snapshot) -> Option<Result<Named, Denial>> {
        let rule = |ix: RuleIx| snapshot.law().rule(ix).map(|rule| rule.id.clone());
        Some(self.decided(snapshot)?.map(|allowed| Named {
            grant: snapshot.grant_label(allowed.access[0].grant),
            rules: [allowed.access[0].rule, allowed.opening, allowed.closing].map(rule),
            bases: allowed.bases.map(|basis| basis.map(|grant| snapshot.grant_label(grant))),
            removes: allowed.removes,
        }))
    }
}

/// An allowed call in names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub grant: String,
    pub rules: [Option<String>; 3],
    pub bases: [Option<String>; Field::COUNT],
    pub removes: FieldSet,
}

impl Named {
    pub fn reveals(&self) -> FieldSet {
        Field::ALL.into_iter().filter(|field| self.bases[field.at()].is_some()).collect()
    }
}

/// Registries in which everything collides: up to three consumers, few purposes, services, days.
pub fn registries() -> impl Strategy<Value = Vec<Writer>> {
    let writer = |id: &'static str| {
        (prop::option::weighted(0.7, days()), prop::collection::vec(grants(), 0..5)).prop_map(
            move |(disclaimer, grants)| {
                let name = |(at, grant): (usize, Grant)| Grant { id: format!("g{at}"), ..grant };
                let grants = grants.into_iter().enumerate().map(name).collect();
                Writer { id, purposes: PURPOSES.to_vec(), disclaimer, grants }
            },
        )
    };
    let all = (writer("a"), writer("b"), writer("c")).prop_map(|(a, b, c)| vec![a, b, c]);
    (all, 1..=3_usize).prop_map(|(mut writers, count)| {
        writers.truncate(count);
        writers
    })
}

fn days() -> impl Strategy<Value = Day> {
    (0..=12).prop_map(d)
}

fn spans() -> impl Strategy<Value = (Day, Option<Day>)> {
    (0..=12_i32, prop::option::of(0..=6_i32))
        .prop_map(|(first, more)| (d(first), more.map(|more| d(first + more))))
}

fn grants() -> impl Strategy<Value = Grant> {
    let services = prop::sample::subsequence(SERVICES.to_vec(), 1..=SERVICES.len());
    let opens = prop::sample::subsequence(vec![Field::FunctionholderName, Field::FunctionholderInsz], 0..=2);
    let capacity = prop::sample::select(vec![None, None, Some("c0"), Some("c1")]);
    let purpose = prop::sample::select(vec!["p0", "p0", "p1"]);
    (services, purpose, capacity, spans(), opens, prop::collection::vec(papers(), 0..4)).prop_map(
        |(services, purpose, capacity, (from, until), opens, mut instruments)| {
            // Fields that stand in no answer of the services, or without any basis, are faults of the file.
            let there = fields_of(&services);
            let opens = opens.into_iter().collect::<FieldSet>().intersection(there);
            if !opens.is_empty() && !instruments.iter().any(|paper| paper.kind == PaperKind::Basis) {
                instruments.push(Paper::basis(from, until));
            }
            Grant { id: String::new(), services, purpose, capacity, from, until, opens, instruments }
        },
    )
}

pub fn papers() -> impl Strategy<Value = Paper> {
    let kind = prop::sample::select(vec![
        PaperKind::Basis,
        PaperKind::Basis,
        PaperKind::Protocol,
        PaperKind::Deliberation,
    ]);
    (kind, spans()).prop_map(|(kind, (dated, until))| Paper { kind, dated, until })
}

/// The personal fields in the answers of these services.
pub fn fields_of(services: &[&str]) -> FieldSet {
    services.iter().fold(FieldSet::EMPTY, |all, service| match *service {
        ENTERPRISE => all.union(FieldSet::ALL),
        FUNCTIONS => all.with(Field::FunctionholderInsz),
        "GeefOndernemingVKBO/02.00" | "GeefAdressenLocaties/02.00" => all.with(Field::SoleProprietorAddress),
        _ => all,
    })
}
