//! What a hostile consumer, or an upstream that has lost its way, tries.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::house::{Consumer, GEMEENTE, House, INSPECTIE, Plan, block_on, logged, post};
use crate::messages::{ANY_PATH, INSZ, NAME, PATH, Question, answer, long_answer, stripped, with_content};
use crate::upstream::{Gate, Script, Step, always, ok, with_head};

fn house() -> House {
    House::new(always(ok(&answer("GeefOnderneming"))))
}

fn question() -> String {
    Question::from(GEMEENTE).xml()
}

/// Everything the gateway writes in reply to these bytes, until it closes.
async fn raw(house: &House, bytes: impl AsRef<[u8]>) -> String {
    let mut stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await.unwrap();
    stream.write_all(bytes.as_ref()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// How many calls were counted.
async fn counted(house: &House) -> u64 {
    let metrics = house.metrics().await;
    let lines = metrics.lines().filter(|line| line.starts_with("poortwachter_calls_total{"));
    lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}

mod smuggling {
    use super::*;

    /// A body with a second request in it, for whoever ends the first one too early.
    fn hidden() -> String {
        let inner = question();
        format!(
            "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n{inner}",
            inner.len()
        )
    }

    #[test]
    fn what_two_readers_could_cut_differently_reaches_the_upstream_at_most_once_and_as_judged() {
        block_on(async {
            let body = question();
            let length = body.len();
            let chunk = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
            let start =
                format!("POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\nconnection: close\r\n");
            for (what, request) in [
                (
                    "CL.TE",
                    format!("{start}content-length: {length}\r\ntransfer-encoding: chunked\r\n\r\n{chunk}"),
                ),
                (
                    "TE.CL",
                    format!(
                        "{start}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n{chunk}{}",
                        hidden()
                    ),
                ),
                (
                    "two lengths",
                    format!("{start}content-length: {length}\r\ncontent-length: 0\r\n\r\n{body}"),
                ),
                ("a list of lengths", format!("{start}content-length: {length}, {length}\r\n\r\n{body}")),
                ("a signed length", format!("{start}content-length: +{length}\r\n\r\n{body}")),
                ("no known coding", format!("{start}transfer-encoding: chunked, identity\r\n\r\n{chunk}")),
                ("x-chunked", format!("{start}transfer-encoding: xchunked\r\n\r\n{chunk}")),
                (
                    "twice chunked",
                    format!(
                        "{start}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n{chunk}"
                    ),
                ),
                ("space before the colon", format!("{start}transfer-encoding : chunked\r\n\r\n{chunk}")),
                ("vertical tab", format!("{start}transfer-encoding: \x0bchunked\r\n\r\n{chunk}")),
                ("obsolete folding", format!("{start}transfer-encoding:\r\n chunked\r\n\r\n{chunk}")),
                ("bare LF", format!("{start}x-a: b\ncontent-length: {length}\r\n\r\n{body}")),
                (
                    "bare CR",
                    format!("{start}x-a: b\rcontent-length: 0\r\ncontent-length: {length}\r\n\r\n{body}"),
                ),
                ("chunk size with a sign", format!("{start}transfer-encoding: chunked\r\n\r\n+{chunk}")),
                (
                    "chunk size too long",
                    format!(
                        "{start}transfer-encoding: chunked\r\n\r\n1000000000000000{length:x}\r\n{body}\r\n0\r\n\r\n"
                    ),
                ),
                (
                    "chunk extension with LF",
                    format!("{start}transfer-encoding: chunked\r\n\r\n{length:x};\n{body}\r\n0\r\n\r\n"),
                ),
                (
                    "chunk without its CR LF",
                    format!("{start}transfer-encoding: chunked\r\n\r\n{length:x}\r\n{body}XX0\r\n\r\n"),
                ),
                (
                    "HTTP/1.0 in chunks",
                    format!("{start}transfer-encoding: chunked\r\n\r\n{chunk}")
                        .replace("HTTP/1.1", "HTTP/1.0"),
                ),
                ("HTTP/0.9", format!("POST {PATH}\r\n\r\n{body}")),
                (
                    "absolute form",
                    format!("{start}content-length: {length}\r\n\r\n{body}")
                        .replace(PATH, &format!("http://elders{PATH}")),
                ),
                ("no body, then another", format!("{start}\r\n{}", hidden())),
            ] {
                let house = house();
                let got = raw(&house, request).await;
                let asked = house.upstream.asked();
                assert!(asked.len() <= 1, "{what}: {got}");
                assert!(got.matches("HTTP/1.").count() <= 1, "{what}: {got}");
                for asked in &asked {
                    assert_eq!(String::from_utf8_lossy(&asked.body), body, "{what}");
                    assert_eq!(asked.header("content-length"), Some(length.to_string().as_str()), "{what}");
                    assert_eq!(asked.header("transfer-encoding"), None, "{what}");
                    assert!(
                        asked.head.starts_with(&format!("POST {PATH} HTTP/1.1\r\n")),
                        "{what}: {}",
                        asked.head
                    );
                    assert_eq!(asked.header("host"), Some(house.upstream.address.to_string().as_str()));
                }
            }
        });
    }

    #[test]
    fn a_path_that_is_not_written_as_the_service_writes_it_is_no_services() {
        block_on(async {
            let house = house();
            let mut gemeente = house.consumer("gemeente").await;
            for path in [
                format!("/{PATH}"),
                format!("{PATH}/"),
                format!("{PATH}?"),
                format!("{PATH}?wsdl"),
                format!("{PATH};jsessionid=1"),
                PATH.replace("/soap", "/./soap"),
                PATH.replace("/soap", "/x/../soap"),
                PATH.replace("/soap", "//soap"),
                PATH.replace("soap", "%73oap"),
                PATH.replace("soap", "SOAP"),
                PATH.replace("/soap", "%2fsoap"),
                PATH.replace("/soap", "\\soap"),
                format!("{ANY_PATH}%00"),
                "*".to_owned(),
            ] {
                let got = raw(&house, format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{}", question().len(), question())).await;
                assert!(
                    got.starts_with("HTTP/1.1 400 ") || got.contains("<Waarde>unknown-service</Waarde>"),
                    "{path}: {got}"
                );
            }
            assert!(house.upstream.asked().is_empty());
            assert_eq!(gemeente.ask(PATH, question()).await.text(), stripped(1));
        });
    }

    #[test]
    fn headers_that_stand_for_an_identity_or_another_address_stay_here() {
        block_on(async {
            let house = house();
            let mut request = post(PATH, question());
            let gone = [
                "forwarded",
                "x-forwarded-for",
                "x-forwarded-host",
                "x-forwarded-tls-client-cert",
                "x_forwarded_client_cert",
                "x-real-ip",
                "x-ssl-client-s-dn",
                "ssl_client_cert",
                "ssl-client-verify",
                "x-client-dn",
                "x-client-cert",
                "x-arr-clientcert",
                "x-original-url",
                "x-rewrite-url",
                "x-http-method-override",
                "x-method-override",
                "x-http-method",
                "http2-settings",
            ];
            for name in gone {
                request.headers_mut().insert(name, "CN=inspectie".parse().unwrap());
            }
            request
                .headers_mut()
                .insert("connection", "content-type, host, belgov-trace-id, content-length".parse().unwrap());
            house.consumer("gemeente").await.send(request).await;
            let asked = &house.upstream.asked()[0];
            for name in gone {
                assert_eq!(asked.header(name), None, "{name}");
            }
            assert_eq!(asked.header("content-type"), Some("text/xml;charset=UTF-8"));
            assert_eq!(asked.header("content-length"), Some(question().len().to_string().as_str()));
            assert_eq!(asked.header("host"), Some(house.upstream.address.to_string().as_str()));
        });
    }
}

mod upstream_out_of_step {
    use super::*;

    /// With a name of their own in it.
    fn own(name: &str) -> String {
        with_content("GeefOnderneming", &format!("<Naam>{name}</Naam>"))
    }

    #[test]
    fn no_consumer_is_answered_on_another_ones_connection() {
        block_on(async {
            let house = House::new(Arc::new(|asked| ok(&own(&asked.connection.to_string()))));
            // One worker has both, whichever that is.
            let mut seen = Vec::new();
            for _ in 0..3 {
                for (name, uri) in [("gemeente", GEMEENTE), ("inspectie", INSPECTIE)] {
                    house.consumer(name).await.ask(PATH, Question::from(uri).xml()).await;
                    let asked = house.upstream.asked();
                    seen.push((asked.last().unwrap().connection, name));
                }
            }
            for (connection, name) in &seen {
                assert!(seen.iter().all(|(other, who)| other != connection || who == name), "{seen:?}");
            }
        });
    }

    #[test]
    fn a_second_answer_behind_the_first_is_nobodys() {
        block_on(async {
            let script: Script = Arc::new(|asked| match asked.connection {
                0 => {
                    let mut steps = ok(&own("eerste"));
                    let Some(Step::Send(second)) = ok(&own("tweede")).pop() else { unreachable!() };
                    let Some(Step::Send(first)) = steps.first_mut() else { unreachable!() };
                    first.extend(second);
                    steps
                }
                _ => ok(&own("juist")),
            });
            let house = House::new(script);
            let mut gemeente = house.consumer("gemeente").await;
            assert_eq!(gemeente.ask(PATH, question()).await.text(), own("eerste"));
            assert_eq!(gemeente.ask(PATH, question()).await.text(), own("juist"));
        });
    }

    #[test]
    fn an_answer_the_consumer_did_not_wait_for_is_nobodys() {
        block_on(async {
            let gate = Gate::default();
            let late = gate.clone();
            let script: Script = Arc::new(move |asked| match asked.connection {
                0 => [vec![Step::Await(late.clone())], ok(&own("laat"))].concat(),
                _ => ok(&own("juist")),
            });
            let plan = Plan::with(|settings| settings.workers = 1);
            let house = House::planned(plan, script);
            let mut stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await.unwrap();
            let body = question();
            let head = format!(
                "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            gate.reached(1).await;
            drop(stream);
            while !house.metrics().await.contains("reason=\"consumer-gone\"} 1\n") {}
            gate.open();
            assert_eq!(house.ask().await.text(), own("juist"));
            while !house.metrics().await.contains("poortwachter_calls_in_flight 0\n") {}
            assert_eq!(counted(&house).await, 2);
        });
    }

    #[test]
    fn an_answer_that_comes_before_the_request_was_read_costs_the_next_call_nothing() {
        block_on(async {
            let plan = Plan::with(|settings| {
                settings.workers = 1;
                settings.limits.request_body = 64 << 20;
            });
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            // Answers as soon as a head is in, and reads no body.
            std::thread::spawn(move || {
                let mut open = Vec::new();
                for socket in listener.incoming().map_while(Result::ok) {
                    let mut socket = socket;
                    let mut head = [0; 512];
                    let _ = std::io::Read::read(&mut socket, &mut head);
                    let Some(Step::Send(bytes)) = ok(&own("vroeg")).pop() else { unreachable!() };
                    let _ = std::io::Write::write_all(&mut socket, &bytes);
                    open.push(socket);
                }
            });
            let planned = Plan {
                settings: Box::new(move |settings| {
                    (plan.settings)(settings);
                    settings.upstream.port = port;
                }),
                ..Plan::default()
            };
            let house = House::planned(planned, always(ok("")));
            let long = question()
                .replace("</soapenv:Envelope>", &format!("</soapenv:Envelope>{}", " ".repeat(32 << 20)));
            assert_eq!(house.consumer("gemeente").await.ask(PATH, long).await.text(), own("vroeg"));
            assert_eq!(house.ask().await.text(), own("vroeg"));
        });
    }

    fn from_upstream(steps: Vec<Step>) -> (u16, String) {
        block_on(async {
            let house = House::new(always(steps));
            let got = house.ask().await;
            let said = format!("{:?} {:?}", got.headers, got.body);
            assert!(!said.contains(INSZ) && !said.contains(NAME), "{said}");
            assert_eq!(counted(&house).await, 1);
            (
                got.status.as_u16(),
                got.body.map_or_else(|cut| cut, |body| String::from_utf8_lossy(&body).into_owned()),
            )
        })
    }

    type Case = (&'static str, u16, Vec<Step>);

    /// Either withheld, or without the functionholder and otherwise whole.
    fn leak_nothing<const N: usize>(cases: [Case; N]) {
        for (what, status, steps) in cases {
            let (got, text) = from_upstream(steps);
            assert_eq!(got, status, "{what}: {text}");
            if status == 200 {
                assert!(!text.contains("Persoon"), "{what}: {text}");
                assert!(text.contains("<Aard>10006</Aard>"), "{what}: {text}");
            }
        }
    }

    const XML: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n";

    #[test]
    fn odd_framing_leaks_nothing() {
        let body = answer("GeefOnderneming");
        let (length, xml) = (body.len(), XML);
        let sent = |bytes: String| vec![Step::Send(bytes.into_bytes()), Step::Close];
        leak_nothing([
            (
                "early hints",
                200,
                sent(format!(
                    "HTTP/1.1 103 Early Hints\r\nX-Request-Id: {NAME}\r\n\r\n{xml}Content-Length: {length}\r\n\r\n{body}"
                )),
            ),
            (
                "a reason",
                200,
                sent(format!(
                    "HTTP/1.1 200 {NAME}\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{body}"
                )),
            ),
            (
                "trailers",
                200,
                sent(format!(
                    "{xml}Transfer-Encoding: chunked\r\nTrailer: X-Request-Id\r\n\r\n{length:x}\r\n{body}\r\n0\r\nX-Request-Id: {NAME}\r\n\r\n"
                )),
            ),
            (
                "both lengths",
                200,
                sent(format!(
                    "{xml}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
                )),
            ),
            (
                "a chunk extension",
                200,
                sent(format!(
                    "{xml}Transfer-Encoding: chunked\r\n\r\n{length:x};n={NAME}\r\n{body}\r\n0\r\n\r\n"
                )),
            ),
            ("until closed", 200, sent(format!("{xml}\r\n{body}"))),
            (
                "switching",
                502,
                sent(format!("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n{body}")),
            ),
            (
                "two lengths",
                502,
                sent(format!("{xml}Content-Length: {length}\r\nContent-Length: 3\r\n\r\n{body}")),
            ),
            (
                "folded",
                502,
                sent(format!("{xml}X-Request-Id: a\r\n {NAME}\r\nContent-Length: {length}\r\n\r\n{body}")),
            ),
            (
                "gzip as a transfer coding",
                502,
                sent(format!("{xml}Transfer-Encoding: gzip, chunked\r\n\r\n3\r\n\x1f\x08\x01\r\n0\r\n\r\n")),
            ),
            (
                "utf-16",
                502,
                vec![Step::Send(
                    [
                        format!("{xml}Content-Length: {}\r\n\r\n", 2 * length + 2).into_bytes(),
                        vec![0xff, 0xfe],
                        body.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                    ]
                    .concat(),
                )],
            ),
        ]);
    }

    #[test]
    fn another_encoding_however_it_is_said_is_withheld() {
        let body = answer("GeefOnderneming");
        let typed = |kind: &str| with_head(&format!("HTTP/1.1 200 OK\r\n{kind}\r\n"), &body);
        leak_nothing([
            ("charset twice", 502, typed("Content-Type: text/xml; charset=utf-8; charset=utf-16")),
            ("charset in quotes", 502, typed("Content-Type: text/xml; x=\"a; charset=utf-16\"")),
            ("charset in pieces", 502, typed("Content-Type: text/xml; charset*0=utf-; charset*1=16")),
            ("charset extended", 502, typed("Content-Type: text/xml; charset*=us-ascii''utf-7")),
            ("utf-7", 502, typed("Content-Type: text/xml; charset=utf-7")),
            ("identity and gzip", 502, typed("Content-Type: text/xml\r\nContent-Encoding: identity, gzip")),
            (
                "gzip apart",
                502,
                typed("Content-Type: text/xml\r\nContent-Encoding: identity\r\nContent-Encoding: gzip"),
            ),
            ("a type in a list", 502, typed("Content-Type: text/xml, text/html")),
        ]);
    }

    #[test]
    fn odd_markup_leaks_nothing() {
        let body = answer("GeefOnderneming");
        leak_nothing([
            (
                "multiRef",
                502,
                ok(&body.replace(
                    "</s:Body>",
                    &format!("<multiRef id=\"p1\"><INSZ>{INSZ}</INSZ></multiRef></s:Body>"),
                )),
            ),
            (
                "multiRef inside",
                502,
                ok(&with_content(
                    "GeefOnderneming",
                    &format!(
                        "<Functies><Functie><Persoon href=\"#p1\"/></Functie></Functies><multiRef id=\"p1\"><AchterNaam>{NAME}</AchterNaam></multiRef>"
                    ),
                )),
            ),
            (
                "attributes",
                502,
                ok(&with_content(
                    "GeefOnderneming",
                    &format!("<Functies><Functie INSZ=\"{INSZ}\"/></Functies>"),
                )),
            ),
            ("another case around it", 200, ok(&body.replace("Functie", "functie"))),
            ("another wrapper", 502, ok(&body.replace("Persoon>", "NatuurlijkPersoon>"))),
            (
                "another prefix",
                200,
                ok(&body
                    .replace("<Persoon>", "<p:Persoon xmlns:p=\"urn:p\">")
                    .replace("</Persoon>", "</p:Persoon>")),
            ),
            (
                "nil",
                200,
                ok(&body.replace(
                    "<Persoon>",
                    "<Persoon xsi:nil=\"true\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">",
                )),
            ),
            (
                "a wrapper inside",
                200,
                ok(&body
                    .replace("<INSZ>", "<Identiteit><INSZ>")
                    .replace("</Persoon>", "</Identiteit></Persoon>")),
            ),
            (
                "an error that quotes",
                200,
                ok(&with_content(
                    "GeefOnderneming",
                    &format!("<Uitzondering><Annotatie Waarde=\"{INSZ}\"/></Uitzondering><Aard>10006</Aard>"),
                )),
            ),
        ]);
    }
}

mod records {
    use super::*;

    async fn send(house: &House, bytes: &str) -> tokio_rustls::client::TlsStream<tokio::net::TcpStream> {
        let mut stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        stream
    }

    #[test]
    fn every_way_to_go_away_leaves_one_record() {
        block_on(async {
            let body = question();
            let head = format!(
                "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let long = long_answer(20_000);
            let begun = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{}",
                long.len(),
                &long[..long.len() / 2]
            );
            let gate = Gate::default();
            for (what, request, steps) in [
                ("in its body", format!("{head}<s"), vec![]),
                ("before the answer", format!("{head}{body}"), vec![Step::Await(gate.clone())]),
                (
                    "in the answer",
                    format!("{head}{body}"),
                    vec![Step::Send(begun.into_bytes()), Step::Await(gate.clone())],
                ),
            ] {
                let house = House::new(always(steps));
                let mut stream = send(&house, &request).await;
                match what {
                    "in its body" => while !house.metrics().await.contains("calls_in_flight 1\n") {},
                    "in the answer" => stream.read_exact(&mut vec![0; 20_000]).await.map(drop).unwrap(),
                    _ => {
                        while house.upstream.asked().is_empty() {
                            tokio::task::yield_now().await;
                        }
                    }
                }
                drop(stream);
                while !house.metrics().await.contains("poortwachter_calls_in_flight 0\n") {}
                while !house.metrics().await.contains("poortwachter_connections 0\n") {}
                while counted(&house).await == 0 {}
                assert_eq!(counted(&house).await, 1, "{what}");
                assert!(
                    house.metrics().await.contains("verdict=\"abandoned\",reason=\"consumer-gone\"} 1\n"),
                    "{what}"
                );
            }
            gate.open();
        });
    }

    #[test]
    fn streams_that_are_reset_leave_one_record_each_and_no_place_taken() {
        block_on(async {
            let gate = Gate::default();
            let house = House::new(always(vec![Step::Await(gate.clone())]));
            let stream = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
            let mut calls = Vec::new();
            let (line, connection) =
                hyper::client::conn::http2::handshake::<_, _, http_body_util::Full<bytes::Bytes>>(
                    hyper_util::rt::TokioExecutor::new(),
                    hyper_util::rt::TokioIo::new(stream),
                )
                .await
                .unwrap();
            tokio::spawn(connection);
            for _ in 0..30 {
                let mut line = line.clone();
                let request = post(&format!("https://localhost{PATH}"), question());
                calls.push(tokio::spawn(async move { line.send_request(request).await.is_ok() }));
            }
            while house.upstream.asked().len() < 30 {
                tokio::task::yield_now().await;
            }
            calls.iter().for_each(tokio::task::JoinHandle::abort);
            while !house.metrics().await.contains("poortwachter_calls_in_flight 0\n") {}
            assert_eq!(counted(&house).await, 30);
            gate.open();
            drop(line);
        });
    }

    #[test]
    fn an_answer_that_nobody_reads_keeps_its_place_among_the_calls() {
        block_on(async {
            let plan = Plan::with(|settings| settings.limits.calls = 2);
            let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
            let stream = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
            let (mut line, connection) =
                hyper::client::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new())
                    .initial_stream_window_size(0)
                    .handshake::<_, http_body_util::Full<bytes::Bytes>>(hyper_util::rt::TokioIo::new(stream))
                    .await
                    .unwrap();
            tokio::spawn(connection);
            let request = || post(&format!("https://localhost{PATH}"), question());
            let mut unread = Vec::new();
            for _ in 0..2 {
                let response = line.send_request(request()).await.unwrap();
                assert_eq!(response.status(), 200);
                unread.push(response);
            }
            assert_eq!(line.send_request(request()).await.unwrap().status(), 503);
            drop(unread);
            while !house.metrics().await.contains("poortwachter_calls_in_flight 0\n") {}
            assert_eq!(line.send_request(request()).await.unwrap().status(), 200);
        });
    }

    #[test]
    fn head_and_get_and_options_are_told_the_method_and_counted() {
        block_on(async {
            let house = house();
            for method in ["HEAD", "GET", "OPTIONS", "CONNECT", "PUT"] {
                let target = if method == "CONNECT" { "x:443" } else { PATH };
                let got = raw(
                    &house,
                    format!("{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
                )
                .await;
                assert!(got.starts_with("HTTP/1.1 405 "), "{method}: {got}");
            }
            assert_eq!(counted(&house).await, 5);
        });
    }

    #[test]
    fn a_hundred_thousand_elements_are_refused_at_once() {
        block_on(async {
            let plan = Plan::with(|settings| settings.limits.request_body = 4 << 20);
            let house = House::planned(plan, always(ok("")));
            let mut gemeente: Consumer = house.consumer("gemeente").await;
            for body in [
                "<a>".repeat(100_000),
                format!("<a b='{}'/>", "x".repeat(1 << 20)),
                format!("<{}/>", "a".repeat(1 << 20)),
                question().replace("<Criteria>", &format!("<Criteria>{}", "<a>".repeat(100_000))),
            ] {
                let got = gemeente.ask(PATH, body).await;
                assert!(got.text().contains("geen eenduidige SOAP 1.1-envelop"), "{}", got.text());
            }
            let deep = format!("<Functies>{}</Functies>", "<a>".repeat(100_000));
            let house = House::new(always(ok(&with_content("GeefOnderneming", &deep))));
            let got = house.ask().await;
            assert_eq!(got.status.as_u16(), 200, "nothing in it concerns the filter");
            assert!(got.text().contains(&deep), "it leaves as it came");
            let deep = format!("<Uitzondering>{}</Uitzondering>", "<a>".repeat(100_000));
            let house = House::new(always(ok(&with_content("GeefOnderneming", &deep))));
            assert_eq!(house.ask().await.status.as_u16(), 502, "an error is read to its last detail");
        });
    }

    #[test]
    fn a_certificate_of_a_person_is_not_logged_by_name() {
        block_on(async {
            let house = house();
            let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.distinguished_name.push(rcgen::DnType::CommonName, "Leen Proefpersoon (Authentication)");
            params.distinguished_name.push(rcgen::DnType::CustomDnType(vec![2, 5, 4, 4]), "Proefpersoon");
            params.distinguished_name.push(rcgen::DnType::CustomDnType(vec![2, 5, 4, 5]), "83670812399");
            let who = house.authority.issue_with("eid", &params);
            let stream = house.tls(&who, &["http/1.1"]).await.unwrap();
            let got = Consumer::over(stream).await.ask(PATH, question()).await;
            assert_eq!(got.reason(), "unknown-consumer");
            assert!(!logged().contains("Proefpersoon") && !logged().contains("83670812399"));
        });
    }

    #[test]
    fn a_certificate_that_expires_takes_its_open_connections_along() {
        block_on(async {
            let plan =
                Plan::with(|settings| settings.registry.max_age = std::time::Duration::from_hours(9999));
            let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
            let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.distinguished_name.push(rcgen::DnType::CountryName, "BE");
            params.distinguished_name.push(rcgen::DnType::OrganizationName, "Proef");
            params.distinguished_name.push(rcgen::DnType::CommonName, "gemeente");
            params.not_after = rcgen::date_time_ymd(2027, 1, 1);
            let who = house.authority.issue_with("short", &params);
            let stream = house.tls(&who, &["http/1.1"]).await.unwrap();
            let mut gemeente = Consumer::over(stream).await;
            assert_eq!(gemeente.ask(PATH, question()).await.text(), stripped(1));
            house.time.set("2027-01-01T00:00:00Z");
            assert_eq!(gemeente.ask(PATH, question()).await.text(), stripped(1));
            house.time.set("2027-01-01T00:00:01Z");
            assert_eq!(gemeente.ask(PATH, question()).await.reason(), "unknown-consumer");
            gemeente.closed().await;
            assert_eq!(house.upstream.asked().len(), 2);
        });
    }
}

mod floods {
    use super::*;

    #[test]
    fn streams_reset_as_fast_as_they_are_opened_end_the_connection_and_no_other() {
        block_on(async {
            let house = house();
            let mut other = house.consumer("gemeente").await;
            let stream = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
            let (line, connection) =
                hyper::client::conn::http2::handshake::<_, _, http_body_util::Full<bytes::Bytes>>(
                    hyper_util::rt::TokioExecutor::new(),
                    hyper_util::rt::TokioIo::new(stream),
                )
                .await
                .unwrap();
            let ended = tokio::spawn(connection);
            while !ended.is_finished() {
                let calls: Vec<_> = (0..50)
                    .map(|_| {
                        let mut line = line.clone();
                        let request = post(&format!("https://localhost{PATH}"), question());
                        tokio::spawn(async move { line.send_request(request).await.is_ok() })
                    })
                    .collect();
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
                calls.iter().for_each(tokio::task::JoinHandle::abort);
            }
            while !house.metrics().await.contains("poortwachter_calls_in_flight 0\n") {}
            assert_eq!(other.ask(PATH, question()).await.text(), stripped(1));
        });
    }
}
