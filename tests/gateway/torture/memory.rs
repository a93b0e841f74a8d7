//! The real binary under attack: however much is sent, it keeps little.
#![cfg(target_os = "linux")]

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::streams::lawful;
use super::wire::{CONTINUATION, HEADERS, PING, block, frame, preface, settings};
use super::{HANGS, question};
use crate::house::{Consumer, block_on, client_config};
use crate::messages::{PATH, answer, stripped};
use crate::process::{Process, configured};
use crate::upstream::{Upstream, always, ok};

/// Connections that attack at once.
const MANY: usize = 40;
/// What each of them sends at most, bytes; together far more than may be kept.
const EACH: usize = 8 << 20;
/// How much more memory the gateway may use than before, bytes: a head of 32 KiB, a window or a record for each attacker, and
/// what the allocator rounds up to.
const MORE: u64 = 48 << 20;

/// Sends the start and then more of the same, until that is enough for either side.
async fn attack(mut stream: TlsStream<TcpStream>, start: Vec<u8>, more: Vec<u8>) {
    let mut sent = start.len();
    let mut written = stream.write_all(&start).await;
    while written.is_ok() && sent < EACH {
        written = stream.write_all(&more).await;
        sent += more.len();
    }
    let _ = tokio::time::timeout(HANGS, stream.read_to_end(&mut Vec::new())).await;
}

#[test]
fn attackers_at_once_are_kept_in_little_memory() {
    let upstream = Upstream::start(always(ok(&answer("GeefOnderneming"))), None);
    let (directory, authority) = configured(upstream.address);
    let here = directory.path();
    let process = Process::start(here);
    let who = authority.issue("gemeente");
    let connect = async |protocol: &str| {
        let mut config = client_config(&here.join("client.ca.pem"), Some(&who));
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let socket = TcpStream::connect(process.address).await.unwrap();
        TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), socket).await.unwrap()
    };
    block_on(async {
        let mut lawful_one = Consumer::over(connect("http/1.1").await).await;
        assert_eq!(lawful_one.ask(PATH, question()).await.text(), stripped(1));
        let before = process.memory("VmHWM");
        let head = format!("POST {PATH} HTTP/1.1\r\nhost: x\r\n").into_bytes();
        let chunked = format!(
            "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        let begun = [preface(), frame(HEADERS, 0, 1, &block(&[(":method", "POST")]))].concat();
        let attacks: [(&str, Vec<u8>, Vec<u8>); 7] = [
            ("http/1.1", head.clone(), b"x-a: b\r\n".repeat(1000)),
            ("http/1.1", [head, b"x-a: ".to_vec()].concat(), vec![b'b'; 16 << 10]),
            ("http/1.1", chunked.clone().into_bytes(), b"1\r\nx\r\n".repeat(1000)),
            ("http/1.1", format!("{chunked}1;").into_bytes(), vec![b'x'; 16 << 10]),
            ("h2", begun, frame(CONTINUATION, 0, 1, &[b'b'; 16_000])),
            ("h2", preface(), frame(PING, 0, 0, &[7; 8]).repeat(1000)),
            (
                "h2",
                [preface(), settings(&[(4, 0)])].concat(),
                (0..200).flat_map(|n| lawful(2 * n + 1)).collect(),
            ),
        ];
        for (protocol, start, more) in attacks {
            let mut attackers = tokio::task::JoinSet::new();
            for _ in 0..MANY {
                attackers.spawn(attack(connect(protocol).await, start.clone(), more.clone()));
            }
            if more.len() < 100_000 {
                attackers.join_all().await;
            } else {
                // Answers that nobody opens a window for would be waited for; a lawful call in between is enough.
                assert_eq!(lawful_one.ask(PATH, question()).await.text(), stripped(1));
                attackers.abort_all();
            }
        }
        assert_eq!(lawful_one.ask(PATH, question()).await.text(), stripped(1));
        let more = process.memory("VmHWM") - before;
        assert!(more < MORE, "{more} bytes more than before");
    });
}
