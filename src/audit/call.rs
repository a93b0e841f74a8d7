//! What the trail's lines say of a call.
//!
//! A call that may pass has two: `opened`, with all of who asks what about whom and on what basis, before anything is
//! forwarded, and `closed`, with what became of it; they share the trace. A call that may not has one, `refused`.
//! Persons and enterprises stand there as pseudonyms; a name, a number, a query or a body never.

use poortwachter_kernel::peek::soap::Numbers;
use poortwachter_kernel::vocab::{Kind, RuleIx};

use super::keys::{Numbered, PseudonymKey};
use super::means::Means;
use super::record::Record;
use super::trail::frame::Hash;
use super::trail::line::{Line, List};
use crate::law::terms::InstrumentKind;
use crate::law::{Instrument, Proof};
use crate::registry::Snapshot;

/// The first few of a kind, and how many were named in all.
#[derive(Clone, Copy, Debug, Default)]
struct Pseudonyms {
    first: [Hash; Numbers::KEPT],
    kept: usize,
    count: u32,
}

/// What the answer to a call is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256 of the body as the upstream sent it.
    pub before: Hash,
    /// SHA-256 of the body as it left.
    pub after: Hash,
}

/// Writes whom a question is about.
pub(super) fn about(text: &mut Vec<u8>, persons: &Numbers, enterprises: &Numbers, key: &PseudonymKey) {
    let mut line = Line::part(text);
    let persons = Pseudonyms::of(persons, Numbered::Person, key);
    let enterprises = Pseudonyms::of(enterprises, Numbered::Enterprise, key);
    pseudonyms(&mut line, ("subjects", "subjects_beyond"), &persons);
    pseudonyms(&mut line, ("enterprises", "enterprises_beyond"), &enterprises);
    if persons.kept + enterprises.kept > 0 {
        line.text("pseudonym_key", key.id());
    }
}

impl Digests {
    /// Writes what an answer is known by.
    pub(super) fn write(&self, text: &mut Vec<u8>) {
        let mut line = Line::part(text);
        line.hex("answer_before", &self.before);
        line.hex("answer_after", &self.after);
    }
}

impl Pseudonyms {
    fn of(numbers: &Numbers, of: Numbered, key: &PseudonymKey) -> Self {
        let mut all = Self { count: numbers.count(), ..Self::default() };
        for number in numbers.iter() {
            if let Some(digits) = number.digits() {
                let pseudonym = key.pseudonym(of, digits);
                if !all.iter().any(|known| *known == pseudonym) {
                    all.first[all.kept] = pseudonym;
                    all.kept += 1;
                }
            }
        }
        all
    }

    fn iter(&self) -> impl Iterator<Item = &Hash> {
        self.first[..self.kept].iter()
    }

    /// How many were named beyond what a record can hold.
    fn beyond(&self) -> u64 {
        u64::from(self.count).saturating_sub(Numbers::KEPT as u64)
    }
}

impl Record {
    /// The line before the call is forwarded.
    pub(super) fn opened(&self, text: &mut Vec<u8>) {
        let mut line = self.begin_line(text, "opened");
        self.who(&mut line);
        line.text("verdict", "allowed");
        self.basis(&mut line);
    }

    /// The line of how it ended.
    pub(super) fn ended(&self, text: &mut Vec<u8>) {
        let mut line = self.begin_line(text, if self.opened { "closed" } else { "refused" });
        if self.opened {
            line.maybe("consumer", self.consumer_id());
            line.maybe("operation", self.operation_label());
        } else {
            self.who(&mut line);
        }
        line.text("verdict", self.ending.outcome.verdict());
        line.text("reason", self.ending.outcome.reason());
        if !self.opened {
            let missing = self.missing_of();
            if !missing.is_empty() {
                line.list("missing", |list| missing.iter().for_each(|kind| list.text(kind.name())));
            }
            self.basis(&mut line);
        }
        self.result(&mut line);
    }

