//! `canary`: proof that the configured gateway lets no functionholder out.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::{CONFIG, answer, fail};
use crate::app::canary::{self, Finding, Report};
use crate::app::{clock, files};
use crate::text::Faults;

/// Send invented functionholders through the gateway, and fail if one comes out
///
/// Puts the gateway of FILE together as `run` does, with its law, its catalogue and its limits, but between an
/// upstream of its own on loopback and two invented consumers. GeefOnderneming, ZoekOnderneming and GeefFuncties
/// are answered with planted names and numbers. The consumer without a basis must get the answer without them,
/// the one with a statutory basis with them. Neither the real registry nor the real upstream is touched, and a
/// gateway that runs is not disturbed.
///
/// Exits 0 when that is so, 1 when a planted value came out, did not come out where it must, or an answer did not
/// come at all; 78 when FILE, law or catalogue have faults.
#[derive(Debug, Args)]
pub(super) struct Canary {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Answer as one JSON object
    #[arg(long)]
    json: bool,
}

impl Canary {
    pub(super) fn run(&self) -> ExitCode {
        let report = match prepared(&self.config) {
            Ok(canary) => canary.run(),
            Err(faults) => return fail(CONFIG, &faults),
        };
        let text = if self.json { format!("{:#}\n", as_json(&report)) } else { as_text(&report) };
        answer(&text, ExitCode::from(u8::from(!report.is_right())))
    }
}

fn prepared(config: &Path) -> Result<canary::Canary, Faults> {
    let settings = crate::config::load(config)?;
    let basis = files::basis_of(&settings)?;
    Ok(canary::Canary::new(Arc::new(settings), basis, clock::clock()))
}

fn as_text(report: &Report) -> String {
    let line = |Finding { service, fault }: &Finding| {
        let loud = if matches!(fault, canary::Fault::Leaked { .. }) { "LEAK" } else { "fault" };
        let place = if service.is_empty() { String::new() } else { format!("{service}: ") };
        format!("{loud}: {place}{fault}\n")
    };
    let untried = |service: &String| {
        format!("warning: {service}: holds functionholders, but the canary has no answer for it\n")
    };
    let findings = report.findings.iter().map(line);
    findings.chain(report.untried.iter().map(untried)).chain([verdict(report)]).collect()
}

fn verdict(report: &Report) -> String {
    let Report { services, answers, .. } = report;
    let services = services.join(", ");
    match report.leaks() {
        0 if report.is_right() => {
            format!(
                "ok: nothing planted came out without a basis, everything with one; {answers} answers of {services}\n"
            )
        }
        0 => "failed: the canary could not prove that nothing comes out\n".to_owned(),
        leaks => format!("failed: {leaks} kinds of planted values came out; do not let this gateway serve\n"),
    }
}

fn as_json(report: &Report) -> Value {
    let finding = |Finding { service, fault }: &Finding| {
        json!({
            "operation": Some(service).filter(|service| !service.is_empty()),
            "fault": fault.name(),
            "detail": fault.to_string(),
        })
    };
    json!({
        "ok": report.is_right(),
        "leaks": report.leaks(),
        "answers": report.answers,
        "operations": report.services,
        "untried": report.untried,
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}
