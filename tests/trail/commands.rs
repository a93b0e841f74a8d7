//! `poortwachter audit`, as it is typed.

use std::path::Path;
use std::process::{Command, Output};

use crate::log::{Log, SMALL};

fn audit(here: &Path, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poortwachter"));
    let ran = command.arg("audit").args(args).current_dir(here).output().unwrap();
    let Output { status, stdout, stderr } = ran;
    (status.code().unwrap(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

/// A directory with a trail and its public key.
fn placed(log: &Log) -> tempfile::TempDir {
    let here = tempfile::tempdir().unwrap();
    std::fs::create_dir(here.path().join("trail")).unwrap();
    log.write(&here.path().join("trail"));
    std::fs::write(here.path().join("checkpoint.pub"), log.key().public().file()).unwrap();
    std::fs::write(here.path().join("witnessed"), log.last() + "\n").unwrap();
    here
}

#[test]
fn keys_are_made_once() {
    let here = tempfile::tempdir().unwrap();
    assert_eq!(audit(here.path(), &["keygen", "keys"]).0, 0);
    let key = || std::fs::read(here.path().join("keys/pseudonym.key")).unwrap();
    let first = key();
    let (code, said) = audit(here.path(), &["keygen", "keys"]);
    assert_eq!(code, 74);
    assert!(said.contains("`keys/checkpoint.key` is there already, and is not replaced"), "{said}");
    assert_eq!(key(), first);
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(here.path().join("keys/checkpoint.key")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn verify_says_where_and_what() {
    let mut log = Log::new(SMALL);
    let here = placed(&log);
    let all = ["verify", "trail", "--key", "checkpoint.pub", "--checkpoint", "witnessed"];
    let (code, said) = audit(here.path(), &all);
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("ok: 76 lines in 3 segments, 13 signed checkpoints"), "{said}");

    log.files[1].1[4] = log.files[1].1[4].replace("gemeente", "gemeende");
    log.write(&here.path().join("trail"));
    let (code, said) = audit(here.path(), &all);
    assert_eq!(code, 1);
    assert!(said.contains("Z.jsonl, line 5: the line is not as it was written"), "{said}");
    let (_, said) = audit(here.path(), &["verify", "trail", "--format", "json"]);
    let told: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&told["ok"], &told["findings"][0]["what"]), (&false.into(), &"changed".into()));

    assert_eq!(audit(here.path(), &["verify", "nowhere"]).0, 66);
    // No trail: of its key there is nothing to say.
    let (code, said) = audit(here.path(), &["verify", "."]);
    assert!(code == 1 && said.contains("there is no trail here") && !said.contains("--key"), "{said}");
    assert_eq!(audit(here.path(), &["verify", "trail", "--key", "witnessed"]).0, 66);
}

#[test]
fn a_proof_needs_nothing_but_the_key() {
    let here = placed(&Log::new(SMALL));
    let (code, proof) = audit(here.path(), &["prove", "trail", "5"]);
    assert_eq!(code, 0, "{proof}");
    std::fs::write(here.path().join("proof"), &proof).unwrap();
    std::fs::remove_dir_all(here.path().join("trail")).unwrap();
    let check = ["check-proof", "proof", "--key", "checkpoint.pub"];
    let (code, said) = audit(here.path(), &check);
    assert_eq!(code, 0);
    assert!(said.starts_with("ok: seq 5 stood in the trail at 2026-11-24T"), "{said}");
    std::fs::write(here.path().join("proof"), proof.replace("gemeente", "gemeende")).unwrap();
    let (code, said) = audit(here.path(), &check);
    assert!(code == 1 && said.contains("line 1: "), "{said}");
    std::fs::write(here.path().join("proof"), proof + "{}\n").unwrap();
    let (code, said) = audit(here.path(), &check);
    assert!(code == 65 && said.contains("line 2: this is no proof"), "{said}");
    assert_eq!(audit(here.path(), &["prove", ".", "five"]).0, 64);
}
