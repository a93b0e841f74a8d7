//! What the filter leaves is still a valid answer: everything it removes is optional in the platform's schema.
//!
//! `tests/schema/` is hand-made from what is publicly known of the platform's schemas, for every service and publication of
//! KBO/VKBO in the catalogue; each file says what of it is assumed. Needs `xmllint`; says so and skips where it is not
//! installed.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use poortwachter::catalogue::{Catalogue, Dialect, Service};

const BINARY: &str = env!("CARGO_BIN_EXE_poortwachter");

const REVEALS: [&str; 6] = [
    "",
    "functionholder-name",
    "functionholder-insz",
    "functionholder-name,functionholder-insz",
    "sole-proprietor-address",
    "functionholder-name,functionholder-insz,sole-proprietor-address",
];

/// The services and publications of KBO/VKBO in the catalogue that speak XML.
fn operations() -> Vec<String> {
    let catalogue = Catalogue::parse("catalogue.toml", Catalogue::BUILT_IN).unwrap();
    let of_kbo = |service: &&Service| service.origin.is_kbo_vkbo_alone() && service.dialect != Dialect::Rest;
    catalogue.services().iter().filter(of_kbo).map(|service| service.name.clone()).collect()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schema").join(path)
}

fn validated(operation: &str, answer: &[u8]) -> Option<Output> {
    // A publication comes without an envelope.
    let schema = match operation.strip_prefix("Publiceer") {
        Some(_) => format!("{}.xsd", operation.to_lowercase()),
        None => "onderneming.xsd".to_owned(),
    };
    let xmllint = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(here(&schema))
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut xmllint) = xmllint else {
        eprintln!("skipped: xmllint is not installed");
        return None;
    };
    xmllint.stdin.take().unwrap().write_all(answer).unwrap();
    Some(xmllint.wait_with_output().unwrap())
}

fn filtered(operation: &str, answer: &Path, reveal: &str) -> Vec<u8> {
    let mut command = Command::new(BINARY);
    command.args(["redact", "--operation", operation]).arg(answer);
    if !reveal.is_empty() {
        command.args(["--reveal", reveal]);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn the_schemas_know_wrong_from_right() {
    for operation in operations() {
        let whole = std::fs::read_to_string(here(&format!("{operation}.xml"))).unwrap();
        let Some(output) = validated(&operation, whole.as_bytes()) else { return };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let broken = whole
            .replace("Onderneming>", "Onderneeming>")
            .replace("AdresLocaties>", "Adres>")
            .replace("Functie>", "functie>");
        assert!(!validated(&operation, broken.as_bytes()).unwrap().status.success(), "{operation}");
    }
}

#[test]
fn a_filtered_answer_is_still_valid_whatever_stays_in() {
    let directory = tempfile::tempdir().unwrap();
    let legal = "<Code Beschrijving=\"Rechtspersoon\">2</Code>";
    for operation in operations() {
        let whole = std::fs::read_to_string(here(&format!("{operation}.xml"))).unwrap();
        for (at, form) in [legal, "<Code>1</Code>"].into_iter().enumerate() {
            let answer = directory.path().join(format!("{operation}-{at}.xml"));
            let written = whole.replace(legal, form);
            std::fs::write(&answer, &written).unwrap();
            for reveal in REVEALS {
                let kept = filtered(&format!("{operation}/02.00"), &answer, reveal);
                let Some(output) = validated(&operation, &kept) else { return };
                assert!(output.status.success(), "{reveal}: {}", String::from_utf8_lossy(&output.stderr));
                let kept = String::from_utf8(kept).unwrap();
                let stays = |part: &str, open: bool| {
                    assert_eq!(
                        kept.contains(part),
                        written.contains(part) && open,
                        "{operation}: {reveal} {form} {part}"
                    );
                };
                stays("Verzinsel", reveal.contains("name"));
                stays("82641200757", reveal.contains("insz"));
                stays("Dorpsstraat", form == legal || reveal.contains("address"));
                stays("0400000000", form == legal || reveal.contains("address"));
                stays("10003", true);
            }
        }
    }
}

#[test]
fn an_answer_about_an_enterprise_of_unknown_form_is_still_valid_without_its_home() {
    let whole = std::fs::read_to_string(here("GeefOnderneming.xml")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let answer = directory.path().join("answer.xml");
    std::fs::write(&answer, whole.replace("<Code Beschrijving=\"Rechtspersoon\">2</Code>", "<Code>9</Code>"))
        .unwrap();
    let kept = filtered("GeefOnderneming/02.00", &answer, "");
    let Some(output) = validated("GeefOnderneming", &kept) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!String::from_utf8(kept).unwrap().contains("Adres"));
}
