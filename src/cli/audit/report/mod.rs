//! `audit report`: what happened in a period.

mod chart;
mod document;
mod html;
mod json;
mod markdown;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::progress::Progress;
use super::unread;
use crate::audit::answers::period::Period;
use crate::audit::answers::report::Report as Answer;
use crate::audit::reading::Reading;
use crate::cli::{NOT_WRITTEN, USAGE, answer, fail};

/// Report on a period: calls, refusals, what was released and removed, by consumer and legal basis
///
/// The same trail gives the same report, byte by byte: it holds no time of making, and names the first and last record and the
/// checkpoint it rests on, to be held against `audit verify`. A period that may not be over, or that the trail does not reach
/// back to, is said to be so.
///
/// Exits 0; 64 wrong words, 65 a changed trail, 66 a file that cannot be read, 74 one that cannot be written.
///
/// Example: poortwachter audit report audit --period 2026-Q4 --format html --output report.html
#[derive(Debug, Args)]
pub(in crate::cli) struct Report {
    /// The trail's directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// A year, quarter, month or day in Brussels: 2026, 2026-Q4, 2026-11, 2026-11-24
    #[arg(long, value_name = "PERIOD")]
    period: String,
    /// The calls of one consumer alone
    #[arg(long, value_name = "ID")]
    consumer: Option<String>,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Shape,
    /// A file to write it to
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// Text with tables
    #[default]
    Markdown,
    /// One page that needs nothing else, with charts
    Html,
    /// One object
    Json,
}

impl Report {
    pub(super) fn run(&self) -> ExitCode {
        let period = match Period::parse(&self.period) {
            Ok(period) => period,
            Err(error) => return fail(USAGE, &error),
        };
        let mut progress = Progress::new(&self.directory);
        let report = Reading::of(&self.directory).and_then(|reading| {
            Answer::of(reading, period, self.consumer.as_deref(), |bytes| progress.at(bytes))
        });
        let report = match report {
            Ok(report) => report,
            Err(error) => return unread(&error),
        };
        let text = match self.format {
            Shape::Markdown => markdown::write(&document::of(&report)),
            Shape::Html => html::write(&document::of(&report)),
            Shape::Json => json::write(&report),
        };
        let Some(file) = &self.output else { return answer(&text, ExitCode::SUCCESS) };
        match std::fs::write(file, text) {
            Ok(()) => ExitCode::SUCCESS,
            Err(cause) => fail(NOT_WRITTEN, &format!("cannot write `{}`: {cause}", file.display())),
        }
    }
}
