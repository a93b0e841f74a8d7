//! Character sets by name, and what several namings of one mean together.

use super::Fault;

/// A character set that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// RFC 3629.
    Utf8,
    /// RFC 2781; without an order until a byte order mark gives it.
    Utf16(Option<Order>),
    /// ISO-8859-1, every byte the character of that number. Deliberately not what browsers make of the name:
    /// windows-1252 differs from it in 27 places, and is not read.
    Latin1,
    /// Below 0x80 alone.
    Ascii,
}

/// Which byte of a UTF-16 unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The low one.
    Little,
    /// The high one.
    Big,
}

/// Names as IANA registers them.
const NAMES: [(&str, Charset); 12] = [
    ("utf-8", Charset::Utf8),
    ("utf-16", Charset::Utf16(None)),
    ("utf-16le", Charset::Utf16(Some(Order::Little))),
    ("utf-16be", Charset::Utf16(Some(Order::Big))),
    ("iso-8859-1", Charset::Latin1),
    ("iso_8859-1", Charset::Latin1),
    ("iso_8859-1:1987", Charset::Latin1),
    ("latin1", Charset::Latin1),
    ("l1", Charset::Latin1),
    ("us-ascii", Charset::Ascii),
    ("ascii", Charset::Ascii),
    ("ansi_x3.4-1968", Charset::Ascii),
];

impl Charset {
    /// The character set with that name, in any case.
    ///
    /// # Errors
    /// [`Fault::UnknownCharset`].
    pub(super) fn named(name: &str) -> Result<Self, Fault> {
        let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, charset)| *charset).ok_or(Fault::UnknownCharset)
    }

    /// Whether its characters are two bytes each, so that not even `<?xml` looks the same in it.
    pub(super) const fn is_wide(self) -> bool {
        matches!(self, Self::Utf16(_))
    }

    /// What two namings of one text's character set say together.
    ///
    /// # Errors
    /// [`Fault::CharsetContradiction`].
    pub(super) fn agreed(self, other: Self) -> Result<Self, Fault> {
        match (self, other) {
            (Self::Utf16(None), Self::Utf16(order)) | (Self::Utf16(order), Self::Utf16(None)) => {
                Ok(Self::Utf16(order))
            }
            _ if self == other => Ok(self),
            _ => Err(Fault::CharsetContradiction),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namings_agree_only_where_they_mean_the_same() {
        let (little, big) = (Charset::Utf16(Some(Order::Little)), Charset::Utf16(Some(Order::Big)));
        assert_eq!(Charset::Utf16(None).agreed(little), Ok(little));
        assert_eq!(big.agreed(Charset::Utf16(None)), Ok(big));
        assert_eq!(Charset::Utf8.agreed(Charset::Utf8), Ok(Charset::Utf8));
        for (one, other) in [
            (little, big),
            (Charset::Utf8, Charset::Ascii),
            (Charset::Latin1, Charset::Utf8),
            (little, Charset::Latin1),
        ] {
            assert_eq!(one.agreed(other), Err(Fault::CharsetContradiction), "{one:?} {other:?}");
        }
    }

    #[test]
    fn what_is_almost_a_known_name_is_none() {
        for name in ["windows-1252", "utf8", "utf-7", "iso-8859-15", "utf-32", "", "utf-8 "] {
            assert_eq!(Charset::named(name), Err(Fault::UnknownCharset), "{name}");
        }
        assert_eq!(Charset::named("ISO-8859-1"), Ok(Charset::Latin1));
    }
}
