//! How far a receiver was sent the trail: a small file in the trail's directory, replaced as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::audit::trail::frame::{Hash, shown, unhex};

/// A line that was sent, and with it all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) seq: u64,
    pub(super) hash: Hash,
}

/// The file of one receiver.
#[derive(Debug)]
pub(super) struct Cursor {
    directory: PathBuf,
    to: &'static str,
}

impl Cursor {
    pub(super) fn new(directory: &Path, to: &'static str) -> Self {
        Self { directory: directory.to_owned(), to }
    }

    /// The trail's directory.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where it stands.
    pub(super) fn file(&self) -> PathBuf {
        self.directory.join(format!("{}.cursor", self.to))
    }

    /// None: nothing was sent yet. One that cannot be understood is an error: it is not for a guess where to begin.
    pub(super) fn load(&self) -> io::Result<Option<Mark>> {
        let text = match fs::read_to_string(self.file()) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let mark = serde_json::from_str::<Value>(&text).ok().and_then(|written| {
            let seq = written.get("seq")?.as_u64()?;
            Some(Mark { seq, hash: unhex(written.get("hash")?.as_str()?)? })
        });
        mark.map(Some).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is no cursor"))
    }

    /// The file is the old one or the new one, whenever the machine loses its power.
    pub(super) fn store(&self, mark: Mark) -> io::Result<()> {
        let new = self.directory.join(format!("{}.cursor.new", self.to));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(&new)?;
        writeln!(file, "{}", json!({ "seq": mark.seq, "hash": shown(&mark.hash) }))?;
        file.sync_all()?;
        fs::rename(&new, self.file())?;
        File::open(&self.directory)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_loaded_and_a_damaged_file_is_no_beginning() {
        let here = tempfile::tempdir().expect("a directory");
        let cursor = Cursor::new(here.path(), "otlp");
        assert_eq!(cursor.load().expect("none"), None);
        let mark = Mark { seq: 7, hash: [9; 32] };
        cursor.store(mark).expect("a disk");
        assert_eq!(cursor.load().expect("one"), Some(mark));
        fs::write(cursor.file(), "{\"seq\":7}").expect("a disk");
        assert!(cursor.load().is_err());
    }
}
