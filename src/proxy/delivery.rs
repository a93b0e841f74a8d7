//! Brings an answer to the consumer, without what it has no basis for.
//!
//! It is opened (`wire`: codings, parts, character set), filtered, and coded again where the consumer accepts that.
//! Up to a bound the filtered answer is held back: a fault in it becomes a clean 502, and a whole one
//! gets its true length. What is longer is streamed: a pump of its own reads the upstream and fills a
//! small channel, so that the call's deadline frees upstream and place even while the consumer reads
//! slowly, and no answer asks for more memory than another. A fault beyond the bound cuts it.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use poortwachter_kernel::redact::json::{Body, Form};
use poortwachter_kernel::redact::program::Program;
use poortwachter_kernel::redact::{Tally, Terms};
use poortwachter_kernel::vocab::{Groups, Kind};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use crate::audit::{Clearance, Digests, Ending, Outcome, Unrecorded};
use crate::config::{Filter, Gateway, Limits};
use crate::proxy::answer::{self, Asked};
use crate::proxy::body::{AnswerBody, Passage, Whole};
use crate::proxy::call::PATIENCE;
use crate::proxy::departure::Trouble;
use crate::proxy::drain::Until;
use crate::proxy::gate::Place;
use crate::proxy::redactor::{Redactor, Withheld};
use crate::proxy::rest::{self, errors};
use crate::proxy::tripwire;
use crate::proxy::upstream::{Arrived, Failed, Lease};
use crate::proxy::worker::Worker;
use crate::telemetry::meters::House;
use crate::wire::{self, Attachments, Budget, Opener, Packer, Piece, Wrapping};

/// The consumer's answer to a cleared call whose upstream answers.
pub(super) async fn redacted(
    worker: &Worker,
    arrived: Arrived,
    asked: &Asked,
    place: Place,
    until: Until,
) -> Result<Response<AnswerBody>, Failed> {
    let Arrived { clearance, response, lease } = arrived;
    let (parts, body) = response.into_parts();
    if let Err(trouble) = acceptable(parts.status) {
        return Err(Failed { trouble, clearance });
    }
    let headers = answer::headers(&parts.headers, asked, &clearance);
    let in_rest = rest::is_spoken_in(&clearance);
    if parts.status == StatusCode::NO_CONTENT || asked.head_only || in_rest && body.is_end_stream() {
        // The connection is not kept: what an upstream sends behind a 204 is nobody's.
        return empty(parts.status, headers, clearance, &until).await;
    }
    let limits = &worker.settings().limits;
    let wrapping = if in_rest { Wrapping::of_json(&parts.headers) } else { Wrapping::of(&parts.headers) };
    let attachments = attachments(&clearance);
    let opened =
        wrapping.map_err(closed).and_then(|wrapping| Opened::of(&wrapping, asked, attachments, limits));
    let opened = match opened {
        Ok(opened) => opened,
        Err(trouble) => return Err(Failed { trouble, clearance }),
    };
    if in_rest && (opened.is_problem || is_error(parts.status)) {
        let mut digests: Option<Box<Hashing>> = clearance.wants_digests().then(Box::default);
        let seen = |chunk: &Bytes| digests.iter_mut().for_each(|digests| digests.before.update(chunk));
        let read = until.within(errors::whole(body, opened.opener, seen)).await.flatten();
        return match read.and_then(|text| errors::rewritten(&text, parts.status)) {
            Ok((bytes, masked)) => {
                lease.give_back();
                if let Some(digests) = &mut digests {
                    digests.after.update(&bytes);
                    clearance.hashed(&digests.so_far());
                }
                let ending = ending_of_error(parts.status, &bytes, masked);
                let answer = error(parts.status, headers);
                let body = whole(bytes, clearance, ending, place, &until).await?;
                Ok(answer.map(|()| body))
            }
            Err(trouble) => Err(Failed { trouble, clearance }),
        };
    }

    let mut answer = Response::new(AnswerBody::Said(None));
    *answer.status_mut() = parts.status;
    *answer.headers_mut() = headers;
    opened.tell(answer.headers_mut());
    let mut flow = Flow::new(body, opened, clearance, parts.status, worker.settings());
    let held = until.within(flow.hold(limits.held_back)).await.flatten();
    if flow.redactor.tally().unsigned {
        answer::tell_signature(answer.headers_mut());
    }
    let ready = held.and_then(|held| flow.ready(&held).map(|bytes| (held, bytes)));
    *answer.body_mut() = match ready {
        Ok((Held::Whole, bytes)) => {
            lease.give_back();
            let (clearance, ending) = flow.ended(&bytes);
            whole(bytes, clearance, ending, place, &until).await?
        }
        Ok((Held::Part, first)) => flow.stream(worker, first, lease, place, until),
        Err(trouble) => return Err(Failed { trouble, clearance: flow.clearance }),
    };
    Ok(answer)
}

