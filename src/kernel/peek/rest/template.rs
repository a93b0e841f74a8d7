//! What the path of a route looks like, and which of several routes a path takes.

use super::{Target, Unclear};

/// The path of a route, segment by segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template<'a> {
    /// From the left; at least one.
    pub segments: &'a [Segment<'a>],
}

/// One segment of a route's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// This word.
    Literal(&'a str),
    /// A value of this form.
    Parameter {
        /// What the route calls it.
        name: &'a str,
        /// What it looks like.
        form: Form,
    },
}

/// What a parameter looks like. The narrower, the less can be mistaken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Letters, digits, dashes and underscores, and points between digits.
    Word,
    /// Digits.
    Digits,
    /// An enterprise number, `0123456789` or `0123.456.789`.
    KboNumber,
    /// The number of an association, `V0001001`.
    VCode,
    /// `8-4-4-4-12` hexadecimal digits (RFC 9562 §4).
    Uuid,
}

/// How the paths of one route lie to those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// No path is of both.
    Apart,
    /// The same paths.
    Same,
    /// Every path of the one is the other's too.
    Within,
    /// And the other way round.
    Around,
    /// Some are of both, and each has others.
    Crossing,
}

impl Form {
    /// Every one with its name in files.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("word", Self::Word),
        ("digits", Self::Digits),
        ("kbo-number", Self::KboNumber),
        ("v-code", Self::VCode),
        ("uuid", Self::Uuid),
    ];

    /// The longest word, bytes.
    const LONGEST: usize = 64;

    /// Whether a segment has this form.
    pub fn fits(self, segment: &str) -> bool {
        let bytes = segment.as_bytes();
        match self {
            Self::Word => bytes.len() <= Self::LONGEST && is_word(bytes),
            Self::Digits => bytes.len() <= Self::LONGEST && shaped(bytes, &[0; Self::LONGEST][..bytes.len()]),
            Self::KboNumber => shaped(bytes, &[0; 10]) || shaped(bytes, b"\0\0\0\0.\0\0\0.\0\0\0"),
            Self::VCode => shaped(bytes, b"V\0\0\0\0\0\0\0"),
            Self::Uuid => {
                let groups = segment.split('-');
                let lengths =
                    groups.map(|group| (group.len(), group.bytes().all(|byte| byte.is_ascii_hexdigit())));
                lengths.eq([8, 4, 4, 4, 12].map(|len| (len, true)))
            }
        }
    }

    fn relation(self, other: Self) -> Relation {
        match (self, other) {
            (one, other) if one == other => Relation::Same,
            (_, Self::Word) => Relation::Within,
            (Self::Word, _) => Relation::Around,
            (Self::Digits, Self::KboNumber) | (Self::KboNumber, Self::Digits) => Relation::Crossing,
            _ => Relation::Apart,
        }
    }
}

/// Whether bytes are as long as the shape, and digits where it has 0.
fn shaped(bytes: &[u8], shape: &[u8]) -> bool {
    let fits = |(byte, shape): (&u8, &u8)| if *shape == 0 { byte.is_ascii_digit() } else { byte == shape };
    !bytes.is_empty() && bytes.len() == shape.len() && bytes.iter().zip(shape).all(fits)
}

/// A point ends a word for those who take what follows for a format (`V0001001.json`); between digits it does not.
fn is_word(bytes: &[u8]) -> bool {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    !bytes.is_empty()
        && bytes.iter().enumerate().all(|(at, byte)| match byte {
            b'.' => at > 0 && is_digit(at - 1) && is_digit(at + 1),
            byte => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
        })
}

/// How far a path is a route's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    No,
    /// But for capitals and small letters.
    Folded,
    Yes,
}

impl Template<'_> {
    /// How the paths of this route lie to those of another.
    pub fn relation(&self, other: &Template<'_>) -> Relation {
        if self.segments.len() != other.segments.len() {
            return Relation::Apart;
        }
        let pairs = self.segments.iter().zip(other.segments);
        pairs.fold(Relation::Same, |so_far, (one, other)| so_far.and(one.relation(other)))
    }

    /// The parameters of a path of this route: name, form and value.
    pub fn parameters<'p>(&self, path: &'p str) -> impl Iterator<Item = (&str, Form, &'p str)> {
        let named = self.segments.iter().zip(Target::segments(path));
        named.filter_map(|(segment, value)| match segment {
            Segment::Parameter { name, form } => Some((*name, *form, value)),
            Segment::Literal(_) => None,
        })
    }

    fn matches(&self, path: &str) -> Match {
        let mut segments = Target::segments(path);
        let mut matched = Match::Yes;
        for expected in self.segments {
            let Some(segment) = segments.next() else { return Match::No };
            match expected {
                Segment::Literal(word) if *word == segment => {}
                Segment::Literal(word) if word.eq_ignore_ascii_case(segment) => matched = Match::Folded,
                Segment::Parameter { form, .. } if form.fits(segment) => {}
                _ => return Match::No,
            }
        }
        if segments.next().is_some() { Match::No } else { matched }
    }
}

impl Segment<'_> {
    fn relation(&self, other: &Segment<'_>) -> Relation {
        match (self, other) {
            (Segment::Literal(one), Segment::Literal(other)) if one == other => Relation::Same,
            // No route may hang on capitals and small letters.
            (Segment::Literal(one), Segment::Literal(other)) if one.eq_ignore_ascii_case(other) => {
                Relation::Crossing
            }
            (Segment::Literal(word), Segment::Parameter { form, .. }) if form.fits(word) => Relation::Within,
            (Segment::Parameter { form, .. }, Segment::Literal(word)) if form.fits(word) => Relation::Around,
            (Segment::Parameter { form, .. }, Segment::Parameter { form: other, .. }) => {
                form.relation(*other)
            }
            _ => Relation::Apart,
        }
    }
}

impl Relation {
    /// Of two paths, given how one segment and the next ones lie.
    const fn and(self, next: Self) -> Self {
        match (self, next) {
            (Self::Apart, _) | (_, Self::Apart) => Self::Apart,
            (Self::Same, other) | (other, Self::Same) => other,
            (Self::Within, Self::Within) => Self::Within,
            (Self::Around, Self::Around) => Self::Around,
            _ => Self::Crossing,
        }
    }
}

/// The place of the route a path takes: of several, the one whose paths are all the others' too. Where no two routes
/// cross, which is the catalogue's to see to, their order makes no difference.
///
/// # Errors
/// [`Unclear::Case`] when another reader, to whom capitals and small letters are the same, would take another one.
pub fn find(templates: &[Template<'_>], path: &str) -> Result<Option<usize>, Unclear> {
    let mut best: Option<usize> = None;
    for (at, template) in templates.iter().enumerate() {
        match template.matches(path) {
            Match::No => {}
            Match::Folded => return Err(Unclear::Case),
            Match::Yes => {
                let narrower = |best: usize| template.relation(&templates[best]) == Relation::Within;
                if best.is_none_or(narrower) {
                    best = Some(at);
                }
            }
        }
    }
    Ok(best)
}
