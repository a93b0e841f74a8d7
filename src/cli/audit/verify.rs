//! `audit verify`: whether a trail is as it was written.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::keys;
use super::progress::Progress;
use crate::audit::verify::{self, Finding, Report, Terms};
use crate::cli::{Format, NO_INPUT, answer, fail};

/// Check that nothing in an audit trail was changed, left out, added or moved
///
/// Says in which file, at which line, at which number, and what. Without --key the checkpoints are checked with the key
/// that the trail itself names: that shows that it belongs together, but not who wrote it. That the end was not cut off
/// only a checkpoint from elsewhere can show (--checkpoint): the gateway logs each one, and a line of that log's field
/// `line` is enough.
///
/// Exits 0 when all is right, 1 when something is not, 66 when DIR cannot be read.
#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// The trail's directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// A public key its checkpoints may be signed with; may be repeated
    #[arg(long = "key", value_name = "PUB")]
    keys: Vec<PathBuf>,
    /// A file with checkpoints as known from elsewhere, one a line
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The gateway may be writing to it: it need not end with a seal
    #[arg(long)]
    live: bool,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Verify {
    pub(super) fn run(&self) -> ExitCode {
        let terms = match self.terms() {
            Ok(terms) => terms,
            Err(code) => return code,
        };
        let mut progress = Progress::new(&self.directory);
        match verify::check(&self.directory, &terms, |bytes| progress.add(bytes)) {
            Err(cause) => fail(NO_INPUT, &format!("cannot read `{}`: {cause}", self.directory.display())),
            Ok(report) => {
                let code = ExitCode::from(u8::from(!report.findings.is_empty()));
                match self.format {
                    Format::Text => answer(&as_text(&report, &terms), code),
                    Format::Json => answer(&format!("{:#}\n", as_json(&report)), code),
                }
            }
        }
    }

    fn terms(&self) -> Result<Terms, ExitCode> {
        let keys = keys(&self.keys)?;
        let witnessed = match &self.checkpoint {
            None => Vec::new(),
            Some(file) => match std::fs::read_to_string(file) {
                Ok(text) => text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect(),
                Err(cause) => {
                    return Err(fail(NO_INPUT, &format!("cannot read `{}`: {cause}", file.display())));
                }
            },
        };
        Ok(Terms { keys, witnessed, live: self.live })
    }
}

fn as_text(report: &Report, terms: &Terms) -> String {
    let Report { segments, lines, checkpoints, unsigned, recovered, retired, last, findings } = report;
    let faults = findings.iter().map(|finding| format!("fault: {finding}"));
    let mut told: Vec<String> = faults.chain(recovered.iter().map(|note| format!("note: {note}"))).collect();
    let gone = |(from, to): &(u64, u64)| {
        format!("note: lines {from} to {to} were removed when their time was over; signed tombstones say so")
    };
    told.extend(retired.iter().map(gone));
    if *unsigned > 0 {
        told.push(format!(
            "note: {unsigned} lines stand behind the last checkpoint: that there were no more is not shown"
        ));
    }
    if terms.keys.is_empty() && *lines > 0 {
        told.push(
            "note: checked with the key that the trail names itself; give --key to know whose it is"
                .to_owned(),
        );
    }
    let verdict = if findings.is_empty() { "ok" } else { "failed" };
    let end =
        last.as_ref().map_or(String::new(), |(seq, hash)| format!(", up to seq {seq} with hash {hash}"));
    told.push(format!(
        "{verdict}: {lines} lines in {segments} segments, {checkpoints} signed checkpoints{end}\n"
    ));
    told.join("\n")
}

fn as_json(report: &Report) -> Value {
    let Report { segments, lines, checkpoints, unsigned, recovered, retired, last, findings } = report;
    let finding = |finding: &Finding| {
        json!({
            "segment": finding.segment,
            "line": finding.line,
            "seq": finding.seq,
            "what": finding.what.name(),
            "detail": finding.to_string(),
        })
    };
    json!({
        "ok": findings.is_empty(),
        "segments": segments,
        "lines": lines,
        "checkpoints": checkpoints,
        "unsigned": unsigned,
        "recovered": recovered,
        "retired": retired.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect::<Vec<_>>(),
        "last_seq": last.as_ref().map(|(seq, _)| seq),
        "last_hash": last.as_ref().map(|(_, hash)| hash),
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}
