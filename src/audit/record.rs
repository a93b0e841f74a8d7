//! The record of one call, and the two stations on its way: [`Draft`] and [`Clearance`].
//!
//! The record is a fixed-size value that travels inside them; filling it asks for no memory. It is
//! written where it is dropped, so that no path through the code can forget it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use poortwachter_kernel::Permit;
use poortwachter_kernel::peek::soap::Numbers;
use poortwachter_kernel::redact::Tally;
use poortwachter_kernel::trace::{Context, TraceId};
use poortwachter_kernel::tripwire::Mode;
use poortwachter_kernel::vocab::{CapacityIx, ConsumerIx, GrantIx, Kind, OperationIx, RuleIx, Sources};

use super::call::{self, Digests};
use super::trail::seat::Seat;
use super::trail::{Trail, Unrecorded};
use crate::audit::{Means, Outcome, Trace};
use crate::law::Kinds;
use crate::registry::{Consumer, Sender, Snapshot};
use crate::telemetry::Generation;
use crate::telemetry::meters::{Basis, Ended};

/// A call on which no verdict has fallen.
#[derive(Debug)]
#[must_use = "dropping it records the call as abandoned"]
pub struct Draft {
    /// `None` once a [`Clearance`] has taken it over.
    record: Option<Record>,
    trace: Trace,
}

/// Proof that one call was allowed and that a record of it will be kept. Only [`open`] makes one; sending
/// the call upstream uses it up, and the answer is built from it.
#[derive(Debug)]
#[must_use = "dropping it records the call as abandoned"]
pub struct Clearance {
    record: Record,
    permit: Permit,
}

/// How a call ended, for its record.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// Verdict and reason.
    pub outcome: Outcome,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Bytes of the answer's body.
    pub bytes: u64,
    /// What was removed of it, and what stayed because a grant is the basis for it.
    pub tally: Tally,
    /// What was wrong with the upstream's answer, where it was withheld.
    pub fault: Option<&'static str>,
}

/// INSZ that the filter let through and the tripwire found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What was done about them.
    pub mode: Mode,
    /// How many there were.
    pub numbers: u32,
}

/// Turns the permit of a call, and what was noted of it so far, into its clearance, once the trail has both. Dropped
/// before it is done, the call counts as abandoned.
///
/// # Errors
/// The trail cannot be written: the call may not be forwarded. The draft stays open.
///
/// # Panics
/// When the draft was opened before: a call is judged once.
#[expect(
    clippy::expect_used,
    reason = "one call, one permit; the alternative would be a call without a record"
)]
pub async fn open(permit: Permit, draft: &mut Draft) -> Result<Clearance, Unrecorded> {
    let record = draft.record.as_mut().expect("a draft is opened once");
    record.allow(&permit);
    record.enter().await?;
    let record = draft.record.take().expect("it was there a moment ago");
    Ok(Clearance { record, permit })
}

impl Draft {
    /// Opens the record of a call that begins now.
    pub fn begin(generation: Arc<Generation>, trail: &Trail) -> Self {
        let trace = Trace::new();
        Self { record: Some(Record::begin(generation, trace, trail)), trace }
    }

    /// Whether there is room for a record of it.
    ///
    /// # Errors
    /// There is none: it must be refused.
    pub fn has_room(&self) -> Result<(), Unrecorded> {
        self.record.as_ref().map_or(Ok(()), |record| record.seat.as_ref().map(drop).map_err(|none| *none))
    }

    /// The call's number.
    pub fn trace(&self) -> Trace {
        self.trace
    }

    /// Notes that it belongs to a trace that was begun before it.
    pub fn continues(&mut self, context: Context) {
        if let Some(record) = &mut self.record {
            record.context = context;
        }
    }

    /// Notes that the request is in, whole, and under which snapshot it is judged.
    pub fn judged_under(&mut self, generation: &Arc<Generation>) {
        if let Some(record) = &mut self.record {
            record.whole = Instant::now();
            record.generation = Arc::clone(generation);
            record.consumer = ConsumerIx::NONE;
        }
    }

    /// Notes who asks; an index of the snapshot noted last.
    pub fn asked_by(&mut self, consumer: Option<ConsumerIx>) {
        if let Some(record) = &mut self.record {
            record.consumer = consumer.unwrap_or(ConsumerIx::NONE);
            record.generation.calls.attend(record.consumer);
        }
    }

