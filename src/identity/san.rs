//! The names of a certificate beside its subject (RFC 5280 §4.2.1.6), as the registry writes them:
//! `dns:gent.be`, `uri:https://gent.be/dienst`, `spiffe://gent.be/dienst`.
//!
//! One form for both sides, so that a pin and a certificate are compared byte for byte.

/// A name as a pin writes it and as a certificate is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct San(String);

/// Why a text is no name a certificate can be known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoName {
    /// Neither of the three kinds.
    #[error("is neither dns:…, uri:… nor spiffe://…")]
    Kind,
    /// No host name: labels of letters, digits and hyphens between dots (RFC 5890 §2.3.1).
    #[error("is no host name in ASCII")]
    Host,
    /// A wildcard stands for many.
    #[error("is a wildcard, which names nobody")]
    Wildcard,
    /// No absolute URI (RFC 3986 §4.3) without white space.
    #[error("is no URI")]
    Uri,
    /// A SPIFFE ID written as any URI.
    #[error("is a SPIFFE ID; it stands without uri: before it")]
    SpiffeAsUri,
    /// No SPIFFE ID (SPIFFE-ID §2), or one that names a trust domain and nobody in it.
    #[error("is no SPIFFE ID of a workload")]
    Spiffe,
}

impl San {
    /// Reads a name as a pin writes it.
    ///
    /// # Errors
    /// [`NoName`].
    pub fn parse(written: &str) -> Result<Self, NoName> {
        if let Some(host) = written.strip_prefix(DNS) {
            Self::dns(host)
        } else if let Some(uri) = written.strip_prefix(URI) {
            if is_spiffe(uri) { Err(NoName::SpiffeAsUri) } else { Self::uri(uri) }
        } else if is_spiffe(written) {
            Self::spiffe(written)
        } else {
            Err(NoName::Kind)
        }
    }

    /// A host name; case does not matter in it (RFC 4343).
    pub(super) fn dns(host: &str) -> Result<Self, NoName> {
        if host.contains('*') {
            return Err(NoName::Wildcard);
        }
        let fits = host.len() <= 253 && host.split('.').all(is_label);
        if fits { Ok(Self([DNS, &host.to_ascii_lowercase()].concat())) } else { Err(NoName::Host) }
    }

    /// Any URI but a SPIFFE ID, compared byte for byte.
    pub(super) fn uri(uri: &str) -> Result<Self, NoName> {
        let (scheme, rest) = uri.split_once(':').ok_or(NoName::Uri)?;
        let shaped = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !rest.is_empty()
            && rest.chars().all(|c| c.is_ascii_graphic());
        if shaped && !is_spiffe(uri) { Ok(Self([URI, uri].concat())) } else { Err(NoName::Uri) }
    }

    /// A SPIFFE ID with a path (SPIFFE-ID §2, X509-SVID §4.1): a lower-case trust domain, segments of unreserved characters.
    /// That leaves no room for a user, a port, a query, a fragment or percent-encoding.
    pub(super) fn spiffe(id: &str) -> Result<Self, NoName> {
        let named = id.strip_prefix(SPIFFE).filter(|_| id.len() <= SPIFFE_MAX);
        let (domain, path) = named.and_then(|named| named.split_once('/')).ok_or(NoName::Spiffe)?;
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._".contains(c);
        let trusted = (1..=255).contains(&domain.len()) && domain.chars().all(lower);
        if trusted && path.split('/').all(is_segment) { Ok(Self(id.to_owned())) } else { Err(NoName::Spiffe) }
    }

    /// The name as a pin writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a URI has the scheme of SPIFFE IDs, however it is spelt.
pub(super) fn is_spiffe(uri: &str) -> bool {
    uri.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("spiffe:"))
}

const DNS: &str = "dns:";
const URI: &str = "uri:";
const SPIFFE: &str = "spiffe://";
/// The longest SPIFFE ID, bytes (SPIFFE-ID §2.3).
const SPIFFE_MAX: usize = 2048;

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_segment(segment: &str) -> bool {
    let shaped = segment.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    shaped && !matches!(segment, "" | "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_compared() {
        for (written, read) in [
            ("dns:Gent.BE", "dns:gent.be"),
            ("uri:https://gent.be/Dienst?x=1", "uri:https://gent.be/Dienst?x=1"),
            ("uri:urn:gent:dienst", "uri:urn:gent:dienst"),
            (
                "spiffe://gent.be/ns/burger_zaken/sa/Vergunning-1",
                "spiffe://gent.be/ns/burger_zaken/sa/Vergunning-1",
            ),
        ] {
            assert_eq!(San::parse(written).as_ref().map(San::as_str), Ok(read));
        }
    }

    #[test]
    fn what_names_nobody_or_could_be_read_in_two_ways_is_no_name() {
        for (written, why) in [
            ("gent.be", NoName::Kind),
            ("DNS:gent.be", NoName::Kind),
            ("dns:", NoName::Host),
            ("dns:gent.be.", NoName::Host),
            ("dns:-gent.be", NoName::Host),
            ("dns:gént.be", NoName::Host),
            ("dns:*.gent.be", NoName::Wildcard),
            ("uri:gent", NoName::Uri),
            ("uri:https://gent.be/a b", NoName::Uri),
            ("uri:spiffe://gent.be/a", NoName::SpiffeAsUri),
            ("uri:SPIFFE://gent.be/a", NoName::SpiffeAsUri),
            ("SPIFFE://gent.be/a", NoName::Spiffe),
            ("spiffe:/gent.be/a", NoName::Spiffe),
            ("spiffe://gent.be", NoName::Spiffe),
            ("spiffe://gent.be/", NoName::Spiffe),
            ("spiffe:///a", NoName::Spiffe),
            ("spiffe://Gent.be/a", NoName::Spiffe),
            ("spiffe://gent.be:8443/a", NoName::Spiffe),
            ("spiffe://iemand@gent.be/a", NoName::Spiffe),
            ("spiffe://gent.be/a/", NoName::Spiffe),
            ("spiffe://gent.be/a//b", NoName::Spiffe),
            ("spiffe://gent.be/a/../b", NoName::Spiffe),
            ("spiffe://gent.be/a?b", NoName::Spiffe),
            ("spiffe://gent.be/a#b", NoName::Spiffe),
            ("spiffe://gent.be/%61", NoName::Spiffe),
        ] {
            assert_eq!(San::parse(written), Err(why), "{written}");
        }
        assert_eq!(San::parse(&format!("spiffe://gent.be/{}", "a".repeat(2048))), Err(NoName::Spiffe));
    }
}
