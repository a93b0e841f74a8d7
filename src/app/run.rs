//! Runs a gateway until the system says stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::app::{Running, StartError, clock, start};
use crate::config::Gateway;
use crate::telemetry::log;

/// Runs a gateway: SIGTERM and SIGINT drain it, SIGHUP reads the registry and the TLS files again. Returns when it has
/// stopped; its log goes to standard error.
///
/// # Errors
/// [`StartError`].
pub fn run(settings: Gateway) -> Result<(), StartError> {
    log::to_stderr();
    log::panics_by_place();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
    runtime.block_on(async {
        // Before the gateway says that it serves: a signal sent upon that must find us listening.
        let mut signals = Signals::listen().map_err(StartError::Thread)?;
        let running = start(settings, clock::clock())?;
        signals.until_told(&running).await;
        running.shutdown().await;
        Ok(())
    })
}

/// Returns when the system says stop (SIGTERM, SIGINT); SIGHUP reads the registry and the TLS files again meanwhile.
///
/// # Errors
/// When the system lets no signal be listened to.
pub async fn until_told(running: &Running) -> io::Result<()> {
    Signals::listen()?.until_told(running).await;
    Ok(())
}

/// The signals a gateway listens to.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn until_told(&mut self, running: &Running) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => running.reload().await,
            }
        }
    }
}
