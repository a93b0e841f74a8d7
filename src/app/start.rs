//! Puts the rooms together.
//!
//! Usable in a program of one's own, as the demo and the tests do: nothing global is touched, port 0 lets
//! the system choose, and several gateways can run side by side.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot, watch};

use crate::admin;
use crate::app::canary::Canary;
use crate::app::canary::watch::Watch;
use crate::app::control::{Command, Control, Registry, warn};
use crate::app::export::Exporters;
use crate::app::keys::Keys;
use crate::app::retirement::Undertaker;
use crate::app::{files, jwks};
use crate::audit::trail::TrailError;
use crate::audit::trail::disk::Disk;
use crate::audit::trail::line::Line;
use crate::audit::{self, Outcome, Trail};
use crate::clock::Clock;
use crate::config::Gateway;
use crate::proxy::drain::Phase;
use crate::proxy::gate::Freshness;
use crate::proxy::tls::TlsError;
use crate::proxy::{self, Needs, Proxy};
use crate::registry::{Basis, Loaded, Reloader, Snapshot};
use crate::telemetry::meters::Calls;
use crate::telemetry::trail::Meters;
use crate::telemetry::{Generation, House, Recorder};
use crate::text::Faults;

/// A gateway that runs. Dropping it lets it drain, without waiting for it.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    admin: SocketAddr,
    commands: mpsc::UnboundedSender<Command>,
    control: Option<JoinHandle<()>>,
}

