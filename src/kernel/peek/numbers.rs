//! The numbers by which a question names those it is about.

use super::value::Value;

/// How many numbers of a kind are kept of a question.
const KEPT: usize = 8;

/// The first few numbers of one kind in a question, as slices of it, and how many there were in all.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    first: [Option<Value<'a>>; KEPT],
    count: u32,
}

impl<'a> Numbers<'a> {
    /// How many are kept; MAGDA answers at most five questions at once (wire notes, code 20110).
    pub const KEPT: usize = KEPT;

    /// None yet.
    pub const NONE: Self = Self { first: [None; KEPT], count: 0 };

    /// Those that are kept, as they stand.
    pub fn iter(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        self.first.iter().flatten().copied()
    }

    /// How many there were, kept or not.
    pub const fn count(&self) -> u32 {
        self.count
    }

    pub(super) fn add(&mut self, value: Value<'a>) {
        if let Some(place) = self.first.get_mut(self.count as usize) {
            *place = Some(value);
        }
        self.count = self.count.saturating_add(1);
    }
}

impl Value<'_> {
    /// The digits of a number, whatever stands between them, in `buffer`; `None` where there are none, or more
    /// than fit.
    pub fn digits<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b str> {
        let (mut len, mut fits) = (0, true);
        self.each_byte(|byte| {
            if byte.is_ascii_digit() {
                match buffer.get_mut(len) {
                    Some(place) => {
                        *place = byte;
                        len += 1;
                    }
                    None => fits = false,
                }
            }
        });
        let digits = buffer.get(..len).filter(|digits| fits && !digits.is_empty())?;
        core::str::from_utf8(digits).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_its_digits_however_it_is_written() {
        let mut buffer = [0; 12];
        assert_eq!(Value::new(" 62.68.05-996&#46;50 ").digits(&mut buffer), Some("62680599650"));
        assert_eq!(Value::new("geen").digits(&mut buffer), None);
        assert_eq!(Value::new("1234567890123").digits(&mut buffer), None, "more than fit");
    }

    #[test]
    fn those_that_are_not_kept_are_counted() {
        let mut numbers = Numbers::NONE;
        (0..20).for_each(|_| numbers.add(Value::new("1")));
        assert_eq!((numbers.iter().count(), numbers.count()), (Numbers::KEPT, 20));
    }
}
