//! Content codings by name (RFC 9110 §8.4.1).

use http::header::{self, HeaderMap};

use super::Fault;

/// A content coding that can be undone and done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952; also said `x-gzip`.
    Gzip,
    /// RFC 1950 (zlib), and RFC 1951 without it, which some servers send under the same name.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878, with the window of RFC 9659.
    Zstd,
}

/// How many codings are undone at most; each more is only a way to make work.
const MOST: usize = 3;

impl Coding {
    /// The coding's name in headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    /// The coding with that name, in any case.
    pub(super) fn named(name: &str) -> Option<Self> {
        const ALL: [Coding; 4] = [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd];
        let name = if name.eq_ignore_ascii_case("x-gzip") { "gzip" } else { name };
        ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }
}

/// The codings of a message, in the order they were applied; `identity` is none.
///
/// # Errors
/// [`Fault::UnknownCoding`], also where there are more than are undone.
pub(super) fn applied(headers: &HeaderMap) -> Result<Vec<Coding>, Fault> {
    let mut codings = Vec::new();
    for value in headers.get_all(header::CONTENT_ENCODING) {
        let value = value.to_str().map_err(|_| Fault::UnknownCoding)?;
        for name in value.split(',').map(str::trim) {
            if name.is_empty() || name.eq_ignore_ascii_case("identity") {
                continue;
            }
            codings.push(Coding::named(name).ok_or(Fault::UnknownCoding)?);
        }
    }
    if codings.len() > MOST { Err(Fault::UnknownCoding) } else { Ok(codings) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&'static str]) -> Result<Vec<Coding>, Fault> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::CONTENT_ENCODING, value.parse().unwrap());
        }
        applied(&headers)
    }

    #[test]
    fn codings_come_in_the_order_they_were_applied_whether_listed_or_apart() {
        assert_eq!(of(&[]), Ok(vec![]));
        assert_eq!(of(&["identity", ""]), Ok(vec![]));
        assert_eq!(of(&["X-GZip"]), Ok(vec![Coding::Gzip]));
        assert_eq!(of(&["gzip ,, br", "zstd"]), Ok(vec![Coding::Gzip, Coding::Brotli, Coding::Zstd]));
    }

    #[test]
    fn what_is_not_known_is_not_skipped() {
        for values in [&["compress"][..], &["gzip", "aes128gcm"], &["gzip;q=1"], &["gzip, gzip, gzip, gzip"]]
        {
            assert_eq!(of(values), Err(Fault::UnknownCoding), "{values:?}");
        }
    }
}
