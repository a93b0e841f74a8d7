//! Opens an answer: bytes as they came in, the document's text in UTF-8 and what stands around it out.

use std::collections::VecDeque;

use bytes::Bytes;

use super::parts::{Event, Head, Splitter};
use super::unpack::Unpacker;
use super::wrapping::{Document, Form, Related, bare};
use super::{Budget, Fault, Transcoder, Wrapping};

/// What is to be done with parts beside the document, into which nothing looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachments {
    /// They leave as they came.
    Pass,
    /// The answer may not have any.
    Refuse,
}

/// What an opened answer consists of, in order.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Some of the document, in UTF-8. Never empty.
    Text(Bytes),
    /// The document is whole.
    DocumentEnd,
    /// What stands around the document and leaves as it is.
    Aside(Bytes),
    /// Nothing, after some work: the next piece may be far away, and others may want a turn.
    Pause,
}

/// One answer being opened.
#[derive(Debug)]
pub struct Opener {
    unpacker: Unpacker,
    inside: Inside,
    ready: VecDeque<Piece>,
    ended: Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    No,
    /// All bytes are in.
    Given,
    /// And all pieces are out.
    Opened,
}

#[derive(Debug)]
enum Inside {
    Document(Transcoder),
    Related(Box<Message>),
}

/// A message of parts, and the boundary it leaves with.
#[derive(Debug)]
struct Message {
    related: Related,
    splitter: Splitter,
    attachments: Attachments,
    boundary: String,
    part: Part,
    root_seen: bool,
}

/// The part being read.
#[derive(Debug)]
enum Part {
    None,
    Root(Transcoder),
    Attachment,
}

impl Opener {
    /// For an answer wrapped like that. Its parts, if any, leave separated by `boundary`, which the sender of the
    /// answer cannot know, so that nothing in them looks like one.
    ///
    /// # Errors
    /// A [`Fault`] when the memory for decoding cannot be had.
    pub fn new(
        wrapping: &Wrapping,
        budget: Budget,
        attachments: Attachments,
        boundary: &str,
    ) -> Result<Self, Fault> {
        let inside = match &wrapping.form {
            Form::Document(document) => Inside::Document(Transcoder::new(document.charset)),
            Form::Related(related) => Inside::Related(Box::new(Message {
                splitter: Splitter::new(&related.boundary),
                related: related.clone(),
                attachments,
                boundary: boundary.to_owned(),
                part: Part::None,
                root_seen: false,
            })),
        };
        let unpacker = Unpacker::new(&wrapping.codings, budget)?;
        Ok(Self { unpacker, inside, ready: VecDeque::with_capacity(4), ended: Ended::No })
    }

    /// Takes the next chunk of the body; to be called when [`Self::piece`] has nothing left.
    pub fn give(&mut self, chunk: Bytes) {
        self.unpacker.give(chunk);
    }

    /// Says that the body has ended.
    pub fn end(&mut self) {
        self.ended = Ended::Given;
    }

    /// The next piece, of bounded size however small what it was made of. `None`: more must be given first, or,
    /// after [`Self::end`], that was the whole answer.
    ///
    /// # Errors
    /// A [`Fault`]: nothing more of this answer can be read.
    pub fn piece(&mut self) -> Result<Option<Piece>, Fault> {
        if self.ready.is_empty() {
            match (self.unpacker.next()?, self.ended) {
                (Some(bytes), _) => self.open(bytes)?,
                (None, Ended::Given) => self.finish()?,
                (None, _) => return Ok(None),
            }
        }
        Ok(Some(self.ready.pop_front().unwrap_or(Piece::Pause)))
    }

