//! Finds the parts of a multipart message (RFC 2046 §5.1) while it streams.
//!
//! Strict: lines end in CRLF, and the boundary stands nowhere but between parts. What a laxer reader would take
//! for a separator is a fault. What stands before the first part and behind the last is nobody's, and is dropped.

use bytes::{Buf as _, Bytes, BytesMut};
use memchr::memmem;

use super::Fault;

/// The longest head of a part, bytes.
const LONGEST_HEAD: usize = 8 << 10;
/// White space behind a boundary (RFC 2046 §5.1.1, transport padding).
const LONGEST_PADDING: usize = 64;

const LINE_END: &[u8] = b"\r\n";
const HEAD_END: &[u8] = b"\r\n\r\n";

/// What is met in a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A part begins.
    Part(Head),
    /// Some of its content.
    Data(Bytes),
    /// It has ended.
    End,
    /// The message has ended.
    Close,
}

/// The head of a part: its fields, unfolded, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    fields: Vec<(String, String)>,
}

/// The state between two chunks; it holds no more than a head, or a chunk.
#[derive(Debug)]
pub(super) struct Splitter {
    /// `--boundary`
    delimiter: Vec<u8>,
    held: BytesMut,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Before the first boundary; at the very start of the message it needs no line end before it.
    Preamble {
        at_start: bool,
    },
    Head,
    Data,
    Epilogue,
}

impl Splitter {
    pub(super) fn new(boundary: &str) -> Self {
        let delimiter = [b"--", boundary.as_bytes()].concat();
        Self { delimiter, held: BytesMut::new(), stage: Stage::Preamble { at_start: true } }
    }

    pub(super) fn give(&mut self, chunk: &[u8]) {
        self.held.extend_from_slice(chunk);
    }

    /// What is met next; `None`: more must be given first.
    pub(super) fn next(&mut self) -> Result<Option<Event>, Fault> {
        match self.stage {
            Stage::Preamble { at_start } => {
                if self.skip_preamble(at_start)? {
                    self.next()
                } else {
                    Ok(None)
                }
            }
            Stage::Head => self.head(),
            Stage::Data => self.data(),
            Stage::Epilogue => {
                self.held.clear();
                Ok(None)
            }
        }
    }

    /// Says that the message has ended.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        if self.stage == Stage::Epilogue { Ok(()) } else { Err(Fault::TruncatedParts) }
    }

    /// Whether the first boundary was passed.
    fn skip_preamble(&mut self, at_start: bool) -> Result<bool, Fault> {
        let Some(at) = memmem::find(&self.held, &self.delimiter) else {
            let keep = self.delimiter.len() + LINE_END.len();
            if self.held.len() > keep {
                self.held.advance(self.held.len() - keep);
                self.stage = Stage::Preamble { at_start: false };
            }
            return Ok(false);
        };
        if !(at_start && at == 0 || self.held[..at].ends_with(LINE_END)) {
            return Err(Fault::BrokenParts);
        }
        match self.behind(at)? {
            None => Ok(false),
            // No part at all.
            Some(Behind { closes: true, .. }) => Err(Fault::NoRootPart),
            Some(Behind { end, .. }) => {
                self.held.advance(end);
                self.stage = Stage::Head;
                Ok(true)
            }
        }
    }

    fn head(&mut self) -> Result<Option<Event>, Fault> {
        let end = if self.held.starts_with(LINE_END) {
            Some(0)
        } else {
            memmem::find(&self.held, HEAD_END).map(|at| at + LINE_END.len())
        };
        match end {
            Some(len) if len <= LONGEST_HEAD => {
                let head = Head::read(&self.held[..len])?;
                self.held.advance(len + LINE_END.len());
                self.stage = Stage::Data;
                Ok(Some(Event::Part(head)))
            }
            None if self.held.len() <= LONGEST_HEAD => Ok(None),
            _ => Err(Fault::BrokenParts),
        }
    }

    fn data(&mut self) -> Result<Option<Event>, Fault> {
        let Some(at) = memmem::find(&self.held, &self.delimiter) else {
            let keep = self.delimiter.len() + LINE_END.len();
            let len = self.held.len().saturating_sub(keep);
            return Ok((len > 0).then(|| Event::Data(self.held.split_to(len).freeze())));
        };
        if !self.held[..at].ends_with(LINE_END) {
            return Err(Fault::BrokenParts);
        }
        if at > LINE_END.len() {
            return Ok(Some(Event::Data(self.held.split_to(at - LINE_END.len()).freeze())));
        }
        let Some(behind) = self.behind(at)? else { return Ok(None) };
        if behind.closes {
            self.held.advance(at);
            self.stage = Stage::Epilogue;
            return Ok(Some(Event::Close));
        }
        self.held.advance(behind.end);
        self.stage = Stage::Head;
        Ok(Some(Event::End))
    }

    /// What stands behind the boundary at `at`; `None`: that is not to be seen yet.
    fn behind(&self, at: usize) -> Result<Option<Behind>, Fault> {
        let start = at + self.delimiter.len();
        let rest = &self.held[start..];
        if b"--".starts_with(&rest[..rest.len().min(2)]) {
            return Ok((rest.len() >= 2).then_some(Behind { closes: true, end: start + 2 }));
        }
        let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let line = &rest[padding..];
        let end = start + padding + LINE_END.len();
        match line {
            _ if padding > LONGEST_PADDING => Err(Fault::BrokenParts),
            [b'\r', b'\n', ..] => Ok(Some(Behind { closes: false, end })),
            [] | [b'\r'] => Ok(None),
            _ => Err(Fault::BrokenParts),
        }
    }
}

