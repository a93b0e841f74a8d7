//! `check`: the validation that `run` does at start, for a CI pipeline.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::{Format, answer};
use crate::app::files;
use crate::registry::{Loaded, Snapshot};
use crate::text::{Fault, Faults};

/// Check a gateway's configuration, law, catalogue and registry, and say everything that is wrong
///
/// Exits 0 when all is right (warnings included), 1 when something is not.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Check {
    pub(super) fn run(&self) -> ExitCode {
        let outcome = check(&self.config);
        let text = match self.format {
            Format::Text => as_text(&outcome),
            Format::Json => format!("{:#}\n", whole(&outcome)),
        };
        answer(&text, ExitCode::from(u8::from(outcome.is_err())))
    }
}

fn check(config: &Path) -> Result<Loaded, Faults> {
    let gateway = crate::config::load(config)?;
    let mut faults = files::unusable(&gateway);
    match files::load_registry(&gateway) {
        Ok(loaded) => faults.or(loaded),
        Err(found) => {
            faults.extend(found);
            Err(faults.sorted())
        }
    }
}

fn as_text(outcome: &Result<Loaded, Faults>) -> String {
    let line = |kind: &str, fault: &Fault| format!("{kind}: {fault}\n");
    match outcome {
        Ok(Loaded { snapshot, warnings }) => {
            let consumers = count(snapshot.consumers().len(), "consumer");
            let grants = count(snapshot.grants().len(), "grant");
            let warnings = warnings.iter().map(|warning| line("warning", warning));
            warnings.chain([format!("ok: {consumers} and {grants}\n")]).collect()
        }
        Err(faults) => {
            let total = count(faults.len(), "fault") + "\n";
            faults.iter().map(|fault| line("fault", fault)).chain([total]).collect()
        }
    }
}

fn whole(outcome: &Result<Loaded, Faults>) -> Value {
    let none = Faults::default();
    let (faults, warnings) = match outcome {
        Ok(loaded) => (&none, &loaded.warnings),
        Err(faults) => (faults, &none),
    };
    let snapshot = outcome.as_ref().ok().map(|loaded| &loaded.snapshot);
    json!({
        "ok": outcome.is_ok(),
        "faults": faults.iter().map(as_json).collect::<Vec<_>>(),
        "warnings": warnings.iter().map(as_json).collect::<Vec<_>>(),
        "consumers": snapshot.map(|snapshot| snapshot.consumers().len()),
        "grants": snapshot.map(|snapshot| snapshot.grants().len()),
        "digest": snapshot.map(Snapshot::digest),
        "law": snapshot.map(|snapshot| snapshot.law().version()),
    })
}

/// A fault, for programs.
pub(super) fn as_json(fault: &Fault) -> Value {
    let Fault { spot, problem, remedy } = fault;
    json!({
        "file": &*spot.file, "line": spot.line, "column": spot.column, "key": spot.key,
        "problem": problem, "remedy": remedy,
    })
}

fn count(n: usize, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}