    fn open(&mut self, bytes: Bytes) -> Result<(), Fault> {
        match &mut self.inside {
            Inside::Document(transcoder) => push_text(&mut self.ready, transcoder.read(bytes)?),
            Inside::Related(message) => message.open(&bytes, &mut self.ready)?,
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Fault> {
        self.unpacker.finish()?;
        match &mut self.inside {
            Inside::Document(transcoder) => end_document(&mut self.ready, transcoder)?,
            Inside::Related(message) => message.finish()?,
        }
        self.ended = Ended::Opened;
        Ok(())
    }
}

impl Message {
    fn open(&mut self, bytes: &[u8], ready: &mut VecDeque<Piece>) -> Result<(), Fault> {
        self.splitter.give(bytes);
        while let Some(event) = self.splitter.next()? {
            match event {
                Event::Part(head) => self.begin(&head, ready)?,
                Event::Data(data) => match &mut self.part {
                    Part::Root(transcoder) => push_text(ready, transcoder.read(data)?),
                    _ => ready.push_back(Piece::Aside(data)),
                },
                Event::End => self.end(ready)?,
                Event::Close => {
                    self.end(ready)?;
                    ready.push_back(Piece::Aside(format!("--{}--\r\n", self.boundary).into()));
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, head: &Head, ready: &mut VecDeque<Piece>) -> Result<(), Fault> {
        let (part, written) = if self.is_root(head) {
            if std::mem::replace(&mut self.root_seen, true) {
                return Err(Fault::NoRootPart);
            }
            let document = root(head)?;
            (Part::Root(Transcoder::new(document.charset)), self.written_root(&document, head))
        } else {
            if self.attachments == Attachments::Refuse {
                return Err(Fault::Attachment);
            }
            (Part::Attachment, written_attachment(head))
        };
        self.part = part;
        ready.push_back(Piece::Aside(format!("--{}\r\n{written}\r\n", self.boundary).into()));
        Ok(())
    }

    fn end(&mut self, ready: &mut VecDeque<Piece>) -> Result<(), Fault> {
        if let Part::Root(mut transcoder) = std::mem::replace(&mut self.part, Part::None) {
            end_document(ready, &mut transcoder)?;
        }
        ready.push_back(Piece::Aside(Bytes::from_static(b"\r\n")));
        Ok(())
    }

    fn finish(&self) -> Result<(), Fault> {
        self.splitter.finish()?;
        if self.root_seen { Ok(()) } else { Err(Fault::NoRootPart) }
    }

    /// The head the root part leaves with: its type made true, and its name where others may refer to it.
    fn written_root(&self, document: &Document, head: &Head) -> String {
        let inner = self.related.inner().map(|inner| format!("; type=\"{inner}\"")).unwrap_or_default();
        let name = match self.attachments {
            Attachments::Pass => copied(head, &["Content-ID"]),
            Attachments::Refuse => String::new(),
        };
        let essence = &document.essence;
        format!("Content-Type: {essence}; charset=utf-8{inner}\r\nContent-Transfer-Encoding: 8bit\r\n{name}")
    }

    /// RFC 2387 §3.2: the part that `start` names, or the first.
    fn is_root(&self, head: &Head) -> bool {
        match &self.related.start {
            Some(start) => head.field("content-id").is_some_and(|id| bare(id) == start),
            None => !self.root_seen,
        }
    }
}

/// The type of the root part, which is to stand there as it is.
fn root(head: &Head) -> Result<Document, Fault> {
    let plain = ["7bit", "8bit", "binary"];
    let transferred = head.field("content-transfer-encoding");
    let is_plain = transferred.is_none_or(|said| plain.iter().any(|known| known.eq_ignore_ascii_case(said)));
    if !is_plain || head.field("content-encoding").is_some() {
        return Err(Fault::RootPartType);
    }
    Document::root(head.field("content-type").ok_or(Fault::RootPartType)?)
}

/// The head another part leaves with.
fn written_attachment(head: &Head) -> String {
    copied(
        head,
        &[
            "Content-Type",
            "Content-Transfer-Encoding",
            "Content-ID",
            "Content-Location",
            "Content-Disposition",
        ],
    )
}

fn copied(head: &Head, names: &[&str]) -> String {
    let field = |name: &&str| head.field(name).map(|value| format!("{name}: {value}\r\n"));
    names.iter().filter_map(field).collect()
}

fn push_text(ready: &mut VecDeque<Piece>, text: Bytes) {
    if !text.is_empty() {
        ready.push_back(Piece::Text(text));
    }
}

fn end_document(ready: &mut VecDeque<Piece>, transcoder: &mut Transcoder) -> Result<(), Fault> {
    push_text(ready, transcoder.finish()?);
    ready.push_back(Piece::DocumentEnd);
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::header::{self, HeaderMap, HeaderValue};

    use super::*;
    use crate::wire::{Coding, Packer};

    const BUDGET: Budget = Budget { decoded: 1 << 20, ratio: 1000 };

    fn typed(kind: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::try_from(kind).unwrap())])
    }

    /// What leaves as it is, with `{…}` around the document's text; every way to cut the body in two says the same.
    fn opened(headers: &HeaderMap, attachments: Attachments, body: &[u8]) -> Result<String, Fault> {
        let wrapping = Wrapping::of(headers)?;
        let cut = |at: usize| {
            let mut opener = Opener::new(&wrapping, BUDGET, attachments, "new")?;
            let (mut out, mut inside) = (Vec::new(), false);
            for (chunk, last) in [(&body[..at], false), (&body[at..], true)] {
                opener.give(Bytes::copy_from_slice(chunk));
                if last {
                    opener.end();
                }
                while let Some(piece) = opener.piece()? {
                    match piece {
                        Piece::Text(text) => {
                            assert!(!text.is_empty());
                            out.extend_from_slice(if inside { b"" } else { b"{" });
                            out.extend_from_slice(&text);
                            inside = true;
                        }
                        Piece::DocumentEnd => out.push(b'}'),
                        Piece::Aside(bytes) => out.extend_from_slice(&bytes),
                        Piece::Pause => {}
                    }
                }
            }
            assert_eq!(opener.piece(), Ok(None), "it stays at its end");
            Ok(String::from_utf8(out).unwrap())
        };
        let whole = cut(0);
        for at in 1..=body.len() {
            assert_eq!(cut(at), whole, "cut at {at}");
        }
        whole
    }

    const MTOM: &str = "multipart/related; boundary=old; type=\"application/xop+xml\"; start=\"<root>\"; start-info=\"text/xml\"";
    const ROOT: &str = "--old\r\nContent-Type: application/xop+xml; charset=ISO-8859-1; type=\"text/xml\"\r\n\
                        Content-Transfer-Encoding: 8bit\r\nContent-ID: <root>\r\nX-More: x\r\n\r\n<a/>";
    const PICTURE: &str =
        "\r\n--old\r\nContent-Type: image/png\r\nContent-ID: <p>\r\nX-More: x\r\n\r\n\u{1}\r\n\u{2}";

    #[test]
    fn a_document_alone_is_its_text_and_its_end() {
        assert_eq!(opened(&typed("text/xml"), Attachments::Refuse, b"<a/>"), Ok("{<a/>}".to_owned()));
        assert_eq!(
            opened(&typed("text/xml; charset=iso-8859-1"), Attachments::Refuse, b"\xe9"),
            Ok("{\u{e9}}".to_owned())
        );
    }

    #[test]
    fn coded_parts_in_another_character_set_are_opened_from_the_outside_in() {
        let latin = b"--old\r\nContent-Type: text/xml\r\n\r\n<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>\r\n--old--\r\n";
        let mut packer = Packer::new(Coding::Brotli).unwrap();
        let body = [packer.pack(latin).unwrap(), packer.finish().unwrap()].concat();
        let mut headers = typed("multipart/related; boundary=old; type=\"text/xml\"");
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        let want = "--new\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
                    {<?xml version='1.0' encoding='UTF-8'?><a>\u{e9}</a>}\r\n--new--\r\n";
        assert_eq!(opened(&headers, Attachments::Refuse, &body), Ok(want.to_owned()));
    }

    #[test]
    fn attachments_pass_as_they_came_or_not_at_all() {
        let body = format!("{ROOT}{PICTURE}\r\n--old--\r\n");
        let want = "--new\r\nContent-Type: application/xop+xml; charset=utf-8; type=\"text/xml\"\r\n\
                    Content-Transfer-Encoding: 8bit\r\nContent-ID: <root>\r\n\r\n{<a/>}\r\n\
                    --new\r\nContent-Type: image/png\r\nContent-ID: <p>\r\n\r\n\u{1}\r\n\u{2}\r\n--new--\r\n";
        assert_eq!(opened(&typed(MTOM), Attachments::Pass, body.as_bytes()), Ok(want.to_owned()));
        assert_eq!(opened(&typed(MTOM), Attachments::Refuse, body.as_bytes()), Err(Fault::Attachment));
        let alone = opened(&typed(MTOM), Attachments::Refuse, format!("{ROOT}\r\n--old--").as_bytes());
        assert!(alone.unwrap().ends_with("8bit\r\n\r\n{<a/>}\r\n--new--\r\n"));
    }

    #[test]
    fn the_root_is_the_part_that_start_names_wherever_it_stands() {
        let body = format!("{}\r\n{ROOT}\r\n--old--\r\n", PICTURE.trim_start());
        let got = opened(&typed(MTOM), Attachments::Pass, body.as_bytes()).unwrap();
        assert!(got.starts_with("--new\r\nContent-Type: image/png") && got.contains("{<a/>}"), "{got}");
        assert_eq!(opened(&typed(MTOM), Attachments::Refuse, body.as_bytes()), Err(Fault::Attachment));
    }

    #[test]
    fn a_message_whose_root_is_missing_double_or_none_is_a_fault() {
        let of = |body: &str| opened(&typed(MTOM), Attachments::Pass, body.as_bytes());
        assert_eq!(of(&format!("{}\r\n--old--\r\n", PICTURE.trim_start())), Err(Fault::NoRootPart));
        assert_eq!(of(&format!("{ROOT}\r\n{ROOT}\r\n--old--\r\n")), Err(Fault::NoRootPart));
        for (from, to) in [
            ("application/xop+xml;", "application/json;"),
            ("8bit", "base64"),
            ("8bit", "quoted-printable"),
            ("X-More: x", "Content-Encoding: gzip"),
            ("Content-Type", "X-Type"),
        ] {
            let body = format!("{}\r\n--old--\r\n", ROOT.replace(from, to));
            assert_eq!(of(&body), Err(Fault::RootPartType), "{to}");
        }
        assert_eq!(of(&format!("{ROOT}\r\n")), Err(Fault::TruncatedParts));
    }
}
