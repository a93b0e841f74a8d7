//! A call end to end, over loopback sockets: straight to the upstream, through the gateway, and through nginx as a
//! plain reverse proxy where that is installed. Prints the median and 99th percentile time of a call, and what the whole
//! process asked of the allocator for it; what the direct call asks is the client's and the upstream's own.
//!
//! The ratio to nginx is the one to quote: both proxies add a hop, only one of them reads and filters.
#![allow(clippy::expect_used, clippy::panic, reason = "a bench stops where something is not as it should be")]

#[path = "harness/consumer.rs"]
mod consumer;

use std::alloc::System;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use poortwachter::app::{self, Running, clock};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROUNDS: usize = 5;
const CALLS: usize = 600;
const WARM_UP: usize = 100;
const PATH: &str = "/GeefOndernemingDienst-02.00/soap/WebService";

fn main() {
    println!("a call end to end, {ROUNDS} rounds of {CALLS}; ratio and allocations beyond the direct call");
    for functions in [5, 60, 1_000] {
        let answer = answer(functions);
        let size = answer.len();
        let upstream = upstream(&answer);
        let directory = tempfile::tempdir().expect("a directory");
        let gateway = gateway(directory.path(), upstream);
        let nginx = Nginx::start(directory.path(), upstream);
        println!("\n{size} bytes, {functions} functionholders");
        println!(
            "{:<28} {:>10} {:>10} {:>8} {:>8} {:>12}",
            "", "p50 µs", "p99 µs", "ratio", "spread", "allocs/call"
        );
        let mut ways = vec![("direct", upstream), ("through the gateway", gateway.address())];
        ways.extend(nginx.as_ref().map(|nginx| ("through nginx, unread", nginx.address)));
        tell(&ways);
    }
}

/// Measures the ways in turn, round by round, so that a slow moment hits all of them.
fn tell(ways: &[(&str, SocketAddr)]) {
    let mut clients: Vec<Client> = ways.iter().map(|(_, address)| Client::to(*address)).collect();
    let mut rounds: Vec<Vec<Round>> = ways.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (client, rounds) in clients.iter_mut().zip(&mut rounds) {
            rounds.push(Round::of(client));
        }
    }
    let direct = Summary::of(&rounds[0]);
    for ((name, _), rounds) in ways.iter().zip(&rounds) {
        let Summary { p50, p99, spread, allocations } = Summary::of(rounds);
        let ratio = p50 / direct.p50;
        let own = allocations - direct.allocations;
        println!("{name:<28} {p50:>10.1} {p99:>10.1} {ratio:>7.2}x {:>7.1}% {own:>12.1}", spread * 100.0);
    }
}

/// One round of calls on one connection.
struct Round {
    p50: f64,
    p99: f64,
    allocations: f64,
}

impl Round {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn of(client: &mut Client) -> Self {
        (0..WARM_UP).for_each(|_| client.call());
        let mut times = Vec::with_capacity(CALLS);
        let region = Region::new(ALLOCATOR);
        for _ in 0..CALLS {
            let start = Instant::now();
            client.call();
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        let allocations = region.change().allocations as f64 / CALLS as f64;
        times.sort_by(f64::total_cmp);
        Self { p50: times[CALLS / 2], p99: times[CALLS * 99 / 100], allocations }
    }
}

/// The median round, and how far apart the rounds lie.
struct Summary {
    p50: f64,
    p99: f64,
    spread: f64,
    allocations: f64,
}

impl Summary {
    fn of(rounds: &[Round]) -> Self {
        let median = |pick: fn(&Round) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(pick).collect();
            values.sort_by(f64::total_cmp);
            (values[values.len() / 2], values[values.len() - 1] / values[0] - 1.0)
        };
        let (p50, spread) = median(|round| round.p50);
        let (p99, _) = median(|round| round.p99);
        let (allocations, _) = median(|round| round.allocations);
        Self { p50, p99, spread, allocations }
    }
}

/// A consumer on one kept-alive connection.
struct Client {
    stream: TcpStream,
    request: Vec<u8>,
    buffer: Vec<u8>,
}

impl Client {
    fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("listens");
        stream.set_nodelay(true).expect("a socket");
        let body = question();
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Self { stream, request: (head + &body).into_bytes(), buffer: vec![0; 1 << 20] }
    }

    fn call(&mut self) {
        self.stream.write_all(&self.request).expect("sent");
        let mut filled = 0;
        loop {
            filled += match self.stream.read(&mut self.buffer[filled..]).expect("an answer") {
                0 => panic!("closed: {}", String::from_utf8_lossy(&self.buffer[..filled])),
                count => count,
            };
            if is_whole(&self.buffer[..filled]) {
                assert!(self.buffer.starts_with(b"HTTP/1.1 200"));
                return;
            }
        }
    }
}

