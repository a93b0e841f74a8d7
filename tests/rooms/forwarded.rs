//! The headers in which a hop passes certificates on: what is read is what was written, and nothing panics.

use poortwachter::identity::Certificate;
use poortwachter::identity::forwarded::xfcc::Elements;
use poortwachter::identity::forwarded::{Malformed, VALUE_MAX, client_cert, xfcc};
use proptest::prelude::*;

use std::sync::OnceLock;

/// A certificate, in DER and PEM.
fn certificate() -> &'static (Vec<u8>, String) {
    static MADE: OnceLock<(Vec<u8>, String)> = OnceLock::new();
    MADE.get_or_init(|| {
        let key = rcgen::KeyPair::generate().unwrap();
        let made = rcgen::CertificateParams::default().self_signed(&key).unwrap();
        (made.der().to_vec(), made.pem())
    })
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

/// A value in quotes, as Envoy writes it.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\\\""))
}

/// One element with a subject of somebody's choice.
fn element(subject: &str, hash: bool) -> String {
    let (der, pem) = certificate();
    let hash =
        if hash { format!("Hash={};", Certificate::read(der).unwrap().fingerprint()) } else { String::new() };
    format!("{hash}Cert=\"{}\";Subject={}", encoded(pem), quoted(subject))
}

proptest! {
    #[test]
    fn client_cert_reads_what_it_writes(der in proptest::collection::vec(any::<u8>(), 1..3000)) {
        prop_assert_eq!(client_cert::der(client_cert::value(&der).as_bytes()), Ok(der));
    }

    #[test]
    fn a_client_cert_that_is_read_is_written_in_one_way(value in ":[A-Za-z0-9+/=]{0,40}:") {
        if let Ok(der) = client_cert::der(value.as_bytes()) {
            prop_assert_eq!(client_cert::value(&der), value);
        }
    }

    #[test]
    fn no_header_panics(value in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = client_cert::der(&value);
        for elements in [Elements::Only, Elements::Last] {
            let _ = xfcc::der(&value, elements);
        }
    }

    #[test]
    fn nothing_like_an_element_panics(value in r#"([A-Za-z]{1,5}=("[a-z\\"%,;=]{0,9}"|[a-z%,;="]{0,9})[,;]?){0,6}"#) {
        for elements in [Elements::Only, Elements::Last] {
            prop_assert!(xfcc::der(value.as_bytes(), elements).is_err(), "there is no certificate in it");
        }
    }

    // A subject is its holder's to choose; whatever stands in it, it is never read as anything else. One that ends in a backslash
    // cannot be told from one that goes on, and is refused.
    #[test]
    fn no_subject_changes_whose_certificate_is_read(
        subject in r#"([ -~]|\\|"|;Cert=|,Hash=){0,20}"#,
        hash in any::<bool>(),
    ) {
        let (der, _) = certificate();
        let read = xfcc::der(element(&subject, hash).as_bytes(), Elements::Only);
        if subject.ends_with('\\') {
            prop_assert_eq!(read, Err(Malformed::Syntax));
        } else {
            prop_assert_eq!(read.as_ref(), Ok(der));
        }
        // Without a certificate of the hop's writing there is none.
        let bare = format!("Subject={};URI=spiffe://gent.be/a", quoted(&subject));
        prop_assert!(xfcc::der(bare.as_bytes(), Elements::Last).is_err());
    }
}

#[test]
fn an_element_is_read_however_envoy_may_write_it() {
    let (der, pem) = certificate();
    let hash = Certificate::read(der).unwrap().fingerprint();
    let cert = encoded(pem);
    for value in [
        format!("Cert=\"{cert}\""),
        format!("Cert={cert}"),
        format!("cert=\"{}\"", encoded(pem.trim())),
        format!("HASH={};CERT=\"{cert}\"", hash.to_uppercase()),
        format!(
            "By=spiffe://a/b;By=spiffe://a/c;Hash={hash};Cert=\"{cert}\";Chain=\"{cert}\";Subject=\"\";URI=;DNS=a;DNS=b"
        ),
    ] {
        assert_eq!(xfcc::der(value.as_bytes(), Elements::Only).as_ref(), Ok(der), "{value}");
    }
}

#[test]
fn an_element_that_says_two_things_or_nothing_is_refused() {
    let (der, pem) = certificate();
    let (cert, hash) = (encoded(pem), Certificate::read(der).unwrap().fingerprint());
    let own = format!("Hash={hash};Cert=\"{cert}\"");
    let only = |value: &str| xfcc::der(value.as_bytes(), Elements::Only);
    let last = |value: &str| xfcc::der(value.as_bytes(), Elements::Last);
    for (value, why) in [
        ("", Malformed::NoCertificate),
        ("Hash=00", Malformed::NoCertificate),
        ("Cert=\"\"", Malformed::NoCertificate),
        (&format!("Hash={};Cert=\"{cert}\"", "0".repeat(64)), Malformed::Disagrees),
        (&format!("Hash=;Cert=\"{cert}\""), Malformed::Disagrees),
        (&format!("{own};Cert=\"{cert}\""), Malformed::Twice),
        (&format!("{own};hash={hash}"), Malformed::Twice),
        (&format!("Cert=\"{}\"", encoded(&[pem.as_str(), pem].concat())), Malformed::Twice),
        (&format!("Cert=\"{}\"", encoded(&format!("x{pem}"))), Malformed::Syntax),
        (&format!("Cert=\"{pem}\"").replace('\n', " "), Malformed::Syntax),
        (&format!("Cert=\"{cert}"), Malformed::Syntax),
        (&format!("Cert=\"{cert}\"x"), Malformed::Syntax),
        (&format!("Cert=\"{cert}%\""), Malformed::Syntax),
        (&format!("Cert=\"{cert}%2\""), Malformed::Syntax),
        (&format!("{own};"), Malformed::Syntax),
        (&format!("{own};;DNS=a"), Malformed::Syntax),
        (&format!(";{own}"), Malformed::Syntax),
        (&format!("{own};=a"), Malformed::Syntax),
        (&format!("{own};DNS"), Malformed::Syntax),
        (&format!("C ert=\"{cert}\""), Malformed::Syntax),
    ] {
        assert_eq!(only(value), Err(why), "{value}");
        assert_eq!(last(value), Err(why), "{value}");
    }
    assert_eq!(only(&format!("{own},{own}")), Err(Malformed::Several));
    assert_eq!(last(&format!("Hash=00,{own}")).as_ref(), Ok(der));
    assert_eq!(last(&format!("Hash=00, {own}")).as_ref(), Ok(der));
    assert_eq!(
        last(&format!("{own},Hash=00")),
        Err(Malformed::NoCertificate),
        "the last counts, not the best"
    );
    assert_eq!(last(&format!("{own},")), Err(Malformed::Syntax));
    assert_eq!(last(&format!("\"{own}\",{own}")), Err(Malformed::Syntax), "what does not count is read too");
    assert_eq!(only(&"a".repeat(VALUE_MAX + 1)), Err(Malformed::TooLong));
}
