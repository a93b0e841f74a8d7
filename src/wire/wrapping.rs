//! What the head of an answer says of how its document is wrapped.

use std::borrow::Cow;
use std::fmt::Write as _;

use http::header::{self, HeaderMap, HeaderValue};

use super::coding;
use super::media::Media;
use super::{Attachments, Charset, Coding, Fault};

/// Codings and form of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapping {
    /// As they were applied.
    pub(super) codings: Vec<Coding>,
    pub(super) form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The document alone.
    Document(Document),
    /// The document as one of several parts.
    Related(Related),
}

/// The type of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    /// As it is written.
    pub(super) essence: Cow<'static, str>,
    pub(super) charset: Option<Charset>,
}

/// The type of a message of parts (RFC 2387).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Related {
    pub(super) boundary: String,
    /// The `Content-ID` of the root part, without its brackets; the first part where left out.
    pub(super) start: Option<String>,
    /// What the root part is said to be, as the consumer is told again.
    kind: &'static str,
    /// What the envelope in an XOP package is said to be.
    inner: Option<&'static str>,
}

/// What MAGDA's services call XML. The document's own namespace says which SOAP it is.
const XML: [&str; 3] = ["text/xml", "application/xml", "application/soap+xml"];

/// What REST services call JSON, beside types of their own with `+json` behind them (RFC 6839 §3.1).
const JSON: [&str; 2] = ["application/json", PROBLEM];

/// An error (RFC 9457).
const PROBLEM: &str = "application/problem+json";

/// A JSON value a line.
const LINES: [&str; 2] = ["application/x-ndjson", "application/ndjson"];

/// The longest type of its own that a service may have.
const LONGEST: usize = 80;

/// The root part of MTOM (XOP §4.1).
pub(super) const XOP: &str = "application/xop+xml";

impl Wrapping {
    /// Reads the head of an answer in XML.
    ///
    /// # Errors
    /// A [`Fault`]: the answer is none that can be opened.
    pub fn of(headers: &HeaderMap) -> Result<Self, Fault> {
        let codings = coding::applied(headers)?;
        let media = media(headers)?;
        let form = if media.is("multipart/related") {
            Form::Related(Related::read(&media)?)
        } else {
            Form::Document(Document::read(&media, &XML)?)
        };
        Ok(Self { codings, form })
    }

    /// Reads the head of an answer in JSON.
    ///
    /// # Errors
    /// A [`Fault`]: the answer is none that can be opened.
    pub fn of_json(headers: &HeaderMap) -> Result<Self, Fault> {
        let codings = coding::applied(headers)?;
        Ok(Self { codings, form: Form::Document(Document::json(&media(headers)?)?) })
    }

    /// Whether the document is JSON.
    pub fn is_json(&self) -> bool {
        let known = |essence: &str| essence.ends_with("json");
        matches!(&self.form, Form::Document(document) if known(&document.essence))
    }

    /// Whether the document is many, one a line.
    pub fn has_lines(&self) -> bool {
        matches!(&self.form, Form::Document(document) if LINES.contains(&&*document.essence))
    }

    /// Whether the document says that it is an error.
    pub fn is_problem(&self) -> bool {
        matches!(&self.form, Form::Document(document) if document.essence == PROBLEM)
    }

    /// The coding the bytes come in, the outermost where there are several.
    pub fn coding(&self) -> Option<Coding> {
        self.codings.last().copied()
    }

    /// Whether the document is one of several parts.
    pub const fn has_parts(&self) -> bool {
        matches!(self.form, Form::Related(_))
    }

    /// The type of the answer once it was opened, in UTF-8, its parts separated by that boundary.
    pub fn content_type(&self, boundary: &str, attachments: Attachments) -> Option<HeaderValue> {
        let written = match &self.form {
            Form::Document(document) => format!("{}; charset=utf-8", document.essence),
            Form::Related(related) => related.written(boundary, attachments),
        };
        HeaderValue::try_from(written).ok()
    }
}

/// The one type an answer has.
fn media(headers: &HeaderMap) -> Result<Media<'_>, Fault> {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(one), None) = (types.next(), types.next()) else { return Err(Fault::MediaType) };
    Media::read(one.to_str().map_err(|_| Fault::MediaType)?)
}

impl Document {
    /// A document of one of these types.
    pub(super) fn read(media: &Media<'_>, known: &[&'static str]) -> Result<Self, Fault> {
        let essence = known.iter().find(|known| media.is(known)).ok_or(Fault::MediaType)?;
        Ok(Self { essence: Cow::Borrowed(essence), charset: media.charset()? })
    }

    /// A document in JSON, or several.
    fn json(media: &Media<'_>) -> Result<Self, Fault> {
        let known = JSON.into_iter().chain(LINES).find(|known| media.is(known));
        let own = || {
            let essence = media.essence().to_ascii_lowercase();
            let is_json = essence.starts_with("application/") && essence.ends_with("+json");
            // It goes on to the consumer, so that it must not have room for a number.
            let digits = essence.bytes().filter(u8::is_ascii_digit).count();
            let fits = is_json && essence.len() <= LONGEST && digits < 7;
            fits.then_some(Cow::Owned(essence))
        };
        let essence = known.map(Cow::Borrowed).or_else(own).ok_or(Fault::MediaType)?;
        Ok(Self { essence, charset: media.charset()? })
    }

    /// The root part of a message.
    pub(super) fn root(written: &str) -> Result<Self, Fault> {
        let media = Media::read(written).map_err(|_| Fault::RootPartType)?;
        let known = [XML[0], XML[1], XML[2], XOP];
        Self::read(&media, &known).map_err(|fault| match fault {
            Fault::MediaType => Fault::RootPartType,
            other => other,
        })
    }
}

