//! Files as accidents leave them: every reader either understands them or says where it does not.

use std::path::Path;

use poortwachter::catalogue::Catalogue;
use poortwachter::config;
use poortwachter::law::Law;
use poortwachter::registry::{Consumer, compile};
use poortwachter::text::Faults;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::makers::{BUILT_IN_LAW, basis};

const GATEWAY: &str = include_str!("../../config/gateway.toml");
const CONSUMER: &str = include_str!("../../config/registry/inspectie-voorbeeld.toml");

#[derive(Clone, Debug)]
enum Accident {
    Flip(Index, u8),
    Truncate(Index),
    Swap(Index, Index),
    Drop(Index),
    Double(Index),
    Insert(Index, &'static str),
}

fn accidents() -> impl Strategy<Value = Accident> {
    let at = || any::<Index>();
    let junk = prop::sample::select(vec![
        "\u{feff}",
        "\r",
        "\0",
        "\u{202e}",
        "=",
        "\"\"\"",
        "[[",
        "]",
        "{",
        "1979-13-41",
        "99999999999999999999",
        "''",
        "[grant]",
        "\n[[grant.instrument]]\n",
        ".",
        "-",
        "nan",
    ]);
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Accident::Flip(at, byte)),
        at().prop_map(Accident::Truncate),
        (at(), at()).prop_map(|(a, b)| Accident::Swap(a, b)),
        at().prop_map(Accident::Drop),
        at().prop_map(Accident::Double),
        (at(), junk).prop_map(|(at, junk)| Accident::Insert(at, junk)),
    ]
}

impl Accident {
    fn happen(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        if bytes.is_empty() || lines.is_empty() {
            return text.to_owned();
        }
        match self {
            Self::Flip(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
                return String::from_utf8_lossy(&bytes).into_owned();
            }
            Self::Truncate(at) => {
                bytes.truncate(at.index(bytes.len()));
                return String::from_utf8_lossy(&bytes).into_owned();
            }
            Self::Insert(at, junk) => {
                let at = (0..=at.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                return format!("{}{junk}{}", &text[..at], &text[at..]);
            }
            Self::Swap(a, b) => {
                let (a, b) = (a.index(lines.len()), b.index(lines.len()));
                lines.swap(a, b);
            }
            Self::Drop(at) => {
                let at = at.index(lines.len());
                lines.remove(at);
            }
            Self::Double(at) => {
                let at = at.index(lines.len());
                lines.insert(at, lines[at]);
            }
        }
        lines.concat()
    }
}

/// Understood, or at least one fault; every fault names its line.
fn told<T>(read: Result<T, Faults>, text: &str) -> Result<(), TestCaseError> {
    if let Err(faults) = read {
        prop_assert!(!faults.is_empty());
        let lines = u32::try_from(text.matches('\n').count() + 1).expect("few lines");
        for fault in &faults {
            prop_assert!((1..=lines).contains(&fault.spot.line), "{}", fault);
            prop_assert!(!fault.problem.is_empty() && !fault.remedy.is_empty(), "{}", fault);
            prop_assert!(!fault.to_string().contains(['\n', '\r', '\0']), "{:?}", fault.to_string());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_is_understood_or_told_with_its_lines(accidents in prop::collection::vec(accidents(), 1..5)) {
        let damaged = |text: &str| accidents.iter().fold(text.to_owned(), |text, accident| accident.happen(&text));
        let consumer = damaged(CONSUMER);
        let read = Consumer::parse("consumer.toml", &consumer);
        let compiled = read.and_then(|consumer| {
            compile(vec![consumer], &basis(&BUILT_IN_LAW), 1, String::new())
        });
        told(compiled, &consumer)?;
        let gateway = damaged(GATEWAY);
        told(config::parse("gateway.toml", &gateway, Path::new(".")), &gateway)?;
        let law = damaged(Law::BUILT_IN);
        told(Law::parse("law.toml", &law), &law)?;
        let catalogue = damaged(Catalogue::BUILT_IN);
        told(Catalogue::parse("catalogue.toml", &catalogue), &catalogue)?;
    }
}
