//! Says on a terminal how far long work is.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use crate::audit::trail::segments;

/// How far the reading of a trail is.
pub(super) struct Progress {
    /// Bytes of the trail; none: nobody is to be told.
    all: Option<u64>,
    done: u64,
    told: u64,
}

/// Bytes between two words of it.
const STEP: u64 = 4 << 20;

impl Progress {
    /// Of a trail whose reading ends before anything is printed.
    pub(super) fn new(directory: &Path) -> Self {
        let size = |name: &String| std::fs::metadata(directory.join(name)).map_or(0, |file| file.len());
        let all = io::stderr()
            .is_terminal()
            .then(|| segments(directory).map_or(0, |names| names.iter().map(size).sum::<u64>()));
        Self { all, done: 0, told: 0 }
    }

    /// Of one whose answer is printed meanwhile: not in between its lines.
    pub(super) fn beside(directory: &Path) -> Self {
        if io::stdout().is_terminal() { Self { all: None, done: 0, told: 0 } } else { Self::new(directory) }
    }

    /// So many bytes more are done.
    pub(super) fn add(&mut self, bytes: u64) {
        self.at(self.done + bytes);
    }

    /// So many bytes are done in all.
    pub(super) fn at(&mut self, done: u64) {
        self.done = done;
        if let Some(all) = self.all.filter(|all| *all > 0 && (done >= self.told + STEP || done >= *all)) {
            self.told = done;
            eprint!("\r{} of {} MiB", done >> 20, all >> 20);
            if done >= all {
                self.all = None;
                eprintln!();
            }
        }
    }
}
