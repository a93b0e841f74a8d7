//! `audit keygen`: the keys of a trail.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::audit::keys::{KeyError, PseudonymKey, SigningKey};
use crate::cli::{NOT_WRITTEN, answer, fail};
use crate::text::words::chain;

/// Make the keys of an audit trail
///
/// Writes `checkpoint.key` (signs checkpoints), `checkpoint.pub` (checks them; give it to whoever verifies) and
/// `pseudonym.key` (makes pseudonyms) into DIR. Files that are there already are never replaced: without the old
/// pseudonym key nobody finds a person's records again.
#[derive(Debug, Args)]
pub(in crate::cli) struct Keygen {
    /// The directory for the keys
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Keygen {
    pub(super) fn run(&self) -> ExitCode {
        match write(&self.directory) {
            Ok(id) => answer(
                &format!("checkpoint.key, checkpoint.pub (key {id}) and pseudonym.key written\n"),
                ExitCode::SUCCESS,
            ),
            Err(error) => fail(NOT_WRITTEN, &chain(&error)),
        }
    }
}

/// Why the keys are not there.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum KeygenError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(
        "`{0}` is there already, and is not replaced: what it signed or stands in for could not be shown any more"
    )]
    IsThere(String),
    #[error("cannot write `{file}`")]
    NotWritten {
        file: String,
        #[source]
        cause: io::Error,
    },
}

/// Writes new keys; gives the id of the one that signs.
pub(in crate::cli) fn write(directory: &Path) -> Result<String, KeygenError> {
    let signing = SigningKey::generate()?;
    let public = SigningKey::parse(&signing).map(|key| key.public()).ok_or(KeyError::NoRandomness)?;
    let pseudonyms = PseudonymKey::generate()?;
    let refused = |file: &Path, cause| KeygenError::NotWritten { file: file.display().to_string(), cause };
    std::fs::create_dir_all(directory).map_err(|cause| refused(directory, cause))?;
    let files = [
        ("checkpoint.key", signing, 0o600),
        ("pseudonym.key", pseudonyms, 0o600),
        ("checkpoint.pub", public.file(), 0o644),
    ];
    // Before the first is written: half a set would be worse than none.
    for (name, _, _) in &files {
        let file = directory.join(name);
        if file.exists() {
            return Err(KeygenError::IsThere(file.display().to_string()));
        }
    }
    for (name, text, mode) in files {
        let file = directory.join(name);
        let made = OpenOptions::new().write(true).create_new(true).mode(mode).open(&file);
        made.and_then(|mut made| made.write_all(text.as_bytes())).map_err(|cause| refused(&file, cause))?;
    }
    Ok(public.id())
}
