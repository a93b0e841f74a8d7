//! A scripted upstream: reads requests, notes them, and writes whatever bytes its script says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// One thing an upstream does.
#[derive(Clone, Debug)]
pub enum Step {
    Send(Vec<u8>),
    /// Waits until the test opens the gate.
    Await(Gate),
    Close,
}

/// A request as the upstream saw it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub head: String,
    pub body: Vec<u8>,
    /// Which connection it came on, counted from 0.
    pub connection: usize,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

pub type Script = Arc<dyn Fn(&Asked) -> Vec<Step> + Send + Sync>;

/// Closed until the test opens it; also counts who waits before it.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<(bool, usize)>, Condvar)>);

impl Gate {
    pub fn open(&self) {
        self.0.0.lock().unwrap().0 = true;
        self.0.1.notify_all();
    }

    fn wait(&self) {
        let mut state = self.0.0.lock().unwrap();
        state.1 += 1;
        self.0.1.notify_all();
        while !state.0 {
            state = self.0.1.wait(state).unwrap();
        }
    }

    /// Returns when that many have come to the gate.
    pub fn reached_by(&self, count: usize) {
        let mut state = self.0.0.lock().unwrap();
        while state.1 < count {
            state = self.0.1.wait(state).unwrap();
        }
    }

    /// The same, without blocking the test's runtime.
    pub async fn reached(&self, count: usize) {
        let gate = self.clone();
        tokio::task::spawn_blocking(move || gate.reached_by(count)).await.unwrap();
    }
}

#[derive(Clone, Debug)]
pub struct Upstream {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    closed: Arc<AtomicUsize>,
}

impl Upstream {
    pub fn start(script: Script, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let upstream =
            Self { address: listener.local_addr().unwrap(), asked: Arc::default(), closed: Arc::default() };
        let (asked, connections) = (Arc::clone(&upstream.asked), AtomicUsize::new(0));
        let all_closed = Arc::clone(&upstream.closed);
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let (script, asked, tls) = (Arc::clone(&script), Arc::clone(&asked), tls.clone());
                let connection = connections.fetch_add(1, SeqCst);
                let closed = Arc::clone(&all_closed);
                thread::spawn(move || {
                    let _ = socket.set_nodelay(true);
                    match tls {
                        None => converse(socket, &script, &asked, connection),
                        Some(config) => {
                            let session = ServerConnection::new(config).unwrap();
                            converse(StreamOwned::new(session, socket), &script, &asked, connection);
                        }
                    }
                    closed.fetch_add(1, SeqCst);
                });
            }
        });
        upstream
    }

    /// How many connections it has closed.
    pub fn closed(&self) -> usize {
        self.closed.load(SeqCst)
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn converse(mut stream: impl Read + Write, script: &Script, asked: &Mutex<Vec<Asked>>, connection: usize) {
    while let Some((head, body)) = request(&mut stream) {
        let request = Asked { head, body, connection };
        asked.lock().unwrap().push(request.clone());
        for step in script(&request) {
            let done = match step {
                Step::Send(bytes) => stream.write_all(&bytes).and_then(|()| stream.flush()).is_ok(),
                Step::Await(gate) => {
                    gate.wait();
                    true
                }
                Step::Close => false,
            };
            if !done {
                return;
            }
        }
    }
}

fn request(stream: &mut impl Read) -> Option<(String, Vec<u8>)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// A whole answer with its length.
pub fn ok(body: &str) -> Vec<Step> {
    with_head("HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n", body)
}

/// A whole answer below other headers.
pub fn with_head(head: &str, body: &str) -> Vec<Step> {
    vec![Step::Send(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes())]
}

/// The same, of any bytes.
pub fn bytes_below(head: &str, body: &[u8]) -> Vec<Step> {
    let head = format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {}\r\n\r\n", body.len());
    vec![Step::Send([head.as_bytes(), body].concat())]
}

/// Always the same.
pub fn always(steps: Vec<Step>) -> Script {
    Arc::new(move |_| steps.clone())
}
