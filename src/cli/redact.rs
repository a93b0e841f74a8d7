//! `redact`: the gateway's filter on a file.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use bytes::{Bytes, BytesMut};
use clap::Args;
use serde_json::{Map, Value, json};

use poortwachter_kernel::redact::json::{Body, Form};
use poortwachter_kernel::redact::program::Program;
use poortwachter_kernel::redact::xml::Start;
use poortwachter_kernel::redact::{Signed, Tally, Terms};
use poortwachter_kernel::vocab::{Field, Groups, Kind};

use super::{CONFIG, NO_INPUT, NOT_WRITTEN, UNREADABLE, USAGE, fail};
use crate::app::files;
use crate::catalogue::{Dialect, Service};
use crate::proxy::redactor::{Redactor, Withheld};
use crate::publication::csv;
use crate::text::words::one_of;
use crate::wire::{self, Transcoder};

/// Remove from an answer what a consumer without a basis may not see, with the gateway's own filter
///
/// Reads a SOAP envelope, the content of its Body alone, a publication, or the same in JSON, from FILE or standard
/// input and writes it to standard output without the personal fields. UTF-8, UTF-16 and ISO-8859-1 are read, by byte order
/// mark or XML declaration; what is written is UTF-8. A publication as CSV is in UTF-8, or in UTF-16 with a mark. An answer that cannot be read as the operation's is
/// withheld: exit code 65, and nothing on standard output.
#[derive(Debug, Args)]
pub(super) struct Redact {
    /// Whose answer it is
    #[arg(long, value_name = "NAME/VERSION")]
    operation: String,
    /// What it is written in; by its first character when left out (JSON lines and CSV must be named)
    #[arg(long)]
    format: Option<Format>,
    /// Personal fields to leave in
    #[arg(long, value_name = "FIELD", value_delimiter = ',', value_parser = field)]
    reveal: Vec<Field>,
    /// Field groups a grant is limited to; without it all of the answer, what is near to functionholders aside
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    fields: Vec<String>,
    /// Remove the names of an enterprise that is a natural person, as "sole-proprietor-names" in gateway.toml does
    #[arg(long)]
    remove_owner_names: bool,
    /// Withhold a signed answer of which something must be removed, instead of taking the signature out
    #[arg(long)]
    withhold_signed: bool,
    /// Write counts per field kind to standard error, as JSON
    #[arg(long)]
    report: bool,
    /// Another catalogue than the built-in one
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// The answer; standard input when left out
    file: Option<PathBuf>,
}

/// What an answer is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A SOAP envelope, the content of its Body, or a publication
    Xml,
    /// One JSON value
    Json,
    /// A JSON value a line
    Ndjson,
    /// A publication in rows, below a header; semicolons or commas between cells
    Csv,
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
        let service = catalogue.service(operation);
        let terms = match self.terms(service) {
            Ok(terms) => terms,
            Err(problem) => return fail(USAGE, &problem),
        };
        if let Some(problem) = self.unfit(service, terms) {
            return fail(USAGE, &problem);
        }
        match redact(service, self.format, terms, &bytes) {
            Ok((kept, tally)) => self.write(&kept, &report(service, tally)),
            Err(fault) => {
                let problem = format!("{}: withheld as {}: {fault}", self.input(), self.operation);
                fail(UNREADABLE, &problem)
            }
        }
    }

    fn terms(&self, service: &Service) -> Result<Terms, String> {
        Ok(Terms {
            reveals: self.reveal.iter().copied().collect(),
            groups: self.groups(service)?,
            signed: if self.withhold_signed { Signed::Withheld } else { Signed::Unsigned },
            owner_names: !self.remove_owner_names,
        })
    }

    /// What cannot be asked of a file of rows.
    fn unfit(&self, service: &Service, terms: Terms) -> Option<String> {
        if self.format != Some(Format::Csv) {
            return None;
        }
        if service.dialect != Dialect::File {
            let problem = "is no publication, and only those are written as CSV; leave --format out";
            return Some(format!("`{}` {problem}", service.label));
        }
        // A group is a list of paths, and a header shows none.
        let all = terms.groups.has(Groups::EVERYTHING);
        let problem =
            "`--fields` goes by paths, which CSV does not show; leave it out, or name `everything` too";
        (!all).then(|| problem.to_owned())
    }

    /// The field groups named on the command line; all of the answer where none is.
    fn groups(&self, service: &Service) -> Result<Groups, String> {
        if self.fields.is_empty() {
            return Ok(Groups::ORDINARY);
        }
        let place = |name: &String| {
            let names = || service.groups.names();
            let unknown =
                || format!("`{name}` is no field group of `{}`; write {}", service.label, one_of(names()));
            service.groups.place(name).ok_or_else(unknown)
        };
        self.fields.iter().map(place).collect()
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
    Field::named(name).ok_or_else(|| format!("write {}", one_of(names())))
}

