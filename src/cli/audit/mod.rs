//! `audit`: keys for a trail, and what can be shown of one. Nothing here writes to a trail.

mod count;
pub(super) mod keygen;
mod prove;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{NO_INPUT, fail};
use crate::audit::keys::PublicKey;
use crate::text::words::chain;

/// Make the keys of an audit trail, check one, count it, and prove single records
///
/// What a trail is, and what this can and cannot show: docs/evidence.md.
#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Keygen(keygen::Keygen),
    Verify(verify::Verify),
    Prove(prove::Prove),
    CheckProof(prove::CheckProof),
    Count(count::Count),
}

impl Audit {
    pub(super) fn run(&self) -> ExitCode {
        match &self.verb {
            Verb::Keygen(verb) => verb.run(),
            Verb::Verify(verb) => verb.run(),
            Verb::Prove(verb) => verb.run(),
            Verb::CheckProof(verb) => verb.run(),
            Verb::Count(verb) => verb.run(),
        }
    }
}

/// The keys in these files.
fn keys(files: &[PathBuf]) -> Result<Vec<PublicKey>, ExitCode> {
    let keys = files.iter().map(|file| PublicKey::load(file));
    keys.collect::<Result<_, _>>().map_err(|error| fail(NO_INPUT, &chain(&error)))
}
