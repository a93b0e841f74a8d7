//! The real binary with an answer far longer than its memory.
//!
//! A GiB; `POORTWACHTER_BODY_MIB` says otherwise where a machine is too slow for one (docs/testing.md).
#![cfg(target_os = "linux")]

use std::io::{self, Read as _, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use http_body_util::BodyExt as _;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use crate::house::{GEMEENTE, block_on, gemeente, post};
use crate::messages::{INSZ, NAME, PATH, Question, long_answer, stripped};
use crate::process::Process;

/// How much more memory the gateway may use than before, bytes.
const MORE: u64 = 16 << 20;

/// Functionholders that are written at once.
const SOME: usize = 400;

/// A long answer: its start, a piece of its middle, how often that comes, and its end.
struct Long {
    start: String,
    middle: String,
    times: usize,
    end: String,
}

impl Long {
    /// Of `text`, which repeats itself between its first and last functionholder, at least `len` bytes.
    fn of(text: &str, len: usize) -> Self {
        let (start, rest) = text.split_at(text.find("<Functie>").unwrap());
        let (middle, end) = rest.split_at(rest.rfind("</Functie>").unwrap() + "</Functie>".len());
        let times = len.div_ceil(middle.len());
        Self { start: start.to_owned(), middle: middle.to_owned(), times, end: end.to_owned() }
    }

    fn len(&self) -> usize {
        self.start.len() + self.middle.len() * self.times + self.end.len()
    }

    fn write(&self, mut to: impl Write) -> io::Result<()> {
        to.write_all(self.start.as_bytes())?;
        for _ in 0..self.times {
            to.write_all(self.middle.as_bytes())?;
        }
        to.write_all(self.end.as_bytes())
    }
}

fn length() -> usize {
    let asked = std::env::var("POORTWACHTER_BODY_MIB").ok().map(|mib| mib.parse::<usize>().unwrap());
    asked.unwrap_or(1024) << 20
}

/// An upstream that answers every request with this, coded or not, and closes.
fn upstream(long: Long, coded: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut socket in listener.incoming().map_while(Result::ok) {
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"</soapenv:Envelope>") && socket.read(&mut byte).unwrap() == 1 {
                head.push(byte[0]);
            }
            let coding = if coded { "Content-Encoding: gzip\r\n" } else { "" };
            write!(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n{coding}Connection: close\r\n\r\n")
                .unwrap();
            let written = if coded {
                let mut encoder = flate2::write::GzEncoder::new(&mut socket, flate2::Compression::fast());
                long.write(&mut encoder).and_then(|()| encoder.finish().map(drop))
            } else {
                long.write(&mut socket)
            };
            written.unwrap();
        }
    });
    address
}

/// A directory with a gateway for one consumer, over plain HTTP.
fn configured(upstream: SocketAddr) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    std::fs::create_dir(here.join("registry")).unwrap();
    std::fs::write(here.join("registry/gemeente.toml"), gemeente()).unwrap();
    let text = format!(
        "[listener]\naddress = \"127.0.0.1:0\"\nplain-consumer = \"gemeente\"\n[upstream]\nurl = \"http://{upstream}\"\n\
         timeout = \"29s\"\n[registry]\ndirectory = \"registry\"\n[admin]\naddress = \"127.0.0.1:0\"\n[run]\nworkers = 1\n[audit]\ntrail = \"off\"\n\
         [limits]\ndecoded-bytes = 4294967296\ndecoded-ratio = 2000\n"
    );
    std::fs::write(here.join("gateway.toml"), text).unwrap();
    directory
}

/// How many bytes a consumer gets, whatever they are; none of them may be personal, at no border of two pieces either.
async fn received(gateway: SocketAddr) -> usize {
    let socket = tokio::net::TcpStream::connect(gateway).await.unwrap();
    let (mut line, connection) = http1::handshake(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    let request = post(PATH, Question::from(GEMEENTE).xml());
    let mut body = line.send_request(request).await.unwrap().into_body();
    let (mut len, mut seen) = (0, Vec::new());
    while let Some(frame) = body.frame().await {
        let data = frame.expect("not cut").into_data().unwrap();
        len += data.len();
        seen.drain(..seen.len().saturating_sub(NAME.len()));
        seen.extend_from_slice(&data);
        for secret in [INSZ, NAME] {
            assert!(memchr::memmem::find(&seen, secret.as_bytes()).is_none());
        }
    }
    len
}

fn memory_stays_flat(coded: bool) {
    let long = Long::of(&long_answer(SOME), length());
    let middle = Long::of(&stripped(SOME), 1).middle;
    let want = long.len() - long.times * (long.middle.len() - middle.len());
    let directory = configured(upstream(long, coded));
    let process = Process::start(directory.path());
    let before = process.memory("VmRSS");
    let got = block_on(received(process.address));
    assert_eq!(got, want);
    let peak = process.memory("VmHWM");
    eprintln!(
        "coded: {coded}; {} MiB sent, {} KiB before, {} KiB at most",
        length() >> 20,
        before >> 10,
        peak >> 10
    );
    assert!(peak <= before + MORE, "{before} bytes before, {peak} at most");
}

/// One after the other: a call may last no longer than 29 seconds.
#[test]
fn a_gib_is_filtered_in_little_memory_plain_or_decoded() {
    memory_stays_flat(false);
    memory_stays_flat(true);
}
