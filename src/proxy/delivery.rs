//! Brings an answer to the consumer, without what it has no basis for.
//!
//! Up to a bound the filtered answer is held back: a fault in it becomes a clean 502, and a whole one
//! gets its true length. What is longer is streamed: a pump of its own reads the upstream and fills a
//! small channel, so that the call's deadline frees upstream and place even while the consumer reads
//! slowly, and no answer asks for more memory than another. A fault beyond the bound cuts it.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use poortwachter_kernel::redact::xml::Fault;
use poortwachter_kernel::tripwire::Mode;
use poortwachter_kernel::vocab::Field;
use tokio::sync::mpsc;

use crate::audit::{Clearance, Ending, Outcome, Trace};
use crate::proxy::body::{AnswerBody, Passage, Whole};
use crate::proxy::departure::Trouble;
use crate::proxy::drain::Until;
use crate::proxy::gate::Place;
use crate::proxy::redactor::Redactor;
use crate::proxy::upstream::{Arrived, Failed, Lease};
use crate::proxy::{head, tripwire, worker::Worker};
use crate::telemetry::meters::House;

/// The consumer's answer to a cleared call whose upstream answers.
pub(super) async fn redacted(
    worker: &Worker,
    arrived: Arrived,
    place: Place,
    until: Until,
) -> Result<Response<AnswerBody>, Failed> {
    let Arrived { clearance, response, lease } = arrived;
    let (parts, body) = response.into_parts();
    if let Err(trouble) = acceptable(parts.status, &parts.headers) {
        return Err(Failed { trouble, clearance });
    }
    let mut answer = Response::new(AnswerBody::Said(None));
    *answer.status_mut() = parts.status;
    *answer.headers_mut() = headers(&parts.headers, &clearance);

    let mut flow = Flow::new(body, clearance, parts.status, worker.settings().tripwire);
    let limit = worker.settings().limits.held_back;
    match until.within(flow.hold(limit)).await.flatten() {
        Err(trouble) => return Err(Failed { trouble, clearance: flow.clearance }),
        Ok(Held::Whole) => {
            lease.give_back();
            *answer.body_mut() = flow.whole(place);
        }
        Ok(Held::Part) => *answer.body_mut() = flow.stream(worker, lease, place, until),
    }
    Ok(answer)
}

/// Whether the answer is a document that can be filtered.
fn acceptable(status: StatusCode, headers: &HeaderMap) -> Result<(), Trouble> {
    let bodiless = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::PARTIAL_CONTENT];
    if status.is_informational() || status.is_redirection() || bodiless.contains(&status) {
        return Err(Trouble::Withheld("status"));
    }
    if !head::is_plain(headers) {
        return Err(Trouble::Withheld("content-encoding"));
    }
    if !head::is_xml(headers) {
        return Err(Trouble::Withheld("content-type"));
    }
    Ok(())
}

/// What of the upstream's headers stays true of the filtered answer and holds nothing of it.
const PASSED: [HeaderName; 6] = [
    header::CONTENT_TYPE,
    header::CONTENT_LANGUAGE,
    header::DATE,
    header::RETRY_AFTER,
    HeaderName::from_static("x-correlation-id"),
    HeaderName::from_static("x-request-id"),
];

/// Names the kinds of fields that were removed, or would have been if they were there.
const REMOVES: HeaderName = HeaderName::from_static("poortwachter-removes");
/// How long the grant lets the consumer keep the answer.
const RETENTION: HeaderName = HeaderName::from_static("poortwachter-retention");

fn headers(upstream: &HeaderMap, clearance: &Clearance) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in &PASSED {
        if let Some(value) = upstream.get(name) {
            headers.insert(name, value.clone());
        }
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(Trace::HEADER, head::trace_value(clearance.trace()));
    let removes = clearance.permit().removes();
    let names: Vec<_> = removes.iter().map(Field::name).collect();
    if let (false, Ok(value)) = (removes.is_empty(), HeaderValue::from_str(&names.join(", "))) {
        headers.insert(REMOVES, value);
    }
    let grant = clearance.snapshot().grant(clearance.permit().grant());
    if let Ok(value) = HeaderValue::from_str(&grant.retention) {
        headers.insert(RETENTION, value);
    }
    headers
}

