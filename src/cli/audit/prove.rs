//! `audit prove` and `audit check-proof`: single records, shown without the others.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::keys;
use crate::audit::verify::prove::{Proof, ProveError, Shown, Wanted, prove};
use crate::cli::{NO_INPUT, UNREADABLE, USAGE, answer, fail};
use crate::text::words::chain;

/// Write proofs that records stand in an audit trail
///
/// WANTED is a record's number, or the trace of a call, all of whose records are proven. A proof is one line of JSON; it
/// holds the record, what leads from it to a signed checkpoint, and nothing of other records.
#[derive(Debug, Args)]
pub(in crate::cli) struct Prove {
    /// The trail's directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// A number (`seq`), or a trace
    #[arg(value_name = "WANTED")]
    wanted: String,
}

/// Check proofs as `prove` writes them, without the trail
///
/// Exits 0 when all are right, 1 when one is not.
#[derive(Debug, Args)]
pub(in crate::cli) struct CheckProof {
    /// The file with the proofs, one a line
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A public key the checkpoints may be signed with; may be repeated
    #[arg(long = "key", value_name = "PUB", required = true)]
    keys: Vec<PathBuf>,
}

impl Prove {
    pub(super) fn run(&self) -> ExitCode {
        let wanted = match (self.wanted.parse::<u64>(), uuid::Uuid::parse_str(&self.wanted)) {
            (Ok(seq), _) => Wanted::Seq(seq),
            (_, Ok(trace)) => Wanted::Trace(trace.as_hyphenated().to_string()),
            _ => {
                return fail(USAGE, &format!("`{}` is neither a number nor a trace", self.wanted));
            }
        };
        match prove(&self.directory, &wanted) {
            Ok(proofs) => {
                let lines: Vec<String> =
                    proofs.iter().map(|proof| proof.to_json().to_string() + "\n").collect();
                answer(&lines.concat(), ExitCode::SUCCESS)
            }
            Err(error @ ProveError::Unreadable(_)) => fail(NO_INPUT, &chain(&error)),
            Err(error) => fail(1, &chain(&error)),
        }
    }
}

impl CheckProof {
    pub(super) fn run(&self) -> ExitCode {
        let keys = match keys(&self.keys) {
            Ok(keys) => keys,
            Err(code) => return code,
        };
        let text = match std::fs::read_to_string(&self.file) {
            Ok(text) => text,
            Err(cause) => return fail(NO_INPUT, &format!("cannot read `{}`: {cause}", self.file.display())),
        };
        let mut told = Vec::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty()) {
            let proof = serde_json::from_str(line).ok().and_then(|value| Proof::from_json(&value));
            let Some(proof) = proof else {
                let what = format!("line {number}: this is no proof as `poortwachter audit prove` writes it");
                return fail(UNREADABLE, &what);
            };
            match proof.check(&keys) {
                Ok(Shown { line, seq, signed_at, key }) => {
                    told.push(format!(
                        "ok: seq {seq} stood in the trail at {signed_at}, signed with key {key}\n{line}\n"
                    ));
                }
                Err(refuted) => return fail(1, &format!("line {number}: {refuted}")),
            }
        }
        if told.is_empty() {
            fail(UNREADABLE, &"there is no proof in it")
        } else {
            answer(&told.concat(), ExitCode::SUCCESS)
        }
    }
}
