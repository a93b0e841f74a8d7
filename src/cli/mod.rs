//! The command line: one verb a file.
//!
//! Exit codes follow `sysexits.h` where it has one: 0 done, 1 a fault in what was checked, 64 wrong
//! words on the command line, 65 unreadable input, 66 a file that cannot be read, 74 an answer that
//! cannot be written, 78 wrong configuration.

mod advise;
mod against;
mod audit;
mod canary;
mod check;
mod demo;
mod explain;
mod grants;
mod redact;
mod run;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// A gatekeeper for MAGDA: lets a call pass only where the law allows it, and removes from the answer
/// what the caller has no legal basis for.
#[derive(Debug, Parser)]
#[command(name = "poortwachter", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Run(run::Run),
    Demo(demo::Demo),
    Check(check::Check),
    Explain(explain::Explain),
    Advise(advise::Advise),
    Grants(grants::Grants),
    Redact(redact::Redact),
    Canary(canary::Canary),
    Audit(audit::Audit),
}

/// How a command answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// Wrong words on the command line (`EX_USAGE`).
const USAGE: u8 = 64;
/// Input that cannot be read as what it should be (`EX_DATAERR`).
const UNREADABLE: u8 = 65;
/// A file that cannot be opened (`EX_NOINPUT`).
const NO_INPUT: u8 = 66;
/// An answer that cannot be written (`EX_IOERR`).
const NOT_WRITTEN: u8 = 74;
/// A configuration, law, catalogue or registry with faults (`EX_CONFIG`).
const CONFIG: u8 = 78;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { USAGE } else { 0 };
            // Printing fails only when nobody reads; then there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match cli.verb {
        Verb::Run(verb) => verb.run(),
        Verb::Demo(verb) => verb.run(),
        Verb::Check(verb) => verb.run(),
        Verb::Explain(verb) => verb.run(),
        Verb::Advise(verb) => verb.run(),
        Verb::Grants(verb) => verb.run(),
        Verb::Redact(verb) => verb.run(),
        Verb::Canary(verb) => verb.run(),
        Verb::Audit(verb) => verb.run(),
    }
}

/// Writes the answer, and gives `code` back. A reader that has seen enough (`| head`) is no fault.
fn answer(text: &str, code: ExitCode) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => {
            fail(NOT_WRITTEN, &format!("cannot write the answer: {cause}"))
        }
        _ => code,
    }
}

/// Says on stderr what went wrong, and gives the exit code for it.
fn fail(code: u8, message: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("poortwachter: {message}");
    ExitCode::from(code)
}
