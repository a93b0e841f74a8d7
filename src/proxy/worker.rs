//! One thread that serves connections: its own runtime, its own connections to the upstream, its own
//! reference to the snapshot in service. Nothing on a call's way is shared with other workers but counters.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use poortwachter_kernel::vocab::{ConsumerIx, Day};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet, LocalSet};
use tokio::time::Instant;

use crate::audit::Trail;
use crate::clock::Clock;
use crate::config;
use crate::law::Calendar;
use crate::proxy::bearer::{Bearers, Verification};
use crate::proxy::connection;
use crate::proxy::departure::{Departure, Trouble};
use crate::proxy::drain::{Phase, Until, reached};
use crate::proxy::expiries::Expiries;
use crate::proxy::forwarded::Forwarded;
use crate::proxy::gate::{Freshness, Gate, Place};
use crate::proxy::latest::Latest;
use crate::proxy::listener::Admitted;
use crate::proxy::quota::{Allowance, Quotas, STRANGERS};
use crate::proxy::tls::{Inward, Outward};
use crate::proxy::upstream::{Target, Upstream};
use crate::registry::{Limits, Snapshot};
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
    pub(super) quotas: Quotas,
    pub(super) generations: watch::Receiver<Arc<Generation>>,
    pub(super) phases: watch::Receiver<Phase>,
    pub(super) inward: Option<watch::Receiver<Arc<Inward>>>,
    pub(super) outward: Option<watch::Receiver<Arc<Outward>>>,
    pub(super) tokens: Option<Verification>,
    pub(super) trail: Trail,
}

/// One worker, on its thread.
#[derive(Debug)]
pub(super) struct Worker {
    shared: Shared,
    upstream: Upstream,
    current: Latest<Generation>,
    inward: Option<Latest<Inward>>,
    forwarded: Forwarded,
    expiries: Expiries,
    calendar: RefCell<Calendar>,
    bearers: Option<Bearers>,
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
        Self {
            upstream: Upstream::new(target),
            current: Latest::new(shared.generations.clone()),
            inward: shared.inward.clone().map(Latest::new),
            forwarded: Forwarded::default(),
            expiries: Expiries::default(),
            calendar: RefCell::new(Calendar::new()),
            bearers: shared.tokens.clone().map(Bearers::new),
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
                Some(ended) = open.join_next() => self.note(&ended),
                _ = tidy.tick() => self.upstream.tidy(),
            }
        }
        let closed = async {
            while let Some(ended) = open.join_next().await {
                self.note(&ended);
            }
        };
        tokio::select! {
            () = closed => {}
            () = async {
                reached(&self.shared.phases, Phase::Over).await;
                tokio::time::sleep(GRACE).await;
            } => {}
        }
    }

    /// A connection has ended; a panic on it, outside of any call, has ended it alone.
    fn note(&self, ended: &Result<(), JoinError>) {
        if ended.as_ref().is_err_and(JoinError::is_panic) {
            self.house().panics.increment(1);
        }
    }

    fn admit(self: &Rc<Self>, admitted: Admitted, open: &mut JoinSet<()>) {
        let worker = Rc::clone(self);
        open.spawn_local(async move {
            let Admitted { socket, place, stay } = admitted;
            if let Ok(socket) = tokio::net::TcpStream::from_std(socket) {
                connection::serve(worker, socket, stay).await;
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

    /// How tokens are verified; `None`: they are not looked at.
    pub(super) fn bearers(&self) -> Option<&Bearers> {
        self.bearers.as_ref()
    }

    pub(super) fn phases(&self) -> &watch::Receiver<Phase> {
        &self.shared.phases
    }

    /// The newest generation of the listener's files, where it has any.
    pub(super) fn inward(&self) -> Option<Arc<Inward>> {
        self.inward.as_ref().map(Latest::get)
    }

    pub(super) fn forwarded(&self) -> &Forwarded {
        &self.forwarded
    }

    pub(super) fn expiries(&self) -> &Expiries {
        &self.expiries
    }

    /// The newest generation of the registry.
    pub(super) fn generation(&self) -> Arc<Generation> {
        self.current.get_and(|newer| {
            self.shared.quotas.keep(|id| newer.snapshot.consumer_with_id(id).is_some());
        })
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

    /// Lets a call that has a place begin, unless its consumer has too many. Nobody's calls share one allowance.
    pub(super) fn charge(
        &self,
        place: &mut Place,
        snapshot: &Snapshot,
        consumer: Option<ConsumerIx>,
    ) -> Result<(), Departure> {
        let consumer = consumer.map(|ix| snapshot.consumer(ix));
        let (id, own) = consumer.map_or((STRANGERS, Limits::default()), |known| (&known.id, known.limits));
        let allowance = Allowance::of(&self.settings().limits.per_consumer, &own);
        let since_1970 = u64::try_from(self.shared.clock.now().as_nanosecond()).unwrap_or(0);
        place.charge(self.shared.quotas.enter(id, allowance, since_1970)?);
        Ok(())
    }
}
