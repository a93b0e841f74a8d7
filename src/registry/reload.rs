//! Loads the registry, and loads it again when its files change: whole, or not at all.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::compile::{Basis, Loaded, compile};
use super::consumer::Consumer;
use super::snapshot::Snapshot;
use super::store::{Directory, Document, Fingerprint};
use crate::text::words::hexadecimal;
use crate::text::{Faults, Spot};

/// Keeps an eye on a registry directory. Does no more I/O than reading that directory, and neither
/// logs nor looks at a clock: whoever asks it to look does.
#[derive(Debug)]
pub struct Reloader {
    directory: Directory,
    basis: Basis,
    generation: u64,
    /// The files as they were when last read, right or faulty.
    seen: Option<Fingerprint>,
    /// Whether they were the same at a later look too. A file written twice within one tick of the file
    /// system's clock looks as it did after the first time, so that one look more reads it again.
    settled: bool,
    digest: String,
    /// What was wrong at the last look; told once.
    faulty: Option<Faults>,
    /// The files that serve.
    served: Fingerprint,
    /// Since when those that serve had been there when they were taken up, milliseconds since 1970; none: since the start.
    changed_since: Option<i64>,
    /// The consumer without whom no registry may serve.
    required: Option<Box<str>>,
}

/// What a look at the directory found.
#[derive(Debug)]
pub enum Looked {
    /// The files are those that serve.
    Unchanged,
    /// Other files, all right: a new snapshot to serve, and what is worth a warning in it.
    Swapped(Arc<Snapshot>, Faults),
    /// Other files, and something is wrong with them: the old snapshot goes on serving.
    Faulty(Faults),
    /// Still the faulty files of an earlier look.
    StillFaulty,
}

/// Reads and compiles a registry directory once, as `check` does.
///
/// `required` is the consumer without whom it is faulty: the one for whom a plain listener stands.
///
/// # Errors
/// Every fault in every file, or that the required consumer is not there.
pub fn load(directory: &Path, basis: &Basis, required: Option<&str>) -> Result<Loaded, Faults> {
    let directory = Directory::new(directory);
    let (documents, _) = directory.read()?;
    let loaded = build(&documents, basis, 1, digest(&documents))?;
    let mut loaded = complete(loaded, &directory, required)?;
    let strays = directory.strays();
    loaded.warnings.extend(strays.iter().map(|path| {
        Spot::whole(&path.display().to_string())
            .fault("is passed over", "name consumers' files *.toml, move others away")
    }));
    Ok(loaded)
}

impl Reloader {
    /// Loads the registry for the first time; `required` as for [`load`], now and at every look.
    ///
    /// # Errors
    /// Every fault: a gateway does not start on a faulty registry.
    pub fn open(directory: &Path, basis: Basis, required: Option<&str>) -> Result<(Self, Loaded), Faults> {
        let directory = Directory::new(directory);
        let (documents, seen) = directory.read()?;
        let digest = digest(&documents);
        let loaded = build(&documents, &basis, 1, digest.clone())?;
        let loaded = complete(loaded, &directory, required)?;
        let reloader = Self {
            directory,
            basis,
            generation: 1,
            served: seen.clone(),
            seen: Some(seen),
            settled: false,
            digest,
            faulty: None,
            changed_since: None,
            required: required.map(Box::from),
        };
        Ok((reloader, loaded))
    }

    /// Looks whether the files changed, and loads them if so.
    pub fn look(&mut self) -> Looked {
        match self.directory.fingerprint() {
            Ok(now) if self.settled && self.seen.as_ref() == Some(&now) => self.unchanged(),
            Ok(_) => self.load(),
            Err(faults) => self.failed(faults, None),
        }
    }

    /// Loads the files whether they changed or not, and tells anew what is wrong with them.
    pub fn reload(&mut self) -> Looked {
        self.faulty = None;
        self.load()
    }

    /// Since when the files of the last swap had been there when it was made, in milliseconds since 1970, as the file
    /// system tells their changes: the first of those that were changed or removed.
    pub fn changed_since(&self) -> Option<i64> {
        self.changed_since
    }

    fn load(&mut self) -> Looked {
        let (documents, seen) = match self.directory.read() {
            Ok(read) => read,
            Err(faults) => return self.failed(faults, None),
        };
        let digest = digest(&documents);
        if digest == self.digest {
            self.settled = self.seen.as_ref() == Some(&seen);
            self.served = seen.clone();
            self.seen = Some(seen);
            self.faulty = None;
            return Looked::Unchanged;
        }
        let built = build(&documents, &self.basis, self.generation + 1, digest.clone());
        match built.and_then(|loaded| complete(loaded, &self.directory, self.required.as_deref())) {
            Ok(loaded) => self.swapped(loaded, seen, digest),
            Err(faults) => self.failed(faults, Some(seen)),
        }
    }

    fn unchanged(&self) -> Looked {
        if self.faulty.is_some() { Looked::StillFaulty } else { Looked::Unchanged }
    }

    fn swapped(&mut self, loaded: Loaded, seen: Fingerprint, digest: String) -> Looked {
        self.generation += 1;
        self.settled = false;
        self.changed_since = seen.changed_since(&self.served);
        self.served = seen.clone();
        self.seen = Some(seen);
        self.digest = digest;
        self.faulty = None;
        Looked::Swapped(Arc::new(loaded.snapshot), loaded.warnings)
    }

    /// The same faults of the same files are told once. What could not be read is tried at every look.
    fn failed(&mut self, faults: Faults, seen: Option<Fingerprint>) -> Looked {
        let told = self.seen == seen && self.faulty.as_ref() == Some(&faults);
        self.settled = told;
        self.seen = seen;
        if told {
            return Looked::StillFaulty;
        }
        self.faulty = Some(faults.clone());
        Looked::Faulty(faults)
    }
}

fn build(documents: &[Document], basis: &Basis, generation: u64, digest: String) -> Result<Loaded, Faults> {
    let mut faults = Faults::default();
    let mut consumers = Vec::with_capacity(documents.len());
    for Document { file, text } in documents {
        match Consumer::parse(file, text) {
            Ok(consumer) => consumers.push(consumer),
            Err(found) => faults.extend(found),
        }
    }
    // Compiled in any case, so that one run tells the faults of both kinds.
    match compile(consumers, basis, generation, digest) {
        Ok(loaded) => faults.or(loaded),
        Err(found) => {
            faults.extend(found);
            Err(faults.sorted())
        }
    }
}

fn complete(loaded: Loaded, directory: &Directory, required: Option<&str>) -> Result<Loaded, Faults> {
    match required {
        Some(consumer) if loaded.snapshot.consumer_with_id(consumer).is_none() => {
            let problem = format!("has no consumer `{consumer}`, which `listener.plain-consumer` names");
            Err(directory.spot().fault(problem, "add its file, or correct the name").into())
        }
        _ => Ok(loaded),
    }
}

fn digest(documents: &[Document]) -> String {
    let mut hash = Sha256::new();
    for Document { file, text } in documents {
        // The name without its directory: the same registry mounted elsewhere has the same digest.
        let name = Path::new(file).file_name().unwrap_or_default();
        for part in [name.as_encoded_bytes(), text.as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hexadecimal(&hash.finalize())
}
