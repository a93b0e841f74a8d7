//! Why the text of an answer cannot be reached.

/// What is wrong with how an answer is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// `Content-Type` is missing, double, malformed, or of something that is no document this gateway reads.
    MediaType,
    /// `Content-Encoding` names a coding that is not known, or more of them than are undone.
    UnknownCoding,
    /// The bytes are not what the coding says they are.
    BrokenCoding,
    /// The coded bytes end before the coding does.
    TruncatedCoding,
    /// Something follows the end of the coded bytes.
    TrailingCoding,
    /// Decoded, the answer is longer than the budget allows.
    DecodedTooLarge,
    /// Decoded, the answer is so many times longer than its coded bytes that it is taken for a bomb.
    DecodedRatio,
    /// A character set that is not read: anything but UTF-8, UTF-16, ISO-8859-1 and US-ASCII.
    UnknownCharset,
    /// Header, byte order mark and XML declaration do not name the same character set.
    CharsetContradiction,
    /// UTF-16 that does not say in which order its bytes come.
    NoByteOrder,
    /// Bytes that are no text in the character set they are said to be in.
    BrokenCharset,
    /// The XML declaration cannot be read, so that nobody knows which character set it names.
    BrokenDeclaration,
    /// The parts of a message are not separated as RFC 2046 says, or a part's head cannot be read.
    BrokenParts,
    /// The message ends before its closing boundary.
    TruncatedParts,
    /// No part, or more than one, is the one that `start` names; or there is no part at all.
    NoRootPart,
    /// The root part is not XML, or is in a transfer encoding or coding of its own.
    RootPartType,
    /// A part beside the document, in the answer of a service that has personal fields: nothing looks into it.
    Attachment,
}

impl Fault {
    /// How many there are.
    pub const COUNT: usize = 17;

    /// Their names, as used in metrics and records; the index is [`Self::at`].
    pub const NAMES: [&'static str; Self::COUNT] = [
        "content-type",
        "content-encoding",
        "broken-coding",
        "truncated-coding",
        "trailing-coding",
        "decoded-too-large",
        "decoded-ratio",
        "unknown-charset",
        "charset-contradiction",
        "no-byte-order",
        "broken-charset",
        "broken-declaration",
        "broken-parts",
        "truncated-parts",
        "no-root-part",
        "root-part-type",
        "attachment",
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
