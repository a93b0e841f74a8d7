//! Where a trail's bytes go: one file after the other, only ever appended to.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Keeps what is given to it. A trait so that a test can let it fail where real disks seldom do.
pub trait Disk: Send {
    /// Begins a file; what follows goes into it. One of that name that is left of an earlier try is written anew.
    ///
    /// # Errors
    /// As the system has it; then the file before stays the current one.
    fn create(&mut self, name: &str) -> io::Result<()>;

    /// Writes behind what was written.
    ///
    /// # Errors
    /// As the system has it; a part of it may stand there.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when all that was written would survive the machine's loss of power.
    ///
    /// # Errors
    /// As the system has it; then nothing is known of what was written since the last time.
    fn sync(&mut self) -> io::Result<()>;

    /// Takes away what stands behind the first `length` bytes of the current file.
    ///
    /// # Errors
    /// As the system has it.
    fn rewind(&mut self, length: u64) -> io::Result<()>;
}

/// Files of a directory that no other gateway writes to.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// Held as long as this is.
    _lock: File,
    current: Option<File>,
}

/// The file that keeps two gateways from writing one trail.
pub const LOCK: &str = "lock";

impl Directory {
    /// Opens a directory, and makes it where it is not there.
    ///
    /// # Errors
    /// It cannot be made or written to; another gateway has it.
    pub fn open(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        let lock =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path.join(LOCK))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                io::Error::new(io::ErrorKind::ResourceBusy, "another gateway writes its trail there")
            }
            TryLockError::Error(cause) => cause,
        })?;
        Ok(Self { path: path.to_owned(), _lock: lock, current: None })
    }

    fn current(&mut self) -> io::Result<&mut File> {
        self.current.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Disk for Directory {
    fn create(&mut self, name: &str) -> io::Result<()> {
        let path = self.path.join(name);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(path)?;
        // The file's name must survive, too.
        File::open(&self.path)?.sync_all()?;
        self.current = Some(file);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.current()?.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.current()?.sync_data()
    }

    fn rewind(&mut self, length: u64) -> io::Result<()> {
        let file = self.current()?;
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length)).map(drop)
    }
}
