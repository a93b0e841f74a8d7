//! What keeps bytes from being JSON this gateway reads.

/// What is wrong with the JSON, whatever it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JsonFlaw {
    /// Bytes that are not UTF-8: another encoding, or damage (RFC 8259 §8.1).
    NotUtf8,
    /// A control character in a string that is not escaped (RFC 8259 §7).
    ControlCharacter,
    /// A `\` with something behind it that RFC 8259 §7 does not list.
    BrokenEscape,
    /// Half of a pair of `\u` escapes without the other half: no character at all.
    LoneSurrogate,
    /// A number that breaks RFC 8259 §6: `01`, `1.`, `-`, `1e`.
    BrokenNumber,
    /// Something that starts like `true`, `false` or `null` and is none of them.
    BrokenLiteral,
    /// A byte where the grammar allows only others: a comma too many, a bracket that closes another kind.
    Misplaced,
    /// Something other than white space behind the value.
    AfterValue,
    /// A line break inside a value, in a document that holds one value a line.
    BrokenLine,
    /// More open objects and arrays than the limit.
    TooDeep,
    /// What must wait until it is known whether it leaves is longer than the limit: a comma, a key, and the white
    /// space around them; or the names of all open arrays.
    TooLong,
    /// The document ends before its value does.
    Truncated,
    /// The whole value was to be removed, and nothing is not JSON.
    NothingLeft,
    /// Whether a comma leaves depends on questions in a way that cannot be asked: several members before it depend on
    /// different open questions.
    Tangled,
}

impl JsonFlaw {
    /// How many there are.
    pub const COUNT: usize = 14;

    /// Their names, as used in metrics and records; the index is [`Self::at`].
    pub const NAMES: [&'static str; Self::COUNT] = [
        "json-not-utf-8",
        "json-control-character",
        "json-broken-escape",
        "json-lone-surrogate",
        "json-broken-number",
        "json-broken-literal",
        "json-misplaced",
        "json-after-value",
        "json-broken-line",
        "json-too-deep",
        "json-too-long",
        "json-truncated",
        "json-nothing-left",
        "json-tangled",
    ];

    /// The place in an array of [`Self::COUNT`].
    pub const fn at(self) -> usize {
        self as usize
    }

    /// The flaw's name.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self.at()]
    }
}
