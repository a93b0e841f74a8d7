//! Checks a trail that somebody else may have had in hands: nothing in it is trusted but the keys that are given.
//!
//! Every line must hold, continue the one before and stand in its place; every segment must begin and end as it
//! should, or a `recovery` record must say why not; where files are missing, signed tombstones must say so; every checkpoint must be signed and have the root of the lines before
//! it. What a trail cannot show by itself is that its end was cut off at a checkpoint: for that a checkpoint must be known
//! from elsewhere ([`Terms::witnessed`]).
//!
//! Deliberately not here: what the records mean. `docs/audit_verify.py` does the same, and shares no code with this.

pub mod finding;
mod holes;
pub mod prove;
mod statement;
mod walk;

use std::io;
use std::path::Path;

use crate::audit::keys::PublicKey;

pub use finding::{Finding, What};
use walk::Walk;

/// What a trail is held against.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// The keys its checkpoints may be signed with; none: the one that each segment names itself, which shows that
    /// they belong together, but not whose they are.
    pub keys: Vec<PublicKey>,
    /// Checkpoints as known from elsewhere: whole lines.
    pub witnessed: Vec<String>,
    /// The gateway may be writing to it: it may end without a seal.
    pub live: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files.
    pub segments: u64,
    /// Whole lines.
    pub lines: u64,
    /// Signed checkpoints that are right.
    pub checkpoints: u64,
    /// Lines behind the last of them: whether there were more of these nobody can tell.
    pub unsigned: u64,
    /// Segments that a crash left unfinished, and a later run sealed.
    pub recovered: Vec<String>,
    /// The first and last lines of files that are gone, and of which signed tombstones say why.
    pub retired: Vec<(u64, u64)>,
    /// The number and hash of the last line.
    pub last: Option<(u64, String)>,
    /// What is wrong, in the order of the trail.
    pub findings: Vec<Finding>,
}

/// Checks a trail whose files, in the order of their names, are at hand.
pub fn check_files<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>, terms: &Terms) -> Report {
    let mut walk = Walk::new(terms);
    files.into_iter().for_each(|(name, bytes)| walk.segment(name, bytes));
    walk.finish()
}

/// Checks the trail in a directory. `progress` is told the bytes of each file when it is done.
///
/// # Errors
/// The directory or a file in it cannot be read.
pub fn check(directory: &Path, terms: &Terms, mut progress: impl FnMut(u64)) -> io::Result<Report> {
    check_each(directory, terms, |_, bytes| progress(bytes.len() as u64))
}

/// The same; each file's name and bytes, as they were checked, are shown to `see`.
///
/// # Errors
/// The directory or a file in it cannot be read.
pub fn check_each(directory: &Path, terms: &Terms, mut see: impl FnMut(&str, &[u8])) -> io::Result<Report> {
    let mut walk = Walk::new(terms);
    for name in super::trail::segments(directory)? {
        let bytes = std::fs::read(directory.join(&name))?;
        walk.segment(&name, &bytes);
        see(&name, &bytes);
    }
    Ok(walk.finish())
}
