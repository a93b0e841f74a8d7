//! Notices that files have changed, and makes a new generation of them: whole, or not at all.
//!
//! A change is taken up when a second look finds the files as the first did: whoever writes several files one after
//! the other is not disturbed in the middle. Neither logs nor looks at a clock; whoever asks it to look does.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::files::{Files, Seen, TlsError};
use crate::text::words::chain;

/// Keeps an eye on a set of files.
pub struct Reloader<T> {
    paths: Vec<PathBuf>,
    make: Make<T>,
    generation: u64,
    /// The files as they were when last read.
    read: Option<Seen>,
    /// The files as the last look found them, when they are to be read if the next one finds them so too.
    changed: Option<Seen>,
    digest: [u8; 32],
    /// What was wrong at the last look; told once.
    faulty: Option<String>,
}

/// Makes a generation of the files read.
type Make<T> = Box<dyn Fn(&Files, u64) -> Result<T, TlsError> + Send>;

/// What a look at the files found.
#[derive(Debug)]
pub enum Looked<T> {
    /// The files are those that serve, or their change has yet to come to rest.
    Unchanged,
    /// Other files, all right: a new generation to serve.
    Swapped(Arc<T>),
    /// Something is wrong with the files: the old generation goes on serving.
    Faulty(TlsError),
    /// The same is still wrong.
    StillFaulty,
}

impl<T> Reloader<T> {
    /// Makes the first generation.
    ///
    /// # Errors
    /// [`TlsError`]: a gateway does not start on files it cannot use.
    pub fn open(
        paths: Vec<PathBuf>,
        make: impl Fn(&Files, u64) -> Result<T, TlsError> + Send + 'static,
    ) -> Result<(Self, Arc<T>), TlsError> {
        let (files, seen) = Files::read(&paths)?;
        let first = Arc::new(make(&files, 1)?);
        let (digest, make) = (files.digest(), Box::new(make));
        // Read once more at the next look: a file written twice within one tick of the file system's clock
        // looks as it did after the first time.
        let (read, changed) = (None, Some(seen));
        Ok((Self { paths, make, generation: 1, read, changed, digest, faulty: None }, first))
    }

    /// Looks whether the files have changed, and makes a generation of them when that has come to rest.
    pub fn look(&mut self) -> Looked<T> {
        match Seen::of(&self.paths) {
            Ok(now) if self.read.as_ref() == Some(&now) => self.resting(),
            Ok(now) if self.changed.as_ref() == Some(&now) => self.load(),
            Ok(now) => {
                self.changed = Some(now);
                self.resting()
            }
            Err(fault) => self.failed(fault, None),
        }
    }

    /// Reads the files at once, and tells anew what is wrong with them.
    pub fn reload(&mut self) -> Looked<T> {
        self.faulty = None;
        let looked = self.load();
        self.changed = self.read.take();
        looked
    }

    fn resting(&self) -> Looked<T> {
        if self.faulty.is_some() { Looked::StillFaulty } else { Looked::Unchanged }
    }

    fn load(&mut self) -> Looked<T> {
        let (files, seen) = match Files::read(&self.paths) {
            Ok(read) => read,
            Err(fault) => return self.failed(fault, None),
        };
        let digest = files.digest();
        if digest == self.digest {
            (self.read, self.faulty) = (Some(seen), None);
            return Looked::Unchanged;
        }
        match (self.make)(&files, self.generation + 1) {
            Ok(made) => {
                self.generation += 1;
                (self.read, self.digest, self.faulty) = (Some(seen), digest, None);
                Looked::Swapped(Arc::new(made))
            }
            Err(fault) => self.failed(fault, Some(seen)),
        }
    }

    /// The same fault is told once. What could not be read is tried at every look.
    fn failed(&mut self, fault: TlsError, seen: Option<Seen>) -> Looked<T> {
        self.read = seen;
        let told = chain(&fault);
        if self.faulty.as_ref() == Some(&told) {
            return Looked::StillFaulty;
        }
        self.faulty = Some(told);
        Looked::Faulty(fault)
    }
}

impl<T> fmt::Debug for Reloader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloader").field("paths", &self.paths).finish_non_exhaustive()
    }
}
