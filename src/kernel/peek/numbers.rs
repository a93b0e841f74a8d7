//! The numbers by which a question names those it is about.

use core::fmt;

use super::value::Value;

/// How many numbers of a kind are kept of a question.
const KEPT: usize = 8;
/// The longest number there is, digits: an INSZ. An enterprise's has 10.
const LONGEST: usize = 11;

/// The digits of one number, whatever stood between them.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Number {
    digits: [u8; LONGEST],
    /// More than fit: it is none.
    len: u8,
}

/// The first few numbers of one kind in a question, and how many there were in all.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Numbers {
    first: [Number; KEPT],
    count: u32,
}

impl Number {
    /// `None`: there were no digits, or more than a number has.
    pub fn digits(&self) -> Option<&str> {
        let digits = self.digits.get(..usize::from(self.len)).filter(|digits| !digits.is_empty())?;
        core::str::from_utf8(digits).ok()
    }

    fn take(&mut self, byte: u8) {
        if byte.is_ascii_digit() {
            if let Some(place) = self.digits.get_mut(usize::from(self.len)) {
                *place = byte;
            }
            self.len = self.len.saturating_add(1);
        }
    }
}

impl Numbers {
    /// How many are kept; MAGDA answers at most five questions at once (wire notes, code 20110).
    pub const KEPT: usize = KEPT;

    /// None yet.
    pub const NONE: Self = Self { first: [Number { digits: [0; LONGEST], len: 0 }; KEPT], count: 0 };

    /// Those that are kept.
    pub fn iter(&self) -> impl Iterator<Item = &Number> {
        self.first.iter().take(self.count as usize)
    }

    /// How many there were, kept or not.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Adds the number in the text of an element.
    pub(super) fn add(&mut self, value: Value<'_>) {
        let mut number = Number::default();
        value.each_byte(|byte| number.take(byte));
        self.keep(number);
    }

    /// Adds the number in these bytes.
    pub(super) fn add_bytes(&mut self, bytes: impl Iterator<Item = u8>) {
        let mut number = Number::default();
        bytes.for_each(|byte| number.take(byte));
        self.keep(number);
    }

    fn keep(&mut self, number: Number) {
        if let Some(place) = self.first.get_mut(self.count as usize) {
            *place = number;
        }
        self.count = self.count.saturating_add(1);
    }
}

/// Nothing of the number.
impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({} digits)", self.len)
    }
}

/// Nothing of the numbers.
impl fmt::Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Numbers({})", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Number {
        let mut numbers = Numbers::default();
        numbers.add(Value::new(text));
        *numbers.iter().next().expect("it was added")
    }

    #[test]
    fn a_number_is_its_digits_however_it_is_written() {
        assert_eq!(only(" 62.68.05-996&#46;50 ").digits(), Some("62680599650"));
        assert_eq!(only("geen").digits(), None);
        assert_eq!(only("626805996501").digits(), None, "more than a number has");
        assert_eq!(only(&"1".repeat(300)).digits(), None, "more than can be counted");
    }

    #[test]
    fn those_that_are_not_kept_are_counted() {
        let mut numbers = Numbers::default();
        (0..20).for_each(|_| numbers.add(Value::new("1")));
        assert_eq!((numbers.iter().count(), numbers.count()), (Numbers::KEPT, 20));
    }
}
