//! Grants × law × catalogue, once, into the tables that the hot path compares integers in.
//!
//! Each grant is judged on every day on which something about it changes; between two such days the
//! outcome is the same, so that it becomes a row with its span of days.

use std::collections::HashMap;
use std::sync::Arc;

use poortwachter_kernel::view::{Outcome, Pair, Row};
use poortwachter_kernel::vocab::{
    CapacityIx, ConsumerIx, Day, Days, FieldSet, GrantIx, OperationIx, PurposeIx, RuleIx,
};

use super::consumer::{Consumer, GrantText, Pin};
use super::fields;
use super::fit;
use super::snapshot::{Grant, Known, Snapshot, Tables};
use crate::catalogue::{Catalogue, Service};
use crate::law::{Case, Instrument, Law, Proof, Setting, judge};
use crate::text::words::{nearest, one_of};
use crate::text::{Fault, Faults, Spot};

/// What grants are held against.
#[derive(Clone, Debug)]
pub struct Basis {
    /// The law.
    pub law: Arc<Law>,
    /// The services.
    pub catalogue: Arc<Catalogue>,
    /// How many days an acceptance of the VKBO disclaimer outlives the text it accepted.
    pub disclaimer_grace: u16,
    /// Whether a grant that names no field groups opens what is near to functionholders, too. The strict: not.
    pub keeps_near_functionholders: bool,
}

/// A snapshot, and what is right but probably not meant.
#[derive(Debug)]
pub struct Loaded {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Things an administrator wants to hear of.
    pub warnings: Faults,
}

/// Compiles consumers into a snapshot. The order of consumers and grants does not matter.
///
/// # Errors
/// Every fault: what stands twice, services the catalogue lacks, instruments that do not fit.
pub fn compile(
    mut consumers: Vec<Consumer>,
    basis: &Basis,
    generation: u64,
    digest: String,
) -> Result<Loaded, Faults> {
    let Basis { law, catalogue, keeps_near_functionholders, .. } = basis.clone();
    consumers.sort_by(|a, b| a.id.cmp(&b.id));
    for consumer in &mut consumers {
        consumer.grants.sort_by(|a, b| a.id.cmp(&b.id));
    }
    let mut compiler = Compiler::new(&law, &catalogue, keeps_near_functionholders);
    for consumer in &mut consumers {
        compiler.disclaimer(consumer, basis.disclaimer_grace);
        compiler.consumer(consumer);
    }
    let Compiler { faults, warnings, grants, purposes, capacities, known, tables, .. } = compiler;
    let (purposes, capacities) = (purposes.names, capacities.names);
    let warnings = warnings.sorted();
    let snapshot = Snapshot {
        generation,
        digest,
        law,
        catalogue,
        keeps_near_functionholders,
        consumers,
        grants,
        purposes,
        capacities,
        known,
        tables,
    };
    faults.or(Loaded { snapshot, warnings })
}

struct Compiler<'a> {
    law: &'a Law,
    catalogue: &'a Catalogue,
    keeps_near: bool,
    faults: Faults,
    warnings: Faults,
    grants: Vec<Grant>,
    purposes: Names,
    capacities: Names,
    known: Known,
    tables: Tables,
    uris: HashMap<String, Spot>,
}

/// A growing list of names, each with its place.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    places: HashMap<String, u32>,
}

impl Names {
    fn place(&mut self, name: &str) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = index(self.names.len());
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        place
    }
}

impl<'a> Compiler<'a> {
    fn new(law: &'a Law, catalogue: &'a Catalogue, keeps_near: bool) -> Self {
        let tables = Tables { pair_starts: vec![0], operations: catalogue.operations(), ..Tables::default() };
        Self {
            law,
            catalogue,
            keeps_near,
            faults: Faults::default(),
            warnings: Faults::default(),
            grants: Vec::new(),
            purposes: Names::default(),
            capacities: Names::default(),
            known: Known::default(),
            tables,
            uris: HashMap::new(),
        }
    }