/// What may leave of a document in any character set that is read, in UTF-8, and how much did not.
///
/// # Errors
/// The name of the fault for which it is withheld; in a file of rows with its line.
pub(super) fn redact(
    service: &Service,
    format: Option<Format>,
    terms: Terms,
    bytes: &[u8],
) -> Result<(Vec<u8>, Tally), String> {
    if format == Some(Format::Csv) {
        return rows(&service.program, terms, bytes);
    }
    let text = utf_8(bytes).map_err(|fault| fault.name().to_owned())?;
    let form = match format.unwrap_or_else(|| Format::of(&text)) {
        Format::Json => Some(Form::Document),
        Format::Ndjson => Some(Form::Lines),
        Format::Xml | Format::Csv => None,
    };
    let body = if service.dialect == Dialect::Rest { Body::Bare } else { Body::Framed };
    let redactor = match form {
        Some(form) => Redactor::of_json(form, body, terms),
        None => Redactor::starting(Start::EnvelopeOrBody, terms),
    };
    filtered(&service.program, redactor, &text).map_err(|withheld| withheld.name().to_owned())
}

/// A publication in rows. Nothing in it names its character set but a byte order mark: without that of UTF-16 it is UTF-8.
fn rows(program: &Program<'_>, terms: Terms, bytes: &[u8]) -> Result<(Vec<u8>, Tally), String> {
    let wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let text = if wide {
        utf_8(bytes).map_err(|fault| fault.name().to_owned())?.into()
    } else {
        Cow::Borrowed(bytes)
    };
    csv::filter(program, terms, &text).map_err(|withheld| withheld.to_string())
}

impl Format {
    /// By the first thing in it.
    fn of(text: &[u8]) -> Self {
        let start = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
        if matches!(start.first(), Some(b'{' | b'[')) { Self::Json } else { Self::Xml }
    }
}

fn utf_8(bytes: &[u8]) -> Result<Vec<u8>, wire::Fault> {
    let mut transcoder = Transcoder::new(None);
    let mut text = transcoder.read(Bytes::copy_from_slice(bytes))?.to_vec();
    text.extend_from_slice(&transcoder.finish()?);
    Ok(text)
}

fn filtered(
    program: &Program<'_>,
    mut redactor: Redactor,
    text: &[u8],
) -> Result<(Vec<u8>, Tally), Withheld> {
    let mut kept = BytesMut::with_capacity(text.len());
    redactor.feed(program, text)?;
    redactor.pour(text, &mut kept);
    redactor.finish(program)?;
    redactor.pour(b"", &mut kept);
    Ok((kept.to_vec(), redactor.tally()))
}

/// Counts by kind, for the kinds that the service's answers can hold and those that were met.
fn report(service: &Service, tally: Tally) -> Value {
    let possible = service.personal();
    let told =
        |kind: &Kind| kind.field().is_some_and(|field| possible.has(field)) || tally.removed[kind.at()] > 0;
    let counts: Map<String, Value> = Kind::ALL
        .into_iter()
        .filter(told)
        .map(|kind| (kind.name().to_owned(), json!(tally.removed[kind.at()])))
        .collect();
    json!({ "operation": service.label, "removed": counts, "unsigned": tally.unsigned })
}