/// Why a gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Law, catalogue or registry have faults.
    #[error(transparent)]
    Files(#[from] Faults),
    /// The listener or the upstream cannot be used.
    #[error(transparent)]
    Proxy(#[from] proxy::StartError),
    /// A certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address for metrics and health cannot be listened on.
    #[error("cannot listen on `{address}` for metrics and health; is another program there already?")]
    Admin {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The audit trail cannot be kept.
    #[error(transparent)]
    Trail(#[from] TrailError),
    /// The system gives no thread.
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

/// Starts a gateway.
///
/// # Errors
/// [`StartError`]: every fault in the files, or the first thing that cannot be had.
pub fn start(settings: Gateway, clock: Clock) -> Result<Running, StartError> {
    start_on(None, settings, clock)
}

/// The same, with an audit trail that is written to a disk of one's own choice.
///
/// # Errors
/// As [`start()`].
pub fn start_on(disk: Option<Box<dyn Disk>>, settings: Gateway, clock: Clock) -> Result<Running, StartError> {
    let settings = Arc::new(settings);
    let recorder = Arc::new(Recorder::default());
    let house = Arc::new(House::new(&recorder, env!("CARGO_PKG_VERSION")));
    let mut keys = Keys::open(&settings, &clock, &house)?;
    let basis = files::basis_of(&settings)?;
    let (reloader, snapshot) = open_registry(&settings, basis.clone())?;
    let freshness = Arc::new(Freshness::new(clock.now(), settings.registry.max_age));
    let kept = keep_trail(disk, &settings, &clock, &recorder, &snapshot)?;
    keys.kept_by(kept.trail());
    let (publish, generations) = watch::channel(generation(&recorder, snapshot, &clock));
    let mut registry = Registry {
        reloader,
        clock: clock.clone(),
        recorder: Arc::clone(&recorder),
        house: Arc::clone(&house),
        freshness: Arc::clone(&freshness),
        publish,
        told: None,
        faulty: false,
        trail: kept.trail().clone(),
    };
    // Before the first call.
    registry.tell();
    let (phases, phase) = watch::channel(Phase::Serving);

    let refused = |cause| StartError::Admin { address: settings.admin, cause };
    let page = admin::bind(settings.admin).map_err(refused)?;
    let admin = page.local_addr().map_err(refused)?;
    let prepared = settings
        .tokens
        .as_ref()
        .map(|tokens| jwks::prepare(tokens, &clock, &recorder, &house, kept.trail()))
        .transpose()?;
    let (keeper, verification) = prepared.unzip();
    let needs = Needs {
        settings: Arc::clone(&settings),
        clock: clock.clone(),
        house: Arc::clone(&house),
        freshness: Arc::clone(&freshness),
        generations,
        inward: keys.inward(),
        outward: keys.outward(),
        phases: phase,
        tokens: verification,
        trail: kept.trail().clone(),
    };
    let Proxy { address, mut threads } = proxy::start(needs)?;
    let exporters =
        Exporters::start(&settings, kept.trail(), &clock, &recorder).map_err(StartError::Thread)?;
    let beside = attendants(&settings, basis, clock, house, kept.trail(), &mut threads)?;
    let (commands, orders) = mpsc::unbounded_channel();
    let control = Control {
        settings,
        registry,
        keys,
        phases,
        orders,
        threads,
        page,
        beside,
        keeper,
        trail: kept,
        exporters,
    };
    let control = thread::Builder::new()
        .name("control".to_owned())
        .spawn(move || control.run())
        .map_err(StartError::Thread)?;
    tracing::info!(%address, %admin, "the gateway serves");
    Ok(Running { address, admin, commands, control: Some(control) })
}

impl Running {
    /// Where consumers connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where metrics and health are served.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin
    }

    /// Reads the registry and the TLS files again, and returns when what was found is in service or was refused.
    pub async fn reload(&self) {
        let (done, when) = oneshot::channel();
        if self.commands.send(Command::Reload(done)).is_ok() {
            let _ = when.await;
        }
    }

    /// Begins to drain: no new connections, running calls finish.
    pub fn stop(&self) {
        let _ = self.commands.send(Command::Stop);
    }

    /// Waits until the gateway has stopped. Blocks the thread.
    pub fn join(mut self) {
        if let Some(control) = self.control.take() {
            // A control thread that panicked has said so; there is nothing left to wait for.
            let _ = control.join();
        }
    }

    /// Drains, and returns when the gateway has stopped.
    pub async fn shutdown(self) {
        self.stop();
        // Only a runtime that is itself shutting down refuses; then nobody waits any more.
        let _ = tokio::task::spawn_blocking(move || self.join()).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts a thread beside those that serve; it ends when what is given back is dropped.
fn beside(
    name: &str,
    keep: impl FnOnce(Receiver<()>) + Send + 'static,
    threads: &mut Vec<JoinHandle<()>>,
) -> Result<Sender<()>, StartError> {
    let (stop, stopped) = std::sync::mpsc::channel();
    let thread = thread::Builder::new().name(name.to_owned()).spawn(move || keep(stopped));
    threads.push(thread.map_err(StartError::Thread)?);
    Ok(stop)
}

/// Starts the canary, and who removes the trail's old files, as far as they are wanted.
fn attendants(
    settings: &Arc<Gateway>,
    basis: Basis,
    clock: Clock,
    house: Arc<House>,
    trail: &Trail,
    threads: &mut Vec<JoinHandle<()>>,
) -> Result<Vec<Sender<()>>, StartError> {
    let mut stops = Vec::new();
    if let Some(undertaker) = undertaker(settings, &clock, trail) {
        stops.push(beside("retention", move |stop| undertaker.keep(&stop), threads)?);
    }
    if let Some(interval) = settings.canary {
        let canary = Canary::new(Arc::clone(settings), basis, clock);
        let watch = Watch { canary, interval, house, trail: trail.clone() };
        stops.push(beside("canary", move |stop| watch.keep(&stop), threads)?);
    }
    Ok(stops)
}

/// Who takes the trail's files away, where they are not kept for ever.
fn undertaker(settings: &Gateway, clock: &Clock, trail: &Trail) -> Option<Undertaker> {
    let audit = settings.audit.as_ref()?;
    Some(Undertaker {
        directory: audit.directory.clone(),
        exports: settings.exports.clone(),
        terms: audit.retention.clone()?,
        clock: clock.clone(),
        trail: trail.clone(),
    })
}

/// Opens the audit trail, or says that there is none.
fn keep_trail(
    disk: Option<Box<dyn Disk>>,
    settings: &Gateway,
    clock: &Clock,
    recorder: &Arc<Recorder>,
    snapshot: &Snapshot,
) -> Result<audit::Keeper, TrailError> {
    let Some(settings) = &settings.audit else {
        tracing::warn!("no audit trail is kept: calls are recorded in the log only");
        return Ok(audit::Keeper::NONE);
    };
    let meters = Meters::new(recorder);
    let start = |line: &mut Line<'_>| {
        line.text("version", env!("CARGO_PKG_VERSION"));
        line.number("generation", snapshot.generation());
        line.text("registry", snapshot.digest());
        line.text("law", snapshot.law().version());
    };
    match disk {
        Some(disk) => audit::Keeper::open_on(disk, settings, clock, meters, start),
        None => audit::Keeper::open(settings, clock, meters, start),
    }
}

fn open_registry(settings: &Gateway, basis: Basis) -> Result<(Reloader, Snapshot), Faults> {
    let (directory, required) = (&settings.registry.directory, settings.listener.door.consumer());
    let (reloader, Loaded { snapshot, warnings }) = Reloader::open(directory, basis, required)?;
    warn(&warnings);
    warn(&files::without_verification(settings, &snapshot));
    Ok((reloader, snapshot))
}

/// A snapshot with its meters.
pub(super) fn generation(
    recorder: &Arc<Recorder>,
    snapshot: impl Into<Arc<Snapshot>>,
    clock: &Clock,
) -> Arc<Generation> {
    let snapshot = snapshot.into();
    let calls = Calls::new(recorder, &snapshot, Outcome::TABLE, clock);
    Arc::new(Generation { snapshot, calls, rehearsal: false })
}
