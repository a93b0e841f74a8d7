//! "May I?" on the consumers' listener: a consumer asks about itself, and nothing goes upstream.
//!
//! It has a place among the calls, the same bound on receiving, and is refused when a call would be; but it is no call,
//! and its record is another ([`crate::audit::Inquiry`]).

use std::panic::AssertUnwindSafe;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::authzen::{Asker, Bench, Exchange, LONGEST, Problem, Route};
use crate::config::Door;
use crate::proxy::body::AnswerBody;
use crate::proxy::connection::Peer;
use crate::proxy::departure::{Departure, Fault, Trouble};
use crate::proxy::worker::Worker;
use crate::proxy::{contained, head, intake};

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
    let walked = contained::run(AssertUnwindSafe(walk(worker, peer, exchange, route, request))).await;
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
    if let Err(problem) = exchange.check(&parts) {
        return exchange.fail(&problem);
    }
    if !route.asks() {
        let secure = matches!(worker.settings().listener.door, Door::Mutual(_));
        return exchange.configuration(&parts, if secure { "https" } else { "http" });
    }
    let (body, _place) = match received(worker, body).await {
        Ok(received) => received,
        Err(departure) => return exchange.fail(&problem(&departure)),
    };
    let generation = worker.generation();
    let expired = peer.has_expired(worker.clock().now());
    let consumer = peer.consumer(&generation.snapshot).filter(|_| !expired);
    let owner_names = worker.settings().filter.keeps_owner_names;
    let trail = worker.trail().clone();
    let bench = Bench { generation, today: worker.today(), owner_names, trail };
    exchange.answer(&body, Asker::Consumer(consumer), &bench).await
}

/// The whole body, and the place among the calls that is held until the answer is made.
async fn received(worker: &Worker, body: Incoming) -> Result<(Bytes, impl Sized), Departure> {
    let limits = &worker.settings().limits;
    let place = worker.enter()?;
    let until = Instant::now() + limits.receive;
    let whole = intake::whole(body, limits.request_body.min(LONGEST), until);
    Ok((worker.until().within(whole).await??, place))
}

fn problem(departure: &Departure) -> Problem {
    match departure {
        Departure::Fault(Fault::TooLarge { limit }) => Problem::TooLarge { limit: *limit },
        Departure::Fault(Fault::TooSlow | Fault::BrokenOff) => Problem::TooSlow,
        Departure::Trouble(Trouble::Busy) => Problem::Busy,
        Departure::Trouble(Trouble::StaleRegistry) => Problem::StaleRegistry,
        Departure::Trouble(Trouble::Draining | Trouble::Deadline) => Problem::Draining,
        _ => Problem::Internal,
    }
}
