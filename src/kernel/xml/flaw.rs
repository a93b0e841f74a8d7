//! What keeps bytes from being a document this gateway reads.

/// What is wrong with the XML, whatever it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// Bytes that are not UTF-8: another encoding, or damage.
    NotUtf8,
    /// A character outside XML 1.0 §2.2 `Char`, literal or by reference.
    ForbiddenCharacter,
    /// The declaration names another encoding than UTF-8.
    ForeignEncoding,
    /// The declaration names another version than 1.0.
    ForeignVersion,
    /// A document type declaration: never used by MAGDA, and the door of entity attacks.
    Doctype,
    /// A processing instruction, or an XML declaration that does not stand at the very start.
    ProcessingInstruction,
    /// A tag, comment opener or declaration that breaks the grammar.
    BrokenMarkup,
    /// An end tag that does not close the element that is open.
    MismatchedTag,
    /// The same attribute twice in one tag.
    DuplicateAttribute,
    /// A reference to an entity that is not predefined, or that is no reference at all.
    UnknownReference,
    /// `]]>` in text (XML 1.0 §2.4).
    CdataEndInText,
    /// `--` in a comment (XML 1.0 §2.5).
    BrokenComment,
    /// Something other than white space or comments beside the root element.
    OutsideRoot,
    /// More open elements than the limit.
    TooDeep,
    /// More attributes in one tag than the limit.
    TooManyAttributes,
    /// A name, tag, reference or declaration longer than the limit.
    TooLong,
    /// The document ends before its root element does.
    Truncated,
}

impl Flaw {
    /// How many there are.
    pub const COUNT: usize = 17;

    /// Their names, as used in metrics and records; the index is [`Self::at`].
    pub const NAMES: [&'static str; Self::COUNT] = [
        "not-utf-8",
        "forbidden-character",
        "foreign-encoding",
        "foreign-version",
        "doctype",
        "processing-instruction",
        "broken-markup",
        "mismatched-tag",
        "duplicate-attribute",
        "unknown-reference",
        "cdata-end-in-text",
        "broken-comment",
        "outside-root",
        "too-deep",
        "too-many-attributes",
        "too-long",
        "truncated",
    ];

    /// The place in an array of [`Self::COUNT`].
    pub const fn at(self) -> usize {
        self as usize
    }

    /// The flaw's name.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self.at()]
    }

    /// All flaws' names, followed by a room's `own`: the names of a fault that may be a flaw.
    pub(crate) const fn names_and<const N: usize>(own: &[&'static str]) -> [&'static str; N] {
        assert!(Self::COUNT + own.len() == N, "a fault without a name, or a name too many");
        let mut names = [""; N];
        let mut at = 0;
        while at < N {
            names[at] = if at < Self::COUNT { Self::NAMES[at] } else { own[at - Self::COUNT] };
            at += 1;
        }
        names
    }
}
