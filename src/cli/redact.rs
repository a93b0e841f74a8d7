//! `redact`: the gateway's filter on a file.

use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;

use bytes::Bytes;
use clap::Args;
use serde_json::{Map, Value, json};

use poortwachter_kernel::redact::program::Program;
use poortwachter_kernel::redact::xml::{Counts, Fault, Filter, Sink, Start};
use poortwachter_kernel::vocab::{Field, FieldSet};

use super::{CONFIG, NO_INPUT, NOT_WRITTEN, UNREADABLE, USAGE, fail};
use crate::app::files;
use crate::catalogue::Service;
use crate::wire::{self, Transcoder};

/// Remove from an answer what a consumer without a basis may not see, with the gateway's own filter
///
/// Reads a SOAP envelope, or the content of its Body alone, from FILE or standard input and writes it
/// to standard output without the personal fields. UTF-8, UTF-16 and ISO-8859-1 are read, by byte order
/// mark or XML declaration; what is written is UTF-8. An answer that cannot be read as the operation's is
/// withheld: exit code 65, and nothing on standard output.
#[derive(Debug, Args)]
pub(super) struct Redact {
    /// Whose answer it is
    #[arg(long, value_name = "NAME/VERSION")]
    operation: String,
    /// Personal fields to leave in
    #[arg(long, value_name = "FIELD", value_delimiter = ',', value_parser = field)]
    reveal: Vec<Field>,
    /// Write counts per field kind to standard error, as JSON
    #[arg(long)]
    report: bool,
    /// Another catalogue than the built-in one
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// The answer; standard input when left out
    file: Option<PathBuf>,
}

impl Redact {
    pub(super) fn run(&self) -> ExitCode {
        let catalogue = match files::catalogue(self.catalogue.as_deref()) {
            Ok(catalogue) => catalogue,
            Err(faults) => return fail(CONFIG, &faults),
        };
        let Some(operation) = catalogue.labelled(&self.operation) else {
            return fail(USAGE, &files::unknown_operation(&catalogue, &self.operation));
        };
        let bytes = match self.read() {
            Ok(bytes) => bytes,
            Err(cause) => return fail(NO_INPUT, &format!("cannot read {}: {cause}", self.input())),
        };
        match redact(catalogue.program(operation), self.reveal.iter().copied().collect(), &bytes) {
            Ok((kept, removed)) => self.write(&kept, &report(catalogue.service(operation), removed)),
            Err(fault) => {
                let problem = format!("{}: withheld as {}: {fault}", self.input(), self.operation);
                fail(UNREADABLE, &problem)
            }
        }
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match &self.file {
            Some(path) => File::open(path)?.read_to_end(&mut bytes)?,
            None => io::stdin().lock().read_to_end(&mut bytes)?,
        };
        Ok(bytes)
    }

    fn input(&self) -> String {
        self.file.as_ref().map_or_else(|| "standard input".to_owned(), |path| path.display().to_string())
    }

    fn write(&self, kept: &[u8], report: &Value) -> ExitCode {
        let mut out = io::stdout().lock();
        if let Err(cause) = out.write_all(kept).and_then(|()| out.flush()) {
            return fail(NOT_WRITTEN, &format!("cannot write: {cause}"));
        }
        if self.report {
            eprintln!("{report}");
        }
        ExitCode::SUCCESS
    }
}

fn field(name: &str) -> Result<Field, String> {
    let names = || Field::ALL.into_iter().map(Field::name);
    Field::named(name).ok_or_else(|| format!("write {}", crate::text::words::one_of(names())))
}

/// What may leave of a document in any character set that is read, in UTF-8, and how much did not.
///
/// # Errors
/// The name of the fault for which it is withheld.
pub(super) fn redact(
    program: &Program<'_>,
    reveals: FieldSet,
    bytes: &[u8],
) -> Result<(Vec<u8>, Counts), &'static str> {
    let text = utf_8(bytes).map_err(wire::Fault::name)?;
    filtered(program, reveals, &text).map_err(Fault::name)
}

fn utf_8(bytes: &[u8]) -> Result<Vec<u8>, wire::Fault> {
    let mut transcoder = Transcoder::new(None);
    let mut text = transcoder.read(Bytes::copy_from_slice(bytes))?.to_vec();
    text.extend_from_slice(&transcoder.finish()?);
    Ok(text)
}

fn filtered(program: &Program<'_>, reveals: FieldSet, text: &[u8]) -> Result<(Vec<u8>, Counts), Fault> {
    let mut filter = Filter::new(Start::EnvelopeOrBody, reveals);
    let mut kept = Kept { bytes: text, out: Vec::with_capacity(text.len()) };
    filter.feed(program, text, &mut kept)?;
    let removed = filter.finish()?;
    Ok((kept.out, removed))
}

struct Kept<'a> {
    bytes: &'a [u8],
    out: Vec<u8>,
}

impl Sink for Kept<'_> {
    fn keep(&mut self, range: Range<usize>) {
        self.out.extend_from_slice(&self.bytes[range]);
    }

    fn carried(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }
}

/// Counts by field kind, for the kinds that the service's answers can hold.
fn report(service: &Service, removed: Counts) -> Value {
    let counts: Map<String, Value> = service
        .personal()
        .iter()
        .map(|field| (field.name().to_owned(), json!(removed[field.at()])))
        .collect();
    json!({ "operation": service.label, "removed": counts })
}