/// One answer on its way through the filter.
#[derive(Debug)]
struct Flow {
    incoming: Incoming,
    redactor: Box<Redactor>,
    clearance: Clearance,
    status: StatusCode,
    held: BytesMut,
    /// Bytes given to the consumer's side.
    bytes: u64,
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

impl Flow {
    fn new(incoming: Incoming, clearance: Clearance, status: StatusCode, mode: Mode) -> Self {
        let redactor = Redactor::new(clearance.permit().reveals());
        let redactor = Box::new(redactor.watched(tripwire::over(&clearance, mode)));
        Self { incoming, redactor, clearance, status, held: BytesMut::new(), bytes: 0 }
    }

    /// Holds back what may leave, until the end or until `limit` is passed.
    async fn hold(&mut self, limit: usize) -> Result<Held, Trouble> {
        let promised = usize::try_from(self.incoming.size_hint().lower()).unwrap_or(limit);
        self.held.reserve(promised.min(limit));
        while self.held.len() <= limit {
            let Some(chunk) = self.next().await? else {
                return self.redactor.finish().map(|()| Held::Whole).map_err(withheld);
            };
            self.redactor.pour(&chunk, &mut self.held);
        }
        Ok(Held::Part)
    }

    /// The next chunk, already through the filter.
    async fn next(&mut self) -> Result<Option<Bytes>, Trouble> {
        while let Some(frame) = self.incoming.frame().await {
            let Ok(chunk) = frame.map_err(|_| Trouble::BrokenOff)?.into_data() else { continue };
            let operation = self.clearance.permit().call().operation;
            let program = self.clearance.snapshot().catalogue().program(operation);
            self.redactor.feed(program, &chunk).map_err(withheld)?;
            let watched = self.redactor.watch(&chunk);
            self.clearance.alarmed(self.redactor.alarm());
            watched.map_err(|_| Trouble::Withheld(tripwire::FAULT))?;
            return Ok(Some(chunk));
        }
        Ok(None)
    }

    /// The answer, when all of it was held back.
    fn whole(mut self, place: Place) -> AnswerBody {
        let bytes = self.held.split().freeze();
        self.bytes = bytes.len() as u64;
        let ending = self.ending(Outcome::Allowed, None);
        AnswerBody::Whole(Some(Box::new(Whole { bytes, clearance: self.clearance, ending, place })))
    }

    fn ending(&self, outcome: Outcome, fault: Option<&'static str>) -> Ending {
        let (status, bytes) = (self.status.as_u16(), self.bytes);
        let (removed, released) = (self.redactor.removed(), self.redactor.released());
        Ending { outcome, status, bytes, removed, released, fault }
    }

    /// The answer, when there is more of it.
    fn stream(mut self, worker: &Worker, lease: Lease, place: Place, until: Until) -> AnswerBody {
        let (to, rest) = mpsc::channel(WAITING);
        let first = self.held.split().freeze();
        self.bytes = first.len() as u64;
        tokio::task::spawn_local(self.pump(Arc::clone(worker.house()), lease, place, until, to));
        AnswerBody::Streamed { first: Some(first), rest, ended: false }
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
        self.clearance.close(ending);
        drop(place);
        if let Ok(end) = flown {
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
            let Some(chunk) = next else { break };
            let passed = self.redactor.passed(&chunk);
            self.bytes += passed.len() as u64;
            if !passed.is_empty() {
                to.send(Passage::Bytes(passed)).await.map_err(|_| Stop::Gone)?;
            }
        }
        self.redactor.finish().map_err(|fault| Stop::Trouble(withheld(fault)))?;
        to.reserve().await.map_err(|_| Stop::Gone)
    }
}

fn withheld(fault: Fault) -> Trouble {
    Trouble::Withheld(fault.name())
}
