//! The control thread: keeps watch over the registry and the TLS files, serves metrics and health, and stops everything in
//! order.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

use poortwachter_kernel::vocab::Day;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinHandle as Task, LocalSet};

use crate::admin::{self, Board, Evaluations};
use crate::app::export::Exporters;
use crate::app::holdings;
use crate::app::jwks::Keeper;
use crate::app::keys::Keys;
use crate::app::start::generation;
use crate::audit::{self, Trail};
use crate::authzen::Bench;
use crate::clock::Clock;
use crate::config::Gateway;
use crate::law::Calendar;
use crate::proxy::drain::Phase;
use crate::proxy::gate::Freshness;
use crate::registry::{Looked, Reloader};
use crate::telemetry::{Generation, House, Recorder, attendance, lapses};
use crate::text::Faults;

/// What can be asked of a gateway that runs.
#[derive(Debug)]
pub(super) enum Command {
    /// Read the registry and the TLS files again, and say when that is done.
    Reload(oneshot::Sender<()>),
    /// Drain.
    Stop,
}

/// Everything the control thread looks after.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) settings: Arc<Gateway>,
    pub(super) registry: Registry,
    pub(super) keys: Keys,
    pub(super) phases: watch::Sender<Phase>,
    pub(super) orders: mpsc::UnboundedReceiver<Command>,
    pub(super) threads: Vec<JoinHandle<()>>,
    pub(super) page: TcpListener,
    /// Dropped, they stop the canary, and who removes the trail's old files.
    pub(super) beside: Vec<Sender<()>>,
    /// Keeps the keys of the tokens' issuer.
    pub(super) keeper: Option<Keeper>,
    /// Keeps the audit trail; closed last.
    pub(super) trail: audit::Keeper,
    /// Send it to others; stopped behind it, so that its last line goes too.
    pub(super) exporters: Exporters,
}

/// The registry in service, and whether its files have changed.
#[derive(Debug)]
pub(super) struct Registry {
    pub(super) reloader: Reloader,
    pub(super) clock: Clock,
    pub(super) recorder: Arc<Recorder>,
    pub(super) house: Arc<House>,
    pub(super) freshness: Arc<Freshness>,
    pub(super) publish: watch::Sender<Arc<Generation>>,
    /// The generation and the day that metrics and trail tell of.
    pub(super) told: Option<(u64, Day)>,
    /// Whether the files were faulty at the last look.
    pub(super) faulty: bool,
    pub(super) trail: Trail,
}

impl Control {
    /// Runs until the gateway has stopped.
    pub(super) fn run(self) {
        match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => LocalSet::new().block_on(&runtime, self.keep()),
            // Without its sender the workers stop of themselves.
            Err(error) => tracing::error!(%error, "the control thread has no runtime"),
        }
    }

    async fn keep(self) {
        let Self {
            settings,
            mut registry,
            mut keys,
            phases,
            orders,
            threads,
            page,
            beside,
            keeper,
            mut trail,
            exporters,
        } = self;
        tokio::task::spawn_local(admin::serve(page, board(&settings, &registry, &phases)));
        if let Some(keeper) = keeper {
            // Until the runtime ends, which is after the last call: a drain may still need a key.
            tokio::task::spawn_local(keeper.keep());
        }
        serve(&settings, &mut registry, &mut keys, orders).await;
        tracing::info!("the gateway drains");
        drop(beside);
        phases.send_replace(Phase::Draining);
        let mut workers = all(threads);
        if tokio::time::timeout(settings.drain, &mut workers).await.is_err() {
            tracing::warn!("the drain is over; what still runs is refused or cut");
            phases.send_replace(Phase::Over);
            let _ = workers.await;
        }
        // Nothing else is left to do on this thread.
        trail.close();
        exporters.stop();
        tracing::info!("the gateway has stopped");
    }
}

/// Watches the registry and the TLS files until it is time to stop.
async fn serve(
    settings: &Gateway,
    registry: &mut Registry,
    keys: &mut Keys,
    mut orders: mpsc::UnboundedReceiver<Command>,
) {
    let mut poll = tokio::time::interval(settings.registry.poll);
    poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // The first tick comes at once; the registry was loaded a moment ago.
    poll.tick().await;
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Command::Reload(done)) => {
                    registry.reload();
                    keys.reload();
                    let _ = done.send(());
                }
                Some(Command::Stop) | None => return,
            },
            _ = poll.tick() => {
                registry.look();
                keys.look();
            }
        }
    }
}

/// Ends when all threads have.
fn all(threads: Vec<JoinHandle<()>>) -> Task<()> {
    tokio::task::spawn_blocking(move || threads.into_iter().for_each(|thread| drop(thread.join())))
}

