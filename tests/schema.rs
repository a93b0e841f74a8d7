//! What the filter leaves is still a valid answer: everything it removes is optional in the platform's schema.
//!
//! `tests/schema/onderneming.xsd` is hand-made from what is publicly known of the platform's schemas: the paths and
//! cardinalities of functionholders' data in GeefOnderneming 02.00 and GeefFuncties 02.00. Needs `xmllint`; says so and
//! skips where it is not installed.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_poortwachter");

const REVEALS: [&str; 4] =
    ["", "functionholder-name", "functionholder-insz", "functionholder-name,functionholder-insz"];

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schema").join(path)
}

fn validated(answer: &[u8]) -> Option<Output> {
    let xmllint = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(here("onderneming.xsd"))
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
fn the_schema_knows_wrong_from_right() {
    let whole = std::fs::read(here("GeefOnderneming.xml")).unwrap();
    let Some(output) = validated(&whole) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let broken = String::from_utf8(whole).unwrap().replace("AardFunctie>", "Aardfunctie>");
    assert!(!validated(broken.as_bytes()).unwrap().status.success());
}

#[test]
fn an_answer_about_a_sole_proprietorship_is_still_valid_without_its_home() {
    let whole = std::fs::read_to_string(here("GeefOnderneming.xml")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let answer = directory.path().join("answer.xml");
    let form = "<Code Beschrijving=\"Rechtspersoon\">2</Code>";
    assert!(whole.contains(form) && whole.contains("Dorpsstraat"));
    for other in ["<Code>1</Code>", ""] {
        std::fs::write(&answer, whole.replace(form, other)).unwrap();
        let kept = filtered("GeefOnderneming/02.00", &answer, "functionholder-name,functionholder-insz");
        let Some(output) = validated(&kept) else { return };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let kept = String::from_utf8(kept).unwrap();
        assert!(!kept.contains("Adres") && !kept.contains("0400000000"), "{kept}");
        let open = filtered(
            "GeefOnderneming/02.00",
            &answer,
            "functionholder-name,functionholder-insz,sole-proprietor-address",
        );
        assert_eq!(String::from_utf8(open).unwrap(), whole.replace(form, other));
    }
}

#[test]
fn a_filtered_answer_is_still_valid_whatever_stays_in() {
    for operation in ["GeefOnderneming", "GeefFuncties"] {
        let answer = here(&format!("{operation}.xml"));
        let whole = std::fs::read(&answer).unwrap();
        for reveal in REVEALS {
            let kept = filtered(&format!("{operation}/02.00"), &answer, reveal);
            let Some(output) = validated(&kept) else { return };
            assert!(output.status.success(), "{reveal}: {}", String::from_utf8_lossy(&output.stderr));
            let all_open =
                reveal.contains("insz") && (reveal.contains("name") || operation == "GeefFuncties");
            assert_eq!(kept == whole, all_open, "{operation} {reveal}");
        }
    }
}