    /// Notes by what that consumer is known.
    pub fn known_by(&mut self, means: Option<Means>) {
        if let Some(record) = &mut self.record {
            record.means = means;
        }
    }

    /// Notes which of the consumer's URIs the call was sent with.
    pub fn sent_with(&mut self, sender: Option<usize>) {
        if let Some(record) = &mut self.record {
            record.sender = sender.and_then(|at| u32::try_from(at).ok());
        }
    }

    /// Notes whom the question is about, in pseudonyms, and what it states besides.
    pub fn asks(&mut self, persons: &Numbers, enterprises: &Numbers, capacity: CapacityIx) {
        if let Some(record) = &mut self.record {
            record.capacity = capacity;
            if let (Some(key), Ok(Some(seat))) = (record.trail.pseudonyms(), &record.seat) {
                seat.note(|text| call::about(text, persons, enterprises, key));
            }
        }
    }

    /// The snapshot under which it is judged; `None` once a clearance has taken it over.
    pub fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.record.as_ref().map(|record| &record.generation.snapshot)
    }

    /// Notes that the verdict has fallen, against the call: what was asked, as far as that is known, the
    /// rule behind it, and the kinds of instrument any one of which would have helped.
    pub fn refused(&mut self, operation: Option<OperationIx>, rule: Option<RuleIx>, missing: Kinds) {
        if let Some(record) = &mut self.record {
            record.operation = operation.unwrap_or(OperationIx::NONE);
            record.rule = rule.unwrap_or(RuleIx::NONE);
            record.missing = missing;
            record.decided = Some(record.since_whole());
        }
    }

    /// Notes whose data a refused call asked.
    pub fn concerns(&mut self, sources: Sources) {
        if let Some(record) = &mut self.record {
            record.sources = sources;
        }
    }

    /// Takes back what a clearance has noted, when the call cannot be answered after all. The permit is
    /// gone: the call cannot be sent again.
    pub fn reclaim(&mut self, clearance: Clearance) {
        self.record = Some(clearance.record);
    }

    /// Puts the end on the trail, before any of the answer leaves.
    ///
    /// # Errors
    /// The trail cannot be written: another answer must be given.
    pub async fn settle(&mut self, ending: Ending) -> Result<(), Unrecorded> {
        match &mut self.record {
            Some(record) => record.settle(ending).await,
            None => Ok(()),
        }
    }

    /// Closes the record.
    pub fn close(&mut self, ending: Ending) {
        if let Some(record) = self.record.take() {
            record.close(ending);
        }
    }
}

impl Clearance {
    /// Why the call may pass, and what may stay in its answer.
    pub fn permit(&self) -> &Permit {
        &self.permit
    }

    /// The snapshot under which it was judged.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.record.generation.snapshot
    }

    /// The call's number.
    pub fn trace(&self) -> Trace {
        self.record.trace
    }

    /// Where the call stands among others.
    pub fn context(&self) -> Context {
        self.record.context
    }

    /// Whether it belongs to a trace that was begun before it.
    pub fn is_continued(&self) -> bool {
        self.record.continued().is_some()
    }

    /// Notes what the tripwire has found so far.
    pub fn alarmed(&mut self, alarm: Option<Alarm>) {
        self.record.alarm = alarm;
    }

    /// Notes what the answer's body is known by.
    pub fn hashed(&self, digests: &Digests) {
        if let Ok(Some(seat)) = &self.record.seat {
            seat.note(|text| digests.write(text));
        }
    }

    /// Puts the end on the trail, before the last of the answer leaves.
    ///
    /// # Errors
    /// The trail cannot be written: the answer may not be given to its end.
    pub async fn settle(&mut self, ending: Ending) -> Result<(), Unrecorded> {
        self.record.settle(ending).await
    }

    /// Whether the answer's body is to be hashed.
    pub fn wants_digests(&self) -> bool {
        self.record.trail.wants_answer_digests()
    }

    /// Closes the record.
    pub fn close(self, ending: Ending) {
        self.record.close(ending);
    }
}

impl Ending {
    /// An end without an answer from the upstream: nothing was removed, nothing stayed.
    pub const fn unanswered(outcome: Outcome, status: u16, bytes: u64, fault: Option<&'static str>) -> Self {
        Self { outcome, status, bytes, tally: Tally::NOTHING, fault }
    }
}

