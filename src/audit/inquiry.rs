//! What is written about a question whether a call would be allowed ("May I?"). It is no call: nothing was
//! forwarded and nobody was refused anything, so it counts among neither.
//!
//! One log event a question, with the target `poortwachter::evaluation`; a request that came to none leaves one too.
//! As with calls, they are written when the last of the request is dropped, however it ended.

use std::sync::Arc;
use std::time::Instant;

use poortwachter_kernel::vocab::{ConsumerIx, Day, OperationIx, PurposeIx, RuleIx};

use crate::audit::{Trace, Trail};
use crate::telemetry::Generation;
use crate::text::date;

/// One request with questions, from its head to its answer.
#[derive(Debug)]
#[must_use = "dropping it writes the record"]
pub struct Inquiry {
    trace: Trace,
    /// Which listener it came to.
    listener: &'static str,
    generation: Arc<Generation>,
    trail: Trail,
    began: Instant,
    /// Who asks; nobody of the registry, or an operator.
    asker: Option<ConsumerIx>,
    found: Vec<Finding>,
    /// Status and reason of the answer; none: it was never given.
    end: Option<(u16, &'static str)>,
}

/// What was found about one question.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// Who would ask.
    pub consumer: Option<ConsumerIx>,
    /// What would be asked.
    pub operation: Option<OperationIx>,
    /// For which purpose.
    pub purpose: PurposeIx,
    /// On which legal day.
    pub day: Day,
    /// Yes or no.
    pub permit: bool,
    /// The reason's name.
    pub reason: &'static str,
    /// The rule behind it.
    pub rule: RuleIx,
}

impl Inquiry {
    /// Opens the record of a request that begins now.
    pub fn begin(generation: Arc<Generation>, listener: &'static str) -> Self {
        let (trace, began) = (Trace::new(), Instant::now());
        let trail = Trail::NONE;
        Self { trace, listener, generation, trail, began, asker: None, found: Vec::new(), end: None }
    }

    /// The request's number.
    pub fn trace(&self) -> Trace {
        self.trace
    }

    /// Notes which consumer asks, and under which snapshot it is judged.
    pub fn asked_by(&mut self, asker: Option<ConsumerIx>, generation: &Arc<Generation>) {
        self.generation = Arc::clone(generation);
        self.asker = asker;
    }

    /// Notes the trail that keeps the verdicts.
    pub fn kept_by(&mut self, trail: &Trail) {
        self.trail = trail.clone();
    }

    /// Notes the verdict on the next question.
    pub fn found(&mut self, finding: Finding) {
        self.found.push(finding);
    }

    /// Notes the status of the answer, and why there is no verdict in it, if there is none.
    pub fn close(&mut self, status: u16, reason: &'static str) {
        self.end = Some((status, reason));
    }

    fn count(&self, decision: &str, reason: &str) {
        self.generation.calls.count_evaluation(self.listener, decision, reason);
    }

    /// A request that came to no verdict.
    fn write_fruitless(&self, status: u16, reason: &str) {
        self.count("none", reason);
        let snapshot = &*self.generation.snapshot;
        tracing::info!(
            target: "poortwachter::evaluation",
            trace = %self.trace,
            listener = self.listener,
            asked_by = self.asker.map(|ix| snapshot.consumer(ix).id.as_str()),
            decision = "none",
            reason,
            status,
            generation = snapshot.generation(),
        );
    }

    fn write(&self, finding: &Finding, status: u16) {
        let decision = if finding.permit { "permit" } else { "deny" };
        self.keep(finding, decision, status);
        self.count(decision, finding.reason);
        let snapshot = &*self.generation.snapshot;
        let name = |ix: ConsumerIx| snapshot.consumer(ix).id.as_str();
        let purpose = Some(snapshot.purpose_name(finding.purpose)).filter(|name| !name.is_empty());
        tracing::info!(
            target: "poortwachter::evaluation",
            trace = %self.trace,
            listener = self.listener,
            asked_by = self.asker.map(name),
            consumer = finding.consumer.map(name),
            operation = finding.operation.map(|ix| snapshot.catalogue().service(ix).label.as_str()),
            purpose,
            date = date::show(finding.day),
            decision,
            reason = finding.reason,
            rule = snapshot.law().rule(finding.rule).map(|rule| rule.id.as_str()),
            law = snapshot.law().version(),
            status,
            generation = snapshot.generation(),
            took_us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX),
        );
    }
}

impl Inquiry {
    /// Leaves the verdict on a question for the trail.
    fn keep(&self, finding: &Finding, decision: &str, status: u16) {
        let snapshot = &*self.generation.snapshot;
        let name = |ix: ConsumerIx| snapshot.consumer(ix).id.as_str();
        let purpose = Some(snapshot.purpose_name(finding.purpose)).filter(|name| !name.is_empty());
        let label = |ix: OperationIx| snapshot.catalogue().service(ix).label.as_str();
        self.trail.act("evaluation", |line| {
            line.shown("trace", self.trace);
            line.text("listener", self.listener);
            line.maybe("asked_by", self.asker.map(name));
            line.maybe("consumer", finding.consumer.map(name));
            line.maybe("purpose", purpose);
            line.maybe("operation", finding.operation.map(label));
            line.day("day", finding.day);
            line.text("decision", decision);
            line.text("reason", finding.reason);
            line.maybe("rule", snapshot.law().rule(finding.rule).map(|rule| rule.id.as_str()));
            line.number("generation", snapshot.generation());
            line.text("registry", snapshot.digest());
            line.text("law", snapshot.law().version());
            line.number("status", status.into());
        });
    }
}

impl Drop for Inquiry {
    fn drop(&mut self) {
        let lost = if std::thread::panicking() { "internal" } else { "consumer-gone" };
        let (status, reason) = self.end.unwrap_or((0, lost));
        self.found.iter().for_each(|finding| self.write(finding, status));
        if self.found.is_empty() {
            self.write_fruitless(status, reason);
        }
    }
}
