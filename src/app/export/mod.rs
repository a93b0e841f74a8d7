//! Sends the audit trail to others while the gateway serves: a thread and a [`cursor`] for each receiver.
//!
//! [`courier`] is the schedule, [`follow`] reads what is written for good, [`otlp`] and [`syslog`] speak to receivers over
//! a [`link`]. Nothing here touches a call.

mod courier;
mod cursor;
mod follow;
mod link;
mod otlp;
mod syslog;

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::watch;

use self::courier::{Carrier, Courier};
use self::cursor::Cursor;
use self::otlp::Poster;
use self::syslog::Writer;
use crate::audit::Trail;
use crate::clock::Clock;
use crate::config::{Exports, Gateway, Otlp, Pace, Syslog};
use crate::export;
use crate::telemetry::Recorder;
use crate::telemetry::export::Meters;

const OTLP: &str = "otlp";
const SYSLOG: &str = "syslog";

/// Those that send, at work until they are told to stop.
#[derive(Debug)]
pub(super) struct Exporters {
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

/// The number of the last line that every configured receiver has taken; without one, the last there can be. What is
/// behind it must not be taken away from the trail's directory. One whose cursor cannot be read has taken none.
pub fn exported_up_to(directory: &Path, exports: &Exports) -> u64 {
    let receivers = [exports.otlp.as_ref().map(|_| OTLP), exports.syslog.as_ref().map(|_| SYSLOG)];
    let taken = |to| Cursor::new(directory, to).load().ok().flatten().map_or(0, |mark| mark.seq);
    receivers.into_iter().flatten().map(taken).min().unwrap_or(u64::MAX)
}

impl Exporters {
    /// Starts one for each receiver that is configured.
    pub(super) fn start(
        settings: &Gateway,
        trail: &Trail,
        clock: &Clock,
        recorder: &Arc<Recorder>,
    ) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let mut exporters = Self { stop, threads: Vec::new() };
        let (Some(id), Some(audit)) = (trail.id(), &settings.audit) else { return Ok(exporters) };
        let start = Start { id, trail, clock, recorder, directory: &audit.directory, stopped };
        if let Some(settings) = &settings.exports.otlp {
            exporters.threads.push(start.thread(OTLP, start.poster(settings), &settings.pace)?);
        }
        if let Some(settings) = &settings.exports.syslog {
            exporters.threads.push(start.thread(SYSLOG, start.writer(settings), &settings.pace)?);
        }
        Ok(exporters)
    }

    /// Lets each try to send what is left, for some seconds. Blocks the thread.
    pub(super) fn stop(self) {
        self.stop.send_replace(true);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a thread that sends the audit trail has panicked");
            }
        }
    }
}

/// What all of them are given.
struct Start<'a> {
    id: &'a str,
    trail: &'a Trail,
    clock: &'a Clock,
    recorder: &'a Arc<Recorder>,
    directory: &'a Path,
    stopped: watch::Receiver<bool>,
}

impl Start<'_> {
    fn poster(&self, settings: &Otlp) -> Poster {
        let source = export::otlp::Source {
            service: settings.service.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            trail: self.id.to_owned(),
            activities: settings.activities.clone(),
        };
        Poster { settings: settings.clone(), source, clock: self.clock.clone(), sender: None }
    }

    fn writer(&self, settings: &Syslog) -> Writer {
        let source = export::syslog::Source {
            facility: settings.facility,
            enterprise: settings.enterprise,
            hostname: settings.hostname.clone().or_else(hostname).unwrap_or_else(|| "-".to_owned()),
            app: settings.app.clone(),
            process: std::process::id(),
            trail: self.id.to_owned(),
        };
        Writer { place: settings.place.clone(), source, wire: None, before: VecDeque::new() }
    }

    fn thread(
        &self,
        to: &'static str,
        carrier: impl Carrier + Send + 'static,
        pace: &Pace,
    ) -> io::Result<JoinHandle<()>> {
        let courier = Courier {
            to,
            carrier,
            pace: pace.clone(),
            trail: self.trail.clone(),
            clock: self.clock.clone(),
            cursor: Cursor::new(self.directory, to),
            meters: Meters::new(self.recorder, to),
            follower: None,
            batch: Vec::new(),
            sent: None,
            unsaved: false,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let stopped = self.stopped.clone();
        thread::Builder::new()
            .name(format!("export-{to}"))
            .spawn(move || runtime.block_on(courier.keep(stopped)))
    }
}

/// The machine's name, where it is one in syslog.
fn hostname() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim();
    let right = (1..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
    right.then(|| name.to_owned())
}
