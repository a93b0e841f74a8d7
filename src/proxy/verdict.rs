//! From what a request states to a verdict.
//!
//! The hot path: no allocation, no clock, no log line. A caller makes four statements of the service it
//! asks: path, root of the Body, `Context/Naam` and `Context/Versie`. They must agree, or a grant for one
//! service could be used to call another (MAGDA's own messages show that none of them can be trusted alone).

use http::HeaderMap;
use poortwachter_kernel::peek::soap::{Envelope, Value};
use poortwachter_kernel::vocab::{CapacityIx, ConsumerIx, Day, OperationIx, PurposeIx, RuleIx, Sources};
use poortwachter_kernel::{Call, Denial, Permit, decide};

use crate::audit::Outcome;
use crate::catalogue::{Catalogue, Service, Signs, Stated};
use crate::law::Kinds;
use crate::proxy::rest;
use crate::registry::Snapshot;

/// Why a request that was read may not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No consumer in the registry has the certificate.
    UnknownConsumer,
    /// No consumer in the registry has the client that the token names.
    UnknownClient,
    /// Certificate and token are not the same consumer's.
    CredentialsDisagree,
    /// What the consumer's calls must bring was not all there.
    CredentialsMissing(Missing),
    /// Path, root or version name no service of the catalogue.
    UnknownService,
    /// One of the statements names another service than the others.
    StatementsDisagree(Statement),
    /// `Afzender/Identificatie` is none of the consumer's URIs.
    SenderNotRegistered,
    /// The registry or the law says no.
    Denied(Denial),
}

/// What a consumer's calls must bring, and this one did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Its client certificate.
    Certificate,
    /// A token of one of its clients.
    Token,
    /// A token that is bound to the certificate: the one that came is anybody's who has it.
    Binding,
}

/// Where a caller states which service it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// The root element of the Body, with the version.
    Root,
    /// `Context/Naam`.
    Name,
    /// `Context/Versie`.
    Version,
    /// `Afzender/Identificatie` or `Hoedanigheid`, which a header of REST's states, too.
    Sender,
}

/// A verdict against a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Against {
    /// Why.
    pub reason: Reason,
    /// What was asked, if the statements agree on it.
    pub operation: Option<OperationIx>,
}

impl Against {
    /// The kinds of instrument any one of which would have made the call lawful, where that is what it lacks.
    pub fn missing(self, snapshot: &Snapshot, consumer: Option<ConsumerIx>, day: Day) -> Kinds {
        match (self.reason, consumer, self.operation) {
            (Reason::Denied(denial), Some(consumer), Some(operation)) => {
                snapshot.missing(denial, consumer, operation, day)
            }
            _ => Kinds::NONE,
        }
    }
}

/// The verdict on a request: who asks, at which path, with which envelope, on which legal day.
///
/// # Errors
/// [`Against`], with the first reason on the way.
pub fn weigh(
    snapshot: &Snapshot,
    consumer: Option<ConsumerIx>,
    path: &str,
    envelope: &Envelope<'_>,
    day: Day,
) -> Result<Permit, Against> {
    let against = |reason| Against { reason, operation: None };
    let consumer = consumer.ok_or(against(Reason::UnknownConsumer))?;
    let operation = agreed(snapshot.catalogue(), path, envelope).map_err(against)?;
    let against = |reason| Against { reason, operation: Some(operation) };
    let purpose = purpose(snapshot, consumer, envelope).ok_or(against(Reason::SenderNotRegistered))?;
    let capacity = capacity(snapshot, consumer, envelope);
    let sources = sources(snapshot.catalogue().service(operation), envelope);
    let names_person = envelope.names_person;
    let call = Call { consumer, operation, sources, purpose, capacity, names_person, day };
    decide(&snapshot.view(), call).map_err(|denial| against(Reason::Denied(denial)))
}

/// What REST states in headers, a SOAP call may state again, and not otherwise: behind the gateway somebody may go by
/// either.
///
/// # Errors
/// [`Against`], where a header names another sender or capacity than the envelope.
pub fn repeated(headers: &HeaderMap, envelope: &Envelope<'_>) -> Result<(), Against> {
    let agrees = |header: &str, stated: Option<&Value<'_>>| {
        let mut buffer = [0; LONGEST];
        let stated = stated.and_then(|value| value.decode(&mut buffer)).map(trimmed);
        headers
            .get_all(header)
            .iter()
            .all(|value| stated.is_some_and(|stated| value.as_bytes() == stated.as_bytes()))
    };
    let all =
        agrees(rest::SENDER, Some(&envelope.sender)) && agrees(rest::CAPACITY, envelope.capacity.as_ref());
    let reason = Reason::StatementsDisagree(Statement::Sender);
    if all { Ok(()) } else { Err(Against { reason, operation: None }) }
}