    /// Gives an accepted disclaimer its last day: that of the text it accepted, and the grace after it.
    fn disclaimer(&mut self, consumer: &mut Consumer, grace: u16) {
        let Some(disclaimer) = &mut consumer.disclaimer else { return };
        let Proof::Disclaimer { version, .. } = &disclaimer.value.proof else { return };
        let days = &mut disclaimer.value.days;
        if let Some(held) = self.law.disclaimer_days(version, days.first, grace) {
            *days = held;
        } else {
            let versions = self.law.disclaimers().iter().map(|text| text.version.as_str());
            let remedy = format!("write {}", one_of(versions));
            self.faults
                .push(disclaimer.spot.fault(format!("the law knows no disclaimer `{version}`"), remedy));
        }
    }

    fn consumer(&mut self, consumer: &Consumer) {
        let ix = ConsumerIx(index(self.known.senders.len()));
        if self.known.ids.insert(consumer.id.clone(), ix).is_some() {
            let problem = format!("a consumer `{}` stands in another file too", consumer.id);
            self.faults.push(consumer.spot.fault(problem, "give every consumer its own id"));
        }
        self.pins(consumer, ix);
        self.clients(consumer, ix);
        self.senders(consumer);
        self.grants(consumer, ix);
        self.warn(consumer);
    }

    fn pins(&mut self, consumer: &Consumer, ix: ConsumerIx) {
        for pin in &consumer.certificates {
            let other = match &pin.value {
                Pin::Subject(subject) => self.known.subjects.insert(subject.clone(), ix),
                Pin::Sha256(sha256) => self.known.fingerprints.insert(*sha256, ix),
                Pin::San(san) => self.known.names.insert(san.clone(), ix),
            };
            if let Some(other) = other {
                let whose = if other == ix { "above" } else { "at another consumer" };
                let problem = format!("the same certificate stands {whose} already");
                self.faults.push(pin.spot.fault(problem, "a certificate belongs to one consumer; keep one"));
            }
        }
    }

    fn clients(&mut self, consumer: &Consumer, ix: ConsumerIx) {
        for client in &consumer.clients {
            if let Some(other) = self.known.clients.insert(client.value.clone(), ix) {
                let whose = if other == ix { "above" } else { "at another consumer" };
                let problem = format!("the client `{}` stands {whose} already", client.value);
                self.faults.push(client.spot.fault(problem, "a client belongs to one consumer; keep one"));
            }
        }
    }

    fn senders(&mut self, consumer: &Consumer) {
        let mut senders = Vec::with_capacity(consumer.senders.len());
        for sender in &consumer.senders {
            if let Some(other) = self.uris.insert(sender.uri.clone(), sender.spot.clone()) {
                let problem = format!("`{}` is registered already in {}", sender.uri, place(&other));
                self.faults.push(sender.spot.fault(problem, "a URI belongs to one consumer; keep one"));
            }
            senders.push((sender.uri.clone(), PurposeIx(self.purposes.place(&sender.purpose))));
        }
        self.known.senders.push(senders);
    }

