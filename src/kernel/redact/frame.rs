//! The frame of MAGDA's messages around an answer's content: what stays where a grant is limited to field groups.
//!
//! `Repliek/{Context, Antwoorden/Antwoord/{Referte, Inhoud, Uitzonderingen}, Uitzonderingen}`, and the same of a
//! publication. What the schemas do not know there goes.

/// An element of the frame that holds others of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Root,
    Repliek,
    Antwoorden,
    Antwoord,
    Publicatie,
    Onderwerpen,
    Onderwerp,
}

/// What stands in the frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framed {
    /// More of it.
    Frame(Frame),
    /// A part of it that stays whole.
    Part,
    /// The content.
    Content,
    /// Nothing of the kind.
    Strange,
}

impl Frame {
    pub(super) fn child(self, local: &[u8]) -> Framed {
        match (self, local) {
            // JSON of a SOAP answer may have the envelope around it.
            (Self::Root, b"Envelope" | b"Body") => Framed::Frame(Self::Root),
            (Self::Root, name) if name.ends_with(b"Response") => Framed::Frame(Self::Root),
            (Self::Root, b"Repliek") => Framed::Frame(Self::Repliek),
            (Self::Root, b"Publicatie") => Framed::Frame(Self::Publicatie),
            (Self::Repliek, b"Antwoorden") => Framed::Frame(Self::Antwoorden),
            (Self::Antwoorden, b"Antwoord") => Framed::Frame(Self::Antwoord),
            (Self::Publicatie, b"Onderwerpen") => Framed::Frame(Self::Onderwerpen),
            (Self::Onderwerpen, b"Onderwerp") => Framed::Frame(Self::Onderwerp),
            (Self::Repliek | Self::Publicatie, b"Context")
            | (Self::Repliek | Self::Antwoord, b"Uitzonderingen")
            | (Self::Antwoord | Self::Onderwerp, b"Referte") => Framed::Part,
            (Self::Antwoord | Self::Onderwerp, b"Inhoud") => Framed::Content,
            _ => Framed::Strange,
        }
    }
}
