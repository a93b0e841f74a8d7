//! `Client-Cert` (RFC 9440 §2.2): one certificate as a byte sequence between colons (RFC 8941 §3.3.5).
//!
//! Of structured fields only that is read: no list, and no parameters, of which the RFC defines none.
//! `Client-Cert-Chain` is passed over: the gateway's own authorities must reach the certificate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Malformed, VALUE_MAX};

/// The certificate's DER.
///
/// # Errors
/// [`Malformed`].
pub fn der(value: &[u8]) -> Result<Vec<u8>, Malformed> {
    if value.len() > VALUE_MAX {
        return Err(Malformed::TooLong);
    }
    let value = value.trim_ascii();
    if value.is_empty() || value == b"::" {
        return Err(Malformed::NoCertificate);
    }
    let within =
        value.strip_prefix(b":").and_then(|rest| rest.strip_suffix(b":")).ok_or(Malformed::Syntax)?;
    if within.windows(2).any(|pair| pair == b":," || pair == b": ") {
        return Err(Malformed::Several);
    }
    STANDARD.decode(within).map_err(|_| Malformed::Syntax)
}

/// The header value for a certificate.
pub fn value(der: &[u8]) -> String {
    format!(":{}:", STANDARD.encode(der))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_sequence_is_read_and_nothing_else() {
        assert_eq!(der(b":AQID:"), Ok(vec![1, 2, 3]));
        assert_eq!(der(b" :AQIDBA==: "), Ok(vec![1, 2, 3, 4]));
        for (value, why) in [
            (&b""[..], Malformed::NoCertificate),
            (b"::", Malformed::NoCertificate),
            (b":", Malformed::Syntax),
            (b"AQID", Malformed::Syntax),
            (b":AQID", Malformed::Syntax),
            (b":AQID:;a=1", Malformed::Syntax),
            (b":AQ ID:", Malformed::Syntax),
            (b":AQID-_:", Malformed::Syntax),
            (b":AQIDBA:", Malformed::Syntax),
            (b":AQIDBB==:", Malformed::Syntax),
            (b"\"AQID\"", Malformed::Syntax),
            (b":AQID:, :AQID:", Malformed::Several),
            (b":AQID:,:AQID:", Malformed::Several),
        ] {
            assert_eq!(der(value), Err(why), "{}", String::from_utf8_lossy(value));
        }
        assert_eq!(der(&vec![b'A'; VALUE_MAX + 1]), Err(Malformed::TooLong));
    }
}
