//! The numbers that a question may name: looked for by pseudonym, never kept.

use zeroize::Zeroizing;

use crate::audit::keys::{Numbered, PseudonymKey};
use crate::audit::trail::frame::shown;

/// What is looked for, under each key that is at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// Of whom the number is.
    pub of: Numbered,
    /// The ids of the keys.
    pub keys: Vec<String>,
    /// The pseudonym under each, as records write it.
    pub pseudonyms: Vec<String>,
}

/// What was given is no such number; what it was is not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not a person's.
    #[error(
        "this is no National Register or BIS number: eleven digits, of which the last two check the others"
    )]
    NoInsz,
    /// Not an enterprise's.
    #[error(
        "this is no enterprise number: ten digits that begin with 0 or 1, of which the last two check the others"
    )]
    NoKbo,
}

impl Sought {
    /// A number as people write it, with or without points, dashes and spaces.
    ///
    /// # Errors
    /// Its check digits are not those of such a number.
    pub fn number(of: Numbered, written: &str, keys: &[PseudonymKey]) -> Result<Self, NumberError> {
        let digits = match of {
            Numbered::Person => insz(written).ok_or(NumberError::NoInsz)?,
            Numbered::Enterprise => kbo(written).ok_or(NumberError::NoKbo)?,
        };
        let ids = keys.iter().map(|key| key.id().to_owned()).collect();
        let pseudonyms = keys.iter().map(|key| shown(&key.pseudonym(of, &digits))).collect();
        Ok(Self { of, keys: ids, pseudonyms })
    }

    /// The member of records that lists such.
    pub(super) const fn member(&self) -> &'static str {
        match self.of {
            Numbered::Person => "subjects",
            Numbered::Enterprise => "enterprises",
        }
    }

    /// The member that counts those a record had no place for.
    pub(super) const fn beyond(&self) -> &'static str {
        match self.of {
            Numbered::Person => "subjects_beyond",
            Numbered::Enterprise => "enterprises_beyond",
        }
    }
}

/// The digits, where nothing but what people put between them stands there.
fn digits(written: &str, most: usize) -> Option<Zeroizing<String>> {
    // Room for all, so that no part is left behind where it was moved from.
    let mut digits = Zeroizing::new(String::with_capacity(most));
    for c in written.trim().chars() {
        match c {
            '0'..='9' if digits.len() < most => digits.push(c),
            '.' | '-' | ' ' | '/' => {}
            _ => return None,
        }
    }
    Some(digits)
}

/// Nine digits, and 97 less their remainder; a 2 stands before the nine of who was born from 2000 on.
fn insz(written: &str) -> Option<Zeroizing<String>> {
    let digits = digits(written, 11).filter(|digits| digits.len() == 11)?;
    let (nine, check) = (digits[..9].parse::<u64>().ok()?, digits[9..].parse::<u64>().ok()?);
    [nine, 2_000_000_000 + nine].iter().any(|number| 97 - number % 97 == check).then_some(digits)
}

/// Eight digits, and 97 less their remainder; nine digits in all get a nought before them.
fn kbo(written: &str) -> Option<Zeroizing<String>> {
    let written = written.trim();
    let bare = written.strip_prefix("BE").unwrap_or(written);
    let mut digits = digits(bare, 10)?;
    if digits.len() == 9 {
        digits.insert(0, '0');
    }
    let shaped = digits.len() == 10 && digits.starts_with(['0', '1']);
    let (eight, check) = shaped.then(|| digits.split_at(8))?;
    let (eight, check) = (eight.parse::<u64>().ok()?, check.parse::<u64>().ok()?);
    (97 - eight % 97 == check).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_checked_and_punctuation_is_not() {
        for right in ["62680599650", "62.68.05-996.50", " 62 68 05 996 50\n"] {
            assert_eq!(insz(right).as_deref().map(String::as_str), Some("62680599650"), "{right}");
        }
        for wrong in ["62680599651", "6268059965", "626805996500", "62680599650x", "", "٦2680599650"] {
            assert_eq!(insz(wrong), None, "{wrong}");
        }
        for right in ["0123456749", "0123.456.749", "BE 0123.456.749", "123456749"] {
            assert_eq!(kbo(right).as_deref().map(String::as_str), Some("0123456749"), "{right}");
        }
        for wrong in ["0123456748", "2123456749", "12345674", ""] {
            assert_eq!(kbo(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_error_does_not_say_the_number() {
        let told = Sought::number(Numbered::Person, "62680599651", &[]).expect_err("a wrong number");
        assert!(!format!("{told} {told:?}").contains("626805"));
    }
}
