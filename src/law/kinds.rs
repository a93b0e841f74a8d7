//! A set of kinds of instrument, in one byte.

use super::terms::InstrumentKind;

/// Kinds of instrument; they are told in the order of [`InstrumentKind::NAMES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kinds(u8);

// One bit each.
const _: () = assert!(InstrumentKind::NAMES.len() <= 8);

impl Kinds {
    /// None.
    pub const NONE: Self = Self(0);

    /// With one more.
    #[must_use]
    pub const fn with(self, kind: InstrumentKind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    /// Whether it is one of them.
    pub const fn has(self, kind: InstrumentKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = InstrumentKind> {
        InstrumentKind::NAMES.iter().map(|(_, kind)| *kind).filter(move |kind| self.has(*kind))
    }

    /// Their names in one, `protocol+statutory-basis`; `none` of none.
    pub fn joined(self) -> String {
        let names: Vec<_> = self.iter().map(InstrumentKind::name).collect();
        if names.is_empty() { "none".to_owned() } else { names.join("+") }
    }

    /// Those of these names that are one's; others are passed over.
    pub fn named<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let find = |name| InstrumentKind::NAMES.iter().find(|(known, _)| *known == name);
        names.filter_map(find).map(|(_, kind)| *kind).collect()
    }
}

impl FromIterator<InstrumentKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = InstrumentKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_order_in_which_they_come_they_have_one_name() {
        let (basis, protocol) = (InstrumentKind::StatutoryBasis, InstrumentKind::Protocol);
        let one: Kinds = [basis, protocol].into_iter().collect();
        let other: Kinds = [protocol, basis, protocol].into_iter().collect();
        assert_eq!((one, one.joined()), (other, "protocol+statutory-basis".to_owned()));
        assert_eq!(Kinds::named(["statutory-basis", "nothing", "protocol"].into_iter()), one);
        assert_eq!(Kinds::NONE.joined(), "none");
    }
}
