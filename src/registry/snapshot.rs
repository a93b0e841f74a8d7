//! The registry as it serves: compiled, complete, never changed.

use std::collections::HashMap;
use std::sync::Arc;

use poortwachter_kernel::view::{Operation, Outcome, Pair, Row};
use poortwachter_kernel::vocab::{
    CapacityIx, ConsumerIx, Day, Days, GrantIx, OperationIx, PurposeIx, RuleIx,
};
use poortwachter_kernel::{Denial, View};

use super::consumer::{Consumer, GrantText};
use crate::catalogue::Catalogue;
use crate::identity::{Certificate, San};
use crate::law::telling::{Language, Telling, missing, tell};
use crate::law::terms::InstrumentKind;
use crate::law::{Effect, File, Kinds, Law, Rule, Setting, Standing};

/// One generation of the registry. Only [`super::compile`] makes one.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) generation: u64,
    pub(super) digest: String,
    pub(super) law: Arc<Law>,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) keeps_near_functionholders: bool,
    pub(super) consumers: Vec<Consumer>,
    pub(super) grants: Vec<Grant>,
    pub(super) purposes: Vec<String>,
    pub(super) capacities: Vec<String>,
    pub(super) known: Known,
    pub(super) tables: Tables,
}

/// Where a grant stands in the registry.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// The consumer it was made to.
    pub consumer: ConsumerIx,
    /// Its place among the consumer's grants.
    pub(super) at: usize,
}

/// A certificate is pinned by two consumers: nobody can say whose call it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pins of two consumers fit the certificate; narrow one of them")]
pub struct Ambiguous;

/// By what a caller is recognised.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) ids: HashMap<String, ConsumerIx>,
    pub(super) subjects: HashMap<String, ConsumerIx>,
    pub(super) fingerprints: HashMap<[u8; 32], ConsumerIx>,
    pub(super) names: HashMap<San, ConsumerIx>,
    pub(super) clients: HashMap<String, ConsumerIx>,
    /// By consumer: its URIs with their purposes.
    pub(super) senders: Vec<Vec<(String, PurposeIx)>>,
    /// By consumer: the capacities its grants name.
    pub(super) capacities: Vec<Vec<CapacityIx>>,
}

/// What [`View`] borrows.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) pair_starts: Vec<u32>,
    pub(super) pairs: Vec<Pair>,
    pub(super) rows: Vec<Row>,
    pub(super) operations: Vec<Operation>,
}

