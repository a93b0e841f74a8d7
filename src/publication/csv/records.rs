//! Where the cells of a file of rows begin and end.
//!
//! RFC 4180, with `;` beside `,`, and a line feed alone as a line's end too. Strict: what a lenient reader would split in another
//! way has no cells here. An empty line is a record of one empty cell. Deliberately not here: what a cell means.

use std::ops::Range;

use memchr::memchr;

use super::{Fault, Found};

/// The records of a text, one by one.
#[derive(Debug)]
pub(super) struct Records<'a> {
    text: &'a [u8],
    at: usize,
    delimiter: u8,
}

impl<'a> Records<'a> {
    /// Those from `start` on; the first line shows what stands between cells.
    pub(super) fn new(text: &'a [u8], start: usize) -> Result<Self, Found> {
        if start == text.len() {
            return Err((start, Fault::Empty));
        }
        let delimiter = delimiter(&text[start..]).ok_or((start, Fault::Delimiter))?;
        Ok(Self { text, at: start, delimiter })
    }

    /// Puts the cells of the next record, quotes and all, in the place of others, and gives where it begins.
    pub(super) fn next(&mut self, cells: &mut Vec<Range<usize>>) -> Result<Option<usize>, Found> {
        cells.clear();
        let start = self.at;
        if start == self.text.len() {
            return Ok(None);
        }
        loop {
            let end = self.cell()?;
            cells.push(self.at..end);
            self.at = end;
            match self.text.get(end) {
                Some(byte) if *byte == self.delimiter => self.at += 1,
                Some(b'\n') => self.at += 1,
                // What else ends a cell is a carriage return before a line feed.
                Some(_) => self.at += 2,
                None => {}
            }
            if self.text.get(end) != Some(&self.delimiter) {
                return Ok(Some(start));
            }
        }
    }

    /// The end of the cell that begins here.
    fn cell(&self) -> Result<usize, Found> {
        let end = if self.text.get(self.at) == Some(&b'"') { self.quoted()? } else { self.plain()? };
        match self.text.get(end) {
            None | Some(b'\n') => Ok(end),
            Some(byte) if *byte == self.delimiter => Ok(end),
            Some(b'\r') if self.text.get(end + 1) == Some(&b'\n') => Ok(end),
            Some(b'\r') => Err((end, Fault::BareReturn)),
            Some(_) => Err((end, Fault::BareQuote)),
        }
    }

    fn plain(&self) -> Result<usize, Found> {
        let mut at = self.at;
        while let Some(byte) = self.text.get(at) {
            match *byte {
                byte if byte == self.delimiter => break,
                b'"' | b'\n' | b'\r' => break,
                byte if is_control(byte) => return Err((at, Fault::Control)),
                _ => at += 1,
            }
        }
        Ok(at)
    }

    fn quoted(&self) -> Result<usize, Found> {
        let mut at = self.at + 1;
        loop {
            let Some(len) = memchr(b'"', &self.text[at..]) else { return Err((self.at, Fault::OpenQuote)) };
            let inside = &self.text[at..at + len];
            let control = |byte: &u8| is_control(*byte) && !matches!(byte, b'\r' | b'\n');
            if let Some(odd) = inside.iter().position(control) {
                return Err((at + odd, Fault::Control));
            }
            at += len + 1;
            // Two quotes are one of the text's own.
            if self.text.get(at) != Some(&b'"') {
                return Ok(at);
            }
            at += 1;
        }
    }
}

/// What the first line has outside quotes: semicolons or commas, not both.
fn delimiter(text: &[u8]) -> Option<u8> {
    let (mut quoted, mut found) = (false, None);
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            b';' | b',' if !quoted => {
                if found.is_some_and(|other| other != *byte) {
                    return None;
                }
                found = Some(*byte);
            }
            _ => {}
        }
    }
    found
}

const fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Result<Vec<Vec<&str>>, Found> {
        let mut records = Records::new(text.as_bytes(), 0)?;
        let (mut all, mut cells) = (Vec::new(), Vec::new());
        while records.next(&mut cells)?.is_some() {
            all.push(cells.iter().map(|cell| &text[cell.clone()]).collect());
        }
        Ok(all)
    }

    #[test]
    fn cells_end_at_the_delimiter_that_the_first_line_shows() {
        assert_eq!(cells("a;b\n1,2;3"), Ok(vec![vec!["a", "b"], vec!["1,2", "3"]]));
        assert_eq!(cells("a,b\r\n1;2,3\r\n"), Ok(vec![vec!["a", "b"], vec!["1;2", "3"]]));
        assert_eq!(cells("\"a,b\";c\n;"), Ok(vec![vec!["\"a,b\"", "c"], vec!["", ""]]));
    }

    #[test]
    fn a_quoted_cell_may_hold_delimiters_quotes_and_line_ends() {
        let text = "a;b\n\"1;\"\"2\"\"\r\n3\";\"\"\n";
        assert_eq!(cells(text), Ok(vec![vec!["a", "b"], vec!["\"1;\"\"2\"\"\r\n3\"", "\"\""]]));
    }

    #[test]
    fn an_empty_line_is_a_record_and_the_end_of_the_last_line_is_none() {
        assert_eq!(cells("a;b\n\n"), Ok(vec![vec!["a", "b"], vec![""]]));
        assert_eq!(cells("a;b\n1;"), Ok(vec![vec!["a", "b"], vec!["1", ""]]));
    }

    #[test]
    fn what_readers_split_differently_has_no_cells() {
        for (text, found) in [
            ("", (0, Fault::Empty)),
            ("a\tb\n", (0, Fault::Delimiter)),
            ("a;b,c\n", (0, Fault::Delimiter)),
            ("a;b\n1\"2;3", (5, Fault::BareQuote)),
            ("a;b\n\"1\"2;3", (7, Fault::BareQuote)),
            ("a;b\n \"1\";3", (5, Fault::BareQuote)),
            ("a;b\n1;\"2\n", (6, Fault::OpenQuote)),
            ("a;b\n1\r2;3\n", (5, Fault::BareReturn)),
            ("a;b\n1;3\r", (7, Fault::BareReturn)),
            ("a;b\n1;\"3\"\r", (9, Fault::BareReturn)),
            ("a;b\n1;\x002", (6, Fault::Control)),
            ("a;b\n1;\"\x1b\"", (7, Fault::Control)),
        ] {
            assert_eq!(cells(text), Err(found), "{text:?}");
        }
    }
}
