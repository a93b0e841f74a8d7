//! Which codings the reader of an answer accepts (RFC 9110 §12.5.3).

use http::header::{self, HeaderMap};

use super::Coding;

/// The weights, in thousandths, that an `Accept-Encoding` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accept {
    coded: [u16; CHOICE.len()],
    identity: u16,
}

/// What an answer is coded in, the preferred first where the reader has no preference. Not `deflate`: two formats
/// go by that name.
const CHOICE: [Coding; 3] = [Coding::Zstd, Coding::Brotli, Coding::Gzip];

impl Accept {
    /// What these headers say. Without the field anything is acceptable, which in practice means: no coding.
    /// What cannot be read in it accepts nothing.
    pub fn of(headers: &HeaderMap) -> Self {
        let ranges: Vec<(&str, u16)> = headers
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(range)
            .collect();
        let said =
            |is: &dyn Fn(&str) -> bool| ranges.iter().filter(|(name, _)| is(name)).map(|(_, q)| *q).min();
        let any = said(&|name| name == "*");
        let coded =
            CHOICE.map(|coding| said(&|name| Coding::named(name) == Some(coding)).or(any).unwrap_or(0));
        // Without a word about it, no coding is acceptable, after whatever was named.
        let identity = said(&|name| name.eq_ignore_ascii_case("identity")).or(any.filter(|any| *any == 0));
        Self { coded, identity: identity.unwrap_or(1) }
    }

    /// The coding for an answer that came in `upstream`: the weightiest, the upstream's own among equals. `None`:
    /// no coding, which is also what a reader gets who accepts nothing that there is.
    ///
    /// What came plain leaves plain, unless the reader refuses that.
    pub fn choose(&self, upstream: Option<Coding>) -> Option<Coding> {
        if upstream.is_none() && self.identity > 0 {
            return None;
        }
        let weighed = CHOICE.into_iter().zip(self.coded).rev().filter(|(_, weight)| *weight > 0);
        let (coding, weight) = weighed.max_by_key(|(coding, weight)| (*weight, Some(*coding) == upstream))?;
        (weight >= self.identity).then_some(coding)
    }
}

/// A coding and its weight.
fn range(written: &str) -> Option<(&str, u16)> {
    let mut parts = written.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let weight = match (parts.next(), parts.next()) {
        (None, _) => 1000,
        (Some(weight), None) => weight
            .strip_prefix(['q', 'Q'])
            .and_then(|rest| rest.trim_start().strip_prefix('='))
            .and_then(|value| thousandths(value.trim_start()))
            .unwrap_or(0),
        _ => 0,
    };
    Some((name, weight))
}

/// `qvalue` of RFC 9110 §12.4.2.
fn thousandths(value: &str) -> Option<u16> {
    let (whole, digits) = value.split_once('.').unwrap_or((value, ""));
    if digits.len() > 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{digits:0<3}").parse().ok()?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &'static str, upstream: Option<Coding>) -> Option<Coding> {
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, accept.parse().unwrap())]);
        Accept::of(&headers).choose(upstream)
    }

    #[test]
    fn what_came_coded_leaves_coded_where_the_reader_accepts_it() {
        let gzip = Some(Coding::Gzip);
        for (accept, want) in [
            ("gzip", gzip),
            ("x-gzip", gzip),
            ("GZIP;Q=0.5", gzip),
            ("br, gzip", gzip),
            ("br;q=1, gzip;q=0.9", Some(Coding::Brotli)),
            ("br, zstd", Some(Coding::Zstd)),
            ("*", gzip),
            ("*, gzip;q=0", Some(Coding::Zstd)),
            ("gzip;q=0.001", gzip),
            ("identity, gzip;q=0.5", None),
            ("identity;q=0.5, gzip", gzip),
            ("identity;q=0, *;q=0", None),
            ("*;q=0", None),
            ("gzip;q=0", None),
            ("gzip;q=0, gzip", None),
            ("gzip;q=2", None),
            ("gzip;q=0.1234", None),
            ("gzip;level=9", None),
            ("deflate", None),
            ("compress", None),
            ("", None),
        ] {
            assert_eq!(chosen(accept, gzip), want, "{accept}");
        }
        assert_eq!(Accept::of(&HeaderMap::new()).choose(gzip), None, "no such header");
    }

    #[test]
    fn what_came_plain_leaves_plain_unless_that_is_refused() {
        for (accept, want) in [
            ("gzip", None),
            ("*", None),
            ("gzip, identity;q=0", Some(Coding::Gzip)),
            ("gzip, *;q=0", Some(Coding::Gzip)),
            ("*;q=0.5, identity;q=0", Some(Coding::Zstd)),
            ("identity;q=0", None),
        ] {
            assert_eq!(chosen(accept, None), want, "{accept}");
        }
    }
}
