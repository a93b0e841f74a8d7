//! One consumer connection: who is at the other end, which HTTP is spoken, and when it has had its time.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use poortwachter_kernel::vocab::ConsumerIx;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::Door;
use crate::identity::{Certificate, Principal, Token};
use crate::proxy::body::{AnswerBody, Cut};
use crate::proxy::call;
use crate::proxy::credentials::{self, Unproven};
use crate::proxy::drain::{Phase, reached};
use crate::proxy::pace::{Activity, Busy, Paced, Patience};
use crate::proxy::verdict::Reason;
use crate::proxy::worker::Worker;
use crate::registry::Snapshot;

/// Who is at the other end.
#[derive(Debug)]
pub(super) struct Peer {
    principal: Principal,
    /// That nobody in the registry has this certificate was said.
    said: Cell<bool>,
    /// Its certificate was found to have expired: a new connection is needed, with a new one.
    expired: Cell<bool>,
}

impl Peer {
    fn new(principal: Principal) -> Rc<Self> {
        Rc::new(Self { principal, said: Cell::new(false), expired: Cell::new(false) })
    }

    /// The consumer that goes by this principal, if any. Asked per call, so that a revocation bites on
    /// open connections. The first time there is none, the log says what to copy into the registry.
    pub(super) fn consumer(&self, snapshot: &Snapshot) -> Option<ConsumerIx> {
        match &self.principal {
            Principal::Door { consumer } => snapshot.consumer_with_id(consumer),
            Principal::Unnamed => None,
            Principal::Holder(certificate) => {
                let consumer =
                    snapshot.consumer_with_certificate(certificate.subject(), certificate.sha256());
                if consumer.is_none() && !self.said.replace(true) {
                    tracing::warn!(
                        subject = certificate.subject_unless_a_persons(),
                        sha256 = certificate.fingerprint(),
                        "no consumer in the registry has this client certificate"
                    );
                }
                consumer
            }
        }
    }

    /// The consumer that a call is from, by all that came with it. Asked per call, as [`Self::consumer`] is.
    pub(super) fn caller(
        &self,
        snapshot: &Snapshot,
        now: Timestamp,
        token: Option<&Token>,
    ) -> Result<ConsumerIx, Unproven> {
        if let Principal::Door { consumer } = &self.principal {
            let unknown = Unproven { reason: Reason::UnknownConsumer, consumer: None };
            return snapshot.consumer_with_id(consumer).ok_or(unknown);
        }
        credentials::caller(snapshot, self.certificate(now), token)
    }

    /// Its certificate, unless there is none or it has expired.
    pub(super) fn certificate(&self, now: Timestamp) -> Option<&Certificate> {
        match &self.principal {
            Principal::Holder(certificate) if !self.has_expired(now) => Some(certificate),
            _ => None,
        }
    }

    /// Whether it says nothing of itself: then every call must bring a token.
    pub(super) fn is_unnamed(&self) -> bool {
        self.principal == Principal::Unnamed
    }

    /// Whether its certificate has expired since the handshake; asked per call, as connections may be kept,
    /// and sessions resumed, for as long as a consumer likes.
    fn has_expired(&self, now: Timestamp) -> bool {
        let expired = match &self.principal {
            Principal::Door { .. } | Principal::Unnamed => false,
            Principal::Holder(certificate) => certificate.has_expired(now.as_second()),
        };
        if expired && !self.expired.replace(true) {
            tracing::warn!("a client certificate expired while its connection was open");
        }
        expired
    }
}

/// Serves a connection to its end.
pub(super) async fn serve(worker: Rc<Worker>, socket: TcpStream) {
    let _ = socket.set_nodelay(true);
    let activity = Activity::new();
    let socket = Paced::new(socket, Rc::clone(&activity), worker.settings().limits.receive);
    match (&worker.settings().listener.door, worker.tls()) {
        (Door::Plain { consumer }, None) => {
            let peer = Peer::new(Principal::Door { consumer: consumer.clone() });
            http1(&worker, peer, TokioIo::new(socket), activity).await;
        }
        (Door::Mutual(_), Some(tls)) => secured(&worker, TlsAcceptor::from(tls), socket, activity).await,
        // Start-up makes TLS exactly where the door asks for it; anything else stays closed.
        _ => {}
    }
}

async fn secured(worker: &Rc<Worker>, tls: TlsAcceptor, socket: Paced, activity: Rc<Activity>) {
    let within = worker.settings().limits.receive;
    let stream = match tokio::time::timeout(within, tls.accept(socket)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::info!(%error, "TLS handshake with a consumer failed"),
        Err(_) => return tracing::info!("TLS handshake with a consumer took too long"),
    };
    let Some(principal) = principal(&stream) else {
        return tracing::warn!("a client certificate was verified but its subject cannot be read as text");
    };
    activity.begin();
    let peer = Peer::new(principal);
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        http2(worker, peer, TokioIo::new(stream), activity).await;
    } else {
        http1(worker, peer, TokioIo::new(stream), activity).await;
    }
}

/// Without a certificate only those come this far who may come without one.
fn principal(stream: &TlsStream<Paced>) -> Option<Principal> {
    let Some(chain) = stream.get_ref().1.peer_certificates() else { return Some(Principal::Unnamed) };
    Certificate::read(chain.first()?).ok().map(Principal::Holder)
}

