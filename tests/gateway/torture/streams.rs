//! HTTP/2 by single frames: how a case is sent, and how it may end.

use tokio::io::AsyncWriteExt;

use super::wire::{DATA, END_HEADERS, END_STREAM, HEADERS, Said, block, frame, next, preface};
use super::{By, HANGS, is_well_formed, is_whole, question};
use crate::house::House;
use crate::messages::PATH;

/// How a case may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Answer(u16),
    /// The stream was reset.
    Reset,
    /// The connection was given up.
    Gone,
}
use End::{Answer, Gone, Reset};

#[derive(Clone)]
pub(super) struct Case {
    pub(super) name: &'static str,
    /// After the preface.
    pub(super) bytes: Vec<u8>,
    /// The streams whose end is waited for; the last one's is looked at.
    pub(super) streams: Vec<u32>,
    pub(super) may: Vec<End>,
    pub(super) forwarded: usize,
}

pub(super) fn case(name: &'static str, bytes: impl Into<Vec<u8>>, may: &[End]) -> Case {
    Case { name, bytes: bytes.into(), streams: vec![1], may: may.to_vec(), forwarded: 0 }
}

pub(super) fn passes(name: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    Case { forwarded: 1, ..case(name, bytes, &[Answer(200)]) }
}

pub(super) type Fields = Vec<(Vec<u8>, Vec<u8>)>;

pub(super) fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
}

/// The usual head.
pub(super) fn usual() -> Fields {
    fields(&[
        (":method", "POST"),
        (":scheme", "https"),
        (":authority", "gateway.example"),
        (":path", PATH),
        ("content-type", "text/xml"),
    ])
}

/// The usual head with these fields behind it.
pub(super) fn with(more: &[(&str, &str)]) -> Fields {
    [usual(), fields(more)].concat()
}

/// The usual head with one field left out, or told otherwise, as often as it is told.
pub(super) fn told(name: &str, values: &[&str]) -> Fields {
    let (before, after): (Fields, Fields) =
        usual().into_iter().partition(|(known, _)| known.starts_with(b":"));
    let kept = |fields: Fields| fields.into_iter().filter(|(known, _)| known != name.as_bytes());
    let instead = values.iter().map(|value| (name.as_bytes().to_vec(), value.as_bytes().to_vec()));
    kept(before).chain(instead).chain(kept(after)).collect()
}

pub(super) fn head_on(stream: u32, flags: u8, fields: &Fields) -> Vec<u8> {
    frame(HEADERS, flags | END_HEADERS, stream, &block(fields))
}

pub(super) fn body_on(stream: u32) -> Vec<u8> {
    frame(DATA, END_STREAM, stream, question().as_bytes())
}

/// A request with this head.
pub(super) fn asked(fields: &Fields) -> Vec<u8> {
    [head_on(1, 0, fields), body_on(1)].concat()
}

/// A lawful request on a stream.
pub(super) fn lawful(stream: u32) -> Vec<u8> {
    [head_on(stream, 0, &usual()), body_on(stream)].concat()
}

/// What was said until the streams ended, or the connection.
pub(super) async fn converse(house: &House, bytes: &[u8], streams: &[u32]) -> Vec<Said> {
    let tls = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
    let (mut reading, mut writing) = tokio::io::split(tls);
    let bytes = bytes.to_vec();
    let writer = tokio::spawn(async move {
        let _ = writing.write_all(&bytes).await;
        let _ = writing.flush().await;
        writing
    });
    let mut said = Vec::new();
    let read = async {
        while let Some(more) = next(&mut reading).await {
            said.extend(more);
            let ended =
                |stream: &u32| said.contains(&Said::Whole(*stream)) || said.contains(&Said::Reset(*stream));
            if said.contains(&Said::Gone) || streams.iter().all(ended) {
                return;
            }
        }
        said.push(Said::Gone);
    };
    tokio::time::timeout(HANGS, read).await.expect("the gateway neither answered nor closed");
    writer.abort();
    said
}

pub(super) fn end(said: &[Said], stream: u32) -> End {
    let status = said.iter().find_map(|said| match said {
        Said::Head(id, status) if *id == stream => Some(*status),
        _ => None,
    });
    match (said.contains(&Said::Whole(stream)), status) {
        (true, Some(status)) => Answer(status),
        _ if said.contains(&Said::Reset(stream)) => Reset,
        _ => Gone,
    }
}

pub(super) async fn run(house: &House, cases: &[Case]) {
    let mut wrong = Vec::new();
    for case in cases {
        let before = house.upstream.asked().len();
        let said = converse(house, &[preface(), case.bytes.clone()].concat(), &case.streams).await;
        let end = end(&said, *case.streams.last().unwrap());
        let seen = &house.upstream.asked()[before..];
        if !case.may.contains(&end)
            || seen.len() != case.forwarded
            || !seen.iter().all(|asked| is_well_formed(asked, house))
        {
            let heads: Vec<_> = seen.iter().map(|asked| &asked.head).collect();
            wrong.push(format!(
                "- {}: {end:?} {said:?}, may be {:?}; forwarded {heads:?}",
                case.name, case.may
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    is_whole(house, By::Tls).await;
}
