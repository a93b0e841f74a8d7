//! `X-Forwarded-Client-Cert`, as Envoy writes it: `Hash=…;Cert="…";Subject="…";URI=…`, one element a hop, commas between.
//!
//! Of an element only `Cert` is believed, and `Hash` where it stands beside it must agree. Envoy escapes a quote in a quoted value and
//! nothing else: a backslash before another character is itself. Reading it otherwise would let a subject with a
//! quote in it end its own quotes, and write a certificate of its holder's choice behind them.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sha2::{Digest, Sha256};

use super::{Malformed, VALUE_MAX};

/// Which of its elements a header may have, and which counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elements {
    /// One: the hop sets the header anew (Envoy's `SANITIZE_SET`).
    Only,
    /// The last: the hop adds to what came before it (`APPEND_FORWARD`), which was whoever's.
    Last,
}

/// The DER of the certificate in the element that counts.
///
/// # Errors
/// [`Malformed`], also where an element that does not count is not built as it should be.
pub fn der(value: &[u8], elements: Elements) -> Result<Vec<u8>, Malformed> {
    if value.len() > VALUE_MAX {
        return Err(Malformed::TooLong);
    }
    let mut reader = Reader { rest: std::str::from_utf8(value).map_err(|_| Malformed::Syntax)?.trim() };
    if reader.rest.is_empty() {
        return Err(Malformed::NoCertificate);
    }
    let mut element = reader.element()?;
    while reader.eat(',') {
        if elements == Elements::Only {
            return Err(Malformed::Several);
        }
        reader.rest = reader.rest.trim_start_matches([' ', '\t']);
        element = reader.element()?;
    }
    if !reader.rest.is_empty() {
        return Err(Malformed::Syntax);
    }
    element.der()
}

/// What counts of an element.
#[derive(Default)]
struct Element {
    hash: Option<String>,
    certificate: Option<String>,
}

impl Element {
    /// Takes a pair; Envoy's keys have no case. Those that prove nothing are passed over.
    fn take(&mut self, key: &str, value: String) -> Result<(), Malformed> {
        let place = if key.eq_ignore_ascii_case("hash") {
            &mut self.hash
        } else if key.eq_ignore_ascii_case("cert") {
            &mut self.certificate
        } else {
            return Ok(());
        };
        if place.replace(value).is_some() { Err(Malformed::Twice) } else { Ok(()) }
    }

    fn der(&self) -> Result<Vec<u8>, Malformed> {
        let certificate = self.certificate.as_deref().filter(|text| !text.is_empty());
        let der = one_certificate(&percent_decoded(certificate.ok_or(Malformed::NoCertificate)?)?)?;
        match self.hash.as_deref() {
            Some(hash) if !is_digest(hash, &der) => Err(Malformed::Disagrees),
            _ => Ok(der),
        }
    }
}

/// What is left of a header.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        rest.is_some_and(|rest| {
            self.rest = rest;
            true
        })
    }

    /// One element: pairs with semicolons between.
    fn element(&mut self) -> Result<Element, Malformed> {
        let mut element = Element::default();
        loop {
            let (key, rest) = self.rest.split_once('=').ok_or(Malformed::Syntax)?;
            if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric()) {
                return Err(Malformed::Syntax);
            }
            self.rest = rest;
            let value = if self.eat('"') { self.quoted()? } else { self.bare()? };
            element.take(key, value)?;
            if !self.eat(';') {
                return Ok(element);
            }
        }
    }

    fn bare(&mut self) -> Result<String, Malformed> {
        let end = self.rest.find([',', ';']).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        self.rest = rest;
        if value.contains('"') { Err(Malformed::Syntax) } else { Ok(value.to_owned()) }
    }

    fn quoted(&mut self) -> Result<String, Malformed> {
        let mut value = String::new();
        loop {
            let at = self.rest.find('"').ok_or(Malformed::Syntax)?;
            let (before, after) = (&self.rest[..at], &self.rest[at + 1..]);
            self.rest = after;
            let Some(before) = before.strip_suffix('\\') else {
                value.push_str(before);
                return Ok(value);
            };
            value.push_str(before);
            value.push('"');
        }
    }
}

/// Undoes percent-encoding (RFC 3986 §2.1); a plus sign is itself.
fn percent_decoded(text: &str) -> Result<Vec<u8>, Malformed> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
            let (Some(high), Some(low)) = (digit(), digit()) else { return Err(Malformed::Syntax) };
            decoded.push(u8::try_from(high << 4 | low).map_err(|_| Malformed::Syntax)?);
        } else {
            decoded.push(byte);
        }
    }
    Ok(decoded)
}

/// The one certificate in a PEM text that holds nothing else.
fn one_certificate(pem: &[u8]) -> Result<Vec<u8>, Malformed> {
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
    const END: &[u8] = b"-----END CERTIFICATE-----";
    let text = pem.trim_ascii();
    if !text.starts_with(BEGIN) || !text.ends_with(END) {
        return Err(Malformed::Syntax);
    }
    let mut found = CertificateDer::pem_slice_iter(text);
    match (found.next(), found.next()) {
        (Some(Ok(one)), None) => Ok(one.to_vec()),
        (Some(Ok(_)), Some(_)) => Err(Malformed::Twice),
        _ => Err(Malformed::Syntax),
    }
}

fn is_digest(hash: &str, der: &[u8]) -> bool {
    use std::fmt::Write as _;
    let digest = Sha256::digest(der).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    hash.eq_ignore_ascii_case(&digest)
}