/// The place among the consumer's URIs of the one the message was sent with.
pub fn sender(snapshot: &Snapshot, consumer: ConsumerIx, envelope: &Envelope<'_>) -> Option<usize> {
    let mut buffer = [0; LONGEST];
    let sender = envelope.sender.decode(&mut buffer)?;
    snapshot.consumer(consumer).senders.iter().position(|known| known.uri == sender)
}

/// The service all four statements speak of.
fn agreed(catalogue: &Catalogue, path: &str, envelope: &Envelope<'_>) -> Result<OperationIx, Reason> {
    let stated = catalogue.path(path);
    if matches!(stated, Stated::Unknown) || !catalogue.knows(envelope.root) {
        return Err(Reason::UnknownService);
    }
    let mut buffer = [0; LONGEST];
    let version = envelope.version.decode(&mut buffer).and_then(major_minor);
    let version = version.ok_or(Reason::StatementsDisagree(Statement::Version))?;
    let named = catalogue.asked_by(envelope.root, version);
    let operation = match stated {
        Stated::Service(operation) if named == Some(operation) => operation,
        Stated::Service(operation) => return Err(contradicts(catalogue.service(operation), version)),
        _ => named.ok_or(Reason::UnknownService)?,
    };
    if is_name_of(catalogue.service(operation), envelope.name) {
        Ok(operation)
    } else {
        Err(Reason::StatementsDisagree(Statement::Name))
    }
}

/// Which statement differs from the path's.
fn contradicts(of_path: &Service, version: &str) -> Reason {
    let other_version = of_path.version != version;
    Reason::StatementsDisagree(if other_version { Statement::Version } else { Statement::Root })
}

/// `Naam` is the service's name, or that behind the service's own domain: `Onderneming.GeefOnderneming`.
fn is_name_of(service: &Service, name: Value<'_>) -> bool {
    let mut buffer = [0; LONGEST];
    let Some(name) = name.decode(&mut buffer).map(trimmed) else { return false };
    let bare = name.strip_prefix(service.domain.as_str()).and_then(|rest| rest.strip_prefix('.'));
    bare.unwrap_or(name) == service.context_name
}

/// Whose data the question asks, as far as it shows.
pub fn sources(service: &Service, envelope: &Envelope<'_>) -> Sources {
    let mut buffer = [0; LONGEST];
    let bron = envelope.source.as_ref().map(|bron| bron.decode(&mut buffer).map_or("", trimmed));
    service.origin.asked(Signs { bron, bis_number: envelope.names_bis, other_number: envelope.names_other })
}

/// The purpose of the URI the message was sent with, byte for byte one of the consumer's.
fn purpose(snapshot: &Snapshot, consumer: ConsumerIx, envelope: &Envelope<'_>) -> Option<PurposeIx> {
    let mut buffer = [0; LONGEST];
    let sender = envelope.sender.decode(&mut buffer)?;
    snapshot.purpose(consumer, |uri| uri == sender)
}

/// The capacity the message states, of those the consumer's grants name.
pub fn capacity(snapshot: &Snapshot, consumer: ConsumerIx, envelope: &Envelope<'_>) -> CapacityIx {
    let mut buffer = [0; LONGEST];
    let stated = envelope.capacity.as_ref().and_then(|value| value.decode(&mut buffer));
    stated
        .map(trimmed)
        .map_or(CapacityIx::NONE, |stated| snapshot.capacity(consumer, |known| known == stated))
}

/// `02.00` of `02.00.0000`.
fn major_minor(version: &str) -> Option<&str> {
    let version = trimmed(version);
    let shaped = version.len() == 10
        && version.bytes().enumerate().all(|(at, byte)| match at {
            2 | 5 => byte == b'.',
            _ => byte.is_ascii_digit(),
        });
    shaped.then(|| &version[..5])
}

/// Without the white space XML knows around it.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// Longer values than any schema allows cannot be a known name.
const LONGEST: usize = 512;

impl Reason {
    /// What its record and the metrics call it.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::UnknownConsumer | Self::UnknownClient => Outcome::UnknownConsumer,
            Self::CredentialsDisagree => Outcome::CredentialsDisagree,
            Self::CredentialsMissing(_) => Outcome::CredentialsMissing,
            Self::UnknownService => Outcome::UnknownService,
            Self::StatementsDisagree(_) => Outcome::StatementsDisagree,
            Self::SenderNotRegistered => Outcome::SenderNotRegistered,
            Self::Denied(denial) => Outcome::Denied(denial),
        }
    }

    /// The rule behind it, where the law is the reason.
    pub fn rule(self) -> Option<RuleIx> {
        match self {
            Self::Denied(denial) => denial.rule(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_two_digits_twice_and_four() {
        assert_eq!(major_minor(" 02.00.0000\n"), Some("02.00"));
        for odd in ["02.00", "2.0.0", "02.00.000", "02.00.00000", "0a.00.0000", "02-00.0000", "", "é2.00.000"]
        {
            assert_eq!(major_minor(odd), None, "{odd}");
        }
    }
}
