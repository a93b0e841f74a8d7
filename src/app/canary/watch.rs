//! Runs the canary every so often beside a gateway that serves, and says what came of it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::{Canary, Finding, Report};
use crate::audit::Trail;
use crate::telemetry::House;

/// A canary with its timer.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) canary: Canary,
    pub(crate) interval: Duration,
    pub(crate) house: Arc<House>,
    pub(crate) trail: Trail,
}

impl Watch {
    /// Runs at once and then every interval, until whoever holds the other end of `stop` lets go of it.
    pub(crate) fn keep(&self, stop: &Receiver<()>) {
        loop {
            let report = self.canary.run();
            self.tell(&report);
            match stop.recv_timeout(self.interval) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn tell(&self, report: &Report) {
        let result = match report.leaks() {
            0 if report.is_right() => "passed",
            0 => "failed",
            _ => "leaked",
        };
        let now = self.canary.clock.now().as_second();
        self.house.count_canary(result, report.leaks() as u64, report.is_right().then_some(now));
        self.trail.act("canary", |line| {
            line.text("result", result);
            line.number("answers", report.answers as u64);
            line.number("leaks", report.leaks() as u64);
            line.number("findings", report.findings.len() as u64);
        });
        report.findings.iter().for_each(say);
    }
}

fn say(finding: &Finding) {
    let Finding { service, fault } = finding;
    let operation = Some(service.as_str()).filter(|service| !service.is_empty());
    let meaning = if finding.is_leak() {
        "LEAK: the filter lets functionholders' data through"
    } else {
        "the canary proves nothing"
    };
    tracing::error!(
        target: "poortwachter::canary",
        operation,
        fault = fault.name(),
        detail = %fault,
        "{meaning}"
    );
}
