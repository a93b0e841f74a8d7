//! Writes the members of a record: one JSON object a line, members in the order in which they are given.
//!
//! Into a buffer that was there before: as long as it is large enough, nothing asks for memory. Whole numbers and
//! texts only, so that every reader understands the same.

use std::io::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use poortwachter_kernel::vocab::Day;

use crate::text::date;

/// A JSON object that is being written.
#[derive(Debug)]
pub struct Line<'b> {
    out: &'b mut Vec<u8>,
    /// Whether a comma comes before the next member.
    comma: bool,
}

impl<'b> Line<'b> {
    /// Begins the members of a record; what frames them ([`super::frame`]) is written later.
    pub fn begin(out: &'b mut Vec<u8>, kind: &str) -> Self {
        out.clear();
        let mut line = Self { out, comma: false };
        line.text("kind", kind);
        line
    }

    /// Begins members that are no record yet.
    pub fn part(out: &'b mut Vec<u8>) -> Self {
        out.clear();
        Self { out, comma: false }
    }

    /// Members that were written before.
    pub fn parts(&mut self, members: &[u8]) {
        if !members.is_empty() {
            if std::mem::replace(&mut self.comma, true) {
                self.out.push(b',');
            }
            self.out.extend_from_slice(members);
        }
    }

    /// A text.
    pub fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.quoted(value);
    }

    /// A text, if there is one.
    pub fn maybe(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    /// A whole number.
    pub fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        // Writing to memory does not fail.
        let _ = write!(self.out, "{value}");
    }

    /// A yes, or a no.
    pub fn flag(&mut self, key: &str, value: bool) {
        self.key(key);
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// Whatever says what it is in characters that need no escaping: a number of a call.
    pub fn shown(&mut self, key: &str, value: impl std::fmt::Display) {
        self.key(key);
        let _ = write!(self.out, "\"{value}\"");
    }

    /// Bytes, in lower-case hexadecimal.
    pub fn hex(&mut self, key: &str, bytes: &[u8]) {
        self.key(key);
        self.out.push(b'"');
        hex(self.out, bytes);
        self.out.push(b'"');
    }

    /// A moment, in UTC to the microsecond (RFC 3339).
    pub fn time(&mut self, key: &str, at: Timestamp) {
        self.key(key);
        self.out.push(b'"');
        time(self.out, at);
        self.out.push(b'"');
    }

    /// A calendar day, where it is one.
    pub fn day(&mut self, key: &str, day: Day) {
        if let Some(date) = date::date_of(day) {
            self.key(key);
            let _ = write!(self.out, "\"{:04}-{:02}-{:02}\"", date.year(), date.month(), date.day());
        }
    }

    /// An object.
    pub fn object(&mut self, key: &str, members: impl FnOnce(&mut Line<'_>)) {
        self.key(key);
        self.inner(members);
    }

    /// A list, by what writes its items.
    pub fn list(&mut self, key: &str, items: impl FnOnce(&mut List<'_>)) {
        self.key(key);
        self.out.push(b'[');
        items(&mut List { out: self.out, comma: false });
        self.out.push(b']');
    }

    fn inner(&mut self, members: impl FnOnce(&mut Line<'_>)) {
        self.out.push(b'{');
        members(&mut Line { out: self.out, comma: false });
        self.out.push(b'}');
    }

    /// Keys are the code's own and need no escaping.
    fn key(&mut self, key: &str) {
        if std::mem::replace(&mut self.comma, true) {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn quoted(&mut self, text: &str) {
        quoted(self.out, text);
    }
}

/// A JSON array that is being written.
#[derive(Debug)]
pub struct List<'b> {
    out: &'b mut Vec<u8>,
    comma: bool,
}

impl List<'_> {
    /// A text.
    pub fn text(&mut self, value: &str) {
        self.next();
        quoted(self.out, value);
    }

    /// Bytes, in lower-case hexadecimal.
    pub fn hex(&mut self, bytes: &[u8]) {
        self.next();
        self.out.push(b'"');
        hex(self.out, bytes);
        self.out.push(b'"');
    }

    /// Whatever says what it is in characters that need no escaping.
    pub fn shown(&mut self, value: impl std::fmt::Display) {
        self.next();
        let _ = write!(self.out, "\"{value}\"");
    }

    /// An object.
    pub fn object(&mut self, members: impl FnOnce(&mut Line<'_>)) {
        self.next();
        Line { out: self.out, comma: false }.inner(members);
    }

    fn next(&mut self) {
        if std::mem::replace(&mut self.comma, true) {
            self.out.push(b',');
        }
    }
}

/// RFC 8259 §7: quotes, backslashes and control characters are escaped, all else stands as it is.
fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..=0x1f | 0x7f => {
                let _ = write!(out, "\\u{byte:04x}");
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Lower-case hexadecimal.
pub(super) fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

/// `2026-11-24T10:00:00.000000Z`.
pub(in crate::audit) fn time(out: &mut Vec<u8>, at: Timestamp) {
    let at = TimeZone::UTC.to_datetime(at);
    let (date, time) = (at.date(), at.time());
    let _ = write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.subsec_nanosecond() / 1000
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_in_the_order_they_were_given_and_text_is_escaped() {
        let mut out = Vec::new();
        let mut line = Line::begin(&mut out, "start");
        line.time("time", Timestamp::from_microsecond(1_795_514_400_000_001).expect("a time"));
        line.text("a", "\"\\\n\u{7f}é");
        line.list("b", |list| {
            list.text("x");
            list.object(|line| line.flag("y", true));
        });
        line.hex("c", &[0, 0xab]);
        line.maybe("d", None);
        assert_eq!(
            String::from_utf8(out).expect("text"),
            r#""kind":"start","time":"2026-11-24T10:00:00.000001Z","a":"\"\\\u000a\u007fé","b":["x",{"y":true}],"c":"00ab""#
        );
    }
}
