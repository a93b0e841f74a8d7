//! One consumer connection: who is at the other end, which HTTP is spoken, and when it has had its time.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::io;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::{Door, Limits};
use crate::identity::certificate::Illegible;
use crate::identity::{Certificate, Principal};
use crate::proxy::body::{AnswerBody, Cut};
use crate::proxy::contained;
use crate::proxy::credit::Terms;
use crate::proxy::crowd::Stay;
use crate::proxy::drain::{Phase, reached};
use crate::proxy::pace::{Activity, Busy, Paced, Patience};
use crate::proxy::peer::Peer;
use crate::proxy::shown::Shown;
use crate::proxy::tls::Distrust;
use crate::proxy::worker::Worker;
use crate::proxy::{call, evaluation};
use crate::telemetry::meters::House;

/// Serves a connection to its end.
pub(super) async fn serve(worker: Rc<Worker>, socket: TcpStream, stay: Option<Stay>) {
    let _ = socket.set_nodelay(true);
    let at = socket.peer_addr().ok().map(|peer| peer.ip());
    let activity = Activity::new();
    let socket = Paced::new(socket, Rc::clone(&activity), worker.settings().limits.receive);
    match (&worker.settings().listener.door, worker.inward().and_then(|inward| inward.server.clone())) {
        (Door::Plain { consumer }, None) => {
            let peer = Peer::new(Principal::Door { consumer: consumer.clone() }, None);
            http1(&worker, peer, TokioIo::new(socket), activity).await;
        }
        (Door::Behind(_), None) if is_hop(&worker, at, None) => {
            http1(&worker, Peer::new(Principal::Hop, None), TokioIo::new(socket), activity).await;
        }
        (Door::Behind(_), None) => tracing::warn!("closed a connection that is not from the configured hop"),
        (Door::Mutual(_), Some(tls)) => {
            secured(&worker, TlsAcceptor::from(tls), socket, Beginning { at, stay }, activity).await;
        }
        // Start-up makes TLS exactly where the door asks for it; anything else stays closed.
        _ => {}
    }
}

/// Where a connection comes from, and its place among those whose handshake is not done.
struct Beginning {
    at: Option<IpAddr>,
    stay: Option<Stay>,
}

async fn secured(
    worker: &Rc<Worker>,
    tls: TlsAcceptor,
    socket: Paced,
    Beginning { at, stay }: Beginning,
    activity: Rc<Activity>,
) {
    let within = worker.settings().limits.receive;
    let shown_out = async {
        match stay {
            Some(stay) => stay.over().await,
            None => pending().await,
        }
    };
    let accepted = async {
        tokio::select! {
            biased;
            accepted = tls.accept(socket) => accepted,
            () = shown_out => Err(io::Error::other("too many newer ones are waiting")),
        }
    };
    let mut stream = match tokio::time::timeout(within, accepted).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return failed(worker, &error),
        Err(_) => return tracing::info!("TLS handshake with a consumer took too long"),
    };
    let Ok(shown) = shown(&stream) else {
        return tracing::warn!("a client certificate was verified but its subject cannot be read as text");
    };
    activity.begin(has_come_along(&mut stream));
    let certificate = shown.as_ref().map(Shown::certificate);
    let principal = match certificate {
        _ if is_hop(worker, at, certificate) => Principal::Hop,
        Some(certificate) => Principal::Holder(Arc::clone(certificate)),
        // Only where it is optional does anybody come this far without one.
        None => Principal::Unnamed,
    };
    let peer = Peer::new(principal, shown);
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
        http2(worker, peer, TokioIo::new(stream), activity).await;
    } else {
        http1(worker, peer, TokioIo::new(stream), activity).await;
    }
}

fn failed(worker: &Worker, error: &std::io::Error) {
    let why = Distrust::of_handshake(error);
    if let Some(why) = why {
        worker.house().count_distrust(why.name());
    }
    tracing::info!(%error, reason = why.map(Distrust::name), "TLS handshake with a consumer failed");
}

/// What the consumer showed. It is verified once more at its first call: a resumed session verified nothing, and the
/// files may have changed since the handshake began.
fn shown(stream: &TlsStream<Paced>) -> Result<Option<Shown>, Illegible> {
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let Some(first) = chain.first() else { return Ok(None) };
    let certificate = Certificate::read(first)?;
    let chain = chain.iter().map(|der| der.clone().into_owned()).collect();
    Ok(Some(Shown::new(Arc::new(certificate), chain)))
}

/// Whether it is the configured hop that is at the other end, by its address, its certificate, or both.
fn is_hop(worker: &Worker, at: Option<IpAddr>, certificate: Option<&Arc<Certificate>>) -> bool {
    let (Some(hop), Some(at)) = (&worker.settings().listener.hop, at) else { return false };
    let holds = certificate.map_or(hop.certificates.is_empty(), |shown| hop.holds(shown.sha256()));
    hop.is_at(at) && holds
}

/// Whether the beginning of a request was read together with the end of the handshake: nothing more may come that would start
/// the time it has.
fn has_come_along(stream: &mut TlsStream<Paced>) -> bool {
    let (_, session) = stream.get_mut();
    session.process_new_packets().is_ok_and(|state| state.plaintext_bytes_to_read() > 0)
}

/// Headers a request may have.
const HEADERS: usize = 100;
/// The least hyper reads at once.
const LEAST_BUFFER: usize = 8192;
/// Calls at once on one HTTP/2 connection.
const STREAMS: u32 = 64;
/// Streams that a consumer opens and resets before they are looked at (rapid reset, CVE-2023-44487), and those that the
/// gateway must reset because they break the rules: more than these on one connection, and it ends.
const RESETS: (usize, usize) = (20, 64);
/// How much of a request a consumer may send ahead, per call and per connection, bytes.
const WINDOWS: (u32, u32) = (256 * 1024, 1024 * 1024);
/// Bytes of frames that ask for nothing, for as long as a connection lasts.
const HANDFUL: u64 = 64 * 1024;
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
    activity.on_credit(credit(limits));
    let service = service_fn(answering(worker, Rc::clone(&peer), &activity));
    let connection = http2::Builder::new(Here(Arc::clone(worker.house())))
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(RESETS.0)
        .max_local_error_reset_streams(RESETS.1)
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

/// Twice what requests may be long: frames and TLS records cost something too. Without a call: what may still be under
/// way of a body that was refused, and the frames that begin a connection or keep it.
fn credit(limits: &Limits) -> Terms {
    let call = 2 * (limits.head + limits.request_body) as u64;
    Terms { idle: u64::from(WINDOWS.1) + 2 * limits.head as u64 + HANDFUL, call }
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
            let answer = match evaluation::route(&worker, &request) {
                Some(route) => evaluation::answer(&worker, &peer, route, request).await,
                None => call::answer(&worker, &peer, request).await,
            };
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
                if peer.spent.get() && closing == Closing::No {
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
    /// It ends with the calls under way: its certificate does not stand any more, or the gateway stops (the worker cuts what
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

/// Runs what hyper starts for HTTP/2 on this worker's own thread. A panic there ends one stream.
#[derive(Clone)]
struct Here(Arc<House>);

impl<F: Future + 'static> hyper::rt::Executor<F> for Here {
    fn execute(&self, work: F) {
        let house = Arc::clone(&self.0);
        tokio::task::spawn_local(async move { drop(contained::run(&house, AssertUnwindSafe(work)).await) });
    }
}
