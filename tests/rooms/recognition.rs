//! Whom the registry takes a caller for, and what it makes of the names in a message.

use poortwachter::kernel::vocab::CapacityIx;
use poortwachter::registry::{Consumer, Snapshot, compile};

use crate::makers::{BUILT_IN_LAW, Writer, basis, snapshot};

fn with_pins(files: &[(&'static str, &str)]) -> Snapshot {
    let consumers = files.iter().map(|(id, pins)| {
        let text = Writer { id, ..Writer::trusted() }.toml() + pins;
        Consumer::parse(id, &text).unwrap_or_else(|faults| panic!("{faults}"))
    });
    compile(consumers.collect(), &basis(&BUILT_IN_LAW), 1, String::new()).expect("right").snapshot
}

fn sha256(byte: u8) -> String {
    format!("[[certificate]]\nsha256 = \"{}\"\n", format!("{byte:02X}:").repeat(32).trim_end_matches(':'))
}

#[test]
fn a_certificate_is_known_by_its_subject_or_its_fingerprint() {
    let snapshot = with_pins(&[("a", "[[certificate]]\nsubject = \"CN=a\"\n"), ("b", &sha256(0xbb))]);
    let (a, b) = (snapshot.consumer_with_id("a"), snapshot.consumer_with_id("b"));
    assert!(a.is_some() && b.is_some() && a != b);
    assert_eq!(snapshot.consumer_with_certificate("CN=a", &[0; 32]), a);
    assert_eq!(snapshot.consumer_with_certificate("CN=other", &[0xbb; 32]), b);
    assert_eq!(
        snapshot.consumer_with_certificate("CN=a", &[0xbb; 32]),
        None,
        "two consumers at once are none"
    );
    for stranger in ["", "CN=A", "CN=a ", "CN=a,C=BE", "CN=aa"] {
        assert_eq!(snapshot.consumer_with_certificate(stranger, &[0; 32]), None, "{stranger}");
    }
}

#[test]
fn a_uri_stands_for_its_purpose_at_its_own_consumer_only() {
    let writer = |id| Writer { id, purposes: vec!["p0", "p1"], ..Writer::trusted() };
    let snapshot = snapshot(&[writer("a"), writer("b")], &BUILT_IN_LAW);
    let a = snapshot.consumer_with_id("a").expect("there");
    let purpose = |stated: &str| snapshot.purpose(a, |uri| uri == stated).map(|ix| snapshot.purpose_name(ix));
    assert_eq!((purpose("a.be/p0"), purpose("a.be/p1")), (Some("p0"), Some("p1")));
    for other in ["b.be/p0", "A.be/p0", "a.be/p0/", "a.be/p", "", "p0"] {
        assert_eq!(purpose(other), None, "{other}");
    }
}

#[test]
fn a_capacity_that_no_grant_of_the_consumer_names_is_none() {
    let mut named = Writer::trusted();
    named.grants[0].capacity = Some("c0");
    let snapshot = snapshot(&[named, Writer { id: "b", ..Writer::trusted() }], &BUILT_IN_LAW);
    let capacity = |id, stated: &str| {
        snapshot.capacity(snapshot.consumer_with_id(id).expect("there"), |known| known == stated)
    };
    assert!(capacity("a", "c0").is_some());
    assert_eq!(capacity("a", "C0"), CapacityIx::NONE);
    assert_eq!(capacity("b", "c0"), CapacityIx::NONE);
}