impl Related {
    fn read(media: &Media<'_>) -> Result<Self, Fault> {
        let known = |name| match media.parameter(name) {
            None => Ok(None),
            Some(said) => XML
                .into_iter()
                .chain([XOP])
                .find(|known| known.eq_ignore_ascii_case(said))
                .map(Some)
                .ok_or(Fault::MediaType),
        };
        let boundary =
            media.parameter("boundary").filter(|said| is_boundary(said)).ok_or(Fault::MediaType)?;
        Ok(Self {
            boundary: boundary.to_owned(),
            start: media.parameter("start").map(id).transpose()?,
            // RFC 2387 §3.1 requires it.
            kind: known("type")?.ok_or(Fault::MediaType)?,
            // Some add parameters of their own to the type in it.
            inner: media.parameter("start-info").and_then(|said| {
                let essence = said.split(';').next().unwrap_or_default().trim();
                XML.into_iter().find(|known| known.eq_ignore_ascii_case(essence))
            }),
        })
    }

    /// What the envelope in an XOP package is said to be.
    pub(super) const fn inner(&self) -> Option<&'static str> {
        self.inner
    }

    fn written(&self, boundary: &str, attachments: Attachments) -> String {
        let mut written = format!("multipart/related; type=\"{}\"; boundary=\"{boundary}\"", self.kind);
        // A part that is alone needs no name.
        if let (Some(start), Attachments::Pass) = (&self.start, attachments) {
            let _ = write!(written, "; start=\"<{start}>\"");
        }
        if let Some(inner) = self.inner {
            let _ = write!(written, "; start-info=\"{inner}\"");
        }
        written
    }
}

/// A `start` that names a part, without its brackets.
fn id(said: &str) -> Result<String, Fault> {
    let id = bare(said);
    let plain = id.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\<>".contains(&byte));
    if plain && (1..=200).contains(&id.len()) { Ok(id.to_owned()) } else { Err(Fault::MediaType) }
}

/// A `Content-ID` without its brackets.
pub(super) fn bare(id: &str) -> &str {
    let id = id.trim();
    id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id)
}

/// `boundary` of RFC 2046 §5.1.1.
fn is_boundary(said: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    (1..=70).contains(&said.len()) && said.bytes().all(known) && !said.ends_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &'static str) -> Result<Wrapping, Fault> {
        Wrapping::of(&HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(value))]))
    }

    fn leaves(value: &'static str) -> String {
        of(value).unwrap().content_type("b", Attachments::Pass).unwrap().to_str().unwrap().to_owned()
    }

    #[test]
    fn the_type_that_leaves_says_utf_8_and_nothing_else_of_the_upstreams() {
        assert_eq!(leaves("Text/XML"), "text/xml; charset=utf-8");
        assert_eq!(
            leaves("application/soap+xml; charset=utf-16; action=\"x\""),
            "application/soap+xml; charset=utf-8"
        );
        assert_eq!(
            leaves(
                "multipart/related; boundary=old; type=\"application/xop+xml\"; start=\"<root@x>\"; start-info=\"text/xml\"; x=y"
            ),
            "multipart/related; type=\"application/xop+xml\"; boundary=\"b\"; start=\"<root@x>\"; start-info=\"text/xml\""
        );
        let alone = of("multipart/related; boundary=old; type=\"text/xml\"; start=root").unwrap();
        assert_eq!(
            alone.content_type("b", Attachments::Refuse).unwrap(),
            "multipart/related; type=\"text/xml\"; boundary=\"b\""
        );
    }

    #[test]
    fn json_has_many_names_and_none_with_room_for_a_number() {
        let of = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(value))]);
            let wrapping = Wrapping::of_json(&headers)?;
            let leaves = wrapping.content_type("b", Attachments::Refuse).unwrap();
            Ok((leaves.to_str().unwrap().to_owned(), wrapping.has_lines()))
        };
        for (value, essence, lines) in [
            ("application/json", "application/json", false),
            ("Application/Problem+JSON; charset=UTF-8", "application/problem+json", false),
            ("application/ld+json; profile=\"x\"", "application/ld+json", false),
            ("application/vnd.Magda.v1+json", "application/vnd.magda.v1+json", false),
            ("application/x-ndjson", "application/x-ndjson", true),
        ] {
            assert_eq!(of(value), Ok((format!("{essence}; charset=utf-8"), lines)), "{value}");
        }
        for value in
            ["text/json", "application/json-seq", "text/xml", "application/vnd.62680599650+json", "+json"]
        {
            assert_eq!(of(value), Err(Fault::MediaType), "{value}");
        }
    }

    #[test]
    fn what_is_no_document_or_says_it_badly_is_a_fault() {
        for value in [
            "application/json",
            "multipart/mixed; boundary=b; type=\"text/xml\"",
            "multipart/related; type=\"text/xml\"",
            "multipart/related; boundary=\"b \"; type=\"text/xml\"",
            "multipart/related; boundary=b",
            "multipart/related; boundary=b; type=\"image/png\"",
            "multipart/related; boundary=b; type=\"text/xml\"; start=\"<a\\\"b>\"",
            "application/xop+xml",
            "multipart/byteranges; boundary=b",
        ] {
            assert_eq!(of(value), Err(Fault::MediaType), "{value}");
        }
        assert_eq!(of("text/xml; charset=windows-1252"), Err(Fault::UnknownCharset));
        assert_eq!(Wrapping::of(&HeaderMap::new()), Err(Fault::MediaType));
    }
}
