//! The integers the hot path speaks in: one type per meaning, so that they cannot be mixed up.

use core::fmt;

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// Stands for "none of the table"; equal to no real index.
            pub const NONE: Self = Self(u32::MAX);

            /// The place in its table.
            pub const fn at(self) -> usize {
                self.0 as usize
            }

            /// Whether this is a real index, not [`Self::NONE`].
            pub const fn is_some(self) -> bool {
                self.0 != u32::MAX
            }
        }
    };
}

index!(
    /// A consumer (afnemer) of the loaded registry.
    ConsumerIx
);
index!(
    /// An operation of the catalogue: one service in one version.
    OperationIx
);
index!(
    /// A purpose (doeleinde) named in the loaded registry.
    PurposeIx
);
index!(
    /// A capacity (hoedanigheid) named in the loaded registry; `NONE` in a row means "any".
    CapacityIx
);
index!(
    /// A grant of the loaded registry.
    GrantIx
);
index!(
    /// A rule of the loaded law.
    RuleIx
);

/// A legal day: days since 1970-01-01 in the calendar of Europe/Brussels.
///
/// ```
/// use poortwachter_kernel::vocab::Day;
/// assert!(Day::MIN < Day(20_000) && Day(20_000) < Day::MAX);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// Before every day a file can name: "since always".
    pub const MIN: Self = Self(i32::MIN);
    /// After every day a file can name: "until further notice".
    pub const MAX: Self = Self(i32::MAX);

    /// The next day; [`Self::MAX`] stays itself.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The day before; [`Self::MIN`] stays itself.
    #[must_use]
    pub const fn previous(self) -> Self {
        match self {
            Self::MAX => Self::MAX,
            day => Self(day.0.saturating_sub(1)),
        }
    }
}

/// A span of legal days, both ends included ("geldig tot en met").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Days {
    /// The first day.
    pub first: Day,
    /// The last day, itself included.
    pub last: Day,
}

impl Days {
    /// From always until further notice.
    pub const ALWAYS: Self = Self { first: Day::MIN, last: Day::MAX };

    /// Whether the day lies in the span.
    pub const fn covers(self, day: Day) -> bool {
        self.first.0 <= day.0 && day.0 <= self.last.0
    }
}

/// Which of an operation's sources a call asks: a set of places in the operation's own list of source
/// categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sources(u8);

impl Sources {
    /// How many sources an operation can have.
    pub const MAX: usize = 4;
    /// No source.
    pub const NONE: Self = Self(0);

    /// The first `count` sources of the list; at most [`Self::MAX`].
    #[must_use]
    pub const fn first(count: usize) -> Self {
        let count = if count < Self::MAX { count } else { Self::MAX };
        Self((1 << count) - 1)
    }

    /// The set with the source at that place in it too; places beyond [`Self::MAX`] change nothing.
    #[must_use]
    pub const fn with(self, place: usize) -> Self {
        if place < Self::MAX { Self(self.0 | 1 << place) } else { self }
    }

    /// Everything that is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the source at that place is in the set.
    pub const fn has(self, place: usize) -> bool {
        place < Self::MAX && self.0 & 1 << place != 0
    }

    /// Whether it asks no source.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The places in the set, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        [0_u8, 1, 2, 3].into_iter().filter(move |place| self.has(usize::from(*place)))
    }
}

/// A kind of personal field of KBO/VKBO (legal guide, section 1g).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Field {
    /// First and last name of a functionholder, and whatever else stands in the person block but the INSZ.
    FunctionholderName = 0,
    /// INSZ of a functionholder.
    FunctionholderInsz = 1,
    /// Address of the seat of a sole proprietorship (eenmanszaak).
    SoleProprietorAddress = 2,
}

impl Field {
    /// How many kinds there are.
    pub const COUNT: usize = 3;
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] =
        [Self::FunctionholderName, Self::FunctionholderInsz, Self::SoleProprietorAddress];

    /// The name in files, on the command line and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FunctionholderName => "functionholder-name",
            Self::FunctionholderInsz => "functionholder-insz",
            Self::SoleProprietorAddress => "sole-proprietor-address",
        }
    }

    /// The kind with that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The place in an array of [`Self::COUNT`].
    pub const fn at(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of [`Field`] kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldSet(u8);

impl FieldSet {
    /// No field.
    pub const EMPTY: Self = Self(0);
    /// Every field.
    pub const ALL: Self = Self((1 << Field::COUNT) - 1);

    /// The set with `field` in it too.
    #[must_use]
    pub const fn with(self, field: Field) -> Self {
        Self(self.0 | 1 << field as u8)
    }

    /// Everything that is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether `field` is in the set.
    pub const fn has(self, field: Field) -> bool {
        self.0 & (1 << field as u8) != 0
    }

    /// Whether everything in `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds in the set, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(move |field| self.has(*field))
    }
}

impl FromIterator<Field> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        fields.into_iter().fold(Self::EMPTY, Self::with)
    }
}

/// A set of field groups: named parts of one service's answer that a grant may be limited to (GDPR art.
/// 5.1.c). A group is its place in the service's own list, so that sets of two services mean nothing to each
/// other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Groups(u64);

impl Groups {
    /// How many groups a service can have beside [`Self::NEAR_FUNCTIONHOLDERS`].
    pub const MAX: usize = 63;
    /// The place that every service's list starts with: all of the answer, whatever it may grow.
    pub const EVERYTHING: usize = 0;
    /// The fixed place of what is near to functionholders without being them: curators, representatives,
    /// contact persons (MAGDA wire notes, 5.1). Not part of [`Self::EVERYTHING`].
    pub const NEAR_FUNCTIONHOLDERS: usize = 63;

    /// No group.
    pub const NONE: Self = Self(0);
    /// Every group there can be, those near to functionholders too.
    pub const ALL: Self = Self(u64::MAX);
    /// What a grant that names no groups opens, unless a setting adds those near to functionholders.
    pub const ORDINARY: Self = Self(!(1 << Self::NEAR_FUNCTIONHOLDERS));

    /// The set with the group at that place in it too; places beyond the last change nothing.
    #[must_use]
    pub const fn with(self, place: usize) -> Self {
        if place <= Self::NEAR_FUNCTIONHOLDERS { Self(self.0 | 1 << place) } else { self }
    }

    /// Everything that is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the group at that place is in the set.
    pub const fn has(self, place: usize) -> bool {
        place <= Self::NEAR_FUNCTIONHOLDERS && self.0 & 1 << place != 0
    }

    /// Whether everything in `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether some group is in both.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether no group is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The places in the set, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..=Self::NEAR_FUNCTIONHOLDERS).filter(move |place| self.has(*place))
    }
}

impl FromIterator<usize> for Groups {
    fn from_iter<I: IntoIterator<Item = usize>>(places: I) -> Self {
        places.into_iter().fold(Self::NONE, Self::with)
    }
}
