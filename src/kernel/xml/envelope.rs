//! The skeleton of a SOAP 1.1 message: an Envelope, perhaps a Header, a Body with one element.
//!
//! Goes by local names; whoever reads checks the namespaces it wants. SOAP 1.1 §4 allows more
//! (elements after the Body, several in it): MAGDA uses none of that, so it is refused.

/// The namespace of SOAP 1.1, the only one MAGDA speaks.
pub(crate) const NAMESPACE: &[u8] = b"http://schemas.xmlsoap.org/soap/envelope/";

/// The level of Header and Body.
const PARTS: usize = 2;

/// How far the message has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Nothing of it.
    Before,
    /// Inside the Envelope, before Header and Body.
    Opened,
    /// Inside the Header.
    Header,
    /// Between Header and Body.
    AfterHeader,
    /// Inside the Body, before its element.
    Body,
    /// Inside the element in the Body.
    Content,
    /// Inside the Body, after its element.
    AfterContent,
    /// After the Body.
    AfterBody,
}

/// The message is not built as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Misbuilt;

/// Follows a message along its tags.
#[derive(Debug)]
pub(crate) struct Envelope {
    part: Part,
    content_level: usize,
}

impl Envelope {
    /// Expects a whole envelope.
    pub(crate) const fn new() -> Self {
        Self { part: Part::Before, content_level: PARTS + 1 }
    }

    /// Expects the Body's element alone.
    pub(crate) const fn without() -> Self {
        Self { part: Part::Body, content_level: 1 }
    }

    pub(crate) const fn part(&self) -> Part {
        self.part
    }

    /// The level of the Body's element.
    pub(crate) const fn content_level(&self) -> usize {
        self.content_level
    }

    /// Whether text may stand here.
    pub(crate) const fn holds_text(&self) -> bool {
        matches!(self.part, Part::Header | Part::Content)
    }

    /// An element starts; gives the part it is (in).
    pub(crate) fn enter(&mut self, local: &[u8]) -> Result<Part, Misbuilt> {
        self.part = match (self.part, local) {
            (Part::Header | Part::Content, _) => self.part,
            (Part::Before, b"Envelope") => Part::Opened,
            (Part::Opened, b"Header") => Part::Header,
            (Part::Opened | Part::AfterHeader, b"Body") => Part::Body,
            (Part::Body, _) => Part::Content,
            _ => return Err(Misbuilt),
        };
        Ok(self.part)
    }

    /// The element at `level` ends.
    pub(crate) fn leave(&mut self, level: usize) -> Result<(), Misbuilt> {
        self.part = match self.part {
            Part::Content if level == self.content_level => Part::AfterContent,
            Part::Header if level == PARTS => Part::AfterHeader,
            Part::AfterContent => Part::AfterBody,
            inside @ (Part::Header | Part::Content | Part::AfterBody) => inside,
            Part::Before | Part::Opened | Part::AfterHeader | Part::Body => return Err(Misbuilt),
        };
        Ok(())
    }
}
