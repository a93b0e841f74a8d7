//! The line of a call, top to bottom.
//!
//! Head, body, snapshot, principal, envelope, verdict, clearance, upstream, delivery. Whatever leaves the
//! line does so as one [`Departure`], which is answered and recorded in one place.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use poortwachter_kernel::peek::soap;
use tokio::time::Instant;

use crate::audit::{self, Clearance, Draft, Ending};
use crate::law::telling::Language;
use crate::proxy::answer::Asked;
use crate::proxy::body::AnswerBody;
use crate::proxy::connection::Peer;
use crate::proxy::departure::{Departure, Fault, Refused, Trouble};
use crate::proxy::refusal::{self, Echo};
use crate::proxy::rest::{self, Heard, Spoken};
use crate::proxy::worker::Worker;
use crate::proxy::{contained, delivery, head, intake, verdict};

/// Answers one call.
pub(super) async fn answer(worker: &Worker, peer: &Peer, request: Request<Incoming>) -> Response<AnswerBody> {
    let language = head::language(request.headers());
    let generation = worker.generation();
    let spoken = rest::spoken(worker.settings(), generation.snapshot.catalogue(), &request);
    let mut draft = Draft::begin(Arc::clone(&generation));
    draft.asked_by(peer.consumer(&generation.snapshot));
    let walked = contained::run(AssertUnwindSafe(walk(worker, peer, &mut draft, request, &spoken))).await;
    match walked.unwrap_or_else(|_| Err(Trouble::Internal.into())) {
        Ok(answer) => answer,
        Err(departure) => depart(worker, &mut draft, &departure, language, &spoken),
    }
}

async fn walk(
    worker: &Worker,
    peer: &Peer,
    draft: &mut Draft,
    request: Request<Incoming>,
    spoken: &Spoken,
) -> Result<Response<AnswerBody>, Departure> {
    let limits = &worker.settings().limits;
    let until = worker.until();
    let place = worker.enter()?;

    let (parts, body) = request.into_parts();
    let generation = worker.generation();
    let heard = rest::check(spoken, generation.snapshot.catalogue(), worker.settings(), &parts)?;
    let received = Instant::now() + limits.receive;
    let body = until.within(intake::whole(body, limits.request_body, received)).await??;

    let clearance = judge(worker, peer, draft, &parts, &body, heard)?;

    let asked = Asked::of(&parts);
    let sent = worker.upstream().send(clearance, parts, body, &until).await;
    let arrived = sent.map_err(|failed| failed.back(draft))?;
    let delivered = delivery::redacted(worker, arrived, &asked, place, until).await;
    delivered.map_err(|failed| failed.back(draft))
}

/// Who asks what, and whether that may: snapshot, envelope, principal, verdict, clearance.
fn judge(
    worker: &Worker,
    peer: &Peer,
    draft: &mut Draft,
    parts: &Parts,
    body: &Bytes,
    heard: Option<Heard<'_>>,
) -> Result<Clearance, Departure> {
    let generation = worker.generation();
    draft.judged_under(&generation);
    let snapshot = &*generation.snapshot;
    let expired = peer.has_expired(worker.clock().now());
    let consumer = peer.consumer(snapshot).filter(|_| !expired);
    draft.asked_by(consumer);
    let day = worker.today();
    if let Some(heard) = heard {
        return rest::judge(draft, snapshot, consumer, heard.with_body(body)?, day);
    }
    let envelope = soap::read(body, snapshot.catalogue().person_elements())
        .map_err(|unreadable| Fault::Unreadable { what: unreadable.fault.name(), at: unreadable.at })?;
    draft.sent_with(consumer.and_then(|consumer| verdict::sender(snapshot, consumer, &envelope)));
    // With its query, if any: no service of the catalogue has one, so such a path is unknown.
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    match verdict::weigh(snapshot, consumer, path, &envelope, day) {
        Ok(permit) => Ok(audit::open(permit, draft)),
        Err(against) => {
            draft.refused(against.operation, against.reason.rule());
            let echo = Echo::of(&envelope);
            Err(Departure::Refused(Box::new(Refused { against, consumer, day, echo })))
        }
    }
}

/// Answers and records a call that left the line.
fn depart(
    worker: &Worker,
    draft: &mut Draft,
    departure: &Departure,
    language: Language,
    spoken: &Spoken,
) -> Response<AnswerBody> {
    if let Departure::Trouble(trouble) = departure {
        trouble.upstream_kind().into_iter().for_each(|kind| worker.house().count_upstream_error(kind));
    }
    let said = refusal::render(departure, draft, worker, language, spoken);
    let (status, bytes) = (said.status().as_u16(), said.body().len() as u64);
    draft.close(Ending::unanswered(departure.outcome(), status, bytes, departure.withheld()));
    said.map(|text| AnswerBody::Said(Some(text)))
}
