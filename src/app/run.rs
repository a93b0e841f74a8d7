//! Runs a gateway until the system says stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

use crate::app::{Running, StartError, clock, start};
use crate::config::Gateway;
use crate::telemetry::log;

/// Runs a gateway: SIGTERM and SIGINT drain it, SIGHUP reads the registry again. Returns when it has
/// stopped; its log goes to standard error.
///
/// # Errors
/// [`StartError`].
pub fn run(settings: Gateway) -> Result<(), StartError> {
    log::to_stderr();
    log::panics_by_place();
    let running = start(settings, clock::clock())?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
    runtime.block_on(until_told(&running)).map_err(StartError::Thread)?;
    running.stop();
    running.join();
    Ok(())
}

/// Returns when the system says stop (SIGTERM, SIGINT); SIGHUP reads the registry again meanwhile.
///
/// # Errors
/// When the system lets no signal be listened to.
pub async fn until_told(running: &Running) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hangup.recv() => running.reload().await,
        }
    }
}
