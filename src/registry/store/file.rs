//! A directory of TOML files, one consumer a file.
//!
//! Kubernetes mounts a ConfigMap as links into a hidden directory that is swapped whole: links are
//! followed, hidden names passed over, and a change is seen in what the link leads to.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::text::{Faults, Spot};

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<Seen>);

/// One file as the file system describes it: name, device, inode, size, changed (s, ns).
type Seen = (PathBuf, u64, u64, u64, i64, i64);

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
        let files = self.files()?;
        let seen = files.into_iter().map(|path| see(&path).map_err(|cause| unreadable(&path, &cause)));
        seen.collect::<Result<Vec<_>, _>>().map(Fingerprint)
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
            match fs::read_to_string(&path) {
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

    fn spot(&self) -> Spot {
        Spot::whole(&self.path.display().to_string())
    }
}

fn see(path: &Path) -> io::Result<Seen> {
    let meta = fs::metadata(path)?;
    // The change time, not the modification time: a copy that keeps the latter still counts.
    Ok((path.to_owned(), meta.dev(), meta.ino(), meta.size(), meta.ctime(), meta.ctime_nsec()))
}

fn hidden(path: &Path) -> bool {
    path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}

fn unreadable(path: &Path, cause: &io::Error) -> Faults {
    let spot = Spot::whole(&path.display().to_string());
    let remedy = match cause.kind() {
        io::ErrorKind::NotFound => "create it, or correct the path",
        io::ErrorKind::PermissionDenied => "let the gateway's user read it",
        io::ErrorKind::InvalidData => "save it as UTF-8",
        _ => "make it readable",
    };
    spot.fault(format!("cannot be read: {cause}"), remedy).into()
}