/// Headers a request may have.
const HEADERS: usize = 100;
/// The least hyper reads at once.
const LEAST_BUFFER: usize = 8192;
/// Calls at once on one HTTP/2 connection.
const STREAMS: u32 = 64;
/// How much of a request a consumer may send ahead, per call and per connection, bytes.
const WINDOWS: (u32, u32) = (256 * 1024, 1024 * 1024);
/// How much of an answer waits in HTTP/2 for a consumer that reads slowly, per call, bytes.
const SEND_BUFFER: usize = 64 * 1024;
/// How often, and how patiently, HTTP/2 asks whether the consumer is still there.
const PING: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));

async fn http1<S>(worker: &Rc<Worker>, peer: Rc<Peer>, stream: TokioIo<S>, activity: Rc<Activity>)
where
    TokioIo<S>: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
{
    let limits = &worker.settings().limits;
    let service = service_fn(answering(worker, Rc::clone(&peer), &activity));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_headers(HEADERS)
        .max_header_size(limits.head)
        .max_buf_size(limits.head.max(LEAST_BUFFER))
        .serve_connection(stream, service);
    let patience = patience(worker, Some(limits.receive));
    drive(connection, http1::Connection::graceful_shutdown, &activity, &peer, worker, patience).await;
}

async fn http2<S>(worker: &Rc<Worker>, peer: Rc<Peer>, stream: TokioIo<S>, activity: Rc<Activity>)
where
    TokioIo<S>: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
{
    let limits = &worker.settings().limits;
    let service = service_fn(answering(worker, Rc::clone(&peer), &activity));
    let connection = http2::Builder::new(Here)
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX))
        .initial_stream_window_size(WINDOWS.0)
        .initial_connection_window_size(WINDOWS.1)
        .max_send_buf_size(SEND_BUFFER)
        .keep_alive_interval(PING.0)
        .keep_alive_timeout(PING.1)
        .serve_connection(stream, service);
    drive(connection, http2::Connection::graceful_shutdown, &activity, &peer, worker, patience(worker, None))
        .await;
}

/// An answer on its way.
type Answering = Pin<Box<dyn Future<Output = Result<Response<Attended>, Infallible>>>>;

/// What hyper calls for each request: the line of a call, during which the connection is busy.
fn answering(
    worker: &Rc<Worker>,
    peer: Rc<Peer>,
    activity: &Rc<Activity>,
) -> impl Fn(Request<Incoming>) -> Answering + 'static {
    let (worker, activity) = (Rc::clone(worker), Rc::clone(activity));
    move |request| {
        let (worker, peer, busy) = (Rc::clone(&worker), Rc::clone(&peer), activity.call());
        Box::pin(async move {
            let answer = call::answer(&worker, &peer, request).await;
            Ok(answer.map(|body| Attended { body, _busy: busy }))
        })
    }
}

/// A call may take its own deadline, and after it what receiving its request and reading the rest of its
/// answer may take.
fn patience(worker: &Worker, head: Option<Duration>) -> Patience {
    let settings = worker.settings();
    Patience { head, call: settings.upstream.total + 2 * settings.limits.receive }
}

/// Runs a connection until it ends, the gateway drains, or it has been idle, or busy with one thing, too long.
/// How a connection ends is of no interest: its calls have their own records.
async fn drive<C: Future>(
    connection: C,
    close: impl Fn(Pin<&mut C>),
    activity: &Activity,
    peer: &Peer,
    worker: &Worker,
    patience: Patience,
) {
    let mut connection = pin!(connection);
    let mut closing = Closing::No;
    loop {
        let ends = match closing {
            Closing::Idle(at) => at,
            _ => activity.ends(patience),
        };
        tokio::select! {
            _ = connection.as_mut() => return,
            () = activity.changed() => {
                if peer.expired.get() && closing == Closing::No {
                    close(connection.as_mut());
                    closing = Closing::Draining;
                }
            }
            () = reached(worker.phases(), Phase::Draining), if closing != Closing::Draining => {
                close(connection.as_mut());
                closing = Closing::Draining;
            }
            () = sleep_until(ends) => match closing {
                Closing::Idle(_) => return,
                _ if activity.ends(patience) > Instant::now() => {}
                _ if activity.is_under_way() => return,
                _ => {
                    close(connection.as_mut());
                    closing = Closing::Idle(Instant::now() + worker.settings().limits.receive);
                }
            },
        }
    }
}

/// Whether a connection was told to close.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// It was idle; it has until then to say goodbye.
    Idle(Instant),
    /// It ends with the calls under way: its certificate has expired, or the gateway stops (the worker cuts what
    /// is left when the drain is over).
    Draining,
}

/// A body, and the note that its connection is busy as long as it is not delivered.
struct Attended {
    body: AnswerBody,
    _busy: Busy,
}

impl Body for Attended {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Runs what hyper starts for HTTP/2 on this worker's own thread.
#[derive(Clone, Copy)]
struct Here;

impl<F: Future + 'static> hyper::rt::Executor<F> for Here {
    fn execute(&self, work: F) {
        tokio::task::spawn_local(async move { drop(work.await) });
    }
}
