//! Certificates, keys, authorities and lists of revoked certificates in service, and whether their files have changed.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use crate::audit::Trail;
use crate::clock::Clock;
use crate::config::Gateway;
use crate::proxy::tls::{End, Files, Inward, Looked, Outward, Reloader, TlsError};
use crate::telemetry::House;
use crate::text::words::chain;

/// Both sides of TLS, as far as they are configured.
#[derive(Debug)]
pub(super) struct Keys {
    clock: Clock,
    house: Arc<House>,
    trail: Trail,
    inward: Option<Side<Inward>>,
    outward: Option<Side<Outward>>,
    /// The files whose lists were found overdue, and that was said.
    overdue: Vec<PathBuf>,
}

/// One side.
#[derive(Debug)]
struct Side<T> {
    /// Its name in metrics and logs.
    name: &'static str,
    reloader: Reloader<T>,
    publish: watch::Sender<Arc<T>>,
    /// Whether the files were faulty at the last look.
    faulty: bool,
}

impl Keys {
    /// Loads both sides for the first time.
    ///
    /// # Errors
    /// [`TlsError`]: a gateway does not start on files it cannot use.
    pub(super) fn open(settings: &Gateway, clock: &Clock, house: &Arc<House>) -> Result<Self, TlsError> {
        let door = settings.listener.door.clone();
        let inward = door.clients().is_some().then(|| {
            let (paths, clock) = (Inward::paths(&door), clock.clone());
            Side::open("listener", house, paths, move |files, generation| {
                Inward::make(&door, files, generation, &clock)
            })
        });
        let outward = settings.upstream.tls.clone().map(|tls| {
            let paths = Outward::paths(&tls);
            Side::open("upstream", house, paths, move |files, generation| {
                Outward::make(&tls, files, generation)
            })
        });
        let (inward, outward) = (inward.transpose()?, outward.transpose()?);
        let (clock, house, trail) = (clock.clone(), Arc::clone(house), Trail::NONE);
        let mut keys = Self { clock, house, trail, inward, outward, overdue: Vec::new() };
        keys.tell();
        Ok(keys)
    }

    /// Changes are recorded there from now on.
    pub(super) fn kept_by(&mut self, trail: &Trail) {
        self.trail = trail.clone();
    }

    /// Where workers find the side towards consumers.
    pub(super) fn inward(&self) -> Option<watch::Receiver<Arc<Inward>>> {
        self.inward.as_ref().map(|side| side.publish.subscribe())
    }

    /// Where workers find the side towards the upstream.
    pub(super) fn outward(&self) -> Option<watch::Receiver<Arc<Outward>>> {
        self.outward.as_ref().map(|side| side.publish.subscribe())
    }

    /// Looks whether the files have changed.
    pub(super) fn look(&mut self) {
        self.each(Reloader::look, Reloader::look);
    }

    /// Reads the files at once.
    pub(super) fn reload(&mut self) {
        self.each(Reloader::reload, Reloader::reload);
    }

    fn each(
        &mut self,
        inward: impl Fn(&mut Reloader<Inward>) -> Looked<Inward>,
        outward: impl Fn(&mut Reloader<Outward>) -> Looked<Outward>,
    ) {
        let swapped = [
            self.inward.as_mut().is_some_and(|side| side.act(inward, &self.house, &self.trail)),
            self.outward.as_mut().is_some_and(|side| side.act(outward, &self.house, &self.trail)),
        ];
        if swapped.contains(&true) {
            self.overdue.clear();
            self.tell();
        }
        self.tell_overdue();
    }

    /// Puts the ends of what serves into the metrics.
    fn tell(&mut self) {
        let (inward, outward) =
            (self.inward.as_ref().map(Side::serving), self.outward.as_ref().map(Side::serving));
        let ends = inward.iter().flat_map(|inward| &inward.ends);
        for End { of, at } in ends.chain(outward.iter().flat_map(|outward| &outward.ends)) {
            self.house.certificate_expires(of, *at);
        }
        let lists = inward.iter().flat_map(|inward| inward.clients.due());
        let lists: Vec<_> =
            lists.filter_map(|(file, due)| Some((file.display().to_string(), (*due)?))).collect();
        self.house.lists_due(lists.iter().map(|(file, due)| (file.as_str(), *due)));
        self.tell_overdue();
    }

    /// Says once of every list that it is overdue.
    fn tell_overdue(&mut self) {
        let Some(side) = &self.inward else { return };
        let now = self.clock.now().as_second();
        let inward = side.serving();
        let overdue = inward.clients.due().iter().filter(|(_, due)| due.is_some_and(|due| due <= now));
        for (file, _) in overdue {
            if !self.overdue.contains(file) {
                self.overdue.push(file.clone());
                tracing::error!(
                    file = %file.display(),
                    "a list of revoked certificates is overdue; fetch its issuer's new one"
                );
            }
        }
    }
}

impl<T> Side<T> {
    fn open(
        name: &'static str,
        house: &House,
        paths: Vec<PathBuf>,
        make: impl Fn(&Files, u64) -> Result<T, TlsError> + Send + 'static,
    ) -> Result<Self, TlsError> {
        let (reloader, first) = Reloader::open(paths, make)?;
        house.tls_files_faulty(name, false);
        Ok(Self { name, reloader, publish: watch::Sender::new(first), faulty: false })
    }

    fn serving(&self) -> Arc<T> {
        Arc::clone(&self.publish.borrow())
    }

    /// Looks, and does what follows from it. Gives back whether there is a new generation.
    fn act(&mut self, look: impl Fn(&mut Reloader<T>) -> Looked<T>, house: &House, trail: &Trail) -> bool {
        let files = self.name;
        let tell = |result| {
            house.count_tls_reload(files, result);
            trail.act("tls", |line| {
                line.text("files", files);
                line.text("result", result);
            });
        };
        match look(&mut self.reloader) {
            Looked::Unchanged => {
                if self.mark(false, house) {
                    tracing::info!(files, "the TLS files are again those that serve");
                }
            }
            Looked::Swapped(made) => {
                self.publish.send_replace(made);
                tracing::info!(files, "TLS files loaded; new connections use them");
                self.mark(false, house);
                tell("swapped");
                return true;
            }
            Looked::Faulty(fault) => {
                let fault = chain(&fault);
                tracing::error!(files, fault, "the TLS files cannot be used; the old ones serve");
                self.mark(true, house);
                tell("faulty");
            }
            Looked::StillFaulty => {}
        }
        false
    }

    /// Puts into the metrics whether the files are faulty; gives back whether they were.
    fn mark(&mut self, faulty: bool, house: &House) -> bool {
        house.tls_files_faulty(self.name, faulty);
        std::mem::replace(&mut self.faulty, faulty)
    }
}
