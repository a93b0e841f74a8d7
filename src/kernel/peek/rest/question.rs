//! What path, query and body ask, as far as the law looks at it.

use super::named::{Named, Whose};
use super::target::{ROOM, decoded};
use super::{Form, Target, Template, Unclear};
use crate::redact::digits::Digits;

/// What a route's request can state, and by which names.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The keys its query may have.
    pub keys: &'a [&'a str],
    /// Parameters, keys and members of the body that name a natural person.
    pub persons: &'a [&'a str],
    /// The key that says which source is asked.
    pub source: Option<&'a str>,
}

/// What one request asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Question<'a> {
    /// It names a natural person.
    pub names_person: bool,
    /// It holds a BIS number where it names one.
    pub names_bis: bool,
    /// It holds anything else there.
    pub names_other: bool,
    /// The source it names.
    pub source: Option<&'a str>,
    /// Whom it is about, for its record.
    pub named: Named,
}

impl Asking<'_> {
    /// Whether a name stands for a person. Some readers tell capitals from small letters and some do not.
    pub(super) fn is_person(&self, name: &(impl Iterator<Item = char> + Clone)) -> bool {
        let same = |known: &&str| name.clone().map(folded).eq(known.chars().map(folded));
        self.persons.iter().any(same)
    }
}

/// A letter as readers compare it to whom capitals and small letters are the same: outside ASCII, four have a letter of
/// ASCII as their other case (Unicode `CaseFolding.txt` and `UnicodeData.txt`), and some readers go by that.
const fn folded(c: char) -> char {
    match c {
        '\u{130}' | '\u{131}' => 'i',
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    }
}

impl Question<'_> {
    /// Notes a value: a name that stands for a person names one, whatever its value; any other value does so that holds an
    /// INSZ.
    pub(super) fn note(
        &mut self,
        person: bool,
        whose: Option<Whose>,
        text: impl Iterator<Item = u8> + Clone,
    ) {
        if person { self.note_person(text) } else { self.note_other(whose, text) }
    }

    /// Notes what stands where a person's number is meant to. Anything but one number — several in a list, one without
    /// its first zero or with an exponent — can be of either kind.
    fn note_person(&mut self, text: impl Iterator<Item = u8> + Clone) {
        self.named.persons.add_bytes(text.clone());
        if text.clone().filter(u8::is_ascii_digit).count() != INSZ {
            return self.note_anybody();
        }
        self.names_person = true;
        let bis = is_bis_number(text);
        self.names_bis |= bis;
        self.names_other |= !bis;
    }

    /// Notes what stands anywhere else, behind a name that tells whose number it is or not: an INSZ names a person
    /// wherever it stands.
    fn note_other(&mut self, whose: Option<Whose>, text: impl Iterator<Item = u8> + Clone) {
        let mut digits = Digits::default();
        let holds = text.clone().any(|byte| digits.step(byte)) || digits.boundary();
        if holds {
            self.note_anybody();
        }
        match whose {
            Some(whose) => self.named.add(whose, text),
            None if holds && text.clone().filter(u8::is_ascii_digit).count() == INSZ => {
                self.named.persons.add_bytes(text);
            }
            None => {}
        }
    }

    /// Whose number it is meant to be nobody knows, so that it asks whatever a number can ask.
    pub(super) const fn note_anybody(&mut self) {
        (self.names_person, self.names_bis, self.names_other) = (true, true, true);
    }
}

/// The digits of an INSZ.
const INSZ: usize = 11;

/// What a target asks of the route it takes; `path` is the part of its path that the template is about.
///
/// # Errors
/// [`Unclear`]: a key the route does not know, or a value that decides and can be read in two ways.
pub fn question<'a>(
    target: &Target<'a>,
    path: &'a str,
    template: &Template<'_>,
    asking: &Asking<'_>,
) -> Result<Question<'a>, Unclear> {
    let mut question = Question::default();
    for (name, form, value) in template.parameters(path) {
        question.note(asking.is_person(&name.chars()), Whose::of(&name.chars()), value.bytes());
        if form == Form::KboNumber && Whose::of(&name.chars()).is_none() {
            question.named.enterprises.add_bytes(value.bytes());
        }
    }
    for (key, value) in target.pairs() {
        if !asking.keys.contains(&key) {
            return Err(Unclear::UnknownKey);
        }
        let decides = asking.is_person(&key.chars()) || asking.source == Some(key);
        if decides && value.contains(['%', '+']) {
            return Err(Unclear::EncodedValue);
        }
        let mut buffer = [0; ROOM];
        question.note(
            asking.is_person(&key.chars()),
            Whose::of(&key.chars()),
            decoded(value, &mut buffer)?.bytes(),
        );
        if asking.source == Some(key) {
            question.source = Some(value);
        }
    }
    Ok(question)
}

/// A BIS number has 20 or 40 added to the month of birth, as in [`soap`](crate::peek::soap).
fn is_bis_number(bytes: impl Iterator<Item = u8>) -> bool {
    let mut digits = bytes.filter(u8::is_ascii_digit).skip(2).map(|byte| byte - b'0');
    let month = digits.next().zip(digits.next()).map(|(tens, units)| tens * 10 + units);
    matches!(month, Some(20..=32 | 40..=52))
}
