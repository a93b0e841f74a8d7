//! Recognises an INSZ in running text, digit by digit.
//!
//! Eleven digits between non-digits, or the notations `YY.MM.DD-SSS.CC` and `YYMMDD-SSS-CC` with any
//! mix of points, dashes, slashes and white space. The check digits are not asked: a mistyped number is somebody's all the same,
//! and test numbers fail them. An enterprise number has ten digits and is none.

/// The digits of an INSZ.
const WHOLE: u8 = 11;
/// How they are grouped where they are.
const GROUPED: [&[u8]; 2] = [&[2, 2, 2, 3, 2], &[6, 3, 2]];
/// The most groups of any notation.
const MOST: usize = 5;
/// The widest that may stand between two groups, bytes: a dash outside ASCII between two spaces, and some.
const WIDEST: u8 = 8;

/// Whether a byte may stand between two groups. Outside ASCII there are more spaces and dashes than letters
/// that anybody writes between digits. No colon: it makes a time of day, with a date before it.
const fn separates(byte: u8) -> bool {
    matches!(byte, b'.' | b'-' | b'/' | b'_' | b' ' | b'\t' | b'\r' | b'\n' | 0x80..)
}

/// What was seen last.
#[derive(Debug, Default)]
pub struct Digits {
    /// Digits in a row, up to one more than [`WHOLE`].
    run: u8,
    /// The finished groups that the run may go on.
    groups: [u8; MOST],
    count: usize,
    /// Bytes since the last digit.
    gap: u8,
}

impl Digits {
    /// Reads the next byte of the text; true: an INSZ ends right before it.
    pub fn step(&mut self, byte: u8) -> bool {
        if byte.is_ascii_digit() {
            self.digit();
            return false;
        }
        self.gap = self.gap.saturating_add(1);
        let found = self.group();
        if !separates(byte) || self.gap > WIDEST {
            self.count = 0;
        }
        found
    }

    /// Says that the text ends here, so that no digit follows; true: an INSZ ends here.
    pub fn boundary(&mut self) -> bool {
        self.step(b'<')
    }

    /// Whether what was seen last is no number, nor part of one.
    pub(super) const fn is_idle(&self) -> bool {
        self.run == 0 && self.count == 0
    }

    /// Whether what was seen last may turn out to be an INSZ.
    pub(super) const fn may_become(&self) -> bool {
        self.count > 0 || 0 < self.run && self.run <= WHOLE
    }

    fn digit(&mut self) {
        self.gap = 0;
        self.run = (self.run + 1).min(WHOLE + 1);
        if self.run > WHOLE {
            self.count = 0;
        }
    }

    /// Ends the run; true: it completes an INSZ.
    fn group(&mut self) -> bool {
        let run = core::mem::take(&mut self.run);
        if run == WHOLE {
            self.count = 0;
            return true;
        }
        if run > 0 {
            self.remember(run);
        }
        self.keep_what_may_go_on()
    }

    fn remember(&mut self, run: u8) {
        if self.count == MOST {
            self.forget_first();
        }
        self.groups[self.count] = run;
        self.count += 1;
    }

    /// Forgets the groups that start no notation; true: they are a whole one.
    fn keep_what_may_go_on(&mut self) -> bool {
        while self.count > 0 {
            let seen = &self.groups[..self.count];
            if GROUPED.contains(&seen) {
                return true;
            }
            if GROUPED.iter().any(|groups| groups.starts_with(seen)) {
                return false;
            }
            self.forget_first();
        }
        false
    }

    fn forget_first(&mut self) {
        self.groups.copy_within(1.., 0);
        self.count -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds_insz(text: &str) -> bool {
        let mut digits = Digits::default();
        text.bytes().any(|byte| digits.step(byte)) || digits.boundary()
    }

    #[test]
    fn an_insz_is_eleven_digits_or_one_of_the_two_notations() {
        for text in [
            "62660599901",
            "INSZ 62660599901.",
            "(62660599901)",
            "nr-62660599901-x",
            "62.66.05-999.01",
            "is 62.66.05-999.01.",
            "626605-999-01",
            "626605-999.01",
            "12.62.66.05-999.01",
            "1.1.1.626605-999-01",
            "62 66 05 999 01",
            "62.66.05 - 999.01",
            "62/66/05-999-01",
            "62..66.05-999.01",
            "626605 999 01",
            "62.66.05\u{a0}\u{2013}\u{a0}999.01",
            "op 24 62 66 05\n999_01",
        ] {
            assert!(holds_insz(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_not() {
        for text in [
            "",
            "0123456789",
            "0123.456.789",
            "626605999012",
            "162660599901 ",
            "62.66.05-999.012",
            "62.66.05-999:01",
            "62.66.05 en 999.01",
            "62.66.05         999.01",
            "2026-11-24 62:66:05.999+01:00",
            "0475 12 34 56, 02 123 45 67",
            "626605-9990-1",
            "2026-01-15 09:30:00.000",
            "6266059990a1",
            "12.34.56.78.90.12",
        ] {
            assert!(!holds_insz(text), "{text}");
        }
    }

    #[test]
    fn a_number_too_long_is_let_go_at_once() {
        let mut digits = Digits::default();
        for _ in 0..11 {
            digits.step(b'1');
            assert!(digits.may_become());
        }
        digits.step(b'1');
        assert!(!digits.may_become());
    }
}
