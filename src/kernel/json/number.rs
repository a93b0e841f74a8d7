//! Numbers as RFC 8259 §6 writes them, a byte at a time.

use super::JsonFlaw;

/// What of a number has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    Exponent,
    Sign,
    Power,
}

impl Number {
    #[inline]
    pub(super) const fn begin(byte: u8) -> Option<Self> {
        match byte {
            b'-' => Some(Self::Minus),
            b'0' => Some(Self::Zero),
            b'1'..=b'9' => Some(Self::Whole),
            _ => None,
        }
    }

    /// The number with one byte more; `None`: it ended before this one.
    #[inline]
    pub(super) const fn step(self, byte: u8) -> Result<Option<Self>, JsonFlaw> {
        let next = match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus, b'1'..=b'9') | (Self::Whole, b'0'..=b'9') => Self::Whole,
            (Self::Zero | Self::Whole, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Whole | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::Sign,
            (Self::Exponent | Self::Sign | Self::Power, b'0'..=b'9') => Self::Power,
            (_, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-') => return Err(JsonFlaw::BrokenNumber),
            _ if self.is_whole() => return Ok(None),
            _ => return Err(JsonFlaw::BrokenNumber),
        };
        Ok(Some(next))
    }

    /// Whether any number of digits may follow, and leave it as it is.
    pub(super) const fn takes_digits(self) -> bool {
        matches!(self, Self::Whole | Self::Fraction | Self::Power)
    }

    /// Whether it may end here.
    #[inline]
    pub(super) const fn is_whole(self) -> bool {
        matches!(self, Self::Zero | Self::Whole | Self::Fraction | Self::Power)
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn is_number(text: &str) -> bool {
        let mut bytes = text.bytes();
        let mut number = bytes.next().and_then(Number::begin);
        for byte in bytes {
            number = number.and_then(|number| number.step(byte).ok().flatten());
        }
        number.is_some_and(Number::is_whole)
    }

    #[test]
    fn numbers_are_those_of_the_standard() {
        for text in ["0", "-0", "7", "120", "-1.50", "0e1", "1E+07", "2.5e-3", "0.0"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "-", "01", "-01", "1.", ".5", "1e", "1e+", "+1", "1.e1", "0x1", "1-2", "NaN", "--1"]
        {
            assert!(!is_number(text), "{text}");
        }
    }
}