fn board(settings: &Gateway, registry: &Registry, phases: &watch::Sender<Phase>) -> Board {
    let (recorder, house) = (Arc::clone(&registry.recorder), Arc::clone(&registry.house));
    let (freshness, clock) = (Arc::clone(&registry.freshness), registry.clock.clone());
    let (fresh, now) = (Arc::clone(&freshness), clock.clone());
    let (phases, trail) = (phases.subscribe(), registry.trail.clone());
    let measured = trail.clone();
    Board {
        metrics: Box::new(move || {
            let now = now.now();
            house.age.set(fresh.age(now));
            attendance::tell(&recorder, now);
            measured.measure();
            recorder.render()
        }),
        ready: Box::new(move || {
            if *phases.borrow() != Phase::Serving {
                Err("draining")
            } else if freshness.is_stale(clock.now()) {
                Err("registry too old")
            } else if !trail.is_writable() {
                Err("audit trail cannot be written")
            } else {
                Ok(())
            }
        }),
        evaluations: settings.evaluation.for_operators.then(|| evaluations(settings, registry)),
    }
}

/// Questions about access, judged by the registry in service.
fn evaluations(settings: &Gateway, registry: &Registry) -> Evaluations {
    let (generations, clock) = (registry.publish.subscribe(), registry.clock.clone());
    let (freshness, owner_names) = (Arc::clone(&registry.freshness), settings.filter.keeps_owner_names);
    let trail = registry.trail.clone();
    Evaluations::new(Box::new(move || {
        let now = clock.now();
        let today = Calendar::new().day(now);
        let generation = Arc::clone(&generations.borrow());
        let bench = Bench { generation, today, owner_names, trail: trail.clone() };
        (bench, freshness.is_stale(now))
    }))
}

impl Registry {
    fn look(&mut self) {
        let looked = self.reloader.look();
        self.act(looked);
    }

    fn reload(&mut self) {
        let looked = self.reloader.reload();
        self.act(looked);
    }

    fn act(&mut self, looked: Looked) {
        let now = self.clock.now();
        match looked {
            Looked::Unchanged => {
                self.freshness.confirm(now);
                if self.mark(false) {
                    tracing::info!("the registry's files are again those that serve");
                }
            }
            Looked::Swapped(snapshot, warnings) => {
                warn(&warnings);
                let before = Arc::clone(&self.publish.borrow().snapshot);
                self.publish.send_replace(generation(&self.recorder, Arc::clone(&snapshot), &self.clock));
                let effect = self.effect();
                self.house.keep_consumers(|id| snapshot.consumer_with_id(id).is_some());
                tracing::info!(
                    generation = snapshot.generation(),
                    digest = snapshot.digest(),
                    "registry loaded"
                );
                self.trail.act("reload", |line| {
                    line.text("result", "swapped");
                    line.number("generation", snapshot.generation());
                    line.text("registry", snapshot.digest());
                    if let Some(effect) = effect {
                        line.number("effect_ms", effect);
                    }
                });
                let today = Calendar::new().day(now);
                holdings::keep_revoked(&self.trail, &before, &snapshot, today);
                if let Some(effect) = effect {
                    self.house.took_effect(effect);
                }
                self.freshness.confirm(now);
                self.mark(false);
                self.house.count_reload("swapped");
            }
            Looked::Faulty(faults) => {
                for fault in &faults {
                    tracing::error!(
                        %fault,
                        "the registry's files cannot be used; the old ones serve until registry.max-age has passed"
                    );
                }
                self.trail.act("reload", |line| {
                    line.text("result", "faulty");
                    line.number("faults", faults.iter().count() as u64);
                });
                self.mark(true);
                self.house.count_reload("faulty");
            }
            Looked::StillFaulty => {}
        }
        self.tell();
    }

    /// Milliseconds from the change of the files that have just been taken up until now; none: the clock says that they
    /// are of the future.
    fn effect(&self) -> Option<u64> {
        let since = self.reloader.changed_since()?;
        u64::try_from(self.clock.now().as_millisecond().checked_sub(since)?).ok()
    }

    /// Puts into the metrics whether the files are faulty; gives back whether they were.
    fn mark(&mut self, faulty: bool) -> bool {
        self.house.faulty.set(f64::from(u8::from(faulty)));
        std::mem::replace(&mut self.faulty, faulty)
    }

    /// Puts the registry in service into metrics and trail: when it changed, and once a day.
    pub(super) fn tell(&mut self) {
        let generation = Arc::clone(&self.publish.borrow());
        let snapshot = &*generation.snapshot;
        let today = Calendar::new().day(self.clock.now());
        let now = (snapshot.generation(), today);
        if self.told.replace(now) == Some(now) {
            return;
        }
        holdings::keep(&self.trail, snapshot, today);
        #[expect(clippy::cast_precision_loss, reason = "nobody loads a registry that often")]
        self.house.generation.set(snapshot.generation() as f64);
        lapses::tell(&self.recorder, today, holdings::held(snapshot, today));
    }
}

/// What the registry in service makes worth a warning.
pub(super) fn warn(warnings: &Faults) {
    warnings.iter().for_each(|warning| tracing::warn!(%warning, "about the registry"));
}
