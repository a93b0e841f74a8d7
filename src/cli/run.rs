//! `run`: the gateway itself.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{CONFIG, fail};
use crate::app;
use crate::text::words::chain;

/// Run the gateway
///
/// SIGTERM and SIGINT drain it: it stops accepting, finishes running calls, and exits 0. SIGHUP reads the
/// registry and the TLS files at once. The log goes to standard error, a JSON object a line.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Run {
    pub(super) fn run(&self) -> ExitCode {
        let settings = match crate::config::load(&self.config) {
            Ok(settings) => settings,
            Err(faults) => return fail(CONFIG, &faults),
        };
        match app::run(settings) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(CONFIG, &chain(&error as &dyn Error)),
        }
    }
}
