//! What the audit trail costs: chaining a line, and a call end to end over loopback without a trail, with one that is
//! written, and with one that is synced. One connection shows the latency it adds, many show what one sync shared by
//! many calls is worth. The disk under the temporary directory (`TMPDIR`) is the one that is measured.
#![allow(clippy::expect_used, clippy::panic, reason = "a bench stops where something is not as it should be")]

#[path = "harness/consumer.rs"]
mod consumer;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Instant;

use poortwachter::app::{self, Running, clock};
use poortwachter::audit::keys::{PseudonymKey, SigningKey};
use poortwachter::audit::trail::segment::{End, Segment};

const ROUNDS: usize = 5;
const CALLS: usize = 400;
const MANY: usize = 64;
const PATH: &str = "/GeefOndernemingDienst-02.00/soap/WebService";

fn main() {
    chain();
    let upstream = upstream();
    println!(
        "\n{:<24} {:>10} {:>10} {:>14} {:>14}",
        "a call", "p50 µs", "p99 µs", "calls/s by 64", "records/s"
    );
    let ways = ["off", "written", "fsync", "fsync, no digests"];
    let directories = ways.map(|_| tempfile::tempdir().expect("a directory"));
    let gateways: Vec<Running> =
        ways.iter().zip(&directories).map(|(way, here)| gateway(here.path(), upstream, way)).collect();
    // In turn, round by round, so that a slow moment hits all of them.
    let mut rounds: Vec<Vec<(f64, f64, f64)>> = vec![Vec::new(); ways.len()];
    for _ in 0..ROUNDS {
        for (gateway, rounds) in gateways.iter().zip(&mut rounds) {
            let (p50, p99) = alone(gateway.address());
            rounds.push((p50, p99, together(gateway.address())));
        }
    }
    for (way, rounds) in ways.iter().zip(&rounds) {
        let median = |pick: fn(&(f64, f64, f64)) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(pick).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let (p50, p99, rate) = (median(|r| r.0), median(|r| r.1), median(|r| r.2));
        let records = if *way == "off" { 0.0 } else { 2.0 * rate };
        println!("{way:<24} {p50:>10.1} {p99:>10.1} {rate:>14.0} {records:>14.0}");
    }
}

/// What the writer does for each line besides writing it.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn chain() {
    const LINES: usize = 100_000;
    let key = SigningKey::parse(&SigningKey::generate().expect("random")).expect("a key");
    let mut out = Vec::with_capacity(LINES * 1024);
    let now = clock::system();
    let mut segment = Segment::begin("bench".to_owned(), None, End::default(), now, &key, &mut out);
    let members = format!("\"kind\":\"call\",\"text\":\"{}\"", "x".repeat(700));
    let start = Instant::now();
    for _ in 0..LINES {
        segment.add(members.as_bytes(), &mut out);
    }
    let each = start.elapsed().as_secs_f64() / LINES as f64;
    println!("chaining a line of {} bytes: {:.0} ns", members.len() + 180, each * 1e9);
}

/// Median and 99th percentile of calls one after the other, in µs.
fn alone(address: SocketAddr) -> (f64, f64) {
    let mut client = Client::to(address);
    (0..50).for_each(|_| client.call());
    let mut times: Vec<f64> = (0..CALLS)
        .map(|_| {
            let start = Instant::now();
            client.call();
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[CALLS / 2], times[CALLS * 99 / 100])
}

/// Calls a second of many connections at once.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn together(address: SocketAddr) -> f64 {
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..MANY {
            scope.spawn(move || {
                let mut client = Client::to(address);
                (0..CALLS / 8).for_each(|_| client.call());
            });
        }
    });
    (MANY * (CALLS / 8)) as f64 / start.elapsed().as_secs_f64()
}

struct Client {
    stream: TcpStream,
    request: Vec<u8>,
}

impl Client {
    fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("listens");
        stream.set_nodelay(true).expect("a socket");
        let length = QUESTION.len();
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n"
        );
        Self { stream, request: (head + QUESTION).into_bytes() }
    }

    fn call(&mut self) {
        self.stream.write_all(&self.request).expect("sent");
        let answer = message(&mut self.stream).expect("an answer");
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }
}

/// One message with a length, head included.
fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 1 << 14]);
    loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
        let Some(end) = memchr::memmem::find(&bytes, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1)?.lines().next()?.trim().parse::<usize>().ok()?;
        if bytes.len() >= end + 4 + length {
            return Some(bytes);
        }
    }
}

fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let functions = "<Functie><Persoon><VoorNaam>Wannes</VoorNaam><AchterNaam>Verzinsel</AchterNaam><INSZ>82641200757</INSZ></Persoon></Functie>".repeat(20);
    let body = format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><w:GeefOndernemingResponse xmlns:w=\"urn:w\">\
         <Repliek><Antwoorden><Antwoord><Inhoud><Onderneming><Functies>{functions}</Functies></Onderneming></Inhoud></Antwoord>\
         </Antwoorden></Repliek></w:GeefOndernemingResponse></e:Body></e:Envelope>"
    );
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || {
                let _ = stream.set_nodelay(true);
                while message(&mut stream).is_some() && stream.write_all(answer.as_bytes()).is_ok() {}
            });
        }
    });
    address
}

fn gateway(directory: &Path, upstream: SocketAddr, way: &str) -> Running {
    std::fs::create_dir(directory.join("registry")).expect("a directory");
    std::fs::write(directory.join("registry/bench.toml"), consumer::CONSUMER).expect("written");
    std::fs::write(directory.join("c.key"), SigningKey::generate().expect("random")).expect("written");
    std::fs::write(directory.join("p.key"), PseudonymKey::generate().expect("random")).expect("written");
    let kept = "directory = \"audit\"\ncheckpoint-key = \"c.key\"\npseudonym-key = \"p.key\"\n";
    let audit = match way {
        "off" => "trail = \"off\"\n".to_owned(),
        "written" => format!("{kept}durability = \"written\"\n"),
        "fsync" => kept.to_owned(),
        _ => format!("{kept}answer-digests = false\n"),
    };
    let text = format!(
        "[listener]\naddress = \"127.0.0.1:0\"\nplain-consumer = \"bench\"\n[upstream]\nurl = \"http://{upstream}\"\n\
         [registry]\ndirectory = \"registry\"\n[admin]\naddress = \"127.0.0.1:0\"\n[canary]\ninterval = \"off\"\n[audit]\n{audit}"
    );
    let settings = poortwachter::config::parse("bench", &text, directory).expect("right");
    app::start(settings, clock::clock()).expect("starts")
}

const QUESTION: &str = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><w:GeefOnderneming xmlns:w=\"urn:w\"><Verzoek>\
     <Context><Naam>GeefOnderneming</Naam><Versie>02.00.0000</Versie><Bericht><Type>VRAAG</Type><Afzender>\
     <Identificatie>bench.be/p1</Identificatie><Referte>r</Referte></Afzender></Bericht></Context><Vragen><Vraag>\
     <Referte>r</Referte><Inhoud><Criteria><Ondernemingsnummer>1876543291</Ondernemingsnummer></Criteria></Inhoud>\
     </Vraag></Vragen></Verzoek></w:GeefOnderneming></e:Body></e:Envelope>";
