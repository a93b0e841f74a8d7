//! The reading of a request: never panics, and where it gives a meaning, its parts are parts of the request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use poortwachter_kernel::peek::soap;

fuzz_target!(|data: &[u8]| {
    match soap::read(data, &["INSZ"]) {
        Ok(envelope) => {
            let text = std::str::from_utf8(data).expect("only UTF-8 is read");
            assert!(text.contains(envelope.root) && text.contains(envelope.namespace));
            let mut buffer = [0; 256];
            let _ = envelope.sender.decode(&mut buffer);
            assert!(!envelope.names_bis || envelope.names_person);
        }
        Err(unreadable) => assert!(unreadable.at <= data.len()),
    }
});
