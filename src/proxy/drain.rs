//! How the gateway stops: first nothing new, then, when its time is up, nothing at all.

use std::future::Future;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::proxy::departure::Trouble;

/// Where the gateway is on its way to a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It takes connections and calls.
    Serving,
    /// It takes no connections; calls under way finish, and connections close after them.
    Draining,
    /// Whatever still runs is refused with 503, or cut.
    Over,
}

/// Returns when the gateway has come as far as `phase`.
pub(super) async fn reached(phases: &watch::Receiver<Phase>, phase: Phase) {
    // Without a sender nobody can say otherwise: the gateway is gone.
    let _ = phases.clone().wait_for(|now| *now >= phase).await;
}

/// How long a call may last.
#[derive(Clone, Debug)]
pub(super) struct Until {
    pub(super) deadline: Instant,
    pub(super) phases: watch::Receiver<Phase>,
}

impl Until {
    /// The work's result, unless the call's time is up first.
    pub(super) async fn within<W: Future>(&self, work: W) -> Result<W::Output, Trouble> {
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = reached(&self.phases, Phase::Over) => Err(Trouble::Draining),
            () = tokio::time::sleep_until(self.deadline) => Err(Trouble::Deadline),
        }
    }
}
