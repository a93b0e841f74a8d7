//! When a change of certificates and keys is taken up, and what is made of one that is not right.

use std::fs;
use std::path::PathBuf;

use poortwachter::clock::Clock;
use poortwachter::config::{Clients, Door, Tls};
use poortwachter::proxy::tls::{Inward, Looked, Reloader};
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;

/// A listener's files.
struct Place {
    directory: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Place {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let place = Self { directory: tempfile::tempdir().unwrap(), issuer };
        place.put("ca.crt", place.issuer.pem());
        place.put("list.crl", place.list(1).pem().unwrap());
        let (certificate, key) = place.identity();
        place.put("a.crt", certificate);
        place.put("a.key", key);
        place
    }

    fn identity(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::default().signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn list(&self, number: u64) -> rcgen::CertificateRevocationList {
        let list = rcgen::CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2026, 1, 1),
            next_update: rcgen::date_time_ymd(2027, 1, 1),
            crl_number: number.into(),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    fn door(&self) -> Door {
        let mut clients = Clients::of(self.path("ca.crt"));
        clients.revocations = vec![self.path("list.crl")];
        Door::Mutual(Tls {
            certificate: self.path("a.crt"),
            key: self.path("a.key"),
            clients,
            certificate_is_optional: false,
        })
    }

    fn watched(&self) -> Reloader<Inward> {
        let (door, clock) = (self.door(), Clock::new(jiff::Timestamp::now));
        let make = move |files: &_, generation| Inward::make(&door, files, generation, &clock);
        let (mut reloader, first) = Reloader::open(Inward::paths(&self.door()), make).unwrap();
        assert_eq!(first.generation, 1);
        assert!(matches!(reloader.look(), Looked::Unchanged));
        reloader
    }
}

#[test]
fn a_change_is_taken_up_when_it_has_come_to_rest() {
    let place = Place::new();
    let mut watched = place.watched();
    let (certificate, key) = place.identity();
    place.put("a.crt", certificate);
    assert!(matches!(watched.look(), Looked::Unchanged), "the key is still to come");
    place.put("a.key", key);
    assert!(matches!(watched.look(), Looked::Unchanged), "it has just come");
    let Looked::Swapped(made) = watched.look() else { panic!("at rest") };
    assert_eq!(made.generation, 2);
    assert!(matches!(watched.look(), Looked::Unchanged));
}

#[test]
fn the_same_bytes_in_another_file_are_no_change() {
    let place = Place::new();
    let mut watched = place.watched();
    fs::copy(place.path("a.crt"), place.path("b.crt")).unwrap();
    fs::rename(place.path("b.crt"), place.path("a.crt")).unwrap();
    assert!(matches!(watched.look(), Looked::Unchanged));
    assert!(matches!(watched.look(), Looked::Unchanged));
}

#[test]
fn what_is_wrong_is_told_once_with_its_file_and_ends_when_it_is_mended() {
    let place = Place::new();
    let whole = fs::read(place.path("list.crl")).unwrap();
    for (wrong, said) in [
        (&b""[..], "list.crl"),
        (b"0\x03\x02\x01\x01", "list.crl"),
        (&whole[..whole.len() / 2], "list.crl"),
        (&[&whole[..], &whole[..]].concat(), "keep the newer one"),
    ] {
        let mut watched = place.watched();
        place.put("list.crl", wrong);
        assert!(matches!(watched.look(), Looked::Unchanged));
        let Looked::Faulty(fault) = watched.look() else { panic!("faulty") };
        assert!(fault.to_string().contains(said), "{fault}");
        assert!(matches!(watched.look(), Looked::StillFaulty));
        let Looked::Faulty(_) = watched.reload() else { panic!("told anew when asked") };
        place.put("list.crl", &whole);
        assert!(matches!(watched.look(), Looked::StillFaulty), "not at rest");
        assert!(matches!(watched.look(), Looked::Unchanged));
    }
    let mut watched = place.watched();
    fs::remove_file(place.path("a.key")).unwrap();
    assert!(matches!(watched.look(), Looked::Faulty(fault) if fault.to_string().contains("a.key")));
    assert!(matches!(watched.look(), Looked::StillFaulty));
}

#[test]
fn a_list_that_its_issuer_did_not_sign_is_not_taken_up() {
    let (place, elsewhere) = (Place::new(), Place::new());
    let mut watched = place.watched();
    place.put("list.crl", elsewhere.list(2).der());
    let Looked::Faulty(fault) = watched.reload() else { panic!("forged") };
    assert!(fault.to_string().contains("was not signed by the authority"), "{fault}");
    // Beside its own authority, which has the same name, it is right.
    let both = [fs::read(place.path("ca.crt")).unwrap(), fs::read(elsewhere.path("ca.crt")).unwrap()];
    place.put("ca.crt", both.concat());
    assert!(matches!(watched.reload(), Looked::Swapped(_)));
    let bytes = fs::read(place.path("list.crl")).unwrap();
    let last = bytes.len() - 1;
    place.put("list.crl", [&bytes[..last], &[bytes[last] ^ 1]].concat());
    assert!(matches!(watched.reload(), Looked::Faulty(_)));
}

#[test]
fn a_newer_list_in_the_place_of_the_old_is_a_change() {
    let place = Place::new();
    let mut watched = place.watched();
    place.put("list.crl", place.list(2).der());
    assert!(matches!(watched.reload(), Looked::Swapped(_)));
    let due = Inward::load(&place.door(), &Clock::new(jiff::Timestamp::now)).unwrap();
    assert_eq!(due.clients.due(), [(place.path("list.crl"), Some(1_798_761_600))]);
}
