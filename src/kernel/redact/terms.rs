//! On what terms an answer leaves: what is open to this consumer, and what becomes of a signature.

use crate::vocab::{Field, FieldSet, Groups, Kind};

/// What becomes of a signed answer of which something must be removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signed {
    /// It leaves without the signature, which would no longer be true.
    #[default]
    Unsigned,
    /// It is withheld.
    Withheld,
}

/// The terms of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The personal fields that stay.
    pub reveals: FieldSet,
    /// The field groups that the grant's instrument lists.
    pub groups: Groups,
    /// What becomes of a signature.
    pub signed: Signed,
    /// Whether the names of an enterprise that is a natural person stay: the legal guide calls its address personal
    /// and not its name.
    pub owner_names: bool,
}

impl Terms {
    /// Terms under which these fields stay, and all that is not personal.
    pub const fn revealing(reveals: FieldSet) -> Self {
        Self { reveals, groups: Groups::ALL, signed: Signed::Unsigned, owner_names: false }
    }

    /// Whether values of this kind stay.
    pub const fn opens(&self, kind: Kind) -> bool {
        match kind {
            Kind::FunctionholderName | Kind::SoleProprietorName => {
                self.reveals.has(Field::FunctionholderName)
            }
            Kind::FunctionholderInsz | Kind::ErrorText => self.reveals.has(Field::FunctionholderInsz),
            Kind::SoleProprietorAddress => self.reveals.has(Field::SoleProprietorAddress),
            Kind::NearFunctionholder => self.groups.has(Groups::NEAR_FUNCTIONHOLDERS),
            Kind::Disproportionate => false,
        }
    }

    /// Whether values of this kind are not looked at.
    pub const fn lets_pass(&self, kind: Kind) -> bool {
        self.owner_names && matches!(kind, Kind::SoleProprietorName)
    }

    /// Whether all of a person block stays.
    pub(super) const fn opens_persons(&self) -> bool {
        self.opens(Kind::FunctionholderName) && self.opens(Kind::FunctionholderInsz)
    }

    /// Whether something of a person block stays.
    pub(super) const fn opens_some_of_persons(&self) -> bool {
        self.opens(Kind::FunctionholderName) || self.opens(Kind::FunctionholderInsz)
    }
}
