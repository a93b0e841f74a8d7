//! The line of a call, top to bottom.
//!
//! Head, body, snapshot, principal, envelope, verdict, clearance, upstream, delivery. Whatever leaves the
//! line does so as one [`Departure`], which is answered and recorded in one place.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use poortwachter_kernel::Permit;
use poortwachter_kernel::peek::soap;
use poortwachter_kernel::vocab::CapacityIx;
use tokio::time::Instant;

use crate::audit::{self, Draft, Ending, Unrecorded};
use crate::law::telling::Language;
use crate::proxy::answer::Asked;
use crate::proxy::body::AnswerBody;
use crate::proxy::connection::Peer;
use crate::proxy::departure::{Departure, Fault, Refused, Trouble};
use crate::proxy::refusal::{self, Echo};
use crate::proxy::worker::Worker;
use crate::proxy::{contained, delivery, head, intake, verdict};

/// Answers one call.
pub(super) async fn answer(worker: &Worker, peer: &Peer, request: Request<Incoming>) -> Response<AnswerBody> {
    let language = head::language(request.headers());
    let generation = worker.generation();
    let mut draft = Draft::begin(Arc::clone(&generation), worker.trail());
    draft.asked_by(peer.consumer(&generation.snapshot));
    let walked = contained::run(AssertUnwindSafe(walk(worker, peer, &mut draft, request))).await;
    match walked.unwrap_or_else(|_| Err(Trouble::Internal.into())) {
        Ok(answer) => answer,
        Err(departure) => depart(worker, &mut draft, departure, language).await,
    }
}

async fn walk(
    worker: &Worker,
    peer: &Peer,
    draft: &mut Draft,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Departure> {
    let limits = &worker.settings().limits;
    let until = worker.until();
    let place = worker.enter()?;
    draft.has_room()?;

    let (parts, body) = request.into_parts();
    head::check(&parts)?;
    let received = Instant::now() + limits.receive;
    let body = until.within(intake::whole(body, limits.request_body, received)).await??;

    let permit = judge(worker, peer, draft, &parts, &body)?;
    let opened = tokio::time::timeout(PATIENCE, audit::open(permit, draft));
    let clearance = until.within(opened).await?.unwrap_or(Err(Unrecorded))?;

    let asked = Asked::of(&parts.headers);
    let sent = worker.upstream().send(clearance, parts, body, &until).await;
    let arrived = sent.map_err(|failed| failed.back(draft))?;
    let delivered = delivery::redacted(worker, arrived, &asked, place, until).await;
    delivered.map_err(|failed| failed.back(draft))
}

/// Who asks what, and whether that may: snapshot, envelope, principal, verdict.
fn judge(
    worker: &Worker,
    peer: &Peer,
    draft: &mut Draft,
    parts: &Parts,
    body: &Bytes,
) -> Result<Permit, Departure> {
    let generation = worker.generation();
    draft.judged_under(&generation);
    let snapshot = &*generation.snapshot;
    let expired = peer.has_expired(worker.clock().now());
    let consumer = peer.consumer(snapshot).filter(|_| !expired);
    draft.asked_by(consumer);
    let envelope = soap::read(body, snapshot.catalogue().person_elements())
        .map_err(|unreadable| Fault::Unreadable { what: unreadable.fault.name(), at: unreadable.at })?;
    draft.sent_with(consumer.and_then(|consumer| verdict::sender(snapshot, consumer, &envelope)));
    let capacity = consumer.map(|consumer| verdict::capacity(snapshot, consumer, &envelope));
    draft.asks(&envelope, capacity.unwrap_or(CapacityIx::NONE));
    // With its query, if any: no service of the catalogue has one, so such a path is unknown.
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let day = worker.today();
    match verdict::weigh(snapshot, consumer, path, &envelope, day) {
        Ok(permit) => Ok(permit),
        Err(against) => {
            draft.refused(against.operation, against.reason.rule());
            if let Some(operation) = against.operation {
                draft.concerns(verdict::sources(snapshot.catalogue().service(operation), &envelope));
            }
            let echo = Echo::of(&envelope);
            Err(Departure::Refused(Box::new(Refused { against, consumer, day, echo })))
        }
    }
}

/// How long a record may take to be written.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Records and answers a call that left the line. Without a record, that is all the answer says.
async fn depart(
    worker: &Worker,
    draft: &mut Draft,
    departure: Departure,
    language: Language,
) -> Response<AnswerBody> {
    if let Departure::Trouble(trouble) = &departure {
        trouble.upstream_kind().into_iter().for_each(|kind| worker.house().count_upstream_error(kind));
    }
    let (said, ending) = told(worker, draft, &departure, language);
    let settled = tokio::time::timeout(PATIENCE, draft.settle(ending)).await;
    let (said, ending) = if let Ok(Ok(())) = settled {
        (said, ending)
    } else {
        worker.trail().count_refused();
        told(worker, draft, &Trouble::Unrecorded.into(), language)
    };
    draft.close(ending);
    said.map(|text| AnswerBody::Said(Some(text)))
}

/// What a departure is answered with, and how that stands on record.
fn told(
    worker: &Worker,
    draft: &Draft,
    departure: &Departure,
    language: Language,
) -> (Response<Bytes>, Ending) {
    let said = refusal::render(departure, draft, worker, language);
    let (status, bytes) = (said.status().as_u16(), said.body().len() as u64);
    (said, Ending::unanswered(departure.outcome(), status, bytes, departure.withheld()))
}
