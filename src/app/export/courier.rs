//! Takes the trail to one receiver, batch by batch, and remembers how far it came.
//!
//! At least once: the cursor moves when the receiver has taken a batch, and a batch that may have been taken is sent again.
//! Nothing waits for this: a receiver that is away costs lag, and no call.

use std::pin::pin;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::cursor::{Cursor, Mark};
use super::follow::{Astray, Follower};
use super::link::{Failure, Pause};
use crate::audit::Trail;
use crate::audit::reading::Entry;
use crate::clock::Clock;
use crate::config::Pace;
use crate::telemetry::export::Meters;

/// How long the last lines have when the gateway stops.
const LAST: Duration = Duration::from_secs(5);

/// How old the number of waiting lines gets during a pause.
const TELL: Duration = Duration::from_secs(5);

/// Of a cursor that is not to be relied on: where to begin is for somebody to say.
const REMEDY: &str =
    "run `poortwachter audit verify`, then take the cursor's file away to send the whole trail";

/// Brings a batch to a receiver.
pub(super) trait Carrier {
    /// Gives how many of its lines the receiver turned away for good.
    async fn carry(&mut self, batch: &[Entry]) -> Result<u64, Failure>;

    /// Ends the connection in good order.
    async fn close(&mut self) {}
}

pub(super) struct Courier<C> {
    pub(super) to: &'static str,
    pub(super) carrier: C,
    pub(super) pace: Pace,
    pub(super) trail: Trail,
    pub(super) clock: Clock,
    pub(super) cursor: Cursor,
    pub(super) meters: Meters,
    /// None: the cursor must be read first.
    pub(super) follower: Option<Follower>,
    pub(super) batch: Vec<Entry>,
    /// The last line that was taken.
    pub(super) sent: Option<Mark>,
    /// The cursor's file is behind.
    pub(super) unsaved: bool,
}

impl<C: Carrier> Courier<C> {
    /// Until it is time to stop; then once more, for the last lines.
    pub(super) async fn keep(mut self, mut stop: watch::Receiver<bool>) {
        let mut failures = 0;
        // Whoever was to say so may be gone, too.
        let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
        let mut stopped = pin!(stopped);
        let end = loop {
            let (turned, end) = {
                let mut turn = pin!(self.turn());
                tokio::select! {
                    biased;
                    turned = &mut turn => (turned, None),
                    () = &mut stopped => {
                        let end = Instant::now() + LAST;
                        let turned = tokio::time::timeout_at(end, turn).await;
                        (turned.unwrap_or_else(|_| Err(Failure::soon("too-slow"))), Some(end))
                    }
                }
            };
            let pause = match turned {
                Ok(more) => {
                    failures = 0;
                    if more { Duration::ZERO } else { self.pace.interval }
                }
                Err(failure) => self.failed(&failure, &mut failures),
            };
            if let Some(end) = end {
                break end;
            }
            tokio::select! {
                biased;
                () = &mut stopped => break Instant::now() + LAST,
                () = self.wait(pause) => {}
            }
        };
        let last = async {
            while self.turn().await? {}
            Ok::<_, Failure>(())
        };
        let last = tokio::time::timeout_at(end, last).await;
        if !matches!(last, Ok(Ok(()))) {
            let lines = self.lag();
            tracing::warn!(to = self.to, lines, "the end of the audit trail is sent at the next start");
        }
        let _ = tokio::time::timeout_at(end, self.carrier.close()).await;
    }

    /// Waits, and tells meanwhile how many lines do.
    async fn wait(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while Instant::now() < until {
            self.meters.lag(self.lag());
            tokio::time::sleep_until(until.min(Instant::now() + TELL)).await;
        }
    }

