//! The line of a call, top to bottom.
//!
//! Head, token, body, snapshot, principal, envelope, verdict, clearance, upstream, delivery. Whatever leaves the
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
use crate::identity::Token;
use crate::law::telling::Language;
use crate::proxy::answer::Asked;
use crate::proxy::body::AnswerBody;
use crate::proxy::departure::{Departure, Fault, Refused, Trouble};
use crate::proxy::drain::Until;
use crate::proxy::peer::Peer;
use crate::proxy::refusal::{self, Echo};
use crate::proxy::verdict::Against;
use crate::proxy::worker::Worker;
use crate::proxy::{bearer, contained, delivery, framing, head, intake, verdict};
use crate::registry::Snapshot;

/// Answers one call.
pub(super) async fn answer(worker: &Worker, peer: &Peer, request: Request<Incoming>) -> Response<AnswerBody> {
    let language = head::language(request.headers());
    let generation = worker.generation();
    let mut draft = Draft::begin(Arc::clone(&generation));
    let walk = walk(worker, peer, &generation.snapshot, &mut draft, request);
    let walked = contained::run(worker.house(), AssertUnwindSafe(walk)).await;
    match walked.unwrap_or_else(|_| Err(Trouble::Internal.into())) {
        Ok(answer) => answer,
        Err(departure) => depart(worker, &mut draft, &departure, language),
    }
}

async fn walk(
    worker: &Worker,
    peer: &Peer,
    snapshot: &Snapshot,
    draft: &mut Draft,
    request: Request<Incoming>,
) -> Result<Response<AnswerBody>, Departure> {
    let limits = &worker.settings().limits;
    let until = worker.until();
    let known = peer.consumer(worker, request.headers(), snapshot).unwrap_or(None);
    draft.asked_by(known);
    let mut place = worker.enter()?;
    let (mut parts, body) = request.into_parts();
    let token = introduced(worker, peer, &mut parts, &until).await;
    let consumer = match &token {
        Ok(token) => peer
            .caller(worker, &parts.headers, snapshot, token.as_deref())
            .map_or_else(|unproven| unproven.consumer, Some),
        Err(_) => known,
    };
    draft.asked_by(consumer);
    // Every call costs its consumer a part of its allowance, whatever becomes of it.
    worker.charge(&mut place, snapshot, consumer)?;
    let token = token?;
    let received = Instant::now() + limits.receive;
    let body = until.within(intake::whole(body, limits.request_body, received)).await??;

    let clearance = judge(worker, peer, token.as_deref(), draft, &parts, &body)?;

    let asked = Asked::of(&parts.headers);
    let sent = worker.upstream().send(clearance, parts, body, &until).await;
    let arrived = sent.map_err(|failed| failed.back(draft))?;
    let delivered = delivery::redacted(worker, arrived, &asked, place, until).await;
    delivered.map_err(|failed| failed.back(draft))
}

/// The token of a call whose head can be read in one way.
async fn introduced(
    worker: &Worker,
    peer: &Peer,
    parts: &mut Parts,
    until: &Until,
) -> Result<Option<Arc<Token>>, Departure> {
    framing::check(parts)?;
    head::check(parts)?;
    bearer::of_call(worker, peer, parts, until).await
}

/// Who asks what, and whether that may: snapshot, envelope, principal, verdict, clearance.
fn judge(
    worker: &Worker,
    peer: &Peer,
    token: Option<&Token>,
    draft: &mut Draft,
    parts: &Parts,
    body: &Bytes,
) -> Result<Clearance, Departure> {
    let generation = worker.generation();
    draft.judged_under(&generation);
    let snapshot = &*generation.snapshot;
    let known = peer.consumer(worker, &parts.headers, snapshot);
    let caller = peer.caller(worker, &parts.headers, snapshot, token);
    if let (Err(why), Err(_)) = (known, caller) {
        peer.doubt(worker, why);
    }
    let consumer = caller.map_or_else(|unproven| unproven.consumer, Some);
    draft.asked_by(consumer);
    let envelope = soap::read(body, snapshot.catalogue().person_elements())
        .map_err(|unreadable| Fault::Unreadable { what: unreadable.fault.name(), at: unreadable.at })?;
    draft.sent_with(consumer.and_then(|consumer| verdict::sender(snapshot, consumer, &envelope)));
    // With its query, if any: no service of the catalogue has one, so such a path is unknown.
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let day = worker.today();
    let proven = caller.map_err(|unproven| Against { reason: unproven.reason, operation: None });
    match proven.and_then(|consumer| verdict::weigh(snapshot, Some(consumer), path, &envelope, day)) {
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
) -> Response<AnswerBody> {
    if let Departure::Trouble(trouble) = departure {
        trouble.upstream_kind().into_iter().for_each(|kind| worker.house().count_upstream_error(kind));
    }
    let said = refusal::render(departure, draft, worker, language);
    let (status, bytes) = (said.status().as_u16(), said.body().len() as u64);
    draft.close(Ending::unanswered(departure.outcome(), status, bytes, departure.withheld()));
    said.map(|text| AnswerBody::Said(Some(text)))
}