    fn begin_line<'b>(&self, text: &'b mut Vec<u8>, phase: &str) -> Line<'b> {
        let mut line = Line::begin(text, "call");
        if let Some(now) = self.trail.now() {
            line.time("time", now);
        }
        line.text("phase", phase);
        line.shown("trace", self.trace);
        line
    }

    fn who(&self, line: &mut Line<'_>) {
        let snapshot = &*self.generation.snapshot;
        if let Some(id) = self.continued() {
            line.hex("trace_id", id.bytes());
        }
        line.maybe("consumer", self.consumer_id());
        line.maybe("organisation", self.consumer().map(|consumer| consumer.organisation.as_str()));
        line.maybe("known_by", self.means.map(Means::name));
        let sender = self.registered_sender();
        line.maybe("sender", sender.map(|sender| sender.uri.as_str()));
        line.maybe("purpose", sender.map(|sender| sender.purpose.as_str()));
        line.maybe("capacity", snapshot.capacity_name(self.capacity));
        line.maybe("operation", self.operation_label());
        let services = snapshot.catalogue().services();
        if let Some(service) = services.get(self.operation.at()).filter(|_| !self.sources.is_empty()) {
            let asked = service.origin.sources.iter().enumerate().filter(|(at, _)| self.sources.has(*at));
            line.list("sources", |list| asked.for_each(|(_, source)| list.text(source.name())));
        }
        self.noted(line);
    }

    /// What was noted aside: whom it is about until it is opened, then what its answer is known by.
    fn noted(&self, line: &mut Line<'_>) {
        if let Ok(Some(seat)) = &self.seat {
            seat.noted(|members| line.parts(members));
        }
    }

    fn basis(&self, line: &mut Line<'_>) {
        let snapshot = &*self.generation.snapshot;
        let rule = |ix: RuleIx| snapshot.law().rule(ix).map(|rule| rule.id.as_str());
        line.maybe("rule", rule(self.rule));
        line.maybe("opening_rule", rule(self.opening));
        line.maybe("closing_rule", rule(self.closing));
        if self.grant.is_some() {
            line.list("grants", |list| list.text(&snapshot.grant(self.grant).id));
            line.list("instruments", |list| self.instruments(snapshot, list));
        }
        line.number("generation", snapshot.generation());
        line.text("registry", snapshot.digest());
        line.text("law", snapshot.law().version());
    }

    fn instruments(&self, snapshot: &Snapshot, list: &mut List<'_>) {
        let grant = snapshot.grant(self.grant);
        grant.instruments.iter().for_each(|held| list.object(|line| instrument(line, held)));
        let rule = snapshot.law().rule(self.rule);
        if rule.is_some_and(|rule| rule.instruments.contains(&InstrumentKind::Disclaimer)) {
            let accepted = self.consumer().and_then(|consumer| consumer.disclaimer.as_ref());
            if let Some(held) = accepted {
                list.object(|line| instrument(line, &held.value));
            }
        }
    }

    fn result(&self, line: &mut Line<'_>) {
        let ending = &self.ending;
        if self.opened {
            counts(line, "removed", &ending.tally.removed);
            counts(line, "released", &ending.tally.released);
            line.flag("unsigned", ending.tally.unsigned);
        }
        if let Some(alarm) = self.alarm {
            line.text("tripwire", alarm.mode.name());
            line.number("tripwire_numbers", alarm.numbers.into());
        }
        line.maybe("fault", ending.fault);
        if self.opened {
            self.noted(line);
        }
        line.number("status", ending.status.into());
        line.number("bytes", ending.bytes);
        if let Some(decided) = self.decided {
            line.number("decided_us", super::record::micros(decided));
        }
        line.number("took_us", super::record::micros(self.began.elapsed()));
    }
}

/// Kinds of which there were none are left out.
fn counts(line: &mut Line<'_>, key: &str, counts: &[u32; Kind::COUNT]) {
    line.object(key, |line| {
        let some = Kind::ALL.into_iter().filter(|kind| counts[kind.at()] > 0);
        some.for_each(|kind| line.number(kind.name(), counts[kind.at()].into()));
    });
}

fn pseudonyms(line: &mut Line<'_>, (key, beyond): (&str, &str), named: &Pseudonyms) {
    if named.kept > 0 {
        line.list(key, |list| named.iter().for_each(|pseudonym| list.hex(pseudonym)));
    }
    if named.beyond() > 0 {
        line.number(beyond, named.beyond());
    }
}

/// An instrument by reference: who accepted a disclaimer stays in the registry.
fn instrument(line: &mut Line<'_>, held: &Instrument) {
    line.text("type", held.proof.kind().name());
    line.text("reference", held.proof.found_at());
    match &held.proof {
        Proof::Accession { general, .. } => line.text("to", general),
        Proof::Protocol { parties, .. } | Proof::RatifiedProtocol { parties, .. } => {
            line.list("parties", |list| parties.iter().for_each(|party| list.text(party)));
        }
        Proof::MinisterialAuthorization { .. }
        | Proof::Deliberation { .. }
        | Proof::StatutoryBasis { .. }
        | Proof::Disclaimer { .. } => {}
    }
    line.day("dated", held.days.first);
}