/// Whether an answer with this status is a document that can be filtered, or nothing: not a part of one, not a
/// difference to one (RFC 3229), and not the advice to ask elsewhere.
fn acceptable(status: StatusCode) -> Result<(), Trouble> {
    let partial = [StatusCode::RESET_CONTENT, StatusCode::PARTIAL_CONTENT, StatusCode::IM_USED];
    if status.is_informational() || status.is_redirection() || partial.contains(&status) {
        return Err(Trouble::Withheld(STATUS));
    }
    Ok(())
}

/// The answer to a cleared call that says nothing: it succeeded and has nothing to say (RFC 9110 §15.3.5), or only its
/// head was asked. Nobody asks for its body, so its record is closed at once.
async fn empty(
    status: StatusCode,
    headers: HeaderMap,
    mut clearance: Clearance,
    until: &Until,
) -> Result<Response<AnswerBody>, Failed> {
    let ending = Ending::unanswered(Outcome::Allowed, status.as_u16(), 0, None);
    if let Err(trouble) = settled(&mut clearance, ending, until).await {
        return Err(Failed { trouble, clearance });
    }
    clearance.close(ending);
    let mut answer = Response::new(AnswerBody::Said(None));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}

/// Puts the end of an answer on record, before its last byte leaves.
async fn settled(clearance: &mut Clearance, ending: Ending, until: &Until) -> Result<(), Trouble> {
    let settled = tokio::time::timeout(PATIENCE, clearance.settle(ending));
    until.within(settled).await?.unwrap_or(Err(Unrecorded)).map_err(|Unrecorded| Trouble::Unrecorded)
}

/// Whether an answer of a REST service with this status is an error, whatever it says of itself.
fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// How a call ends whose source answers with an error: with the numbers that were masked in it.
fn ending_of_error(status: StatusCode, bytes: &Bytes, masked: u32) -> Ending {
    let mut tally = Tally::NOTHING;
    tally.removed[Kind::ErrorText.at()] = masked;
    let (status, bytes) = (status.as_u16(), bytes.len() as u64);
    Ending { outcome: Outcome::Allowed, status, bytes, tally, fault: None }
}

/// The head of an error of a REST service, written anew.
fn error(status: StatusCode, mut headers: HeaderMap) -> Response<()> {
    headers.insert(header::CONTENT_TYPE, errors::CONTENT_TYPE);
    let mut answer = Response::new(());
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}

/// A whole answer, once its end is on record.
async fn whole(
    bytes: Bytes,
    mut clearance: Clearance,
    ending: Ending,
    place: Place,
    until: &Until,
) -> Result<AnswerBody, Failed> {
    match settled(&mut clearance, ending, until).await {
        Ok(()) => Ok(AnswerBody::Whole(Some(Box::new(Whole { bytes, clearance, ending, place })))),
        Err(trouble) => Err(Failed { trouble, clearance }),
    }
}

/// What is done with parts beside the document: nothing looks into them, so they pass only where the service has
/// no personal fields at all, and the grant is for all of its answers.
fn attachments(clearance: &Clearance) -> Attachments {
    let permit = clearance.permit();
    let open = program(clearance).is_empty() && permit.groups().has(Groups::EVERYTHING);
    if open { Attachments::Pass } else { Attachments::Refuse }
}