/// What is written about one call.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) trace: Trace,
    context: Context,
    pub(super) generation: Arc<Generation>,
    pub(super) trail: Trail,
    /// For the line of how it ends; none: there is no trail, or no room in it.
    pub(super) seat: Result<Option<Seat>, Unrecorded>,
    /// The line of its beginning is on the trail, or will be.
    pub(super) opened: bool,
    pub(super) began: Instant,
    /// When the request was in, whole.
    whole: Instant,
    pub(super) decided: Option<Duration>,
    pub(super) consumer: ConsumerIx,
    pub(super) means: Option<Means>,
    pub(super) operation: OperationIx,
    /// The place of the URI it was sent with among the consumer's.
    pub(super) sender: Option<u32>,
    pub(super) rule: RuleIx,
    /// The rules by which personal fields stay, and are removed.
    pub(super) opening: RuleIx,
    pub(super) closing: RuleIx,
    pub(super) grant: GrantIx,
    pub(super) missing: Kinds,
    pub(super) alarm: Option<Alarm>,
    pub(super) ending: Ending,
    pub(super) capacity: CapacityIx,
    pub(super) sources: Sources,
}

impl Record {
    fn begin(generation: Arc<Generation>, trace: Trace, trail: &Trail) -> Self {
        let began = Instant::now();
        Self {
            trace,
            context: Context::begun(trace.bytes()),
            generation,
            trail: trail.clone(),
            seat: trail.seat(),
            opened: false,
            began,
            whole: began,
            decided: None,
            consumer: ConsumerIx::NONE,
            means: None,
            operation: OperationIx::NONE,
            sender: None,
            rule: RuleIx::NONE,
            opening: RuleIx::NONE,
            closing: RuleIx::NONE,
            grant: GrantIx::NONE,
            missing: Kinds::NONE,
            alarm: None,
            ending: Ending::unanswered(Outcome::Abandoned, 0, 0, None),
            capacity: CapacityIx::NONE,
            sources: Sources::NONE,
        }
    }

    /// Notes a permit.
    fn allow(&mut self, permit: &Permit) {
        let call = permit.call();
        self.consumer = call.consumer;
        self.operation = call.operation;
        self.sources = call.sources;
        self.capacity = call.capacity;
        self.rule = permit.rule();
        self.opening = permit.opening();
        self.closing = permit.closing();
        self.grant = permit.grant();
        self.decided = Some(self.since_whole());
    }

    /// Puts its beginning on the trail.
    async fn enter(&mut self) -> Result<(), Unrecorded> {
        let Some(seat) = self.trail.seat()? else { return Ok(()) };
        seat.fill(|text| self.opened(text));
        // From here on it may be written, whatever becomes of this future.
        self.opened = true;
        let written = seat.written().await;
        self.opened = written.is_ok();
        if let (true, Ok(Some(last))) = (self.opened, &self.seat) {
            last.note(Vec::clear);
        }
        written
    }

    /// Puts its end on the trail.
    async fn settle(&mut self, ending: Ending) -> Result<(), Unrecorded> {
        self.ending = ending;
        let Some(seat) = self.seat.as_ref().map_err(|none| *none)? else { return Ok(()) };
        if !seat.is_handed_in() {
            seat.fill(|text| self.ended(text));
        }
        seat.written().await
    }

    /// Leaves its end to be written, where nobody waited for that. A call that was refused because there was no record
    /// has none.
    fn leave(&mut self) {
        if let Ok(Some(seat)) = std::mem::replace(&mut self.seat, Ok(None)) {
            let told = self.opened || self.ending.outcome != Outcome::Unrecorded;
            if told && !seat.is_handed_in() {
                seat.fill(|text| self.ended(text));
                seat.leave();
            }
        }
    }

    /// The trace it belongs to, where it did not begin it.
    pub(super) fn continued(&self) -> Option<TraceId> {
        Some(self.context.id()).filter(|id| *id.bytes() != self.trace.bytes())
    }

    /// Who asks, where that is somebody of the registry.
    pub(super) fn consumer(&self) -> Option<&Consumer> {
        self.generation.snapshot.consumers().get(self.consumer.at())
    }

    pub(super) fn consumer_id(&self) -> Option<&str> {
        self.consumer().map(|consumer| consumer.id.as_str())
    }

    pub(super) fn registered_sender(&self) -> Option<&Sender> {
        self.consumer()?.senders.get(usize::try_from(self.sender?).ok()?)
    }

