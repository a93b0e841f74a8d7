//! Everything an attacker can send: raw bytes against the running gateway, by theme.
//!
//! Each case has a name, its bytes, and what may become of them: an answer or a closed connection. After each table the
//! gateway must be whole: no panic, nothing left open or under way, and the next lawful call is answered. The
//! upstream must have seen exactly the requests that the cases say, each of them well-formed and as judged.

mod floods;
mod frames;
mod framing;
mod handshakes;
mod heads;
mod memory;
mod patience;
mod requests;
mod streams;
mod wire;

use std::time::Duration;

use poortwachter::config::{Door, Gateway};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{Consumer, GEMEENTE, House, Plan, logged};
use crate::messages::{PATH, Question, answer, stripped};
use crate::upstream::{Asked, always, ok};

/// Far longer than anything here takes: a case that reaches it hangs.
const HANGS: Duration = Duration::from_mins(1);

/// What an attacker sends, and what may become of it.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    /// For each answer the statuses it may have; 0: the connection is closed instead.
    answers: Vec<Vec<u16>>,
    /// How many requests the upstream sees.
    forwarded: usize,
}

/// Nothing of it goes on, and the answer has one of these statuses; 0: closed without one.
fn refused(name: &'static str, bytes: impl Into<Vec<u8>>, statuses: &[u16]) -> Case {
    Case { name, bytes: bytes.into(), answers: vec![statuses.to_vec()], forwarded: 0 }
}

/// It is one lawful call, whatever it looks like.
fn passes(name: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    Case { name, bytes: bytes.into(), answers: vec![vec![200]], forwarded: 1 }
}

/// Several requests on one connection, and what each is answered.
fn in_turn(name: &'static str, bytes: impl Into<Vec<u8>>, answers: &[u16], forwarded: usize) -> Case {
    Case {
        name,
        bytes: bytes.into(),
        answers: answers.iter().map(|status| vec![*status]).collect(),
        forwarded,
    }
}

/// The doors a consumer may come in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Plain,
    Tls,
}

fn question() -> String {
    Question::from(GEMEENTE).xml()
}

fn house(by: By, more: impl FnOnce(&mut Gateway) + 'static) -> House {
    let plan = Plan::with(move |settings| {
        settings.workers = 1;
        if by == By::Plain {
            settings.listener.door = Door::Plain { consumer: "gemeente".to_owned() };
        }
        more(settings);
    });
    House::planned(plan, always(ok(&answer("GeefOnderneming"))))
}

/// A byte stream to the gateway.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

async fn connect(house: &House, by: By) -> Box<dyn Stream> {
    match by {
        By::Plain => Box::new(TcpStream::connect(house.address).await.unwrap()),
        By::Tls => {
            let stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await;
            Box::new(stream.unwrap())
        }
    }
}

/// All that the gateway says until it closes. That it stops reading is its right, so writing may fail.
async fn converse(mut stream: impl Stream, bytes: &[u8]) -> Vec<u8> {
    let mut said = Vec::new();
    let talk = async {
        let (mut reading, mut writing) = tokio::io::split(&mut stream);
        let written = async {
            let _ = writing.write_all(bytes).await;
            let _ = writing.flush().await;
        };
        let read = async {
            let _ = reading.read_to_end(&mut said).await;
        };
        tokio::join!(written, read);
    };
    tokio::time::timeout(HANGS, talk).await.expect("the gateway neither answered nor closed");
    said
}

/// The statuses of the answers in what the gateway said.
fn statuses(said: &[u8]) -> Vec<u16> {
    let said = String::from_utf8_lossy(said);
    let starts = said.split("HTTP/1.").skip(1).filter_map(|rest| rest.get(2..5)?.parse().ok());
    starts.filter(|status| *status != 100).collect()
}

/// Sends each case on a connection of its own, by both doors, and tells every one that ends otherwise.
async fn run(cases: &[Case]) {
    for by in [By::Plain, By::Tls] {
        let house = house(by, |_| {});
        let mut wrong = Vec::new();
        for case in cases {
            let before = house.upstream.asked().len();
            let said = converse(connect(&house, by).await, &case.bytes).await;
            wrong.extend(faults(case, &said, &house.upstream.asked()[before..], &house));
        }
        assert!(wrong.is_empty(), "by {by:?}:\n{}", wrong.join("\n"));
        is_whole(&house, by).await;
    }
}

fn faults(case: &Case, said: &[u8], asked: &[Asked], house: &House) -> Option<String> {
    let got = statuses(said);
    let all = got.iter().copied().chain(std::iter::repeat(0));
    let fits = got.len() <= case.answers.len()
        && case.answers.iter().zip(all).all(|(allowed, status)| allowed.contains(&status));
    let well_formed = asked.iter().all(|asked| is_well_formed(asked, house));
    if fits && well_formed && asked.len() == case.forwarded {
        return None;
    }
    let heads: Vec<_> = asked.iter().map(|asked| asked.head.as_str()).collect();
    let text = String::from_utf8_lossy(&said[..said.len().min(300)]).into_owned();
    Some(format!(
        "- {}: answered {got:?}, may be {:?}; forwarded {heads:?}; {text:?}",
        case.name, case.answers
    ))
}

/// One request that no two readers can read differently, for what was judged.
fn is_well_formed(asked: &Asked, house: &House) -> bool {
    let one = |name: &str| {
        let mut values = asked.head.split("\r\n").filter_map(|line| line.split_once(": "));
        let mut found = values.by_ref().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let first = found.next().map(|(_, value)| value.to_owned());
        first.filter(|_| found.next().is_none())
    };
    asked.head.starts_with(&format!("POST {PATH} HTTP/1.1\r\n"))
        && !asked.head.replace("\r\n", "").contains(['\r', '\n', '\0'])
        && one("host") == Some(house.upstream.address.to_string())
        && one("content-length") == Some(asked.body.len().to_string())
        && one("content-type").is_some()
        && ["transfer-encoding", "te", "trailer", "upgrade", "expect", "connection", "x-smuggled"]
            .iter()
            .all(|name| asked.header(name).is_none())
        && asked.body == question().as_bytes()
}

/// Nothing has panicked, nothing is left, and the next lawful call is answered.
async fn is_whole(house: &House, by: By) {
    let mut consumer = Consumer::over(connect(house, by).await).await;
    assert_eq!(consumer.ask(PATH, question()).await.text(), stripped(1));
    drop(consumer);
    for line in ["poortwachter_calls_in_flight 0\n", "poortwachter_connections 0\n"] {
        while !house.metrics().await.contains(line) {
            tokio::task::yield_now().await;
        }
    }
    let metrics = house.metrics().await;
    assert!(metrics.contains("poortwachter_panics_total 0\n"), "{metrics}");
    assert!(!metrics.contains("reason=\"internal\""), "{metrics}");
    assert!(!logged().contains("could not do its work"), "a worker ended");
}
