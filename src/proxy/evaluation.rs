//! "May I?" on the consumers' listener: a consumer asks about itself, known as in its calls, and nothing goes upstream.
//!
//! It has a place among the calls, the same bound on receiving, and is refused when a call would be; but it is no call,
//! and its record is another ([`crate::audit::Inquiry`]).

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::authzen::{Asker, Bench, Exchange, LONGEST, Problem, Route};
use crate::config::Door;
use crate::identity::Token;
use crate::proxy::body::AnswerBody;
use crate::proxy::departure::{Departure, Fault, Trouble};
use crate::proxy::gate::Place;
use crate::proxy::peer::Peer;
use crate::proxy::refusal::throttled;
use crate::proxy::worker::Worker;
use crate::proxy::{bearer, contained, framing, head, intake};

/// The route of a request that asks about access, where consumers may.
pub(super) fn route<B>(worker: &Worker, request: &Request<B>) -> Option<Route> {
    worker.settings().evaluation.for_consumers.then(|| Route::of(request.uri())).flatten()
}

/// Answers one request.
pub(super) async fn answer(
    worker: &Worker,
    peer: &Peer,
    route: Route,
    request: Request<Incoming>,
) -> Response<AnswerBody> {
    let language = head::language(request.headers());
    let exchange = Exchange::begin(route, worker.generation(), "consumers", language);
    let walked =
        contained::run(worker.house(), AssertUnwindSafe(walk(worker, peer, exchange, route, request))).await;
    let answer = walked.unwrap_or_else(|_| Exchange::lost(language));
    answer.map(|text| AnswerBody::Said(Some(text)))
}

async fn walk(
    worker: &Worker,
    peer: &Peer,
    mut exchange: Exchange,
    route: Route,
    request: Request<Incoming>,
) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    if let Err(fault) = framing::check(&parts) {
        return exchange.fail(&problem(&fault.into()));
    }
    if let Err(problem) = exchange.check(&parts) {
        // Or the connection would be reset under an answer that nobody has read yet.
        let _ = received(worker, peer, &parts, body).await;
        return exchange.fail(&problem);
    }
    if !route.asks() {
        let secure = matches!(worker.settings().listener.door, Door::Mutual(_));
        return exchange.configuration(&parts, if secure { "https" } else { "http" });
    }
    let Received { body, token, _place } = match received(worker, peer, &parts, body).await {
        Ok(received) => received,
        Err(departure) => return exchange.fail(&problem(&departure)),
    };
    let generation = worker.generation();
    let snapshot = &generation.snapshot;
    let (_, caller) = peer.proven(worker, &parts.headers, snapshot, token.as_deref());
    let owner_names = worker.settings().filter.keeps_owner_names;
    let trail = worker.trail().clone();
    let bench = Bench { generation, today: worker.today(), owner_names, trail };
    exchange.answer(&body, Asker::Consumer(caller.ok()), &bench).await
}

/// A request that is in, whole.
struct Received {
    body: Bytes,
    token: Option<Arc<Token>>,
    /// Among the calls, until the answer is made.
    _place: Place,
}

async fn received(
    worker: &Worker,
    peer: &Peer,
    parts: &Parts,
    body: Incoming,
) -> Result<Received, Departure> {
    let limits = &worker.settings().limits;
    let until = worker.until();
    let mut place = worker.enter()?;
    let snapshot = &worker.generation().snapshot;
    let token = bearer::of_call(worker, peer, parts, &until).await;
    let shown = token.as_ref().map(Option::as_deref);
    let known = peer.consumer(worker, &parts.headers, snapshot).unwrap_or(None);
    let consumer = peer.payer(worker, &parts.headers, snapshot, known, shown);
    let received = Instant::now() + limits.receive;
    // Before anything is refused: clients lose an answer that comes before their request is in.
    let body = until.within(intake::whole(body, limits.request_body.min(LONGEST), received)).await?;
    worker.charge(&mut place, snapshot, consumer)?;
    Ok(Received { token: token?, body: body?, _place: place })
}

fn problem(departure: &Departure) -> Problem {
    match departure {
        Departure::Fault(Fault::TooLarge { limit }) => Problem::TooLarge { limit: *limit },
        Departure::Fault(Fault::TooSlow | Fault::BrokenOff) => Problem::TooSlow,
        Departure::Fault(Fault::Malformed(what)) => Problem::Malformed(what),
        Departure::Fault(Fault::Challenged(challenge)) => Problem::Challenged {
            status: departure.status(),
            header: challenge.header(),
            what: challenge.what(),
        },
        Departure::Trouble(Trouble::TokenUnverifiable) => Problem::Unverifiable,
        Departure::Throttled(throttled) => Problem::Throttled { wait: throttled::wait(throttled) },
        Departure::Trouble(Trouble::Busy) => Problem::Busy,
        Departure::Trouble(Trouble::StaleRegistry) => Problem::StaleRegistry,
        Departure::Trouble(Trouble::Draining | Trouble::Deadline) => Problem::Draining,
        _ => Problem::Internal,
    }
}