/// What stands behind a boundary.
struct Behind {
    /// It is the last one.
    closes: bool,
    /// Where the next part's head begins.
    end: usize,
}

impl Head {
    /// Reads the lines of a head, each with its end.
    fn read(lines: &[u8]) -> Result<Self, Fault> {
        let text = str::from_utf8(lines).map_err(|_| Fault::BrokenParts)?;
        let mut head = Self::default();
        for line in text.split_terminator("\r\n") {
            if line.contains(['\r', '\n', '\0']) {
                return Err(Fault::BrokenParts);
            }
            if line.starts_with([' ', '\t']) {
                let (_, folded) = head.fields.last_mut().ok_or(Fault::BrokenParts)?;
                folded.push(' ');
                folded.push_str(line.trim());
                continue;
            }
            let (name, value) = line.split_once(':').ok_or(Fault::BrokenParts)?;
            let named =
                !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !named || head.field(name).is_some() {
                return Err(Fault::BrokenParts);
            }
            head.fields.push((name.to_owned(), value.trim().to_owned()));
        }
        Ok(head)
    }

    /// The value of a field.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is met in a message, its data joined; every way to cut it in two says the same.
    fn met(message: &str) -> Result<Vec<String>, Fault> {
        let cut = |at: usize| {
            let mut splitter = Splitter::new("b-1");
            let mut met: Vec<String> = Vec::new();
            for piece in [&message[..at], &message[at..]] {
                splitter.give(piece.as_bytes());
                while let Some(event) = splitter.next()? {
                    let said = match event {
                        Event::Part(head) => format!("part {}", head.field("content-id").unwrap_or("-")),
                        Event::End => "end".to_owned(),
                        Event::Close => "close".to_owned(),
                        Event::Data(data) => {
                            let data = String::from_utf8(data.to_vec()).unwrap();
                            match met.last_mut() {
                                Some(last) if last.starts_with("data ") => {
                                    last.push_str(&data);
                                    continue;
                                }
                                _ => format!("data {data}"),
                            }
                        }
                    };
                    met.push(said);
                }
            }
            splitter.finish()?;
            Ok(met)
        };
        let whole = cut(0);
        for at in 1..=message.len() {
            assert_eq!(cut(at), whole, "cut at {at}");
        }
        whole
    }

    #[test]
    fn parts_are_found_with_their_heads_and_nothing_around_them() {
        let message = "preamble\r\n--b-1 \t\r\nContent-Type: text/xml;\r\n charset=utf-8\r\nContent-ID: <1>\r\n\r\n<a/>\r\n\
                       --b-1\r\n\r\n\r\n-- \r\n--b-1--\r\nepilogue --b-1";
        assert_eq!(
            met(message).unwrap(),
            ["part <1>", "data <a/>", "end", "part -", "data \r\n-- ", "close"]
        );
    }

    #[test]
    fn what_a_laxer_reader_would_take_for_a_boundary_is_a_fault() {
        for message in [
            "--b-1\r\n\r\nx\n--b-1--\r\n",
            "--b-1\r\n\r\nx--b-1\r\n\r\ny\r\n--b-1--\r\n",
            "--b-1\n\nx\r\n--b-1--\r\n",
            "--b-1\r\n\r\nx\r\n--b-12\r\n\r\ny\r\n--b-1--\r\n",
            "pre --b-1\r\n\r\nx\r\n--b-1--\r\n",
            "--b-1\r\nno field\r\n\r\nx\r\n--b-1--\r\n",
            "--b-1\r\nA: 1\r\na: 2\r\n\r\nx\r\n--b-1--\r\n",
            "--b-1\r\n folded: 1\r\n\r\nx\r\n--b-1--\r\n",
            "--b-1\r\nA: 1\nB: 2\r\n\r\nx\r\n--b-1--\r\n",
        ] {
            assert_eq!(met(message), Err(Fault::BrokenParts), "{message:?}");
        }
    }

    #[test]
    fn a_message_without_its_end_or_without_parts_is_a_fault() {
        for message in [
            "",
            "--b-1\r\n",
            "--b-1\r\n\r\n<a/>",
            "--b-1\r\n\r\n<a/>\r\n--b-1\r\n",
            "--b-1\r\n\r\n<a/>\r\n--b-1-",
        ] {
            assert_eq!(met(message), Err(Fault::TruncatedParts), "{message:?}");
        }
        assert_eq!(met("--b-1--\r\n"), Err(Fault::NoRootPart));
    }

    #[test]
    fn a_head_or_padding_without_end_is_a_fault() {
        let mut splitter = Splitter::new("b-1");
        splitter.give(b"--b-1\r\n");
        splitter.give(&[b'x'; LONGEST_HEAD + 1]);
        assert_eq!(splitter.next(), Err(Fault::BrokenParts));
        let mut splitter = Splitter::new("b-1");
        splitter.give(b"--b-1");
        splitter.give(&[b' '; LONGEST_PADDING + 1]);
        assert_eq!(splitter.next(), Err(Fault::BrokenParts));
    }
}