    fn grants(&mut self, consumer: &Consumer, ix: ConsumerIx) {
        let mut rows: Vec<(OperationIx, Row)> = Vec::new();
        let mut capacities = Vec::new();
        for (at, grant) in consumer.grants.iter().enumerate() {
            let grant_ix = GrantIx(index(self.grants.len()));
            self.grants.push(Grant { consumer: ix, at });
            let capacity = self.capacity(grant);
            capacities.extend(capacity.is_some().then_some(capacity));
            self.check(consumer, grant);
            let purpose = PurposeIx(self.purposes.place(&grant.purpose.value));
            for (operation, service) in self.services(grant) {
                let judged = cases(consumer, grant, service).into_iter().map(|(source, case)| {
                    let technical = || vec![(grant.valid, TECHNICAL)];
                    let spans = case.as_ref().map_or_else(technical, |case| spans(self.law, case));
                    (source, case, spans)
                });
                let judged: Vec<(u8, Option<Case<'_>>, Spans)> = judged.collect();
                self.fit(consumer, grant, service, &judged);
                let groups = fields::groups(grant, service, self.keeps_near);
                for (source, _, spans) in judged {
                    rows.extend(spans.into_iter().map(|(days, outcome)| {
                        (operation, Row { source, purpose, capacity, grant: grant_ix, groups, days, outcome })
                    }));
                }
            }
        }
        capacities.dedup();
        self.known.capacities.push(capacities);
        self.pairs(rows);
    }

    fn capacity(&mut self, grant: &GrantText) -> CapacityIx {
        grant.capacity.as_ref().map_or(CapacityIx::NONE, |name| CapacityIx(self.capacities.place(name)))
    }

    /// The services of a grant that the catalogue has, each once; a fault for each it has not.
    fn services(&mut self, grant: &GrantText) -> Vec<(OperationIx, &'a Service)> {
        let mut found = Vec::new();
        for written in &grant.services {
            match self.catalogue.labelled(&written.value) {
                Some(ix) if found.iter().any(|(seen, _)| *seen == ix) => {
                    self.faults.push(written.spot.fault("stands twice in this grant", "keep one of the two"));
                }
                Some(ix) => found.push((ix, self.catalogue.service(ix))),
                None => self.faults.push(self.unknown_service(&written.value, &written.spot)),
            }
        }
        found
    }

    fn unknown_service(&self, written: &str, spot: &Spot) -> Fault {
        let labels = self.catalogue.services().iter().map(|service| service.label.as_str());
        let remedy = match nearest(written, labels) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "write Name/MM.mm of a service in the catalogue, or add the service to it".to_owned(),
        };
        spot.fault(format!("`{written}` is not in the catalogue"), remedy)
    }

    fn check(&mut self, consumer: &Consumer, grant: &GrantText) {
        let purpose = &grant.purpose;
        if !consumer.senders.iter().any(|sender| sender.purpose == purpose.value) {
            let problem = format!("no URI of `{}` stands for purpose `{}`", consumer.id, purpose.value);
            self.faults.push(
                purpose.spot.fault(problem, "add a [[sender]] with this purpose, or correct the purpose"),
            );
        }
        let services = grant.services.iter().filter_map(|written| self.catalogue.labelled(&written.value));
        let services: Vec<&Service> = services.map(|ix| self.catalogue.service(ix)).collect();
        if !grant.opens.is_empty() {
            self.faults.extend(fit::opening(self.law, consumer, grant, &services));
        }
        self.faults.extend(fields::misfits(grant, &services));
    }

