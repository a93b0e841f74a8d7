//! The REST dialect of a call: what stands in the envelope of a SOAP message stands here in method, target and
//! headers.
//!
//! `check` reads the head before the body is in, [`Heard::with_body`] the body, [`weigh`] gives the verdict;
//! `errors` is what leaves of a source's own errors. A target is matched as it is written and forwarded as it was
//! matched. What decides stands exactly once.
//! Deliberately not here: what a target may look like (the kernel's `peek::rest`), the words of refusals.

mod accept;
pub(super) mod errors;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Request, Version};
use poortwachter_kernel::peek::rest::{Asking, Named, Question, Target, Unclear, members, question};
use poortwachter_kernel::vocab::{CapacityIx, ConsumerIx, Day, OperationIx, Sources};
use poortwachter_kernel::{Call, Permit, decide};

use crate::audit::{Clearance, Draft};
use crate::catalogue::{Catalogue, Dialect, NoRoute, Signs, Stated};
use crate::config;
use crate::proxy::credentials::Unproven;
use crate::proxy::departure::{Departure, Fault, Refused};
use crate::proxy::head;
use crate::proxy::refusal::Echo;
use crate::proxy::verdict::{Against, Reason};
use crate::registry::Snapshot;

pub(super) use accept::accept;

/// The consumer's number for the call: a UUID, required, and given back.
pub(super) const CORRELATION: HeaderName = HeaderName::from_static(NUMBER);
const NUMBER: &str = "x-correlation-id";
/// The URI the consumer calls with, as `Afzender/Identificatie` in SOAP.
pub(super) const SENDER: &str = "x-magda-sender-id";
/// The capacity (hoedanigheid) it calls in.
pub(super) const CAPACITY: &str = "x-magda-sender-qualitycode";

/// Headers by which a call is judged: they reach the upstream whatever `Connection` says.
pub(super) const DECIDE: [&str; 3] = [NUMBER, SENDER, CAPACITY];

/// How a request speaks, and so the form in which it is refused.
#[derive(Debug)]
pub(super) enum Spoken {
    /// SOAP, or nothing that is known.
    Soap,
    /// REST, with the consumer's number for the call where it has one.
    Rest(Option<HeaderValue>),
}

/// What the head of a request states, with what its body adds.
#[derive(Debug)]
pub struct Heard<'r> {
    operation: OperationIx,
    asking: Asking<'r>,
    has_body: bool,
    question: Question<'r>,
    sender: &'r str,
    capacity: Option<&'r str>,
}

/// How a request speaks. A path of a SOAP service is SOAP's whatever comes to it, and so is XML at a path that is no
/// route's.
pub(super) fn spoken<B>(settings: &config::Gateway, catalogue: &Catalogue, request: &Request<B>) -> Spoken {
    let bases = &settings.rest.bases;
    if bases.is_empty() || catalogue.path(request.uri().path()) != Stated::Unknown {
        return Spoken::Soap;
    }
    let is_xml = request.method() == http::Method::POST && head::is_xml(request.headers());
    if is_xml && !takes_a_route(bases, catalogue, request) {
        return Spoken::Soap;
    }
    Spoken::Rest(request.headers().get(&CORRELATION).filter(|number| is_uuid(number)).cloned())
}

fn takes_a_route<B>(bases: &[String], catalogue: &Catalogue, request: &Request<B>) -> bool {
    let target = Target::read(request.uri().path());
    target.is_ok_and(|target| {
        !matches!(
            catalogue.route(bases, &target, request.method().as_str()),
            Err(NoRoute::Unknown | NoRoute::Unclear(_))
        )
    })
}

/// Checks what can be checked before the body is read; what a REST request was heard to ask.
pub(super) fn check<'r>(
    spoken: &Spoken,
    catalogue: &'r Catalogue,
    settings: &config::Gateway,
    parts: &'r Parts,
) -> Result<Option<Heard<'r>>, Fault> {
    match spoken {
        Spoken::Soap => head::check(parts).map(|()| None),
        Spoken::Rest(_) => hear(catalogue, &settings.rest.bases, parts).map(Some),
    }
}

