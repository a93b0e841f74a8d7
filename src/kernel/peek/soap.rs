//! A MAGDA request as one SOAP 1.1 envelope.

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
    /// `Context/Bericht/Afzender/Hoedanigheid`.
    pub capacity: Option<Value<'a>>,
    /// `Context/Bericht/Afzender/Referte`.
    pub reference: Option<Value<'a>>,
    /// `Vragen/Vraag/Referte`.
    pub question_reference: Option<Value<'a>>,
    /// Whether one of the caller's `person_names` stands below `Vragen`.
    pub names_person: bool,
}

/// The text of a leaf element.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    raw: &'a str,
}

/// Why the request has no single meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// What is wrong.
    pub fault: Fault,
    /// Offset of the byte where it was noticed.
    pub at: usize,
}

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not UTF-8.
    NotUtf8,
}

/// Reads the whole envelope.
///
/// # Errors
/// [`Unreadable`] for everything that is not exactly one request.
pub fn read<'a>(bytes: &'a [u8], person_names: &[&str]) -> Result<Envelope<'a>, Unreadable> {
    let _ = (bytes, person_names);
    Err(Unreadable { fault: Fault::NotUtf8, at: 0 })
}

impl<'a> Value<'a> {
    /// The text with references and CDATA resolved and comments left out, in `buffer` where it
    /// differs from what was written. `None` when it does not fit.
    pub fn decode<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b str>
    where
        'a: 'b,
    {
        let _ = buffer;
        Some(self.raw)
    }
}
