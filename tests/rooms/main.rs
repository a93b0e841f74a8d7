//! Proves the rooms below the proxy: text, law, catalogue, registry, configuration, command line.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, missing_docs, unreachable_pub)]

#[path = "../support/golden.rs"]
mod golden;
#[path = "../support/issuer.rs"]
mod issuer;
mod makers;

mod command_line;
mod equality;
mod evaluation;
mod faults;
mod field_groups;
mod field_samples;
mod files;
mod forwarded;
mod hostile_text;
mod integers;
mod law_matrix;
mod metamorphosis;
mod midnight;
mod mutations;
mod publications;
mod quota;
mod recognition;
mod reload;
mod remedies;
mod restatement;
mod second_reading;
mod shipped;
mod tellings;
mod tls_files;
mod tokens;
mod trace_context;
mod whole_law;
mod wrappings;
