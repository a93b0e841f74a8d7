//! Clients that others wrote: curl, OpenSSL, nghttp2, Java, Python, and requests as .NET's clients shape them.
//!
//! A tool that is not there is said, and its test skipped; `tests/run` installs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use poortwachter::config::Door;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::house::{GEMEENTE, House, Identity, Plan, block_on};
use crate::messages::{PATH, Question, answer, stripped};
use crate::upstream::{always, ok};

fn house() -> House {
    House::new(always(ok(&answer("GeefOnderneming"))))
}

/// Whether a command is there; if not, that is said.
fn is_there(command: &str, package: &str) -> bool {
    let found = Command::new(command).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        eprintln!("skipped: `{command}` is not installed; on Debian: apt-get install {package}");
    }
    found.is_ok()
}

/// What a consumer needs on disk.
struct Consumer {
    url: String,
    question: PathBuf,
    authority: PathBuf,
    identity: Identity,
}

impl Consumer {
    fn of(house: &House) -> Self {
        let here = house.directory.path();
        let question = here.join("question.xml");
        std::fs::write(&question, Question::from(GEMEENTE).xml()).unwrap();
        Self {
            url: format!("https://localhost:{}{PATH}", house.address.port()),
            question,
            authority: here.join("client.ca.pem"),
            identity: house.identity("gemeente"),
        }
    }

    /// In the order of the scripts' words.
    fn words(&self) -> [&Path; 5] {
        let Self { url, question, authority, identity } = self;
        [Path::new(url), question, authority, &identity.certificate, &identity.key]
    }
}

/// What a command prints when it goes right.
fn printed(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn curl_calls_over_both_versions_of_http() {
    if !is_there("curl", "curl") {
        return;
    }
    let house = house();
    let consumer = Consumer::of(&house);
    for (version, said) in [("--http1.1", "1.1 200"), ("--http2", "2 200"), ("--http1.0", "1 200")] {
        let mut curl = Command::new("curl");
        // There is no name for HTTP/1.0 among the protocols that TLS offers here.
        let alpn = if version == "--http1.0" { "--no-alpn" } else { "--alpn" };
        curl.args([
            "--silent",
            "--show-error",
            alpn,
            version,
            "--write-out",
            "\n%{http_version} %{http_code}",
        ])
        .args(["--header", "Content-Type: text/xml", "--data-binary"])
        .arg(format!("@{}", consumer.question.display()))
        .arg("--cacert")
        .arg(&consumer.authority)
        .arg("--cert")
        .arg(&consumer.identity.certificate)
        .arg("--key")
        .arg(&consumer.identity.key)
        .arg(&consumer.url);
        let got = printed(&mut curl);
        let (body, told) = got.rsplit_once('\n').unwrap();
        assert_eq!(body, stripped(1), "{version}");
        assert_eq!(told, said);
    }
}

#[test]
fn openssl_shakes_hands_with_a_certificate_and_not_without() {
    if !is_there("openssl", "openssl") {
        return;
    }
    let house = house();
    let consumer = Consumer::of(&house);
    let shake = |more: &[&str]| {
        let mut client = Command::new("openssl");
        client.args(["s_client", "-brief", "-connect", &house.address.to_string(), "-CAfile"]);
        client.arg(&consumer.authority).args(more).stdin(Stdio::null());
        let output = client.output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let (certificate, key) = (&consumer.identity.certificate, &consumer.identity.key);
    let own = ["-cert", certificate.to_str().unwrap(), "-key", key.to_str().unwrap()];
    for (version, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let said = shake(&[&own[..], &[version]].concat());
        assert!(said.contains(&format!("Protocol version: {name}")), "{said}");
        assert!(said.contains("Verification: OK"), "{said}");
    }
    // In TLS 1.3 a client without a certificate learns it only with its first read.
    let without = shake(&["-tls1_2"]);
    assert!(!without.contains("CONNECTION ESTABLISHED"), "{without}");
    let old = shake(&[&own[..], &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]].concat());
    assert!(!old.contains("CONNECTION ESTABLISHED"), "{old}");
}

/// Takes plain connections in and takes each to the gateway over mutual TLS, as HTTP/2: h2load knows no client
/// certificates.
async fn bridge(house: &House, who: &Identity, listener: &TcpListener) {
    let mut open = tokio::task::JoinSet::new();
    loop {
        let (mut plain, _) = listener.accept().await.unwrap();
        let mut secure = house.tls(who, &["h2"]).await.unwrap();
        open.spawn(async move {
            let _ = tokio::io::copy_bidirectional(&mut plain, &mut secure).await;
        });
    }
}

#[test]
fn h2load_gets_an_answer_to_each_of_some_hundred_requests() {
    if !is_there("h2load", "nghttp2-client") {
        return;
    }
    block_on(async {
        let house = house();
        let consumer = Consumer::of(&house);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{PATH}", listener.local_addr().unwrap());
        let load = tokio::task::spawn_blocking(move || {
            let mut load = Command::new("h2load");
            load.args(["--requests", "600", "--clients", "4", "--max-concurrent-streams", "10", "--data"]);
            printed(load.arg(&consumer.question).args(["--header", "content-type: text/xml", &url]))
        });
        let who = house.identity("gemeente");
        let said = tokio::select! {
            said = load => said.unwrap(),
            () = bridge(&house, &who, &listener) => unreachable!(),
        };
        assert!(said.contains("600 succeeded, 0 failed, 0 errored, 0 timeout"), "{said}");
        assert!(said.contains("status codes: 600 2xx"), "{said}");
        assert_eq!(house.upstream.asked().len(), 600);
    });
}

#[test]
fn nghttp_calls_many_times_over_mutual_tls() {
    if !is_there("nghttp", "nghttp2-client") {
        return;
    }
    let house = house();
    let consumer = Consumer::of(&house);
    let mut client = Command::new("nghttp");
    client
        // Fewer than may be under way: it does not wait for the gateway to say how many.
        .args(["--multiply", "60", "--header", "content-type: text/xml", "--data"])
        .arg(&consumer.question);
    client.arg(format!("--cert={}", consumer.identity.certificate.display()));
    client.arg(format!("--key={}", consumer.identity.key.display()));
    let said = printed(client.arg("--no-verify-peer").arg(&consumer.url));
    assert_eq!(said.matches("GeefOndernemingResponse xmlns").count(), 60, "{said}");
    assert_eq!(house.upstream.asked().len(), 60);
}

#[test]
fn java_calls_over_both_versions_of_http_with_and_without_tls() {
    if !is_there("java", "default-jdk-headless") {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway/clients/Client.java");
    let java = |words: &[&Path]| printed(Command::new("java").arg(&script).args(words));
    let is_answered = |said: &str, versions: [&str; 2]| {
        let lines: Vec<_> = said.lines().collect();
        assert_eq!(lines.len(), 6, "{said}");
        for (at, line) in lines.iter().enumerate() {
            assert!(line.ends_with(&stripped(1)) && line.contains(" 200 "), "{line}");
            assert!(line.contains(versions[at / 3]), "{line}");
        }
    };
    let house = house();
    let consumer = Consumer::of(&house);
    is_answered(&java(&consumer.words()), ["HTTP_1_1 HTTP_1_1", "HTTP_2 HTTP_2"]);
    // Without TLS it asks for an upgrade to h2c, which is passed over.
    let plan = Plan::with(|settings| {
        settings.listener.door = Door::Plain { consumer: "gemeente".to_owned() };
    });
    let open = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
    let url = format!("http://{}{PATH}", open.address);
    is_answered(&java(&[Path::new(&url), &consumer.question]), ["HTTP_1_1 HTTP_1_1", "HTTP_2 HTTP_1_1"]);
}

/// Python with `requests`, in an environment beside the build; `None`, said why, where it cannot be had.
fn python() -> Option<PathBuf> {
    if !is_there("python3", "python3-venv") {
        return None;
    }
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients-python");
    let python = place.join("bin/python");
    let has = || Command::new(&python).args(["-c", "import requests"]).stderr(Stdio::null()).status();
    if !has().is_ok_and(|status| status.success()) {
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place).output();
        let installed = made.and_then(|_| {
            let mut pip = Command::new(&python);
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "requests==2.*"])
                .output()
        });
        if !installed.is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: `requests` cannot be installed; python3-venv and a package index are needed");
            return None;
        }
    }
    Some(python)
}