    /// A grant that lets no call pass on any of its days is a fault where the instruments do not fit, and worth
    /// a warning where they are only out of date. Where the question chooses among the service's sources, one
    /// that works is enough: the grant is for that one.
    fn fit(
        &mut self,
        consumer: &Consumer,
        grant: &GrantText,
        service: &Service,
        judged: &[(u8, Option<Case<'_>>, Spans)],
    ) {
        let works = judged.iter().any(|(_, _, spans)| lets_pass(spans));
        for (source, case, spans) in judged {
            let Some(case) = case else { continue };
            let Some(misfit) = fit::misfit(self.law, consumer, grant, service, case, spans) else { continue };
            if misfit.awaits_disclaimer || works_unworn(self.law, case) {
                self.warnings.push(misfit.fault);
            } else if !(works && service.origin.is_optional(*source)) {
                self.faults.push(misfit.fault);
            }
        }
    }

    fn pairs(&mut self, mut rows: Vec<(OperationIx, Row)>) {
        rows.sort_by_key(|(operation, row)| (*operation, row.source, row.grant, row.days.first));
        for group in rows.chunk_by(|(a, _), (b, _)| a == b) {
            let start = index(self.tables.rows.len());
            self.tables.rows.extend(group.iter().map(|(_, row)| *row));
            let end = index(self.tables.rows.len());
            self.tables.pairs.push(Pair { operation: group[0].0, start, end });
        }
        self.tables.pair_starts.push(index(self.tables.pairs.len()));
    }

    fn warn(&mut self, consumer: &Consumer) {
        if consumer.certificates.is_empty() && consumer.clients.is_empty() {
            let problem = format!("`{}` has no certificate: it cannot call over mutual TLS", consumer.id);
            self.warnings.push(
                consumer.spot.fault(problem, "add [[certificate]], or `clients` where it calls with tokens; none is needed behind `plain-consumer`"),
            );
        }
    }
}

/// What the law is asked about one grant for one service, a source each, with the source's place. MAGDA's own
/// technical services give data of no source: there the law is not asked.
pub(super) fn cases<'a>(
    consumer: &'a Consumer,
    grant: &'a GrantText,
    service: &Service,
) -> Vec<(u8, Option<Case<'a>>)> {
    let setting = Setting { kind: consumer.kind, network: consumer.network, mediation: service.mediation };
    let case = |source| Case {
        source,
        personal: service.personal_of(source),
        setting,
        granted_mediation: grant.mediation,
        valid: grant.valid,
        opens: grant.opens,
        instruments: &grant.instruments,
        standing: consumer.disclaimer.as_ref().map(|written| &written.value),
    };
    match service.origin.sources.as_slice() {
        [] => vec![(0, None)],
        sources => (0..).zip(sources).map(|(place, source)| (place, Some(case(*source)))).collect(),
    }
}

/// The outcome of a grant where no law is asked.
pub(super) const TECHNICAL: Outcome = Outcome::Allows {
    rule: RuleIx::NONE,
    opening: RuleIx::NONE,
    closing: RuleIx::NONE,
    reveals: FieldSet::EMPTY,
};

/// A grant's days, cut where the outcome changes.
type Spans = Vec<(Days, Outcome)>;

fn lets_pass(spans: &[(Days, Outcome)]) -> bool {
    spans.iter().any(|(_, outcome)| matches!(outcome, Outcome::Allows { .. }))
}

/// Whether a grant would let a call pass had nothing under it, nor itself, been suspended or come to an end. Were a
/// grant that is only worn a fault, a revocation would keep the registry before it in service.
fn works_unworn(law: &Law, case: &Case<'_>) -> bool {
    let valid = Days { first: case.valid.first, last: Day::MAX };
    let unworn = |held: &Instrument| Instrument {
        days: Days { first: held.days.first, last: Day::MAX },
        proof: held.proof.clone(),
        suspended: None,
        ended: None,
    };
    let instruments: Vec<Instrument> = case.instruments.iter().map(unworn).collect();
    let standing = case.standing.map(unworn);
    let case = Case { valid, instruments: &instruments, standing: standing.as_ref(), ..*case };
    lets_pass(&spans(law, &case))
}

/// Judged on every day on which something changes.
fn spans(law: &Law, case: &Case<'_>) -> Spans {
    let firsts = turning_points(law, case);
    let mut spans: Spans = Vec::with_capacity(firsts.len());
    for (at, first) in firsts.iter().copied().enumerate() {
        let last = firsts.get(at + 1).map_or(case.valid.last, |next| next.previous());
        let outcome = judge(law, case, first).outcome;
        match spans.last_mut() {
            Some((days, before)) if *before == outcome => days.last = last,
            _ => spans.push((Days { first, last }, outcome)),
        }
    }
    spans
}

/// Every day within the grant on which an instrument or a rule starts, or has just ended.
fn turning_points(law: &Law, case: &Case<'_>) -> Vec<Day> {
    let instruments = case.instruments.iter().chain(case.standing).flat_map(Instrument::turns);
    let rules = law.rules().iter().filter(|rule| rule.source == case.source).map(|rule| rule.days);
    let turns = instruments.chain(rules.flat_map(|days| [days.first, days.last.next()]));
    let mut points: Vec<Day> =
        turns.filter(|day| case.valid.covers(*day)).chain(std::iter::once(case.valid.first)).collect();
    points.sort_unstable();
    points.dedup();
    points
}

fn place(spot: &Spot) -> String {
    format!("{}:{}", spot.file, spot.line)
}

fn index(n: usize) -> u32 {
    // Tables of four thousand million rows do not fit the machine; NONE (u32::MAX) is never reached.
    u32::try_from(n).unwrap_or(u32::MAX)
}