    /// Sends a batch. False: there is none.
    async fn turn(&mut self) -> Result<bool, Failure> {
        self.fill()?;
        self.meters.lag(self.lag());
        if self.unsaved {
            self.save()?;
        }
        let Some(last) = self.batch.last().map(|last| Mark { seq: last.seq, hash: last.hash }) else {
            return Ok(false);
        };
        let carried = tokio::time::timeout(self.pace.timeout, self.carrier.carry(&self.batch)).await;
        let rejected = carried.unwrap_or_else(|_| Err(Failure::soon("too-slow")))?;
        let lines = self.batch.len() as u64;
        if rejected > 0 {
            // The specification forbids to send them again; the trail has them.
            let from = self.batch.first().map(|first| first.seq);
            tracing::error!(
                to = self.to,
                rejected,
                from,
                up_to = last.seq,
                "LINES of the audit trail were turned away by their receiver"
            );
            self.meters.failed("rejected", rejected.min(lines));
        }
        self.batch.clear();
        self.sent = Some(last);
        self.unsaved = true;
        self.meters.exported(lines.saturating_sub(rejected), self.clock.now().as_second());
        self.meters.lag(self.lag());
        self.save()?;
        Ok(true)
    }

    fn fill(&mut self) -> Result<(), Failure> {
        if !self.batch.is_empty() {
            return Ok(());
        }
        let follower = if let Some(follower) = &mut self.follower {
            follower
        } else {
            let loaded = self.cursor.load().map_err(|cause| {
                let file = self.cursor.file();
                tracing::error!(to = self.to, %cause, file = %file.display(), "the cursor cannot be read: nothing is sent; {REMEDY}");
                Failure::seldom("cursor")
            })?;
            self.sent = loaded;
            self.follower.insert(Follower::new(self.cursor.directory(), loaded))
        };
        match follower.batch(self.trail.committed(), &self.pace) {
            Ok(batch) => {
                self.batch = batch;
                Ok(())
            }
            Err(astray) => {
                // From the cursor on, should somebody correct it.
                self.follower = None;
                let file = self.cursor.file();
                if matches!(astray, Astray::Other) {
                    tracing::error!(to = self.to, file = %file.display(), "the cursor is not of this trail, or the trail lost lines: nothing is sent; {REMEDY}");
                    return Err(Failure::seldom("other-trail"));
                }
                tracing::error!(
                    to = self.to,
                    cause = crate::text::words::chain(&astray),
                    "the audit trail cannot be read on"
                );
                Err(Failure::seldom("unreadable"))
            }
        }
    }

    fn save(&mut self) -> Result<(), Failure> {
        let Some(sent) = self.sent else { return Ok(()) };
        self.cursor.store(sent).map_err(|cause| {
            tracing::error!(to = self.to, %cause, "the cursor cannot be written; after a restart lines are sent twice");
            Failure::soon("cursor")
        })?;
        self.unsaved = false;
        Ok(())
    }

    /// Says so, and gives how long to wait.
    fn failed(&self, failure: &Failure, failures: &mut u32) -> Duration {
        self.meters.failed(&failure.reason, 1);
        self.meters.lag(self.lag());
        let (reason, status, lines) = (&failure.reason, failure.status, self.lag());
        if failure.pause == Pause::Longest {
            tracing::error!(
                to = self.to,
                reason,
                status,
                lines,
                "the audit trail is not taken by its receiver; somebody must correct that"
            );
        } else {
            tracing::warn!(
                to = self.to,
                reason,
                status,
                lines,
                "the audit trail cannot be sent; it is tried again"
            );
        }
        let growing = self.pace.retry.saturating_mul(1 << (*failures).min(20)).min(self.pace.retry_longest);
        *failures += 1;
        match failure.pause {
            Pause::Growing => growing,
            Pause::AtLeast(wait) => wait.max(growing),
            Pause::Longest => self.pace.retry_longest,
        }
    }

    /// Lines that were not taken yet.
    fn lag(&self) -> u64 {
        self.trail.committed().saturating_sub(self.sent.map_or(0, |sent| sent.seq))
    }
}
