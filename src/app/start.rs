//! Puts the rooms together.
//!
//! Usable in a program of one's own, as the demo and the tests do: nothing global is touched, port 0 lets
//! the system choose, and several gateways can run side by side.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot, watch};

use crate::admin;
use crate::app::canary::Canary;
use crate::app::canary::watch::Watch;
use crate::app::control::{Command, Control, Registry, warn};
use crate::app::files;
use crate::audit::trail::TrailError;
use crate::audit::trail::disk::Disk;
use crate::audit::trail::line::Line;
use crate::audit::{Keeper, Outcome};
use crate::clock::Clock;
use crate::config::{Door, Gateway};
use crate::identity::certificate;
use crate::proxy::drain::Phase;
use crate::proxy::gate::Freshness;
use crate::proxy::tls::{self, TlsError};
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
    /// The listener, its certificates or the upstream cannot be used.
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
    tell_expiry(&settings, &house)?;
    let basis = files::basis_of(&settings)?;
    let (reloader, snapshot) = open_registry(&settings, basis.clone())?;
    let freshness = Arc::new(Freshness::new(clock.now(), settings.registry.max_age));
    let keeper = keep_trail(disk, &settings, &clock, &recorder, &snapshot)?;
    let (publish, generations) = watch::channel(generation(&recorder, snapshot));
    let (phases, phase) = watch::channel(Phase::Serving);

    let refused = |cause| StartError::Admin { address: settings.admin, cause };
    let page = admin::bind(settings.admin).map_err(refused)?;
    let admin = page.local_addr().map_err(refused)?;
    let needs = Needs {
        settings: Arc::clone(&settings),
        clock: clock.clone(),
        house: Arc::clone(&house),
        freshness: Arc::clone(&freshness),
        generations,
        phases: phase,
        trail: keeper.trail().clone(),
    };
    let Proxy { address, mut threads } = proxy::start(needs)?;
    let watch = settings.canary.map(|interval| {
        let canary = Canary::new(Arc::clone(&settings), basis, clock.clone());
        Watch { canary, interval, house: Arc::clone(&house), trail: keeper.trail().clone() }
    });
    let canary = watch.map(|watch| watch_canary(watch, &mut threads)).transpose()?;

    let (commands, orders) = mpsc::unbounded_channel();
    let trail = keeper.trail().clone();
    let registry =
        Registry { reloader, clock, recorder, house, freshness, publish, told: None, faulty: false, trail };
    let control = Control { settings, registry, phases, orders, threads, page, canary, keeper };
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

    /// Reads the registry again, and returns when what was found is in service or was refused.
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

/// Starts the canary's thread; it ends when what is given back is dropped.
fn watch_canary(
    watch: Watch,
    threads: &mut Vec<JoinHandle<()>>,
) -> Result<std::sync::mpsc::Sender<()>, StartError> {
    let (stop, stopped) = std::sync::mpsc::channel();
    let thread = thread::Builder::new().name("canary".to_owned()).spawn(move || watch.keep(&stopped));
    threads.push(thread.map_err(StartError::Thread)?);
    Ok(stop)
}

/// Opens the audit trail, or says that there is none.
fn keep_trail(
    disk: Option<Box<dyn Disk>>,
    settings: &Gateway,
    clock: &Clock,
    recorder: &Arc<Recorder>,
    snapshot: &Snapshot,
) -> Result<Keeper, TrailError> {
    let Some(audit) = &settings.audit else {
        tracing::warn!("no audit trail is kept: calls are recorded in the log only");
        return Ok(Keeper::NONE);
    };
    let meters = Meters::new(recorder);
    let start = |line: &mut Line<'_>| {
        line.text("version", env!("CARGO_PKG_VERSION"));
        line.number("generation", snapshot.generation());
        line.text("registry", snapshot.digest());
        line.text("law", snapshot.law().version());
    };
    match disk {
        Some(disk) => Keeper::open_on(disk, audit, clock, meters, start),
        None => Keeper::open(audit, clock, meters, start),
    }
}

fn open_registry(settings: &Gateway, basis: Basis) -> Result<(Reloader, Snapshot), Faults> {
    let (directory, required) = (&settings.registry.directory, settings.listener.door.consumer());
    let (reloader, Loaded { snapshot, warnings }) = Reloader::open(directory, basis, required)?;
    warn(&warnings);
    Ok((reloader, snapshot))
}

/// A snapshot with its meters.
pub(super) fn generation(recorder: &Arc<Recorder>, snapshot: impl Into<Arc<Snapshot>>) -> Arc<Generation> {
    let snapshot = snapshot.into();
    let calls = Calls::new(recorder, &snapshot, Outcome::TABLE);
    Arc::new(Generation { snapshot, calls, rehearsal: false })
}

/// Puts the day each of the gateway's own certificates expires in the metrics; of a chain the first that does, of a
/// bundle of authorities the last: a system's bundle always holds some that have expired, and an old root beside its
/// successor is no alarm.
fn tell_expiry(settings: &Gateway, house: &House) -> Result<(), TlsError> {
    let mut chains: Vec<(&str, &Path)> = Vec::new();
    let mut bundles: Vec<(&str, &Path)> = Vec::new();
    if let Door::Mutual(tls) = &settings.listener.door {
        chains.push(("server", &tls.certificate));
        bundles.push(("client-ca", &tls.client_ca));
    }
    if let Some(tls) = &settings.upstream.tls {
        bundles.push(("upstream-ca", &tls.ca));
        chains.extend(tls.identity.iter().map(|(certificate, _)| ("upstream-client", certificate.as_path())));
    }
    for (name, path) in chains {
        ends(path)?.min().into_iter().for_each(|at| house.certificate_expires(name, at));
    }
    for (name, path) in bundles {
        ends(path)?.max().into_iter().for_each(|at| house.certificate_expires(name, at));
    }
    Ok(())
}

/// When each certificate in a file expires, in seconds since 1970.
fn ends(path: &Path) -> Result<impl Iterator<Item = i64>, TlsError> {
    let certificates = tls::certificates(path)?;
    Ok(certificates.into_iter().filter_map(|der| certificate::not_after(&der).ok()))
}
