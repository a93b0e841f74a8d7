//! A MAGDA request as one SOAP 1.1 envelope.
//!
//! What two readers could understand differently is refused: a second Context, a value with a comment
//! in it, a name stated twice. Deliberately not here: whether path, root, `Naam` and `Versie` agree,
//! and who the sender is; signatures, which are forwarded as they are.

pub use super::numbers::{Number, Numbers};
use super::question::{At, Question};
pub use super::value::Value;
use crate::xml::chars::{self, End};
use crate::xml::{Flaw, Reader};

/// What one envelope states, as slices of it.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// Local name of the element in the Body.
    pub root: &'a str,
    /// Its namespace name, as written (attribute value; references not resolved); empty: none.
    pub namespace: &'a str,
    /// `Context/Naam`.
    pub name: Value<'a>,
    /// `Context/Versie`.
    pub version: Value<'a>,
    /// `Context/Bericht/Afzender/Identificatie`.
    pub sender: Value<'a>,
    /// `Context/Bericht/Afzender/Hoedanigheid`; blank counts as absent.
    pub capacity: Option<Value<'a>>,
    /// `Context/Bericht/Afzender/Referte`; blank counts as absent.
    pub reference: Option<Value<'a>>,
    /// `Vragen/Vraag/Referte` of the first Vraag; blank counts as absent.
    pub question_reference: Option<Value<'a>>,
    /// `Vragen/Vraag/Inhoud/Bron`, the source asked, where the service has the choice; blank counts as absent. Like the
    /// next signs of a source, absent too where one of several questions shows none: it must not pass for what the others ask.
    pub source: Option<Value<'a>>,
    /// Whether one of the caller's `person_names` stands anywhere in the Body.
    pub names_person: bool,
    /// Whether one of them holds a BIS number (a sign of the source).
    pub names_bis: bool,
    /// Whether one of them holds anything else (likewise).
    pub names_other: bool,
    /// What the person elements hold, in order.
    pub persons: Numbers,
    /// What the `Ondernemingsnummer` elements of the Body hold, in order.
    pub enterprises: Numbers,
}

/// Why the request has no single meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong.
    pub fault: Fault,
    /// Offset of the byte, or of the start of the tag, where it was noticed.
    pub at: usize,
}

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Not a document this gateway reads.
    Flaw(Flaw),
    /// A prefix that no element around it declares.
    UndeclaredPrefix,
    /// A declaration that Namespaces in XML §3 and §5 forbid: of `xml`, of `xmlns`, or of a prefix as nothing.
    ForbiddenDeclaration,
    /// More namespace declarations in scope than the limit.
    TooManyDeclarations,
    /// Envelope, Header or Body in another namespace than that of SOAP 1.1.
    NotSoap11,
    /// Not `Envelope/{Header?, Body}` with one element in the Body.
    Misbuilt,
    /// No `Verzoek` in the Body's element.
    NoRequest,
    /// Two of them.
    SecondRequest,
    /// No `Context` in the `Verzoek`.
    NoContext,
    /// A `Context` besides that one, anywhere in the Body.
    SecondContext,
    /// An element that decides stands twice: `Naam`, `Versie`, `Bericht`, `Afzender`, one of its own, or `Vragen`.
    StatedTwice,
    /// A comment or an element inside a value that decides.
    UnclearValue,
    /// No `Naam`, or a blank one.
    NameMissing,
    /// No `Versie`, or a blank one.
    VersionMissing,
    /// No `Identificatie` of the sender, or a blank one.
    SenderMissing,
}

/// Reads the whole envelope. `person_names` are local names (case ignored) of elements that name a
/// natural person in a question.
///
/// # Errors
/// [`Unreadable`] for everything that is not exactly one request.
pub fn read<'a>(bytes: &'a [u8], person_names: &[&str]) -> Result<Envelope<'a>, Unreadable> {
    let text = text(bytes)?;
    let mut reader = Reader::new();
    let mut question = Question::new(text, person_names);
    let mut start = 0;
    while start < bytes.len() {
        let noticed = |fault| Unreadable { fault, at: start };
        // By reference: moving tokens costs more than reading them.
        let next = reader.next(&bytes[start..]);
        let read = match &next {
            Ok(Some(read)) => read,
            Ok(None) => return Err(noticed(Fault::Flaw(Flaw::Truncated))),
            Err(flaw) => return Err(noticed(Fault::Flaw(*flaw))),
        };
        let end = start + read.len;
        question.meet(&At { token: &read.token, start, end }, reader.open()).map_err(noticed)?;
        start = end;
    }
    let noticed = |fault| Unreadable { fault, at: bytes.len() };
    reader.finish().map_err(Fault::Flaw).map_err(noticed)?;
    question.conclude().map_err(noticed)
}

/// The bytes as text that may stand in a document.
fn text(bytes: &[u8]) -> Result<&str, Unreadable> {
    let clean = chars::clean(bytes);
    let flaw = match clean.end {
        End::Whole => core::str::from_utf8(bytes).map_err(|_| Flaw::NotUtf8),
        End::Split => Err(Flaw::NotUtf8),
        End::Flaw(flaw) => Err(flaw),
    };
    flaw.map_err(|flaw| Unreadable { fault: Fault::Flaw(flaw), at: clean.len })
}

impl Fault {
    /// How many there are, every [`Flaw`] by itself.
    pub const COUNT: usize = Flaw::COUNT + 14;

    /// Their names, as used in metrics and records; the index is [`Self::at`].
    pub const NAMES: [&'static str; Self::COUNT] = Flaw::names_and(&[
        "undeclared-prefix",
        "forbidden-declaration",
        "too-many-declarations",
        "not-soap-1.1",
        "misbuilt-envelope",
        "no-request",
        "second-request",
        "no-context",
        "second-context",
        "stated-twice",
        "unclear-value",
        "name-missing",
        "version-missing",
        "sender-missing",
    ]);

    /// The place in an array of [`Self::COUNT`].
    pub const fn at(self) -> usize {
        let own = match self {
            Self::Flaw(flaw) => return flaw.at(),
            Self::UndeclaredPrefix => 0,
            Self::ForbiddenDeclaration => 1,
            Self::TooManyDeclarations => 2,
            Self::NotSoap11 => 3,
            Self::Misbuilt => 4,
            Self::NoRequest => 5,
            Self::SecondRequest => 6,
            Self::NoContext => 7,
            Self::SecondContext => 8,
            Self::StatedTwice => 9,
            Self::UnclearValue => 10,
            Self::NameMissing => 11,
            Self::VersionMissing => 12,
            Self::SenderMissing => 13,
        };
        Flaw::COUNT + own
    }

    /// The fault's name.
    pub const fn name(self) -> &'static str {
        Self::NAMES[self.at()]
    }
}
