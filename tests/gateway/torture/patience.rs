//! Slowly, in pieces, or not to the end: what a consumer begins and does not finish.

use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::streams::{case, run as run_streams};
use super::wire::{DATA, END_HEADERS, HEADERS, block, frame};
use super::{By, HANGS, Stream, connect, house, is_well_formed, is_whole, question, statuses, streams};
use crate::house::{House, block_on};
use crate::messages::PATH;

/// How the bytes are sent, and what is done then.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// At once; then nothing more is said.
    Hold,
    /// At once; then there is nothing more to come, and the answer is waited for.
    HalfClose,
    /// A byte at a time, each in a packet of its own.
    Bytes,
    /// A byte at a time, with pauses, for ever.
    Trickle,
}
use Manner::{Bytes, HalfClose, Hold, Trickle};

struct Case {
    name: &'static str,
    bytes: String,
    manner: Manner,
    /// 0: closed without an answer.
    may: &'static [u16],
    /// How many requests the upstream may see.
    forwarded: std::ops::RangeInclusive<usize>,
}

fn refused(name: &'static str, bytes: impl Into<String>, manner: Manner, may: &'static [u16]) -> Case {
    Case { name, bytes: bytes.into(), manner, may, forwarded: 0..=0 }
}

fn head(headers: &str) -> String {
    format!("POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\nconnection: close\r\n{headers}\r\n")
}

fn cases() -> Vec<Case> {
    let body = question();
    let length = format!("content-length: {}\r\n", body.len());
    let whole = format!("{}{body}", head(&length));
    let chunks = head("transfer-encoding: chunked\r\n");
    let chunk = format!("{chunks}{:x}\r\n{body}\r\n", body.len());
    let half = &whole[..whole.len() - 100];
    vec![
        refused("half a request line", "POST /Geef", Hold, &[0, 408]),
        refused("half a head", &whole[..60], Hold, &[0, 408]),
        refused("a head without its last line", head(&length).trim_end(), Hold, &[0, 408]),
        refused(
            "a head a byte now and then",
            format!("POST {PATH} HTTP/1.1\r\nx-a: {}", "b".repeat(5000)),
            Trickle,
            &[0, 408],
        ),
        refused(
            "headers now and then, for ever",
            format!("POST {PATH} HTTP/1.1\r\n{}", "x: y\r\n".repeat(2000)),
            Trickle,
            &[0, 408],
        ),
        refused("no body", head(&length), Hold, &[408]),
        refused("half a body", half, Hold, &[408]),
        refused(
            "a body a byte now and then",
            format!("{}{}", head("content-length: 60000\r\n"), " ".repeat(60_000)),
            Trickle,
            &[408, 0],
        ),
        refused(
            "a body that is announced and asked for",
            head(&format!("{length}expect: 100-continue\r\n")),
            Hold,
            &[408],
        ),
        refused("no last chunk", chunk.as_str(), Hold, &[408]),
        refused("half a last chunk", format!("{chunk}0\r\n"), Hold, &[408]),
        refused("half a size", format!("{chunks}1"), Hold, &[408]),
        refused(
            "the largest size of a chunk",
            format!("{chunks}fffffffffffffff\r\n{body}"),
            Hold,
            &[408, 413],
        ),
        refused("a chunk of two gigabytes", format!("{chunks}7fffffff\r\n{body}"), Hold, &[408, 413]),
        refused(
            "trailers now and then, for ever",
            format!("{chunk}0\r\n{}", "x: y\r\n".repeat(2000)),
            Trickle,
            &[408, 0],
        ),
        refused("half a head, and the end", &whole[..60], HalfClose, &[0, 400]),
        refused("a head, and the end", head(&length), HalfClose, &[0, 400, 408]),
        refused("half a body, and the end", half, HalfClose, &[0, 400, 408]),
        refused("no last chunk, and the end", chunk.as_str(), HalfClose, &[0, 400, 408]),
        refused("nothing, and the end", "", HalfClose, &[0]),
        Case { forwarded: 0..=1, ..refused("a request, and the end", whole.as_str(), HalfClose, &[200, 0]) },
        Case { forwarded: 1..=1, ..refused("a request byte by byte", whole.as_str(), Bytes, &[200]) },
        Case {
            forwarded: 1..=1,
            ..refused("chunks byte by byte", format!("{chunk}0\r\n\r\n"), Bytes, &[200])
        },
    ]
}

