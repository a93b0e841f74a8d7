//! The real binary under load and signals.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::house::{Authority, Consumer, GEMEENTE, block_on, client_config, gemeente};
use crate::messages::{PATH, Question, answer, stripped};
use crate::scanner;
use crate::upstream::{Upstream, always, ok};

pub struct Process {
    child: Child,
    pub address: SocketAddr,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Process {
    /// Starts the binary and returns when it says that it serves.
    pub fn start(here: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_poortwachter"))
            .args(["run", "--config"])
            .arg(here.join("gateway.toml"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (say, lines) = std::sync::mpsc::channel();
        let log = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || {
            for line in log.lines().map_while(Result::ok) {
                scanner::ends_at(&line);
                let _ = say.send(line);
            }
        });
        let served = await_line(&lines, "the gateway serves");
        let served: serde_json::Value = serde_json::from_str(&served).unwrap();
        let address = served["address"].as_str().unwrap().parse().unwrap();
        Self { child, address, lines }
    }

    /// A line of what the system says of the process (proc(5), `/proc/pid/status`), bytes.
    #[cfg(target_os = "linux")]
    pub fn memory(&self, line: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let found = status.lines().find_map(|said| said.strip_prefix(line)?.strip_prefix(':'));
        found.unwrap().trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Kills it as the system would, and returns when it is gone.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Returns when it has ended by itself, with its exit code.
    pub fn ended(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    pub async fn consumer(&self, authority: &Authority, here: &Path) -> Consumer {
        let config = client_config(&here.join("client.ca.pem"), Some(&authority.issue("gemeente")));
        let socket = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
        Consumer::over(connector.connect("localhost".try_into().unwrap(), socket).await.unwrap()).await
    }
}

/// A test that fails leaves no gateway behind.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next line of the log with that in it; gives up long after any line must have come.
fn await_line(lines: &std::sync::mpsc::Receiver<String>, with: &str) -> String {
    loop {
        let line =
            lines.recv_timeout(Duration::from_mins(1)).unwrap_or_else(|_| panic!("it never said `{with}`"));
        if line.contains(with) {
            return line;
        }
    }
}

/// A gateway's directory with its certificates, and the authority that issued them.
pub fn configured(upstream: SocketAddr) -> (tempfile::TempDir, Authority) {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let authority = Authority::new(here, "client");
    authority.issue("gateway");
    std::fs::create_dir(here.join("registry")).unwrap();
    std::fs::write(here.join("registry/gemeente.toml"), gemeente()).unwrap();
    let text = format!(
        "[listener]\naddress = \"127.0.0.1:0\"\n[listener.tls]\ncertificate = \"gateway.crt\"\nkey = \"gateway.key\"\n\
         client-ca = \"client.ca.pem\"\n[upstream]\nurl = \"http://{upstream}\"\n[registry]\ndirectory = \"registry\"\n\
         poll = \"1h\"\nmax-age = \"2h\"\n[admin]\naddress = \"127.0.0.1:0\"\n[refusal]\ngateway-uri = \"poort\"\n[run]\nworkers = 2\n[audit]\ntrail = \"off\"\n"
    );
    std::fs::write(here.join("gateway.toml"), text).unwrap();
    (directory, authority)
}

#[test]
fn sigterm_under_load_loses_no_call_and_exits_with_0() {
    let upstream = Upstream::start(always(ok(&answer("GeefOnderneming"))), None);
    let (directory, authority) = configured(upstream.address);
    let here = directory.path();
    let mut process = Process::start(here);
    block_on(async {
        let mut calls = Vec::new();
        for _ in 0..6 {
            let mut consumer = process.consumer(&authority, here).await;
            calls.push(tokio::spawn(async move {
                let mut answered = 0;
                while let Ok(got) = consumer.try_ask(PATH, Question::from(GEMEENTE).xml()).await {
                    assert_eq!(got.text(), stripped(1));
                    answered += 1;
                }
                answered
            }));
        }
        while upstream.asked().len() < 60 {
            tokio::task::yield_now().await;
        }
        process.signal("TERM");
        let mut answered = 0;
        for call in calls {
            answered += call.await.unwrap();
        }
        assert_eq!(answered, upstream.asked().len(), "what the upstream saw was answered");
    });
    assert_eq!(process.child.wait().unwrap().code(), Some(0));
    await_line(&process.lines, "the gateway has stopped");
}

#[test]
fn sighup_reads_the_registry_again() {
    let upstream = Upstream::start(always(ok(&answer("GeefOnderneming"))), None);
    let (directory, authority) = configured(upstream.address);
    let here = directory.path();
    let mut process = Process::start(here);
    block_on(async {
        let mut gemeente = process.consumer(&authority, here).await;
        assert_eq!(gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        let other = crate::house::inspectie();
        std::fs::write(here.join("registry/inspectie.toml"), other).unwrap();
        std::fs::remove_file(here.join("registry/gemeente.toml")).unwrap();
        process.signal("HUP");
        await_line(&process.lines, "registry loaded");
        assert_eq!(gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.reason(), "unknown-consumer");
    });
    process.signal("INT");
    assert_eq!(process.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_start_that_fails_names_the_file_and_the_remedy() {
    let (directory, _) = configured("127.0.0.1:9".parse().unwrap());
    let here = directory.path();
    std::fs::write(here.join("gateway.key"), "geen sleutel").unwrap();
    let failed = Command::new(env!("CARGO_BIN_EXE_poortwachter"))
        .args(["run", "--config"])
        .arg(here.join("gateway.toml"))
        .output()
        .unwrap();
    let said = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(78), "{said}");
    assert!(said.contains("gateway.key`; it must be a PEM file with an unencrypted private key"), "{said}");
}
