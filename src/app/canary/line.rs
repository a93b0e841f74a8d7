//! A gateway for the canary: the proxy as `run` starts it, with the same settings but for its ends.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use poortwachter_kernel::tripwire::Mode;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::message::{Length, Message};
use super::upstream::Upstream;
use crate::audit::{Outcome, Trail};
use crate::clock::Clock;
use crate::config::{Door, Evaluation, Gateway, Listener, Quota};
use crate::proxy::drain::Phase;
use crate::proxy::gate::Freshness;
use crate::proxy::{self, Needs, Proxy, StartError};
use crate::registry::Snapshot;
use crate::telemetry::meters::Calls;
use crate::telemetry::{Generation, House, Recorder};
use crate::text::Limit;

/// A gateway on loopback for one consumer; dropping it stops it.
#[derive(Debug)]
pub(super) struct Line {
    address: SocketAddr,
    phases: watch::Sender<Phase>,
    threads: Vec<JoinHandle<()>>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// What an answer from loopback may take at most.
const PATIENCE: Duration = Duration::from_secs(20);

impl Line {
    pub(super) fn open(
        settings: &Gateway,
        consumer: &str,
        snapshot: Snapshot,
        clock: &Clock,
        upstream: &Upstream,
    ) -> Result<Self, StartError> {
        let recorder = Arc::new(Recorder::default());
        let snapshot = Arc::new(snapshot);
        let calls = Calls::new(&recorder, &snapshot, Outcome::TABLE, clock);
        // Its calls are nobody's: no record of them stands among those of real ones.
        let generation = Generation { snapshot, calls, rehearsal: true };
        let (_, generations) = watch::channel(Arc::new(generation));
        let (phases, phase) = watch::channel(Phase::Serving);
        let needs = Needs {
            tokens: None,
            settings: Arc::new(own(settings, consumer, upstream.address)),
            clock: clock.clone(),
            house: Arc::new(House::new(&recorder, env!("CARGO_PKG_VERSION"))),
            freshness: Arc::new(Freshness::new(clock.now(), Duration::MAX)),
            generations,
            inward: None,
            outward: None,
            phases: phase,
            trail: Trail::NONE,
        };
        let Proxy { address, threads } = proxy::start(needs)?;
        Ok(Self { address, phases, threads })
    }

    /// One call.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) async fn ask(
        &self,
        message: &Message,
        length: Length,
        sender: &str,
    ) -> Result<Answer, String> {
        let call = call(self.address, &message.path, message.question(length, sender));
        let answered = tokio::time::timeout(PATIENCE, call).await;
        answered.map_err(|_| "it did not come in time".to_owned())?.map_err(|error| error.to_string())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.phases.send_replace(Phase::Draining);
        self.phases.send_replace(Phase::Over);
        for thread in self.threads.drain(..) {
            // One that panicked has given no answer, which was seen.
            let _ = thread.join();
        }
    }
}

/// The gateway's settings, with the ends replaced. The tripwire only reports: a filter that leaks must be seen.
fn own(settings: &Gateway, consumer: &str, upstream: SocketAddr) -> Gateway {
    let mut own = settings.clone();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    own.listener = Listener { address, door: Door::Plain { consumer: consumer.to_owned() }, hop: None };
    own.tokens = None;
    own.upstream.tls = None;
    own.upstream.host = upstream.ip().to_string();
    own.upstream.port = upstream.port();
    own.upstream.base = String::new();
    own.tripwire = Mode::Report;
    own.canary = None;
    own.evaluation = Evaluation { for_operators: false, for_consumers: false };
    own.workers = 1;
    // It is nobody's consumer: what others may take says nothing about it.
    own.limits.connections_per_address = Limit::Off;
    own.limits.per_consumer =
        Quota { calls_per_second: Limit::Off, burst: None, concurrent_calls: Limit::Off };
    own
}

async fn call(
    gateway: SocketAddr,
    path: &str,
    question: String,
) -> Result<Answer, Box<dyn std::error::Error>> {
    let socket = TcpStream::connect(gateway).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
    let driver = tokio::spawn(connection);
    let request = Request::post(path)
        .header("Host", "localhost")
        .header("Content-Type", "text/xml; charset=utf-8")
        .body(Full::<Bytes>::from(question))?;
    let answered = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = String::from_utf8_lossy(&body.collect().await?.to_bytes()).into_owned();
        Ok(Answer { status: head.status.as_u16(), body })
    };
    let answered = answered.await;
    // Closed when this returns, so that the line need not wait for it.
    driver.abort();
    let _ = driver.await;
    answered
}