/// What of the answer to a call is personal.
fn program(clearance: &Clearance) -> &Program<'static> {
    clearance.snapshot().catalogue().program(clearance.permit().call().operation)
}

/// On what terms the answer to a call leaves.
fn terms(clearance: &Clearance, filter: Filter) -> Terms {
    let permit = clearance.permit();
    Terms {
        reveals: permit.reveals(),
        groups: permit.groups(),
        signed: filter.signed,
        owner_names: filter.keeps_owner_names,
    }
}

/// How an answer is opened, and coded again.
struct Opened {
    opener: Opener,
    packer: Option<Packer>,
    content_type: HeaderValue,
    /// How a document in JSON holds its values; `None`: it is XML.
    json: Option<Form>,
    /// It says that it is an error.
    is_problem: bool,
}

impl Opened {
    fn of(
        wrapping: &Wrapping,
        asked: &Asked,
        attachments: Attachments,
        limits: &Limits,
    ) -> Result<Self, Trouble> {
        let budget = Budget { decoded: limits.decoded, ratio: limits.decoded_ratio };
        let boundary = if wrapping.has_parts() { new_boundary() } else { String::new() };
        let opener = Opener::new(wrapping, budget, attachments, &boundary).map_err(closed)?;
        let coding = asked.accept.choose(wrapping.coding());
        let packer = coding.map(Packer::new).transpose().map_err(|_| Trouble::Internal)?;
        let content_type = wrapping.content_type(&boundary, attachments).ok_or(Trouble::Internal)?;
        let form = if wrapping.has_lines() { Form::Lines } else { Form::Document };
        let json = wrapping.is_json().then_some(form);
        Ok(Self { opener, packer, content_type, json, is_problem: wrapping.is_problem() })
    }

    /// Type and coding of the answer that leaves.
    fn tell(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        if let Some(packer) = &self.packer {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(packer.name()));
        }
    }
}

/// One that nobody can have written into an answer.
fn new_boundary() -> String {
    format!("poortwachter-{}", uuid::Uuid::new_v4())
}

/// One answer on its way through the filter.
#[derive(Debug)]
struct Flow {
    incoming: Incoming,
    /// All of it is in.
    arrived: bool,
    opener: Opener,
    redactor: Box<Redactor>,
    packer: Option<Packer>,
    clearance: Clearance,
    /// Where the trail keeps them.
    digests: Option<Box<Hashing>>,
    status: StatusCode,
    /// What may leave and was not coded yet.
    held: BytesMut,
    /// Bytes given to the consumer's side.
    bytes: u64,
    /// Bytes of text read since other calls were let in between.
    read: usize,
}

/// What an answer will be known by.
#[derive(Debug, Default)]
struct Hashing {
    /// As it came.
    before: Sha256,
    /// As it left.
    after: Sha256,
}

impl Hashing {
    fn so_far(&self) -> Digests {
        let of = |hash: &Sha256| hash.clone().finalize().into();
        Digests { before: of(&self.before), after: of(&self.after) }
    }
}

/// How much of an answer was held back.
enum Held {
    Whole,
    Part,
}

/// Why a stream stops.
enum Stop {
    Trouble(Trouble),
    Gone,
}

/// Chunks that wait for a consumer that reads slowly.
const WAITING: usize = 2;

/// How much text is read before other calls are let in between: what decodes to much must not hold up a worker, nor
/// outlast its deadline.
const TURN: usize = 256 << 10;

/// What a pause of the opener stands for: it reads so much at most for nothing.
const WORK: usize = 64 << 10;

impl Flow {
    fn new(
        incoming: Incoming,
        opened: Opened,
        clearance: Clearance,
        status: StatusCode,
        settings: &Gateway,
    ) -> Self {
        let Opened { opener, packer, content_type: _, json, is_problem: _ } = opened;
        let terms = terms(&clearance, settings.filter);
        let redactor = match json {
            Some(form) => Redactor::of_json(form, Body::Bare, terms),
            None => Redactor::new(terms),
        };
        let redactor = Box::new(redactor.watched(tripwire::over(&clearance, settings.tripwire)));
        let held = BytesMut::new();
        let digests = clearance.wants_digests().then(Box::default);
        Self {
            incoming,
            arrived: false,
            opener,
            redactor,
            packer,
            clearance,
            digests,
            status,
            held,
            bytes: 0,
            read: 0,
        }
    }

