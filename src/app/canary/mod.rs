//! The leak canary: invented functionholders go down the gateway's own line, and none may come out to a consumer
//! without a basis.
//!
//! The real law, catalogue, settings and proxy; only the ends are played: an upstream on loopback (`upstream`) whose
//! answers hold planted values (`holder`, `message`), and two consumers (`cast`) whose calls go over loopback
//! (`line`). What comes back is searched by `scan`, which owes nothing to the filter. An answer that does not come
//! is no proof, nor is one from which everything is missing: a consumer with a statutory basis must get every value.
//!
//! The tripwire only reports here: what the filter lets through must be seen, not be masked behind it. Neither the
//! metrics of real calls nor their records are touched: the line has a recorder of its own, and its generation
//! is a rehearsal.
//! Deliberately not here: when it runs (`watch`), and what is said about it.

mod cast;
mod holder;
mod line;
mod message;
mod scan;
mod upstream;
pub(super) mod watch;

use std::fmt;
use std::sync::Arc;

use crate::catalogue::{Catalogue, Dialect, Service};
use crate::clock::Clock;
use crate::config::Gateway;
use crate::law::Calendar;
use crate::registry::Basis;
use crate::text::words::chain;

use cast::Role;
use line::{Answer, Line};
use message::{Length, Message};
use poortwachter_kernel::vocab::{Field, FieldSet};
use upstream::Upstream;

/// Everything a run needs.
#[derive(Clone, Debug)]
pub struct Canary {
    settings: Arc<Gateway>,
    basis: Basis,
    clock: Clock,
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The services that were called, by label.
    pub services: Vec<String>,
    /// Services whose answers hold functionholders, but for which no answer can be made up here: not proven.
    pub untried: Vec<String>,
    /// How many answers were searched.
    pub answers: usize,
    /// What is wrong; empty: all is right.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The service's label; empty where it is about the run as a whole.
    pub service: String,
    /// What.
    pub fault: Fault,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A planted value came out to the consumer without a basis.
    Leaked {
        /// Which.
        value: Value,
        /// How the answer was delivered.
        length: Length,
    },
    /// A planted value did not come out to the consumer with a basis.
    Missing {
        /// Which.
        value: Value,
        /// How the answer was delivered.
        length: Length,
    },
    /// No answer came, or not the answer: what the filter does was not seen.
    NotDelivered(String),
    /// The run could not be set up.
    NotSetUp(String),
}

/// A kind of planted value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// The first name.
    FirstName,
    /// The last name.
    LastName,
    /// The INSZ.
    Insz,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_right(&self) -> bool {
        self.findings.is_empty()
    }

    /// How many planted values came out to the consumer without a basis.
    pub fn leaks(&self) -> usize {
        self.findings.iter().filter(|finding| finding.is_leak()).count()
    }

    fn find(&mut self, service: &str, fault: Fault) {
        self.findings.push(Finding { service: service.to_owned(), fault });
    }
}

impl Finding {
    /// Whether a planted value came out.
    pub fn is_leak(&self) -> bool {
        matches!(self.fault, Fault::Leaked { .. })
    }
}

impl Fault {
    /// What metrics and JSON call it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Leaked { .. } => "leaked",
            Self::Missing { .. } => "missing",
            Self::NotDelivered(_) => "not-delivered",
            Self::NotSetUp(_) => "not-set-up",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaked { value, length } => {
                write!(f, "a planted {value} came out to a consumer without a basis ({length})")
            }
            Self::Missing { value, length } => {
                write!(
                    f,
                    "a planted {value} did not come out to a consumer with a statutory basis ({length})"
                )
            }
            Self::NotDelivered(why) => write!(f, "no answer to search: {why}"),
            Self::NotSetUp(why) => write!(f, "the calls cannot be made: {why}"),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FirstName => "first name",
            Self::LastName => "last name",
            Self::Insz => "INSZ",
        })
    }
}

impl Canary {
    /// A canary for the gateway with these settings, on that law and catalogue.
    pub fn new(settings: Arc<Gateway>, basis: Basis, clock: Clock) -> Self {
        Self { settings, basis, clock }
    }

    /// Makes all calls, and says what is wrong. Blocks the thread for some milliseconds; not to be called within a
    /// runtime.
    pub fn run(&self) -> Report {
        let mut report = Report::default();
        let messages: Arc<[Message]> = messages(&self.basis.catalogue, &mut report).into();
        let lengths = Length::within(self.settings.limits.held_back);
        match Upstream::start(&messages, &lengths) {
            Ok(upstream) => {
                for role in [Role::WithoutBasis, Role::WithBasis] {
                    self.call_as(role, (&messages, &lengths), &upstream, &mut report);
                }
            }
            Err(cause) => report.find("", Fault::NotSetUp(cause.to_string())),
        }
        report
    }

    fn call_as(
        &self,
        role: Role,
        (messages, lengths): (&[Message], &[Length]),
        upstream: &Upstream,
        report: &mut Report,
    ) {
        let today = Calendar::new().day(self.clock.now());
        let labels: Vec<&str> = messages.iter().map(|message| message.label.as_str()).collect();
        let opened = cast::snapshot(role, &labels, &self.basis, today)
            .map_err(|faults| faults.to_string())
            .and_then(|snapshot| {
                Line::open(&self.settings, role.id(), snapshot, &self.clock, upstream)
                    .map_err(|error| chain(&error))
            });
        let line = match opened {
            Ok(line) => line,
            Err(why) => {
                report.find("", Fault::NotSetUp(format!("{}: {why}", role.id())));
                return;
            }
        };
        for message in messages {
            for &length in lengths {
                let answer = upstream.run(line.ask(message, length, role.sender()));
                judge(role, message, length, answer, report);
            }
        }
    }
}

/// The services with functionholders for which there is an answer to give.
fn messages(catalogue: &Catalogue, report: &mut Report) -> Vec<Message> {
    let of_soap = catalogue.services().iter().filter(|service| service.dialect == Dialect::Soap);
    let (known, others): (Vec<&Service>, Vec<&Service>) =
        of_soap.partition(|service| Message::is_known(service));
    let holders = FieldSet::EMPTY.with(Field::FunctionholderName).with(Field::FunctionholderInsz);
    let personal = others.into_iter().filter(|service| !service.personal().intersection(holders).is_empty());
    report.untried = personal.map(|service| service.label.clone()).collect();
    report.services = known.iter().map(|service| service.label.clone()).collect();
    if known.is_empty() {
        let why = format!("the catalogue has none of {}", message::KNOWN.join(", "));
        report.find("", Fault::NotSetUp(why));
    }
    known.into_iter().map(Message::about).collect()
}

fn judge(role: Role, message: &Message, length: Length, answer: Result<Answer, String>, report: &mut Report) {
    let delivered = answer.and_then(|answer| Message::delivered(length, answer));
    let body = match delivered {
        Ok(body) => body,
        Err(why) => {
            let why = format!("{why} ({}, {length})", role.id());
            report.find(&message.label, Fault::NotDelivered(why));
            return;
        }
    };
    report.answers += 1;
    for (value, planted) in message.planted() {
        let fault = match (role, scan::holds(&body, planted)) {
            (Role::WithoutBasis, true) => Fault::Leaked { value, length },
            (Role::WithBasis, false) => Fault::Missing { value, length },
            _ => continue,
        };
        let finding = Finding { service: message.label.clone(), fault };
        if !report.findings.contains(&finding) {
            report.findings.push(finding);
        }
    }
}
