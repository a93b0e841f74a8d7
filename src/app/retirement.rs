//! Takes away the trail's files whose time is over, beside a gateway that serves.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use std::{fs, io};

use crate::app::exported_up_to;
use crate::audit::retention::{Due, Retention, Retirement, finished_before};
use crate::audit::{Trail, Unrecorded};
use crate::clock::Clock;
use crate::config::Exports;
use crate::text::date::legal_day;

/// Between two looks.
const INTERVAL: Duration = Duration::from_hours(1);

/// What is needed for it.
#[derive(Debug)]
pub(super) struct Undertaker {
    pub(super) directory: PathBuf,
    /// Who must have a file's lines before it goes.
    pub(super) exports: Exports,
    pub(super) terms: Retention,
    pub(super) clock: Clock,
    pub(super) trail: Trail,
}

/// Why files stay that should go.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Unrecorded(#[from] Unrecorded),
}

impl Undertaker {
    /// Looks at once and then every hour, until whoever holds the other end of `stop` lets go of it.
    pub(super) fn keep(&self, stop: &Receiver<()>) {
        let mut retirement = Retirement::new(self.terms.clone());
        loop {
            let wait = match self.round(&mut retirement) {
                // Perhaps there is more.
                Ok(some) if some > 0 => Duration::ZERO,
                Ok(_) => INTERVAL,
                Err(cause) => {
                    tracing::error!(%cause, "files of the audit trail whose time is over could not be removed");
                    INTERVAL
                }
            };
            match stop.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Removes what is due; gives how many files that were.
    fn round(&self, retirement: &mut Retirement) -> Result<usize, Failed> {
        let today = legal_day(self.clock.now()).min(retirement.reached(&self.directory)?);
        let checkpoint = self.trail.checkpoint();
        // Not the file that is being written, whatever else lies beside it.
        let finished = checkpoint.as_deref().map_or(0, finished_before);
        let exported = exported_up_to(&self.directory, &self.exports);
        let mut due = retirement.due(&self.directory, today, exported.min(finished))?;
        let doubted = due.leave_out_unvouched(&self.directory, checkpoint)?;
        if doubted > 0 {
            tracing::error!(
                files = doubted,
                "files of the audit trail stay beyond their time: something is wrong with the trail, and what their tombstones say cannot be repeated; run `poortwachter audit verify`"
            );
        }
        if due.files.is_empty() {
            return Ok(0);
        }
        self.bury(&due)?;
        for name in due.names() {
            fs::remove_file(self.directory.join(name))?;
            tracing::info!(segment = name, "a file of the audit trail whose time was over is removed");
            self.trail.count_retired();
        }
        fs::File::open(&self.directory)?.sync_all()?;
        Ok(due.files.len())
    }

    /// Returns when the tombstone is written and signed.
    fn bury(&self, due: &Due) -> Result<(), Failed> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let tombstone = self.trail.signed_act("tombstone", |line| due.write(&self.terms, line));
        Ok(runtime.block_on(tombstone)?)
    }
}