/// All that the gateway says until it closes.
async fn talk(mut stream: Box<dyn Stream>, bytes: &[u8], manner: Manner) -> Vec<u8> {
    let (mut reading, mut writing) = tokio::io::split(&mut stream);
    let written = async {
        let written = match manner {
            Hold | HalfClose => writing.write_all(bytes).await,
            Bytes | Trickle => {
                let mut written = Ok(());
                for byte in bytes {
                    written = writing.write_all(&[*byte]).await.and(writing.flush().await);
                    if written.is_err() {
                        break;
                    }
                    if matches!(manner, Trickle) {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                }
                written
            }
        };
        if written.is_ok() && matches!(manner, HalfClose) {
            let _ = writing.shutdown().await;
        }
        // The end is the gateway's to make.
        std::future::pending::<()>().await;
    };
    let mut said = Vec::new();
    tokio::select! {
        () = written => {}
        _ = reading.read_to_end(&mut said) => {}
    }
    said
}

async fn is_bounded(house: Rc<House>, by: By, case: Case) -> Option<String> {
    let talked = talk(connect(&house, by).await, case.bytes.as_bytes(), case.manner);
    let Ok(said) = tokio::time::timeout(HANGS, talked).await else {
        return Some(format!("- {}: neither answered nor closed", case.name));
    };
    let got = statuses(&said);
    let fits = got.len() <= 1 && case.may.contains(got.first().unwrap_or(&0));
    (!fits).then(|| format!("- {}: {got:?}, may be {:?}", case.name, case.may))
}

#[test]
fn what_is_begun_and_not_finished_ends_in_time() {
    block_on(async {
        for by in [By::Plain, By::Tls] {
            let house = Rc::new(house(by, |settings| settings.limits.receive = Duration::from_secs(3)));
            let (mut least, mut most) = (0, 0);
            let mut wrong = Vec::new();
            let local = tokio::task::LocalSet::new();
            let all = local.run_until(async {
                let mut running = Vec::new();
                for case in cases() {
                    least += case.forwarded.start();
                    most += case.forwarded.end();
                    running.push(tokio::task::spawn_local(is_bounded(Rc::clone(&house), by, case)));
                }
                for one in running {
                    wrong.extend(one.await.unwrap());
                }
            });
            all.await;
            let asked = house.upstream.asked();
            assert!(wrong.is_empty(), "by {by:?}:\n{}", wrong.join("\n"));
            assert!((least..=most).contains(&asked.len()), "{} forwarded", asked.len());
            assert!(asked.iter().all(|asked| is_well_formed(asked, &house)));
            is_whole(&house, by).await;
        }
    });
}

#[test]
fn a_reset_in_the_middle_leaves_nothing() {
    block_on(async {
        let house = house(By::Plain, |_| {});
        let whole = format!("{}{}", head(&format!("content-length: {}\r\n", question().len())), question());
        for at in [1, 40, 150, whole.len() - 1] {
            let mut socket = TcpStream::connect(house.address).await.unwrap();
            socket.write_all(&whole.as_bytes()[..at]).await.unwrap();
            // Closed with a reset: what was sent is not even read.
            socket.set_zero_linger().unwrap();
            drop(socket);
        }
        is_whole(&house, By::Plain).await;
        assert_eq!(house.upstream.asked().len(), 1, "the lawful one");
    });
}

#[test]
fn a_body_that_does_not_come_over_http_2_is_given_up() {
    block_on(async {
        let house = house(By::Tls, |settings| settings.limits.receive = Duration::from_secs(3));
        let fields = [
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", "x"),
            (":path", PATH),
            ("content-type", "text/xml"),
        ];
        let head = frame(HEADERS, END_HEADERS, 1, &block(&fields));
        let late = [streams::End::Answer(408)];
        let cases = [
            case("no body", head.clone(), &late),
            case("half a body", [head, frame(DATA, 0, 1, &question().as_bytes()[..50])].concat(), &late),
        ];
        run_streams(&house, &cases).await;
    });
}