    /// Holds back what may leave, until the end or until `limit` is passed.
    async fn hold(&mut self, limit: usize) -> Result<Held, Trouble> {
        let promised = usize::try_from(self.incoming.size_hint().lower()).unwrap_or(limit);
        self.held.reserve(promised.min(limit));
        while self.held.len() <= limit {
            match self.next().await? {
                None => return Ok(Held::Whole),
                Some(Passing::Text(text)) => self.redactor.pour(&text, &mut self.held),
                Some(Passing::Aside(bytes)) => self.held.extend_from_slice(&bytes),
            }
        }
        Ok(Held::Part)
    }

    /// What passes next. The document is known to be whole before anything behind it passes.
    async fn next(&mut self) -> Result<Option<Passing>, Trouble> {
        loop {
            match self.opener.piece().map_err(closed)? {
                Some(Piece::Text(text)) => {
                    self.filter(&text)?;
                    self.take_turns(text.len()).await;
                    return Ok(Some(Passing::Text(text)));
                }
                Some(Piece::DocumentEnd) => {
                    let finished = self.redactor.finish(program(&self.clearance));
                    self.note(finished)?;
                    return Ok(Some(Passing::Text(Bytes::new())));
                }
                Some(Piece::Aside(bytes)) => return Ok(Some(Passing::Aside(bytes))),
                Some(Piece::Pause) => self.take_turns(WORK).await,
                None if self.arrived => return Ok(None),
                None => self.arrive().await?,
            }
        }
    }

    fn filter(&mut self, text: &[u8]) -> Result<(), Trouble> {
        let fed = self.redactor.feed(program(&self.clearance), text);
        self.note(fed)
    }

    /// Puts on record what the tripwire found, whether the answer goes on or not.
    fn note(&mut self, read: Result<(), Withheld>) -> Result<(), Trouble> {
        self.clearance.alarmed(self.redactor.alarm());
        read.map_err(|withheld| Trouble::Withheld(withheld.name()))
    }

    async fn take_turns(&mut self, read: usize) {
        self.read += read;
        if self.read >= TURN {
            self.read = 0;
            tokio::task::yield_now().await;
        }
    }

    /// Takes the next bytes in; trailers are left behind.
    async fn arrive(&mut self) -> Result<(), Trouble> {
        match self.incoming.frame().await {
            None => {
                self.arrived = true;
                self.opener.end();
            }
            Some(frame) => {
                if let Ok(chunk) = frame.map_err(|_| Trouble::BrokenOff)?.into_data() {
                    self.digests.iter_mut().for_each(|digests| digests.before.update(&chunk));
                    self.opener.give(chunk);
                }
            }
        }
        Ok(())
    }

    /// These bytes as they leave.
    fn packed(&mut self, bytes: Bytes) -> Result<Bytes, Trouble> {
        let packed = match &mut self.packer {
            None => Ok(bytes),
            Some(packer) => packer.pack(&bytes).map_err(|_| Trouble::Internal),
        };
        self.leaves(packed)
    }

    /// Hashes what leaves.
    fn leaves(&mut self, bytes: Result<Bytes, Trouble>) -> Result<Bytes, Trouble> {
        if let (Some(digests), Ok(bytes)) = (&mut self.digests, &bytes) {
            digests.after.update(bytes);
        }
        bytes
    }

    /// The rest of the coding, if there is one.
    fn packed_end(&mut self) -> Result<Bytes, Trouble> {
        let end = self.packer.take().map(|packer| packer.finish().map_err(|_| Trouble::Internal));
        self.leaves(end.unwrap_or(Ok(Bytes::new())))
    }

