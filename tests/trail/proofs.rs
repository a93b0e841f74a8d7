//! One record is shown without the others, and nothing else can be shown with its proof.

use poortwachter::audit::keys::SigningKey;
use poortwachter::audit::verify::prove::{Proof, ProveError, Refuted, Wanted, prove};

use crate::log::{Log, SMALL};

#[test]
fn every_line_before_a_checkpoint_can_be_proven_alone() {
    let log = Log::new(SMALL);
    let directory = tempfile::tempdir().unwrap();
    log.write(directory.path());
    let keys = [log.key().public()];
    let lines: Vec<&String> = log.files.iter().flat_map(|(_, lines)| lines).collect();
    for (line, seq) in lines.iter().zip(1..) {
        let proofs = prove(directory.path(), &Wanted::Seq(seq));
        if seq == lines.len() as u64 || line.contains("\"why\":\"segment\"") {
            assert!(matches!(proofs, Err(ProveError::NotSigned(_))), "nothing is behind {seq}");
            continue;
        }
        let [proof] = &proofs.unwrap()[..] else { panic!("one line, one proof") };
        let read = Proof::from_json(&proof.to_json()).unwrap();
        let shown = read.check(&keys).unwrap();
        assert_eq!((&shown.line, shown.seq), (*line, seq));
        let other = SigningKey::parse(&SigningKey::generate().unwrap()).unwrap().public();
        assert_eq!(read.check(&[other]), Err(Refuted::NotSigned));
    }
    assert!(matches!(prove(directory.path(), &Wanted::Seq(9999)), Err(ProveError::NotThere)));
}

#[test]
fn all_records_of_a_call_are_proven_by_its_trace() {
    let log = Log::new(SMALL);
    let directory = tempfile::tempdir().unwrap();
    log.write(directory.path());
    let proofs = prove(directory.path(), &Wanted::Trace("00000003-0000-4000-8000-000000000000".to_owned()));
    assert_eq!(proofs.unwrap().len(), 2);
}

#[test]
fn a_proof_of_something_else_is_refuted() {
    let log = Log::new(SMALL);
    let directory = tempfile::tempdir().unwrap();
    log.write(directory.path());
    let keys = [log.key().public()];
    let of = |seq| prove(directory.path(), &Wanted::Seq(seq)).unwrap().remove(0).to_json();
    let (proof, other) = (of(4), of(5));
    let check = |json| Proof::from_json(&json).unwrap().check(&keys).map(drop);
    assert_eq!(check(proof.clone()), Ok(()));
    for key in ["line", "index", "path"] {
        let mut mixed = proof.clone();
        mixed[key] = other[key].clone();
        assert_eq!(check(mixed), Err(Refuted::NotAmong), "{key}");
    }
    let mut changed = proof.clone();
    changed["line"] = proof["line"].as_str().unwrap().replace("gemeente", "gemeende").into();
    assert_eq!(check(changed), Err(Refuted::Changed));
}
