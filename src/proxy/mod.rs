//! The gateway proper: the only room that speaks HTTP with consumers.
//!
//! As a call comes by: `listener` takes the connection in, a `worker` serves the `connection` ([`tls`], `peer`, `shown`,
//! `forwarded`, `pace`), `call` is the line from request to answer: [`gate`], `head` or [`rest`], [`bearer`], [`credentials`], `intake`,
//! [`verdict`], [`upstream`] ([`trace`]),
//! `delivery` (`answer`, [`redactor`], [`tripwire`], [`body`]). What leaves the line is a [`departure`], answered by [`refusal`].
//! `evaluation` answers questions about access beside that line.
//! [`drain`] is how it all stops.
//!
//! Deliberately not here: who may what (`registry`, `law`), health and metrics for operators (`admin`), and
//! reading the clock (`app`).

mod answer;
pub mod bearer;
pub mod body;
mod call;
mod connection;
mod contained;
pub mod credentials;
mod credit;
mod crowd;
mod delivery;
pub mod departure;
pub mod drain;
mod evaluation;
mod expiries;
mod forwarded;
pub mod framing;
pub mod gate;
pub mod head;
mod intake;
mod latest;
mod listener;
mod pace;
mod peer;
pub mod quota;
pub mod redactor;
pub mod refusal;
pub mod rest;
mod shown;
pub mod tls;
pub mod trace;
pub mod tripwire;
pub mod upstream;
pub mod verdict;
mod worker;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::watch;

use crate::audit::Trail;
use crate::clock::Clock;
use crate::config;
use crate::telemetry::Generation;
use crate::telemetry::meters::House;

use bearer::Verification;
use drain::Phase;
use gate::{Freshness, Gate};
use listener::{Desk, Doorway};
use quota::Quotas;
use tls::{Distrust, Inward, Outward};
use upstream::{NoHost, Target};
use worker::Shared;

/// What the gateway needs from the house it stands in.
#[derive(Clone, Debug)]
pub struct Needs {
    /// What was configured.
    pub settings: Arc<config::Gateway>,
    /// The time.
    pub clock: Clock,
    /// The meters of the process.
    pub house: Arc<House>,
    /// When the registry was last confirmed.
    pub freshness: Arc<Freshness>,
    /// The registry in service.
    pub generations: watch::Receiver<Arc<Generation>>,
    /// What the listener's files make; `None` behind a plain door.
    pub inward: Option<watch::Receiver<Arc<Inward>>>,
    /// What the upstream's files make, where it is spoken to over TLS.
    pub outward: Option<watch::Receiver<Arc<Outward>>>,
    /// Whether to serve.
    pub phases: watch::Receiver<Phase>,
    /// How tokens are verified, where they are.
    pub tokens: Option<Verification>,
    /// Where records are kept.
    pub trail: Trail,
}

/// A gateway that serves.
#[derive(Debug)]
pub struct Proxy {
    /// Where consumers connect.
    pub address: SocketAddr,
    /// The acceptor and the workers; they end when the gateway has drained.
    pub threads: Vec<JoinHandle<()>>,
}

/// Why the gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The upstream's name cannot be used.
    #[error(transparent)]
    Host(#[from] NoHost),
    /// The address cannot be listened on.
    #[error("cannot listen on `{address}`; is another program there already?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The system gives no thread.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

/// Starts serving.
///
/// # Errors
/// [`StartError`], before the first connection is taken in.
pub fn start(needs: Needs) -> Result<Proxy, StartError> {
    let Needs { settings, clock, house, freshness, generations, inward, outward, phases, tokens, trail } =
        needs;
    let listen = |cause| StartError::Listen { address: settings.listener.address, cause };
    let listener = listener::bind(settings.listener.address).map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let gate = Gate::new(settings.limits.calls, house.calls_in_flight.clone());
    let shared = Shared {
        settings: Arc::clone(&settings),
        clock,
        house: Arc::clone(&house),
        freshness,
        gate,
        quotas: Quotas::default(),
        generations,
        phases: phases.clone(),
        inward,
        outward,
        tokens,
        trail,
    };
    if shared.inward.is_some() {
        shared.house.show_distrust(&Distrust::NAMES);
    }
    let (desks, mut threads) = workers(&shared)?;
    let doorway = Doorway::new(&settings, desks, house);
    threads.push(thread("accept", move || listener::run(listener, doorway, &phases))?);
    Ok(Proxy { address, threads })
}

fn workers(shared: &Shared) -> Result<(Vec<Desk>, Vec<JoinHandle<()>>), StartError> {
    let (mut desks, mut threads) = (Vec::new(), Vec::new());
    for number in 0..shared.settings.workers.max(1) {
        let target = Target::new(shared.settings.upstream.clone(), shared.outward.clone())?;
        let (desk, sockets) = Desk::new();
        let shared = shared.clone();
        threads.push(thread(&format!("worker-{number}"), move || worker::run(shared, target, sockets))?);
        desks.push(desk);
    }
    Ok((desks, threads))
}

fn thread(
    name: &str,
    work: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> Result<JoinHandle<()>, StartError> {
    let said = name.to_owned();
    let told = move || {
        if let Err(error) = work() {
            tracing::error!(thread = said, %error, "a thread could not do its work");
        }
    };
    thread::Builder::new().name(name.to_owned()).spawn(told).map_err(StartError::Thread)
}