    /// What was held back, as it leaves; with the end of the coding where it is whole.
    fn ready(&mut self, held: &Held) -> Result<Bytes, Trouble> {
        let bytes = self.held.split().freeze();
        let start = self.packed(bytes)?;
        let end = match held {
            Held::Whole => self.packed_end()?,
            Held::Part => Bytes::new(),
        };
        Ok(if end.is_empty() { start } else { [start, end].concat().into() })
    }

    /// The answer, when all of it was held back, up to its record.
    fn ended(mut self, bytes: &Bytes) -> (Clearance, Ending) {
        self.bytes = bytes.len() as u64;
        let ending = self.ending(Outcome::Allowed, None);
        (self.clearance, ending)
    }

    fn ending(&self, outcome: Outcome, fault: Option<&'static str>) -> Ending {
        if let Some(digests) = &self.digests {
            self.clearance.hashed(&digests.so_far());
        }
        let (status, bytes) = (self.status.as_u16(), self.bytes);
        Ending { outcome, status, bytes, tally: self.redactor.tally(), fault }
    }

    /// The answer, when there is more of it.
    fn stream(
        mut self,
        worker: &Worker,
        first: Bytes,
        lease: Lease,
        place: Place,
        until: Until,
    ) -> AnswerBody {
        let (to, rest) = mpsc::channel(WAITING);
        self.bytes = first.len() as u64;
        tokio::task::spawn_local(self.pump(Arc::clone(worker.house()), lease, place, until, to));
        AnswerBody::Streamed { first: Some(first).filter(|first| !first.is_empty()), rest, ended: false }
    }

    async fn pump(
        mut self,
        house: Arc<House>,
        lease: Lease,
        place: Place,
        until: Until,
        to: mpsc::Sender<Passage>,
    ) {
        let flown = until.within(self.flow(&to)).await.unwrap_or_else(|trouble| Err(Stop::Trouble(trouble)));
        let (outcome, fault) = match &flown {
            Ok(_) => (Outcome::Allowed, None),
            Err(Stop::Gone) => (Outcome::Abandoned, None),
            Err(Stop::Trouble(trouble)) => {
                trouble.upstream_kind().into_iter().for_each(|kind| house.count_upstream_error(kind));
                (trouble.outcome(), trouble.withheld())
            }
        };
        let ending = self.ending(outcome, fault);
        // Not within the call's deadline: what was cut by that is put on record, too.
        let recorded = tokio::time::timeout(PATIENCE, self.clearance.settle(ending)).await;
        self.clearance.close(ending);
        drop(place);
        // Without its record an answer does not end: it is cut.
        if let (Ok(end), Ok(Ok(()))) = (flown, recorded) {
            lease.give_back();
            end.send(Passage::End);
        }
    }

    /// Pumps until the end of the document, and gives the place in the channel to say so.
    async fn flow<'a>(&mut self, to: &'a mpsc::Sender<Passage>) -> Result<mpsc::Permit<'a, Passage>, Stop> {
        loop {
            let next = tokio::select! {
                biased;
                () = to.closed() => return Err(Stop::Gone),
                next = self.next() => next.map_err(Stop::Trouble)?,
            };
            let passed = match next {
                None => break,
                Some(Passing::Text(text)) => self.redactor.passed(&text),
                Some(Passing::Aside(bytes)) => bytes,
            };
            let packed = self.packed(passed).map_err(Stop::Trouble)?;
            self.pass(packed, to).await?;
        }
        let end = self.packed_end().map_err(Stop::Trouble)?;
        self.pass(end, to).await?;
        to.reserve().await.map_err(|_| Stop::Gone)
    }

    async fn pass(&mut self, bytes: Bytes, to: &mpsc::Sender<Passage>) -> Result<(), Stop> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.bytes += bytes.len() as u64;
        to.send(Passage::Bytes(bytes)).await.map_err(|_| Stop::Gone)
    }
}

/// What passes of an answer.
enum Passing {
    /// Some of the document, of which the redactor knows what may leave.
    Text(Bytes),
    /// What leaves as it is.
    Aside(Bytes),
}

/// The reason to withhold an answer that has no document in it.
const STATUS: &str = "status";

fn closed(fault: wire::Fault) -> Trouble {
    Trouble::Withheld(fault.name())
}
