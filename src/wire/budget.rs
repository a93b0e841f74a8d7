//! How much a coded answer may become when it is decoded.

use super::Fault;

/// Bounds on decoding. They hold for every layer of coding by itself, so that a bomb inside a bomb is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The longest a decoded answer may be, bytes.
    pub decoded: u64,
    /// How many times longer than its coded bytes it may be, once it is longer than [`Self::UNJUDGED`].
    pub ratio: u64,
}

impl Budget {
    /// So much may come of however little, bytes: short answers that repeat themselves are no bombs.
    pub const UNJUDGED: u64 = 1 << 20;

    /// Whether `decoded` bytes may have come of `coded` ones.
    ///
    /// # Errors
    /// [`Fault::DecodedTooLarge`] or [`Fault::DecodedRatio`].
    pub(super) fn check(self, coded: u64, decoded: u64) -> Result<(), Fault> {
        if decoded > self.decoded {
            return Err(Fault::DecodedTooLarge);
        }
        if decoded > Self::UNJUDGED && decoded / self.ratio > coded {
            return Err(Fault::DecodedRatio);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_always_counts_and_the_ratio_only_beyond_what_is_not_judged() {
        let budget = Budget { decoded: 4 << 20, ratio: 10 };
        assert_eq!(budget.check(1, Budget::UNJUDGED), Ok(()));
        assert_eq!(budget.check(1, Budget::UNJUDGED + 1), Err(Fault::DecodedRatio));
        assert_eq!(budget.check(1 << 20, 4 << 20), Ok(()));
        assert_eq!(budget.check(1 << 20, (4 << 20) + 1), Err(Fault::DecodedTooLarge));
    }
}
