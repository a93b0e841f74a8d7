//! The line of a call, top to bottom.
//!
//! Head, token, body, snapshot, principal, envelope, verdict, clearance, upstream, delivery. Whatever leaves the
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
use crate::identity::Token;
use crate::law::telling::Language;
use crate::proxy::answer::Asked;
use crate::proxy::body::AnswerBody;
use crate::proxy::departure::{Departure, Fault, Refused, Trouble};
use crate::proxy::peer::Peer;
use crate::proxy::refusal::{self, Echo};
use crate::proxy::rest::{self, Heard, Spoken};
use crate::proxy::verdict::Against;
use crate::proxy::worker::Worker;
use crate::proxy::{bearer, contained, delivery, framing, head, intake, trace, verdict};
use crate::registry::Snapshot;

/// Answers one call.
pub(super) async fn answer(worker: &Worker, peer: &Peer, request: Request<Incoming>) -> Response<AnswerBody> {
    let language = head::language(request.headers());
    let generation = worker.generation();
    let spoken = rest::spoken(worker.settings(), generation.snapshot.catalogue(), &request);
    let mut draft = Draft::begin(Arc::clone(&generation), worker.trail());
    if let Some(context) = trace::continued(request.headers()) {
        draft.continues(context);
    }
    let walk = walk(worker, peer, &generation.snapshot, &mut draft, request, &spoken);
    let walked = contained::run(worker.house(), AssertUnwindSafe(walk)).await;
    match walked.unwrap_or_else(|_| Err(Trouble::Internal.into())) {
        Ok(answer) => answer,
        Err(departure) => depart(worker, &mut draft, &departure, language, &spoken).await,
    }
}

async fn walk(
    worker: &Worker,
    peer: &Peer,
    snapshot: &Snapshot,
    draft: &mut Draft,
    request: Request<Incoming>,
    spoken: &Spoken,
) -> Result<Response<AnswerBody>, Departure> {
    let limits = &worker.settings().limits;
    let until = worker.until();
    let known = peer.consumer(worker, request.headers(), snapshot).unwrap_or(None);
    draft.asked_by(known);
    let mut place = worker.enter()?;
    draft.has_room()?;
    let (mut parts, body) = request.into_parts();
    let heard = framing::check(&parts)
        .and_then(|()| rest::check(spoken, snapshot.catalogue(), worker.settings(), &parts));
    let introduced = match heard {
        Ok(heard) => bearer::of_call(worker, peer, &parts, &until).await.map(|token| (heard, token)),
        Err(fault) => Err(fault.into()),
    };
    let shown = introduced.as_ref().map(|(_, token)| token.as_deref());
    let consumer = peer.payer(worker, &parts.headers, snapshot, known, shown);
    draft.asked_by(consumer);
    let shown = introduced.as_ref().ok().and_then(|(_, token)| token.as_deref());
    draft.known_by(consumer.map(|_| peer.means(known, shown)));
    // Every call costs its consumer a part of its allowance, whatever becomes of it.
    worker.charge(&mut place, snapshot, consumer)?;
    let (heard, token) = introduced?;
    let received = Instant::now() + limits.receive;
    let body = until.within(intake::whole(body, limits.request_body, received)).await??;

    let asking = Asking { peer, parts: &parts, token: token.as_deref(), heard };
    let permit = judge(worker, draft, asking, &body)?;
    let opened = tokio::time::timeout(PATIENCE, audit::open(permit, draft));
    let clearance = until.within(opened).await?.unwrap_or(Err(Unrecorded))?;
    bearer::keep_here(worker, &mut parts);

    let asked = Asked::of(&parts);
    let sent = worker.upstream().send(clearance, parts, body, &until).await;
    let arrived = sent.map_err(|failed| failed.back(draft))?;
    let delivered = delivery::redacted(worker, arrived, &asked, place, until).await;
    delivered.map_err(|failed| failed.back(draft))
}

/// What a call shows of who asks, and, in REST, of what is asked.
struct Asking<'a> {
    peer: &'a Peer,
    parts: &'a Parts,
    token: Option<&'a Token>,
    heard: Option<Heard<'a>>,
}

/// Who asks what, and whether that may: snapshot, envelope, principal, verdict.
fn judge(
    worker: &Worker,
    draft: &mut Draft,
    Asking { peer, parts, token, heard }: Asking<'_>,
    body: &Bytes,
) -> Result<Permit, Departure> {
    let generation = worker.generation();
    draft.judged_under(&generation);
    let snapshot = &*generation.snapshot;
    let (known, caller) = peer.proven(worker, &parts.headers, snapshot, token);
    let consumer = caller.map_or_else(|unproven| unproven.consumer, Some);
    draft.asked_by(consumer);
    draft.known_by(consumer.map(|_| peer.means(known, token)));
    let day = worker.today();
    if let Some(heard) = heard {
        return rest::judge(draft, snapshot, caller, heard.with_body(body)?, day);
    }
    let envelope = soap::read(body, snapshot.catalogue().person_elements())
        .map_err(|unreadable| Fault::Unreadable { what: unreadable.fault.name(), at: unreadable.at })?;
    draft.sent_with(consumer.and_then(|consumer| verdict::sender(snapshot, consumer, &envelope)));
    let capacity = consumer.map(|consumer| verdict::capacity(snapshot, consumer, &envelope));
    draft.asks(&envelope.persons, &envelope.enterprises, capacity.unwrap_or(CapacityIx::NONE));
    // With its query, if any: no service of the catalogue has one, so such a path is unknown.
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let proven = caller
        .map_err(Against::from)
        .and_then(|consumer| verdict::repeated(&parts.headers, &envelope).map(|()| consumer));
    match proven.and_then(|consumer| verdict::weigh(snapshot, Some(consumer), path, &envelope, day)) {
        Ok(permit) => Ok(permit),
        Err(against) => {
            draft.refused(against.operation, against.reason.rule(), against.missing(snapshot, consumer, day));
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
    departure: &Departure,
    language: Language,
    spoken: &Spoken,
) -> Response<AnswerBody> {
    if let Departure::Trouble(trouble) = departure {
        trouble.upstream_kind().into_iter().for_each(|kind| worker.house().count_upstream_error(kind));
    }
    let told = |draft: &Draft, departure: &Departure| {
        let said = refusal::render(departure, draft, worker, language, spoken);
        let (status, bytes) = (said.status().as_u16(), said.body().len() as u64);
        (said, Ending::unanswered(departure.outcome(), status, bytes, departure.withheld()))
    };
    let (said, ending) = told(draft, departure);
    let settled = tokio::time::timeout(PATIENCE, draft.settle(ending)).await;
    let (said, ending) = if let Ok(Ok(())) = settled {
        (said, ending)
    } else {
        worker.trail().count_refused();
        told(draft, &Trouble::Unrecorded.into())
    };
    draft.close(ending);
    said.map(|text| AnswerBody::Said(Some(text)))
}