/// Reads the head of a REST request.
///
/// # Errors
/// A [`Fault`]: it takes no single route, or a header that decides is not there once.
pub fn hear<'r>(catalogue: &'r Catalogue, bases: &[String], parts: &'r Parts) -> Result<Heard<'r>, Fault> {
    let target = target(parts).map_err(unclear)?;
    let taken = catalogue.route(bases, &target, parts.method.as_str()).map_err(|none| match none {
        NoRoute::Unclear(why) => unclear(why),
        NoRoute::Unknown => Fault::NoRoute,
        NoRoute::Method { allow } => Fault::NotAllowed { allow },
    })?;
    let asking = catalogue.service(taken.operation).asking(taken.route);
    let question = question(&target, taken.path, &taken.route.template, &asking).map_err(unclear)?;
    let headers = &parts.headers;
    check_names(headers)?;
    once(headers, NUMBER)?.filter(|number| is_uuid(number)).ok_or(Fault::Header(NUMBER))?;
    let sender = once(headers, SENDER)?.and_then(|value| value.to_str().ok()).ok_or(Fault::Header(SENDER))?;
    let capacity = once(headers, CAPACITY)?;
    let capacity = capacity.map(|value| value.to_str().map_err(|_| Fault::Header(CAPACITY))).transpose()?;
    let has_body = taken.route.method.has_body();
    accept::check(headers)?;
    if has_body && !accept::is_json_or_nothing(headers) {
        return Err(Fault::Media("Content-Type must be application/json or …+json, in UTF-8"));
    }
    if !head::is_plain(headers) {
        return Err(Fault::Media("a Content-Encoding other than `identity` is not read"));
    }
    Ok(Heard { operation: taken.operation, asking, has_body, question, sender, capacity })
}

/// The target in its origin form, which HTTP/2 always has.
fn target(parts: &Parts) -> Result<Target<'_>, Unclear> {
    let is_absolute = parts.version < Version::HTTP_2 && parts.uri.authority().is_some();
    let written = parts.uri.path_and_query().filter(|_| !is_absolute);
    Target::read(written.map_or("", |written| written.as_str()))
}

fn unclear(why: Unclear) -> Fault {
    Fault::Target(why.name())
}

/// No header may stand for another method, nor be spelt so that CGI's readers take it for one that decides.
fn check_names(headers: &HeaderMap) -> Result<(), Fault> {
    const METHODS: [&str; 3] = ["x-http-method", "x-http-method-override", "x-method-override"];
    for name in headers.keys().map(HeaderName::as_str) {
        if METHODS.iter().any(|known| is_spelt(name, known)) {
            return Err(Fault::Header("X-HTTP-Method-Override"));
        }
        if let Some(decides) = DECIDE.into_iter().find(|known| *known != name && is_spelt(name, known)) {
            return Err(Fault::Contradiction(decides));
        }
    }
    Ok(())
}

/// Whether names are the same to whom `_` and `-` are.
fn is_spelt(name: &str, known: &str) -> bool {
    name.len() == known.len()
        && name.bytes().zip(known.bytes()).all(|(one, other)| one == other || (one, other) == (b'_', b'-'))
}

/// The value of a header that may stand once.
fn once<'r>(headers: &'r HeaderMap, name: &'static str) -> Result<Option<&'r HeaderValue>, Fault> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err(Fault::Contradiction(name)) } else { Ok(first) }
}

/// `8-4-4-4-12` (RFC 9562 §4).
fn is_uuid(value: &HeaderValue) -> bool {
    value.to_str().is_ok_and(|text| poortwachter_kernel::peek::rest::Form::Uuid.fits(text))
}

