//! Whom the registry takes a caller for, and what it makes of the names in a message.

use poortwachter::identity::Certificate;
use poortwachter::kernel::vocab::CapacityIx;
use poortwachter::registry::{Ambiguous, Consumer, Snapshot, compile};

use crate::makers::{BUILT_IN_LAW, Writer, basis, snapshot};

fn with_pins(files: &[(&'static str, &str)]) -> Snapshot {
    let consumers = files.iter().map(|(id, pins)| {
        let text = Writer { id, ..Writer::trusted() }.toml() + pins;
        Consumer::parse(id, &text).unwrap_or_else(|faults| panic!("{faults}"))
    });
    compile(consumers.collect(), &basis(&BUILT_IN_LAW), 1, String::new()).expect("right").snapshot
}

/// A certificate with that common name and these host names.
fn certificate(name: &str, hosts: &[&str]) -> Certificate {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = rcgen::CertificateParams::new(hosts).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    if !name.is_empty() {
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
    }
    let key = rcgen::KeyPair::generate().unwrap();
    Certificate::read(params.self_signed(&key).unwrap().der()).unwrap()
}

#[test]
fn a_certificate_is_known_by_its_subject_its_fingerprint_or_another_name() {
    let pinned = certificate("pinned", &[]);
    let pin = format!("[[certificate]]\nsha256 = \"{}\"\n", pinned.fingerprint());
    let snapshot = with_pins(&[
        ("a", "[[certificate]]\nsubject = \"CN=a\"\n"),
        ("b", &pin),
        ("c", "[[certificate]]\nsan = \"dns:C.be\"\n"),
    ]);
    let known = |certificate: &Certificate| snapshot.consumer_with_certificate(certificate);
    let [a, b, c] = ["a", "b", "c"].map(|id| snapshot.consumer_with_id(id));
    assert!(a.is_some() && b.is_some() && c.is_some() && a != b && b != c);
    assert_eq!(known(&certificate("a", &[])), Ok(a));
    assert_eq!(known(&pinned), Ok(b));
    assert_eq!(known(&certificate("", &["x.be", "c.BE"])), Ok(c));
    for stranger in ["", "A", "aa", "pinned"] {
        assert_eq!(known(&certificate(stranger, &["d.be", "x.c.be"])), Ok(None), "{stranger}");
    }
}

#[test]
fn a_certificate_that_pins_of_two_consumers_fit_is_nobody_s() {
    let snapshot = with_pins(&[
        ("a", "[[certificate]]\nsubject = \"CN=a\"\n[[certificate]]\nsan = \"dns:a.be\"\n"),
        ("b", "[[certificate]]\nsan = \"dns:b.be\"\n"),
    ]);
    let known = |certificate: &Certificate| snapshot.consumer_with_certificate(certificate);
    assert_eq!(known(&certificate("a", &["b.be"])), Err(Ambiguous));
    assert_eq!(known(&certificate("x", &["a.be", "b.be"])), Err(Ambiguous));
    assert_eq!(known(&certificate("a", &["a.be"])), Ok(snapshot.consumer_with_id("a")), "twice the same");
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
