//! One thread that serves connections: its own runtime, its own connections to the upstream, its own
//! reference to the snapshot in service. Nothing on a call's way is shared with other workers but counters.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use poortwachter_kernel::vocab::Day;
use rustls::{ClientConfig, ServerConfig};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::Instant;

use crate::audit::Trail;
use crate::clock::Clock;
use crate::config;
use crate::law::Calendar;
use crate::proxy::connection;
use crate::proxy::departure::Trouble;
use crate::proxy::drain::{Phase, Until, reached};
use crate::proxy::gate::{Freshness, Gate, Place};
use crate::proxy::listener::Admitted;
use crate::proxy::upstream::{Target, Upstream};
use crate::telemetry::Generation;
use crate::telemetry::meters::House;

/// What all workers share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) settings: Arc<config::Gateway>,
    pub(super) clock: Clock,
    pub(super) house: Arc<House>,
    pub(super) freshness: Arc<Freshness>,
    pub(super) gate: Gate,
    pub(super) generations: watch::Receiver<Arc<Generation>>,
    pub(super) phases: watch::Receiver<Phase>,
    pub(super) trail: Trail,
    pub(super) server_tls: Option<Arc<ServerConfig>>,
    pub(super) client_tls: Option<Arc<ClientConfig>>,
}

/// One worker, on its thread.
#[derive(Debug)]
pub(super) struct Worker {
    shared: Shared,
    upstream: Upstream,
    current: RefCell<Current>,
    calendar: RefCell<Calendar>,
}

/// The generation in service, and where a newer one comes from.
#[derive(Debug)]
struct Current {
    generations: watch::Receiver<Arc<Generation>>,
    generation: Arc<Generation>,
}

/// Serves the connections that come in, until the gateway has drained.
pub(super) fn run(
    shared: Shared,
    target: Target,
    sockets: mpsc::UnboundedReceiver<Admitted>,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let worker = Rc::new(Worker::new(shared, target));
    let local = LocalSet::new();
    local.block_on(&runtime, worker.serve(sockets));
    // What is left — streams that outlived the drain — is cut here.
    drop(local);
    Ok(())
}

/// How often kept connections to the upstream are looked after.
const TIDY: Duration = Duration::from_secs(5);
/// What a consumer gets to read the answer when the drain is over.
const GRACE: Duration = Duration::from_secs(1);

impl Worker {
    fn new(shared: Shared, target: Target) -> Self {
        let mut generations = shared.generations.clone();
        let generation = generations.borrow_and_update().clone();
        Self {
            upstream: Upstream::new(target),
            current: RefCell::new(Current { generations, generation }),
            calendar: RefCell::new(Calendar::new()),
            shared,
        }
    }

    async fn serve(self: &Rc<Self>, mut sockets: mpsc::UnboundedReceiver<Admitted>) {
        let mut open = JoinSet::new();
        let mut tidy = tokio::time::interval(TIDY);
        loop {
            tokio::select! {
                admitted = sockets.recv() => match admitted {
                    Some(admitted) => self.admit(admitted, &mut open),
                    None => break,
                },
                _ = open.join_next(), if !open.is_empty() => {}
                _ = tidy.tick() => self.upstream.tidy(),
            }
        }
        let closed = async { while open.join_next().await.is_some() {} };
        tokio::select! {
            () = closed => {}
            () = async {
                reached(&self.shared.phases, Phase::Over).await;
                tokio::time::sleep(GRACE).await;
            } => {}
        }
    }

    fn admit(self: &Rc<Self>, admitted: Admitted, open: &mut JoinSet<()>) {
        let worker = Rc::clone(self);
        open.spawn_local(async move {
            let Admitted { socket, place } = admitted;
            if let Ok(socket) = tokio::net::TcpStream::from_std(socket) {
                connection::serve(worker, socket).await;
            }
            drop(place);
        });
    }

    pub(super) fn settings(&self) -> &config::Gateway {
        &self.shared.settings
    }

    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    pub(super) fn house(&self) -> &Arc<House> {
        &self.shared.house
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(super) fn trail(&self) -> &Trail {
        &self.shared.trail
    }

    pub(super) fn phases(&self) -> &watch::Receiver<Phase> {
        &self.shared.phases
    }

    pub(super) fn tls(&self) -> Option<Arc<ServerConfig>> {
        self.shared.server_tls.clone()
    }

    /// The newest generation of the registry.
    pub(super) fn generation(&self) -> Arc<Generation> {
        let current = &mut *self.current.borrow_mut();
        if current.generations.has_changed().unwrap_or(false) {
            current.generation = current.generations.borrow_and_update().clone();
        }
        Arc::clone(&current.generation)
    }

    /// The legal day it is.
    pub(super) fn today(&self) -> Day {
        self.calendar.borrow_mut().day(self.shared.clock.now())
    }

    /// Until when a call that begins now may last.
    pub(super) fn until(&self) -> Until {
        Until {
            deadline: Instant::now() + self.settings().upstream.total,
            phases: self.shared.phases.clone(),
        }
    }

    /// A place for one call, unless there are too many or the registry is too old to judge by.
    pub(super) fn enter(&self) -> Result<Place, Trouble> {
        if self.shared.freshness.is_stale(self.shared.clock.now()) {
            return Err(Trouble::StaleRegistry);
        }
        self.shared.gate.enter()
    }
}
