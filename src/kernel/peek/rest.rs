//! A REST request as one route with one question.
//!
//! What is matched is what is forwarded: a target is read as it is written or not at all. Nothing is decoded,
//! folded or tidied up, because whoever reads it next could do that differently. [`Target`] is the one spelling a
//! request line may have, [`Template`] what a path must look like, [`question`] what path, query and body ask.
//! Deliberately not here: headers, and which route belongs to which service.

mod members;
mod named;
mod question;
mod target;
mod template;

pub use members::{Misread, read as members};
pub use named::Named;
pub use question::{Asking, Question, question};
pub use target::Target;
pub use template::{Form, Relation, Segment, Template, find};

/// Why a target has no single meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unclear {
    /// No path: `*`, an authority, an absolute URI, nothing.
    NoPath,
    /// Longer than the limits, or of more parts.
    TooLong,
    /// `.` or `..` as a segment (RFC 3986 §5.2.4).
    DotSegment,
    /// Two slashes in a row.
    EmptySegment,
    /// A slash at the end.
    TrailingSlash,
    /// A percent sign in the path: no parameter needs one, and `%2F`, `%2e` and `%41` are other spellings of what
    /// can be written plainly.
    EncodedPath,
    /// `;`: matrix parameters (RFC 3986 §3.3), or a query in pieces that only some cut there.
    Semicolon,
    /// A character that may not stand in this place, or that some read as another: a backslash, a control
    /// character, anything outside ASCII.
    Character,
    /// Equal to a route but for capitals and small letters, which some tell apart and some do not.
    Case,
    /// A query, or a pair in it, without key, without `=`, or empty.
    EmptyPair,
    /// A key that the route does not know.
    UnknownKey,
    /// A key that stands twice.
    KeyTwice,
    /// A percent sign without two hexadecimal digits behind it, or not of UTF-8, or of a control character.
    BrokenEncoding,
    /// A percent sign that, decoded, makes another one with two hexadecimal digits behind it.
    EncodedTwice,
    /// A value that decides and is not written plainly.
    EncodedValue,
}

impl Unclear {
    /// How many there are.
    pub const COUNT: usize = 15;

    /// Their names, as used in refusals and records; the index is [`Self::at`].
    pub const NAMES: [&'static str; Self::COUNT] = [
        "no-path",
        "too-long",
        "dot-segment",
        "empty-segment",
        "trailing-slash",
        "encoded-path",
        "semicolon",
        "character",
        "case",
        "empty-pair",
        "unknown-key",
        "key-twice",
        "broken-encoding",
        "encoded-twice",
        "encoded-value",
    ];

    /// The place in an array of [`Self::COUNT`].
    pub const fn at(self) -> usize {
        self as usize
    }

    /// The fault's name.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self.at()]
    }
}