/// Whether a whole HTTP/1.1 message stands there: by its length, or chunked.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    match head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()) {
        Some(length) => bytes.len() >= end + 4 + length.trim().parse::<usize>().expect("a length"),
        None => bytes.ends_with(b"0\r\n\r\n"),
    }
}

/// Answers every request with the same bytes, a thread a connection.
fn upstream(answer: &str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    let length = answer.len();
    let message = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {length}\r\n\r\n{answer}"
    );
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let message = message.clone();
            thread::spawn(move || serve(stream, message.as_bytes()));
        }
    });
    address
}

fn serve(mut stream: TcpStream, message: &[u8]) {
    let mut buffer = vec![0; 1 << 16];
    let mut filled = 0;
    let _ = stream.set_nodelay(true);
    while let Ok(count @ 1..) = stream.read(&mut buffer[filled..]) {
        filled += count;
        if is_whole(&buffer[..filled]) {
            filled = 0;
            if stream.write_all(message).is_err() {
                return;
            }
        }
    }
}

fn gateway(directory: &Path, upstream: SocketAddr) -> Running {
    let registry = directory.join("registry");
    std::fs::create_dir(&registry).expect("a directory");
    std::fs::write(registry.join("bench.toml"), consumer::CONSUMER).expect("written");
    let text = format!(
        "[listener]\naddress = \"127.0.0.1:0\"\nplain-consumer = \"bench\"\n[upstream]\nurl = \"http://{upstream}\"\n\
         [registry]\ndirectory = \"registry\"\n[admin]\naddress = \"127.0.0.1:0\"\n[audit]\ntrail = \"off\"\n"
    );
    let settings = poortwachter::config::parse("bench", &text, directory).expect("right");
    app::start(settings, clock::clock()).expect("starts")
}

/// nginx as a plain reverse proxy with kept-alive upstream connections.
struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    fn start(directory: &Path, upstream: SocketAddr) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let here = directory.display();
        let text = format!(
            "worker_processes 2;\ndaemon off;\npid {here}/nginx.pid;\nerror_log {here}/error.log;\nevents {{}}\n\
             http {{ access_log off; client_body_temp_path {here}/b; proxy_temp_path {here}/p; fastcgi_temp_path {here}/f;\n\
             uwsgi_temp_path {here}/u; scgi_temp_path {here}/s; keepalive_requests 100000;\n\
             upstream magda {{ server {upstream}; keepalive 8; keepalive_requests 100000; }}\n\
             server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://magda; proxy_http_version 1.1;\n\
             proxy_set_header Connection \"\"; proxy_buffers 64 64k; proxy_buffer_size 64k; }} }} }}\n"
        );
        let file = directory.join("nginx.conf");
        std::fs::write(&file, text).ok()?;
        let mut command = Command::new("nginx");
        command.arg("-c").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|_| println!("(nginx is not installed: no peer)")).ok()?;
        let nginx = Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)) };
        let ready = (0..100).any(|_| {
            thread::sleep(Duration::from_millis(20));
            TcpStream::connect(nginx.address).is_ok()
        });
        ready.then_some(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // A polite end, so that its workers go too.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn question() -> String {
    "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><w:GeefOnderneming xmlns:w=\"urn:w\"><Verzoek>\
     <Context><Naam>GeefOnderneming</Naam><Versie>02.00.0000</Versie><Bericht><Type>VRAAG</Type><Afzender>\
     <Identificatie>bench.be/p1</Identificatie><Referte>r</Referte></Afzender></Bericht></Context><Vragen><Vraag>\
     <Referte>r</Referte><Inhoud><Criteria><Ondernemingsnummer>1876543291</Ondernemingsnummer></Criteria></Inhoud>\
     </Vraag></Vragen></Verzoek></w:GeefOnderneming></e:Body></e:Envelope>"
        .to_owned()
}

fn answer(functions: usize) -> String {
    let mut text = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\
                    <w:GeefOndernemingResponse xmlns:w=\"urn:w\"><Repliek><Antwoorden><Antwoord><Inhoud><Onderneming><Functies>"
        .to_owned();
    for at in 0..functions {
        let _ = writeln!(
            text,
            "<Functie DatumBegin=\"2019-04-01\"><FunctiehouderVan>1876543291</FunctiehouderVan><AardFunctie><Code>10002</Code>\
             <Omschrijving>Bestuurder</Omschrijving></AardFunctie><Persoon><VoorNaam>Wannes {at}</VoorNaam><AchterNaam>Verzinsel\
             </AchterNaam><INSZ>82641200757</INSZ></Persoon></Functie>"
        );
    }
    text + "</Functies></Onderneming></Inhoud></Antwoord></Antwoorden></Repliek></w:GeefOndernemingResponse></e:Body></e:Envelope>"
}
