//! The headers in which a hop passes certificates on, and the certificate in them: never panic, and what is read of a
//! `Client-Cert` is written in that one way.
#![no_main]

use libfuzzer_sys::fuzz_target;
use poortwachter::identity::Certificate;
use poortwachter::identity::forwarded::xfcc::Elements;
use poortwachter::identity::forwarded::{client_cert, xfcc};
use poortwachter::identity::revocations::Revocations;

fuzz_target!(|data: &[u8]| {
    let Some((choice, value)) = data.split_first() else { return };
    let der = match choice % 5 {
        0 => client_cert::der(value),
        1 => xfcc::der(value, Elements::Only),
        2 => xfcc::der(value, Elements::Last),
        // What stands behind a header, without the wrapping that the fuzzer would have to guess.
        3 => Ok(value.to_vec()),
        _ => {
            let _ = Revocations::read(value);
            return;
        }
    };
    let Ok(der) = der else { return };
    if choice % 5 == 0 {
        assert_eq!(client_cert::value(&der).as_bytes(), value.trim_ascii());
    }
    if let Ok(certificate) = Certificate::read(&der) {
        for name in certificate.names() {
            assert_eq!(poortwachter::identity::San::parse(name.as_str()).as_ref(), Ok(name), "as a pin writes it");
        }
    }
});
