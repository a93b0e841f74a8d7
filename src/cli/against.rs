//! What a registry is held against on the command line: the same law and catalogue that a gateway would use.

use std::path::PathBuf;

use clap::Args;

use crate::app::files;
use crate::registry::Basis;
use crate::text::Faults;

/// Law, catalogue, grace and filter, as in gateway.toml.
#[derive(Debug, Args)]
pub(super) struct Against {
    /// How long an accepted disclaimer outlives the text it accepted, as in gateway.toml
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    disclaimer_grace_days: u16,
    /// A grant that names no field groups opens what is near to functionholders, as gateway.toml's "keep" has it
    #[arg(long)]
    keep_near_functionholders: bool,
    /// Another law than the built-in one
    #[arg(long, value_name = "FILE")]
    law: Option<PathBuf>,
    /// Another catalogue than the built-in one
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
}

impl Against {
    pub(super) fn basis(&self) -> Result<Basis, Faults> {
        let (law, catalogue) = (self.law.as_deref(), self.catalogue.as_deref());
        files::basis(law, catalogue, self.disclaimer_grace_days, self.keep_near_functionholders)
    }
}
