//! Damaged documents: the same fault however they are cut, and no JSON is refused that others read.

use proptest::prelude::*;

use crate::feeding::{Feeding, assert_like};
use crate::toy::Rule::{self, Answers, Depends, Drop};
use crate::trees::{Tree, trees};

const RULES: &[(&str, Rule)] = &[("*.d", Drop), ("*.p", Depends(0)), ("*.is", Answers(0))];

#[derive(Clone, Debug)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index, usize),
    Splice(prop::sample::Index, Vec<u8>),
}

fn damages() -> impl Strategy<Value = Damage> {
    let splinters: Vec<&[u8]> = vec![
        b"\"",
        b"\\",
        b",",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b"\xc3",
        b"\xff",
        b"\n",
        b"0",
        b"\\ud83d",
        b"\xef\xbb\xbf",
    ];
    prop_oneof![
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        (any::<prop::sample::Index>(), 1..9_usize).prop_map(|(at, len)| Damage::Cut(at, len)),
        (any::<prop::sample::Index>(), prop::sample::select(splinters))
            .prop_map(|(at, bytes)| Damage::Splice(at, bytes.to_vec())),
    ]
}

fn damage(mut document: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if document.is_empty() {
            break;
        }
        match damage {
            Damage::Flip(at, bits) => {
                let at = at.index(document.len());
                document[at] ^= bits;
            }
            Damage::Cut(at, len) => {
                let at = at.index(document.len());
                document.drain(at..document.len().min(at + len));
            }
            Damage::Splice(at, bytes) => {
                let at = at.index(document.len());
                document.splice(at..at, bytes.iter().copied());
            }
        }
    }
    document
}

fn written(tree: &Tree) -> Vec<u8> {
    crate::oracle::everything(tree).into_bytes()
}

/// What serde_json reads: the same language, but for a byte order mark, numbers it cannot hold and levels.
fn is_read_elsewhere(document: &[u8]) -> Option<bool> {
    let text = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
    match serde_json::from_slice::<serde_json::Value>(text) {
        Ok(_) => Some(true),
        Err(error) if error.to_string().contains("number out of range") => None,
        Err(_) => Some(false),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_document_has_the_same_fault_however_it_is_cut(
        tree in trees(),
        damages in prop::collection::vec(damages(), 1..4),
        sizes in prop::collection::vec(1_usize..30, 1..6),
    ) {
        let document = damage(written(&tree), &damages);
        let feeding = Feeding::document(RULES);
        let step = 1 + document.len() / 64;
        let finest = feeding.many_ways(&document, step);
        assert_like(&finest, &feeding.in_sizes(&document, &sizes), "in sizes");
        let lines = Feeding::lines(RULES);
        assert_like(&lines.many_ways(&document, step), &lines.in_sizes(&document, &sizes), "lines, in sizes");
    }

    #[test]
    fn what_is_refused_is_what_others_refuse(tree in trees(), damages in prop::collection::vec(damages(), 1..3)) {
        let document = damage(written(&tree), &damages);
        let end = Feeding::document(&[]).chunks([document.as_slice()]).end;
        if let Some(read) = is_read_elsewhere(&document) {
            prop_assert_eq!(end.is_ok(), read, "{:?} {}", end, String::from_utf8_lossy(&document));
        }
    }
}
