//! Receivers of the audit trail: one that takes OTLP over HTTP, one that takes syslog frames, both on threads of their own.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use crate::house::Identity;

/// What came, and what is to be answered.
#[derive(Default)]
pub struct Desk {
    came: Mutex<Came>,
    bell: Condvar,
}

#[derive(Default)]
struct Came {
    /// Heads of requests, as they came.
    heads: Vec<String>,
    /// Bodies of requests, or frames.
    bodies: Vec<String>,
    /// Answers that are not the usual one.
    answers: VecDeque<&'static str>,
    /// The answer to everything, while it is set.
    always: Option<&'static str>,
}

pub const TAKEN: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

impl Desk {
    /// Answers the next requests otherwise. Without a text: breaks off.
    pub fn answer(&self, answers: &[&'static str]) {
        self.came.lock().unwrap().answers.extend(answers);
    }

    /// Answers every request so, until something else is said.
    pub fn always(&self, answer: Option<&'static str>) {
        self.came.lock().unwrap().always = answer;
    }

    /// Returns when so many requests or frames came.
    pub fn await_bodies(&self, count: usize) {
        let came = self.came.lock().unwrap();
        let wait =
            self.bell.wait_timeout_while(came, Duration::from_mins(1), |came| came.bodies.len() < count);
        assert!(!wait.unwrap().1.timed_out(), "too few came");
    }

    pub fn heads(&self) -> Vec<String> {
        self.came.lock().unwrap().heads.clone()
    }

    pub fn bodies(&self) -> Vec<String> {
        self.came.lock().unwrap().bodies.clone()
    }

    /// Every line that came as OTLP, in the order in which it did.
    pub fn lines(&self) -> Vec<String> {
        self.records()
            .iter()
            .map(|record| record["body"]["stringValue"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Every record that came as OTLP.
    pub fn records(&self) -> Vec<Value> {
        let bodies = self.bodies().into_iter().map(|body| serde_json::from_str::<Value>(&body).unwrap());
        let batches = bodies.map(|body| body["resourceLogs"][0]["scopeLogs"][0]["logRecords"].clone());
        batches.flat_map(|batch| batch.as_array().unwrap().clone()).collect()
    }

    fn note(&self, head: Option<String>, body: String) -> &'static str {
        let mut came = self.came.lock().unwrap();
        came.heads.extend(head);
        came.bodies.push(body);
        self.bell.notify_all();
        came.always.or_else(|| came.answers.pop_front()).unwrap_or(TAKEN)
    }
}

trait Both: Read + Write + Send {}
impl<T: Read + Write + Send> Both for T {}

/// Serves at that address (port 0: any) until the test's process ends.
fn serve(
    at: SocketAddr,
    identity: Option<&Identity>,
    speak: fn(Box<dyn Both>, &Desk),
) -> (SocketAddr, Arc<Desk>) {
    let listener = TcpListener::bind(at).unwrap();
    let address = listener.local_addr().unwrap();
    let desk = Arc::new(Desk::default());
    let tls = identity.map(|identity| {
        let certificate = CertificateDer::from_pem_file(&identity.certificate).unwrap();
        let key = PrivateKeyDer::from_pem_file(&identity.key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap())
    });
    let notes = Arc::clone(&desk);
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let (notes, tls) = (Arc::clone(&notes), tls.clone());
            std::thread::spawn(move || {
                let stream: Box<dyn Both> = match tls {
                    Some(tls) => Box::new(StreamOwned::new(ServerConnection::new(tls).unwrap(), socket)),
                    None => Box::new(socket),
                };
                speak(stream, &notes);
            });
        }
    });
    (address, desk)
}

/// An OTLP receiver.
pub fn otlp(at: SocketAddr, identity: Option<&Identity>) -> (SocketAddr, Arc<Desk>) {
    serve(at, identity, |stream, desk| {
        let mut stream = BufReader::new(stream);
        loop {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                if stream.read_line(&mut head).unwrap_or(0) == 0 {
                    return;
                }
            }
            let mut lengths = head.lines().filter_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; lengths.next_back().unwrap().parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            let answer = desk.note(Some(head), String::from_utf8(body).unwrap());
            if answer.is_empty() || stream.get_mut().write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

/// A syslog server.
pub fn syslog(at: SocketAddr, identity: Option<&Identity>) -> (SocketAddr, Arc<Desk>) {
    serve(at, identity, |stream, desk| {
        let mut stream = BufReader::new(stream);
        loop {
            let mut length = Vec::new();
            if stream.read_until(b' ', &mut length).unwrap_or(0) == 0 {
                return;
            }
            let length = std::str::from_utf8(&length).unwrap().trim_end().parse().unwrap();
            let mut message = vec![0; length];
            stream.read_exact(&mut message).unwrap();
            // Empty, as an answer: hang up.
            if desk.note(None, String::from_utf8(message).unwrap()).is_empty() {
                return;
            }
        }
    })
}
