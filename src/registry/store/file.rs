//! A directory of TOML files, one consumer a file.
//!
//! Kubernetes mounts a ConfigMap as links into a hidden directory that is swapped whole: links are
//! followed, hidden names passed over, and a change is seen in what the link leads to.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::text::{Faults, Spot};

/// The longest file that is read. A consumer's is a few kilobytes; this is for mistakes and for spite.
const LENGTH_MAX: u64 = 64 << 20;

/// A directory of consumers' files.
#[derive(Clone, Debug)]
pub struct Directory {
    path: PathBuf,
}

/// One file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its path, as faults name it.
    pub file: String,
    /// Its content.
    pub text: String,
}

/// What can be seen of the files without reading them: it changes when they do.
#[derive(Clone, Debug, Default)]
pub struct Fingerprint {
    files: Vec<Seen>,
    /// When the directory itself changed last, milliseconds since 1970. No part of what is compared: files that are nobody's
    /// change it, too.
    directory: i64,
}

/// One file as the file system describes it: name, device, inode, size, changed (s, ns).
type Seen = (PathBuf, u64, u64, u64, i64, i64);

impl Fingerprint {
    /// Since when the files are not what they were, in milliseconds since 1970: the first change of those that are others
    /// now; where one is gone, at the latest when the directory changed last.
    pub fn changed_since(&self, before: &Self) -> Option<i64> {
        let others = self.files.iter().filter(|seen| !before.files.contains(seen));
        let is_here = |(path, ..): &Seen| self.files.iter().any(|(other, ..)| other == path);
        let gone = before.files.iter().any(|seen| !is_here(seen));
        others
            .map(|(.., seconds, nanos)| milliseconds(*seconds, *nanos))
            .chain(gone.then_some(self.directory))
            .min()
    }
}

impl PartialEq for Fingerprint {
    fn eq(&self, other: &Self) -> bool {
        self.files == other.files
    }
}

impl Eq for Fingerprint {}

impl Directory {
    /// The directory at `path`; it is looked at only when asked.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The state of the files now.
    ///
    /// # Errors
    /// When the directory or a file in it cannot be looked at.
    pub fn fingerprint(&self) -> Result<Fingerprint, Faults> {
        let mut faults = Faults::default();
        let mut seen = Vec::new();
        for path in self.files()? {
            match see(&path) {
                Ok(file) => seen.push(file),
                Err(found) => faults.extend(found),
            }
        }
        let directory = fs::metadata(&self.path).map_err(|cause| unreadable(&self.path, &cause))?;
        let directory = milliseconds(directory.ctime(), directory.ctime_nsec());
        faults.or(Fingerprint { files: seen, directory })
    }

    /// All documents, by name, in a state in which they stood together: a directory that changes while
    /// it is read is read again.
    ///
    /// # Errors
    /// Every file that cannot be read, or a directory without any.
    pub fn read(&self) -> Result<(Vec<Document>, Fingerprint), Faults> {
        let mut before = self.fingerprint()?;
        for _ in 0..10 {
            let documents = self.read_once()?;
            let after = self.fingerprint()?;
            if before == after {
                return Ok((documents, after));
            }
            before = after;
        }
        Err(self
            .spot()
            .fault("changes faster than it can be read", "write it elsewhere and move it in place")
            .into())
    }

    /// Names in the directory that look like a mistake: neither TOML nor hidden.
    pub fn strays(&self) -> Vec<PathBuf> {
        let entries = self.entries().unwrap_or_default();
        entries.into_iter().filter(|path| !hidden(path) && !is_toml(path)).collect()
    }

    fn read_once(&self) -> Result<Vec<Document>, Faults> {
        let files = self.files()?;
        if files.is_empty() {
            let remedy = "put one TOML file a consumer there, or correct `registry.directory`";
            return Err(self.spot().fault("holds no consumer's file (*.toml)", remedy).into());
        }
        let mut faults = Faults::default();
        let mut documents = Vec::with_capacity(files.len());
        for path in files {
            match read(&path) {
                Ok(text) => documents.push(Document { file: path.display().to_string(), text }),
                Err(cause) => faults.extend(unreadable(&path, &cause)),
            }
        }
        faults.or(documents)
    }

    fn files(&self) -> Result<Vec<PathBuf>, Faults> {
        let entries = self.entries().map_err(|cause| unreadable(&self.path, &cause))?;
        Ok(entries.into_iter().filter(|path| is_toml(path) && !hidden(path)).collect())
    }

    fn entries(&self) -> io::Result<Vec<PathBuf>> {
        let mut paths = fs::read_dir(&self.path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<PathBuf>>>()?;
        paths.sort();
        Ok(paths)
    }

    /// The whole of it, for faults.
    pub fn spot(&self) -> Spot {
        spot(&self.path)
    }
}

/// What the file system says of a file. Only what is a file is ever opened: a pipe would make the
/// gateway wait for whoever writes into it, a device has no end.
fn see(path: &Path) -> Result<Seen, Faults> {
    let meta = fs::metadata(path).map_err(|cause| unreadable(path, &cause))?;
    let wrong = |problem: String| Err(spot(path).fault(problem, "put a consumer's file there").into());
    if !meta.is_file() {
        return wrong("is no file".to_owned());
    }
    if meta.size() > LENGTH_MAX {
        return wrong(format!("is larger than {} MiB", LENGTH_MAX >> 20));
    }
    // The change time, not the modification time: a copy that keeps the latter still counts.
    Ok((path.to_owned(), meta.dev(), meta.ino(), meta.size(), meta.ctime(), meta.ctime_nsec()))
}

fn milliseconds(seconds: i64, nanos: i64) -> i64 {
    seconds.saturating_mul(1000).saturating_add(nanos / 1_000_000)
}

/// The file's text; of one that has grown since it was seen, as much as could be right.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LENGTH_MAX).read_to_string(&mut text)?;
    Ok(text)
}

fn hidden(path: &Path) -> bool {
    path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}

fn unreadable(path: &Path, cause: &io::Error) -> Faults {
    spot(path).unreadable(cause, "create it, or correct the path").into()
}

fn spot(path: &Path) -> Spot {
    Spot::whole(&path.display().to_string())
}