impl Heard<'_> {
    /// The same, with what the body adds to the question. It is read whole, and forwarded as it came.
    ///
    /// # Errors
    /// A [`Fault`]: it is not JSON with one meaning, or there should be none.
    pub fn with_body(mut self, body: &[u8]) -> Result<Self, Fault> {
        match (self.has_body, body) {
            (_, []) => {}
            (false, _) => return Err(Fault::Body("unexpected-body")),
            (true, _) => members(body, &self.asking, &mut self.question)
                .map_err(|misread| Fault::Body(misread.name()))?,
        }
        Ok(self)
    }
}

/// The verdict on a request that was heard: the REST counterpart of [`verdict::weigh`](crate::proxy::verdict::weigh).
///
/// # Errors
/// [`Against`], with the first reason on the way.
pub fn weigh(
    snapshot: &Snapshot,
    consumer: Option<ConsumerIx>,
    heard: &Heard<'_>,
    day: Day,
) -> Result<Permit, Against> {
    let operation = heard.operation;
    let against = |reason| Against { reason, operation: Some(operation) };
    let consumer = consumer.ok_or(against(Reason::UnknownConsumer))?;
    let purpose = snapshot.purpose(consumer, |uri| uri == heard.sender);
    let purpose = purpose.ok_or(against(Reason::SenderNotRegistered))?;
    let capacity = capacity(snapshot, consumer, heard);
    let sources = sources(snapshot, heard);
    let names_person = heard.question.names_person;
    let call = Call { consumer, operation, sources, purpose, capacity, names_person, day };
    decide(&snapshot.view(), call).map_err(|denial| against(Reason::Denied(denial)))
}

/// The capacity the consumer calls in, where it is one that its grants know.
fn capacity(snapshot: &Snapshot, consumer: ConsumerIx, heard: &Heard<'_>) -> CapacityIx {
    let stated = heard.capacity.map(str::trim).filter(|capacity| !capacity.is_empty());
    stated.map_or(CapacityIx::NONE, |capacity| snapshot.capacity(consumer, |known| known == capacity))
}

/// Whose data is asked.
fn sources(snapshot: &Snapshot, heard: &Heard<'_>) -> Sources {
    let Question { names_bis, names_other, source, .. } = heard.question;
    let origin = &snapshot.catalogue().service(heard.operation).origin;
    origin.asked(Signs { bron: source, bis_number: names_bis, other_number: names_other })
}

/// Sender, verdict, and what the record says of both.
#[expect(clippy::needless_pass_by_value, reason = "what was judged is not judged again")]
pub(super) fn judge(
    draft: &mut Draft,
    snapshot: &Snapshot,
    caller: Result<ConsumerIx, Unproven>,
    heard: Heard<'_>,
    day: Day,
) -> Result<Permit, Departure> {
    let consumer = caller.map_or_else(|unproven| unproven.consumer, Some);
    draft.sent_with(consumer.and_then(|consumer| sender(snapshot, consumer, &heard)));
    let capacity = consumer.map_or(CapacityIx::NONE, |consumer| capacity(snapshot, consumer, &heard));
    let Named { persons, enterprises } = &heard.question.named;
    draft.asks(persons, enterprises, capacity);
    let proven = caller.map_err(Against::from);
    match proven.and_then(|consumer| weigh(snapshot, Some(consumer), &heard, day)) {
        Ok(permit) => Ok(permit),
        Err(against) => {
            draft.refused(against.operation, against.reason.rule(), against.missing(snapshot, consumer, day));
            if against.operation.is_some() {
                draft.concerns(sources(snapshot, &heard));
            }
            let echo = Echo::of_sender(heard.sender);
            Err(Departure::Refused(Box::new(Refused { against, consumer, day, echo })))
        }
    }
}

/// The place among the consumer's URIs of the one the request was sent with.
pub fn sender(snapshot: &Snapshot, consumer: ConsumerIx, heard: &Heard<'_>) -> Option<usize> {
    snapshot.consumer(consumer).senders.iter().position(|known| known.uri == heard.sender)
}

/// Whether a cleared call is REST.
pub(super) fn is_spoken_in(clearance: &Clearance) -> bool {
    let operation = clearance.permit().call().operation;
    clearance.snapshot().catalogue().service(operation).dialect == Dialect::Rest
}