impl Snapshot {
    /// Counts loads: a later generation replaced an earlier one.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Lower-case hexadecimal SHA-256 over the names and contents of the registry's files.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The law it was compiled with.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// The catalogue it was compiled with.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The tables the decision reads.
    pub fn view(&self) -> View<'_> {
        let Tables { pair_starts, pairs, rows, operations } = &self.tables;
        View { pair_starts, pairs, rows, operations }
    }

    /// All consumers, by id; their place is their [`ConsumerIx`].
    pub fn consumers(&self) -> &[Consumer] {
        &self.consumers
    }

    /// The consumer at that place.
    ///
    /// # Panics
    /// When the index is not of this snapshot.
    pub fn consumer(&self, ix: ConsumerIx) -> &Consumer {
        &self.consumers[ix.at()]
    }

    /// All grants; their place is their [`GrantIx`].
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }

    /// The grant at that place, as written.
    ///
    /// # Panics
    /// When the index is not of this snapshot.
    pub fn grant(&self, ix: GrantIx) -> &GrantText {
        let Grant { consumer, at } = self.grants[ix.at()];
        &self.consumer(consumer).grants[at]
    }

    /// The grant's name with its consumer's before it, `inspectie-demo/toezicht`.
    pub fn grant_label(&self, ix: GrantIx) -> String {
        format!("{}/{}", self.consumer(self.grants[ix.at()].consumer).id, self.grant(ix).id)
    }

    /// The consumer with that id.
    pub fn consumer_with_id(&self, id: &str) -> Option<ConsumerIx> {
        self.known.ids.get(id).copied()
    }

    /// The consumer that a verified client certificate belongs to, by whatever its pins say of it: subject, SHA-256,
    /// another name.
    ///
    /// # Errors
    /// [`Ambiguous`], where pins of two consumers fit it.
    pub fn consumer_with_certificate(
        &self,
        certificate: &Certificate,
    ) -> Result<Option<ConsumerIx>, Ambiguous> {
        let Known { subjects, fingerprints, names, .. } = &self.known;
        let pinned = [subjects.get(certificate.subject()), fingerprints.get(certificate.sha256())];
        let named = certificate.names().iter().map(|name| names.get(name));
        let mut found = pinned.into_iter().chain(named).flatten().copied();
        let Some(first) = found.next() else { return Ok(None) };
        found.all(|other| other == first).then_some(Some(first)).ok_or(Ambiguous)
    }

    /// The consumer whose client a verified token names.
    pub fn consumer_with_client(&self, client: &str) -> Option<ConsumerIx> {
        self.known.clients.get(client).copied()
    }

    /// The purpose of the consumer's URI for which `is` says yes; `None` where none of its URIs is meant.
    pub fn purpose(&self, consumer: ConsumerIx, is: impl Fn(&str) -> bool) -> Option<PurposeIx> {
        let senders = self.known.senders.get(consumer.at())?;
        senders.iter().find(|(uri, _)| is(uri)).map(|(_, purpose)| *purpose)
    }

    /// The purpose with that name.
    pub fn purpose_named(&self, name: &str) -> Option<PurposeIx> {
        let at = self.purposes.iter().position(|purpose| purpose == name)?;
        u32::try_from(at).ok().map(PurposeIx)
    }

    /// A purpose's name.
    pub fn purpose_name(&self, ix: PurposeIx) -> &str {
        self.purposes.get(ix.at()).map_or("", String::as_str)
    }

    /// The capacity, of those the consumer's grants name, for which `is` says yes; `NONE` otherwise.
    pub fn capacity(&self, consumer: ConsumerIx, is: impl Fn(&str) -> bool) -> CapacityIx {
        let named = self.known.capacities.get(consumer.at()).map_or(&[][..], Vec::as_slice);
        named.iter().copied().find(|ix| is(&self.capacities[ix.at()])).unwrap_or(CapacityIx::NONE)
    }

    /// A capacity's name, where it is one.
    pub fn capacity_name(&self, ix: CapacityIx) -> Option<&str> {
        self.capacities.get(ix.at()).map(String::as_str)
    }

    /// What is granted at all, in the order of [`View::pairs`].
    pub fn pairs(&self) -> impl Iterator<Item = (ConsumerIx, OperationIx)> + '_ {
        let consumers = self.tables.pair_starts.windows(2).zip(0..);
        consumers.flat_map(|(ends, consumer)| {
            let pairs = &self.tables.pairs[ends[0] as usize..ends[1] as usize];
            pairs.iter().map(move |pair| (ConsumerIx(consumer), pair.operation))
        })
    }

    /// Where the consumer's part of [`View::pairs`] holds the operation, if it was ever granted.
    pub fn pair(&self, consumer: ConsumerIx, operation: OperationIx) -> Option<usize> {
        let start = *self.tables.pair_starts.get(consumer.at())? as usize;
        let end = *self.tables.pair_starts.get(consumer.at() + 1)? as usize;
        let found = self.tables.pairs[start..end].binary_search_by_key(&operation, |pair| pair.operation);
        found.ok().map(|at| start + at)
    }

    /// The last day up to which a grant lets calls pass without a gap, for every one of its services and their
    /// sources; `Day::MAX`: no end. A source that the question chooses and the grant never opens is not the grant's.
    ///
    /// # Errors
    /// Why it does not on that day itself.
    pub fn lawful_until(&self, grant: GrantIx, day: Day) -> Result<Day, Denial> {
        let own = |row: &&Row| row.grant == grant;
        let consumer = self.grants[grant.at()].consumer;
        let mut until = Day::MAX;
        for pair in self.pairs_of(consumer) {
            let rows = &self.tables.rows[pair.start as usize..pair.end as usize];
            let rows: Vec<&Row> = rows.iter().filter(own).collect();
            let opened = |source| {
                let mut here = rows.iter().filter(|row| row.source == source);
                here.any(|row| matches!(row.outcome, Outcome::Allows { .. }))
            };
            let works = rows.iter().any(|row| opened(row.source));
            let origin = &self.catalogue.service(pair.operation).origin;
            for spans in rows.chunk_by(|a, b| a.source == b.source) {
                let source = spans[0].source;
                if works && origin.is_optional(source) && !opened(source) {
                    continue;
                }
                until = until.min(allowed_until(spans, day)?);
            }
        }
        Ok(until)
    }

    fn pairs_of(&self, consumer: ConsumerIx) -> &[Pair] {
        let ends =
            self.tables.pair_starts.get(consumer.at()).zip(self.tables.pair_starts.get(consumer.at() + 1));
        ends.map_or(&[], |(start, end)| &self.tables.pairs[*start as usize..*end as usize])
    }

    /// The days the grant was made for.
    pub fn valid(&self, ix: GrantIx) -> Days {
        self.grant(ix).valid
    }

    /// A denial in words. `day` chooses the rule to name where the denial names none itself.
    pub fn tell(
        &self,
        denial: Denial,
        consumer: ConsumerIx,
        operation: OperationIx,
        day: Day,
        language: Language,
    ) -> Telling {
        let service = self.catalogue.service(operation);
        let lawful = self.lawful(consumer, operation, day);
        let telling = tell(&self.law, denial, &service.label, lawful, language);
        let held = denial == Denial::NeverGranted && self.has_accepted(consumer, lawful, day);
        if held || telling.instrument.is_none() { telling.without_remedy(&service.contact) } else { telling }
    }

    /// The kinds of instrument any one of which would have made a call lawful that was denied: those that
    /// [`Self::tell`] tells.
    pub fn missing(&self, denial: Denial, consumer: ConsumerIx, operation: OperationIx, day: Day) -> Kinds {
        let lawful = self.lawful(consumer, operation, day);
        if denial == Denial::NeverGranted && self.has_accepted(consumer, lawful, day) {
            return Kinds::NONE;
        }
        let rule = denial.rule().and_then(|ix| self.law.rule(ix)).or(lawful);
        rule.map_or(Kinds::NONE, |rule| missing(denial, rule))
    }

    /// The kinds of instrument that a call rests on: those under its grant, and the disclaimer where its rule asks for one.
    pub fn kinds_under(&self, grant: GrantIx, rule: RuleIx) -> Kinds {
        let Some(Grant { consumer, at }) = self.grants.get(grant.at()) else { return Kinds::NONE };
        let consumer = self.consumer(*consumer);
        let asked = self.law.rule(rule);
        let asked = asked.is_some_and(|rule| rule.instruments.contains(&InstrumentKind::Disclaimer));
        let accepted = consumer.disclaimer.iter().filter(|_| asked).map(|held| &held.value);
        let under = consumer.grants[*at].instruments.iter();
        under.chain(accepted).map(|held| held.proof.kind()).collect()
    }

    /// The rule that would let a consumer's calls pass, with nothing on file.
    fn lawful(&self, consumer: ConsumerIx, operation: OperationIx, day: Day) -> Option<&Rule> {
        let service = self.catalogue.service(operation);
        let Consumer { kind, network, .. } = self.consumer(consumer);
        let setting = Setting { kind: *kind, network: *network, mediation: service.mediation };
        let source = service.origin.sources.first()?;
        self.law.find(*source, Effect::Allow, setting, File::empty(day), day).map(|(_, rule)| rule)
    }

    /// Whether all that a rule asks for is a disclaimer, and the consumer has accepted it.
    fn has_accepted(&self, consumer: ConsumerIx, rule: Option<&Rule>, day: Day) -> bool {
        let disclaimer = self.consumer(consumer).disclaimer.as_ref();
        rule.is_some_and(|rule| rule.instruments == [InstrumentKind::Disclaimer])
            && disclaimer.is_some_and(|held| held.value.standing(day) == Standing::Valid)
    }
}

/// How long a grant's spans for one source of one service, in order, let calls pass from a day on.
fn allowed_until(spans: &[&Row], day: Day) -> Result<Day, Denial> {
    let mut until = None;
    for row in spans.iter().filter(|row| day <= row.days.last) {
        match row.outcome {
            Outcome::Denies(denial) if row.days.covers(day) => return Err(denial),
            Outcome::Allows { .. } if row.days.covers(day) || until.is_some() => until = Some(row.days.last),
            _ => break,
        }
    }
    until.ok_or_else(|| match spans {
        [first, ..] if day < first.days.first => Denial::NotYetValid { first: first.days.first },
        [.., last] => Denial::Lapsed { last: last.days.last },
        [] => Denial::NeverGranted,
    })
}
