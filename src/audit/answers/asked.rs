//! Which calls and records a question means.

use std::collections::BTreeMap;

use super::joined::{Call, Course, Told};
use super::number::Sought;
use super::period::Within;
use crate::audit::reading::Entry;
use crate::audit::trail::frame::Framed;

/// What is asked for; what is not said is not asked. All that is said must be so.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The kinds of records; none: calls alone.
    pub kinds: Vec<String>,
    /// All of them, instead.
    pub every_kind: bool,
    /// Kinds that are told whenever they were written.
    pub always: &'static [&'static str],
    /// When it began.
    pub within: Within,
    /// Texts that a member must have, by its name.
    pub texts: BTreeMap<&'static str, String>,
    /// The verdict in the end, and why.
    pub verdict: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// A grant it rests on, by its id.
    pub grant: Option<String>,
    /// An instrument it rests on, by type or reference.
    pub instrument: Option<String>,
    /// Somebody it is about.
    pub number: Option<Sought>,
}

/// Whether something is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It would be, if it is about whom the question names; its pseudonyms are of a key that is not at hand.
    OtherKey,
    /// It would be, if who is asked for is among those that a record had no place for.
    Beyond,
    /// It would be, if it began as the question says; the record of its beginning is gone.
    Unknown,
}

impl Asked {
    /// A question for all that was written between these instants, and for these kinds whenever.
    pub fn all(within: Within, always: &'static [&'static str]) -> Self {
        Self { every_kind: true, always, within, ..Self::default() }
    }

    /// Whether records of that kind are meant.
    pub(super) fn means_kind(&self, kind: &str) -> bool {
        self.every_kind
            || if self.kinds.is_empty() {
                kind == "call"
            } else {
                self.kinds.iter().any(|asked| asked == kind)
            }
    }

    /// A cheap look at a line: `false` only where it cannot be meant. Not for the end of a call.
    pub(super) fn may_mean(&self, line: &Framed<'_>) -> bool {
        let members = line.members;
        let has = |text: &str| memchr::memmem::find(members.as_bytes(), text.as_bytes()).is_some();
        let quoted = |text: &String| has(&serde_json::Value::from(text.as_str()).to_string());
        // Escapes may be written in several ways.
        let plain = |text: &&String| text.chars().all(|c| c != '"' && c != '\\' && !c.is_control());
        let texts = self.texts.values().chain(&self.grant).chain(&self.instrument);
        self.means_kind(line.kind())
            && (self.always.contains(&line.kind())
                || time(members).is_none_or(|time| self.within.holds_text(time)))
            && texts.filter(plain).all(quoted)
            && self.number.as_ref().is_none_or(|sought| {
                let key = key(members);
                key.is_some_and(|key| !sought.keys.iter().any(|known| known == key))
                    || sought.pseudonyms.iter().any(|pseudonym| has(pseudonym))
                    || has(sought.beyond())
            })
    }

    /// Whether it is meant.
    pub fn fits(&self, told: &Told) -> Fit {
        match told {
            Told::Call(call) => self.fits_call(call),
            Told::Other(entry) => self.fits_other(entry),
        }
    }

    fn fits_call(&self, call: &Call) -> Fit {
        let Self {
            kinds: _,
            every_kind: _,
            always: _,
            within,
            texts,
            verdict,
            reason,
            grant,
            instrument,
            number,
        } = self;
        let gone = call.course() == Course::BeginningGone;
        let stretch = call.earliest().zip(call.time());
        let is = |asked: &Option<String>, found: &str| asked.as_ref().is_none_or(|asked| asked == found);
        let has = |(key, asked): (&&str, &String)| {
            call.text(key).map_or(gone && !in_both(key), |found| found == asked)
        };
        let among = |asked: &Option<String>, found: bool| asked.is_none() || found || gone;
        let right = self.means_kind("call")
            && stretch.is_some_and(|(earliest, latest)| within.touches(earliest, latest))
            && is(verdict, call.verdict())
            && is(reason, call.reason())
            && texts.iter().all(has)
            && among(grant, call.texts("grants").any(|id| Some(id) == grant.as_deref()))
            && among(
                instrument,
                call.instruments()
                    .any(|(kind, reference)| [Some(kind), Some(reference)].contains(&instrument.as_deref())),
            );
        if !right {
            return Fit::No;
        }
        let began_within =
            stretch.is_some_and(|(earliest, latest)| within.holds(earliest) && within.holds(latest));
        let needs_beginning = !began_within || grant.is_some() || instrument.is_some() || number.is_some();
        if gone && (needs_beginning || texts.keys().any(|key| !in_both(key))) {
            return Fit::Unknown;
        }
        number.as_ref().map_or(Fit::Yes, |sought| about(call, sought))
    }

    fn fits_other(&self, entry: &Entry) -> Fit {
        let Self {
            kinds: _,
            every_kind: _,
            always,
            within,
            texts,
            verdict,
            reason,
            grant,
            instrument,
            number,
        } = self;
        let right = self.means_kind(entry.kind())
            && (always.contains(&entry.kind()) || entry.time().is_some_and(|time| within.holds(time)))
            && texts.iter().all(|(key, asked)| entry.text(key) == Some(asked))
            && verdict.is_none()
            && reason.as_ref().is_none_or(|asked| entry.text("reason") == Some(asked))
            && grant.is_none()
            && instrument.is_none()
            && number.is_none();
        if right { Fit::Yes } else { Fit::No }
    }
}

/// Members that the end of a call has, too.
fn in_both(key: &str) -> bool {
    ["consumer", "operation", "trace"].contains(&key)
}

fn about(call: &Call, sought: &Sought) -> Fit {
    let named = call.texts(sought.member()).any(|found| sought.pseudonyms.iter().any(|is| is == found));
    let known = call.text("pseudonym_key").is_none_or(|key| sought.keys.iter().any(|known| known == key));
    let any = call.texts(sought.member()).next().is_some();
    match (named, known) {
        (true, _) => Fit::Yes,
        (false, false) if any => Fit::OtherKey,
        (false, _) if call.number(sought.beyond()).is_some() => Fit::Beyond,
        _ => Fit::No,
    }
}

/// The time of a record, which stands behind its kind.
pub(super) fn time(members: &str) -> Option<&str> {
    let (_, rest) = members.split_once(r#""time":""#)?;
    rest.split_once('"').map(|(time, _)| time)
}

fn key(members: &str) -> Option<&str> {
    let at = memchr::memmem::find(members.as_bytes(), br#""pseudonym_key":""#)?;
    members[at..].split('"').nth(3)
}
