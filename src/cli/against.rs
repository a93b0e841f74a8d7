//! What a registry is held against on the command line: the same law and catalogue that a gateway would use.

use std::path::PathBuf;

use clap::Args;

use crate::app::files;
use crate::registry::Basis;
use crate::text::Faults;

/// Law, catalogue and grace, as in gateway.toml.
#[derive(Debug, Args)]
pub(super) struct Against {
    /// How long an accepted disclaimer outlives the text it accepted, as in gateway.toml
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    disclaimer_grace_days: u16,
    /// Another law than the built-in one
    #[arg(long, value_name = "FILE")]
    law: Option<PathBuf>,
    /// Another catalogue than the built-in one
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
}

impl Against {
    pub(super) fn basis(&self) -> Result<Basis, Faults> {
        files::basis(self.law.as_deref(), self.catalogue.as_deref(), self.disclaimer_grace_days)
    }
}