    pub(super) fn operation_label(&self) -> Option<&str> {
        let services = self.generation.snapshot.catalogue().services();
        services.get(self.operation.at()).map(|service| service.label.as_str())
    }

    fn since_whole(&self) -> Duration {
        self.whole.elapsed()
    }

    fn close(mut self, ending: Ending) {
        self.ending = ending;
    }

    /// What it was let pass on, if it was.
    fn basis_of(&self) -> Option<Basis> {
        let Self { grant, rule, opening, closing, .. } = *self;
        let passed = self.opened || (grant.is_some() && !self.trail.is_kept());
        passed.then_some(Basis { grant, rule, opening, closing })
    }

    /// What it lacked, if that is why it was refused.
    pub(super) fn missing_of(&self) -> Kinds {
        let denied = matches!(self.ending.outcome, Outcome::Denied(_));
        if denied { self.missing } else { Kinds::NONE }
    }

    fn count(&self, took: Duration) {
        let calls = &self.generation.calls;
        calls.count(&Ended {
            consumer: self.consumer,
            operation: self.operation,
            outcome: self.ending.outcome.at(),
            basis: self.basis_of(),
            missing: self.missing_of(),
            removed: self.ending.tally.removed,
            released: self.ending.tally.released,
            decided: self.decided,
            took,
        });
        if let Some(fault) = self.ending.fault {
            calls.count_withheld(self.operation, fault);
        }
        if self.ending.tally.unsigned {
            calls.count_unsigned(self.operation);
        }
        if let Some(Alarm { mode, numbers }) = self.alarm {
            calls.count_tripwire(self.operation, mode.name(), numbers);
        }
    }

    /// Says aloud that the filter let an INSZ through: somebody must look at the catalogue.
    fn warn(&self) {
        let Some(Alarm { mode, numbers }) = self.alarm else { return };
        tracing::warn!(
            target: "poortwachter::tripwire",
            trace = %self.trace,
            operation = self.operation_label(),
            mode = mode.name(),
            numbers,
            "an INSZ stood in an answer where the filter removes none"
        );
    }

    fn write(&self, took: Duration) {
        let snapshot = &*self.generation.snapshot;
        let Ending { outcome, status, bytes, tally: Tally { removed, released, unsigned }, fault } =
            self.ending;
        let sender = self.registered_sender();
        let rule = |ix| snapshot.law().rule(ix).map(|rule| rule.id.as_str());
        tracing::info!(
            target: "poortwachter::record",
            trace = %self.trace,
            trace_id = self.continued().map(tracing::field::display),
            consumer = self.consumer_id(),
            sender = sender.map(|sender| sender.uri.as_str()),
            purpose = sender.map(|sender| sender.purpose.as_str()),
            operation = self.operation_label(),
            verdict = outcome.verdict(),
            reason = outcome.reason(),
            rule = rule(self.rule),
            opening_rule = rule(self.opening),
            closing_rule = rule(self.closing),
            grant = self.grant.is_some().then(|| snapshot.grant(self.grant).id.as_str()),
            generation = snapshot.generation(),
            removed_names = removed[Kind::FunctionholderName.at()],
            removed_insz = removed[Kind::FunctionholderInsz.at()],
            removed_addresses = removed[Kind::SoleProprietorAddress.at()],
            removed_owner_names = removed[Kind::SoleProprietorName.at()],
            removed_near_functionholders = removed[Kind::NearFunctionholder.at()],
            removed_disproportionate = removed[Kind::Disproportionate.at()],
            removed_in_errors = removed[Kind::ErrorText.at()],
            released_names = released[Kind::FunctionholderName.at()],
            released_insz = released[Kind::FunctionholderInsz.at()],
            released_addresses = released[Kind::SoleProprietorAddress.at()],
            unsigned,
            status,
            bytes,
            fault,
            tripwire = self.alarm.map(|alarm| alarm.mode.name()),
            tripwire_numbers = self.alarm.map(|alarm| alarm.numbers),
            decided_us = self.decided.map(micros),
            took_us = micros(took),
        );
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.ending.outcome = Outcome::Internal;
        }
        self.leave();
        let took = self.began.elapsed();
        self.count(took);
        if !self.generation.rehearsal {
            self.write(took);
            self.warn();
        }
    }
}

pub(super) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
