//! `audit`: keys for a trail, what can be shown of one, and what it answers. Nothing here writes to a trail.

mod count;
mod escape;
pub(super) mod keygen;
mod magda;
mod out;
mod progress;
mod prove;
mod recall;
mod report;
mod rows;
mod search;
mod unseen;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{NO_INPUT, UNREADABLE, fail};
use crate::audit::answers::joined::Seen;
use crate::audit::answers::period::Within;
use crate::audit::keys::PublicKey;
use crate::audit::reading::ReadError;
use crate::text::words::chain;

/// Make the keys of an audit trail, check one, prove single records, count, and ask it questions
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
    Search(Box<search::Search>),
    Recall(recall::Recall),
    Report(report::Report),
}

impl Audit {
    pub(super) fn run(&self) -> ExitCode {
        match &self.verb {
            Verb::Keygen(verb) => verb.run(),
            Verb::Verify(verb) => verb.run(),
            Verb::Prove(verb) => verb.run(),
            Verb::CheckProof(verb) => verb.run(),
            Verb::Count(verb) => verb.run(),
            Verb::Search(verb) => verb.run(),
            Verb::Recall(verb) => verb.run(),
            Verb::Report(verb) => verb.run(),
        }
    }
}

/// The keys in these files.
fn keys(files: &[PathBuf]) -> Result<Vec<PublicKey>, ExitCode> {
    let keys = files.iter().map(|file| PublicKey::load(file));
    keys.collect::<Result<_, _>>().map_err(|error| fail(NO_INPUT, &chain(&error)))
}

/// Why a trail gives no answer, and the exit code for it.
fn unread(error: &ReadError) -> ExitCode {
    let code = match error {
        ReadError::Unreadable { .. } => NO_INPUT,
        ReadError::Damaged { .. } => UNREADABLE,
    };
    fail(code, &chain(error))
}

/// Says which records an answer cannot rest on, because their files are gone: retired, moved to an archive, or removed.
fn tell_missing(seen: &Seen, within: &Within) {
    for (first, last) in seen.missing(within) {
        eprintln!(
            "note: records {first} to {last} are in files that are not there any more, and not in this answer; `poortwachter audit verify` says whether they were retired"
        );
    }
}