#[test]
fn python_calls_whole_and_in_chunks() {
    let Some(python) = python() else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway/clients/client.py");
    let house = house();
    let consumer = Consumer::of(&house);
    let said = printed(Command::new(python).arg(script).args(consumer.words()));
    let want = format!("200 {}\n", stripped(1)).repeat(2);
    assert_eq!(said, want);
}

/// A .NET client's request: the media type of SOAP 1.2 around an envelope of 1.1, no SOAPAction, the signature directly in
/// the header and a plain `Id` on the Body, and the body only when the gateway says so.
#[test]
fn a_request_as_dotnet_shapes_it_is_answered_and_goes_on_byte_for_byte() {
    block_on(async {
        let house = house();
        let signature = "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo><CanonicalizationMethod \
             Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/><SignatureMethod \
             Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/><Reference URI=\"#Body\"><DigestMethod \
             Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><DigestValue>AAAA</DigestValue></Reference></SignedInfo>\
             <SignatureValue>AAAA</SignatureValue></Signature>";
        let body = Question::from(GEMEENTE)
            .xml()
            .replace("<soapenv:Header/>", &format!("<soapenv:Header>{signature}</soapenv:Header>"))
            .replace("<soapenv:Body>", "<soapenv:Body Id=\"Body\">");
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/soap+xml; charset=utf-8\r\n\
             Expect: 100-continue\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let mut stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).await.unwrap();
        assert_eq!(&go_on[..], b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut said = String::new();
        let _ = stream.read_to_string(&mut said).await;
        assert!(said.starts_with("HTTP/1.1 200 OK\r\n") && said.ends_with(&stripped(1)), "{said}");
        let asked = &house.upstream.asked()[0];
        assert_eq!(String::from_utf8_lossy(&asked.body), body);
        assert_eq!(asked.header("content-type"), Some("application/soap+xml; charset=utf-8"));
        assert_eq!(asked.header("expect"), None);
    });
}
