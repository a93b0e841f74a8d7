//! Who comes in.

use std::time::Duration;

use poortwachter::config::Door;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{Authority, Consumer, GEMEENTE, House, INSPECTIE, Plan, block_on, logged};
use crate::messages::{PATH, Question, answer, stripped};
use crate::upstream::{always, ok};

fn house() -> House {
    House::new(always(ok(&answer("GeefOnderneming"))))
}

#[test]
fn a_certificate_of_another_authority_ends_the_handshake() {
    block_on(async {
        let house = house();
        let elsewhere = tempfile::tempdir().unwrap();
        let stranger = Authority::new(elsewhere.path(), "other").issue("gemeente");
        // In TLS 1.3 the client learns it with its first read.
        let refused = match house.tls(&stranger, &["http/1.1"]).await {
            Err(_) => true,
            Ok(mut stream) => {
                let _ = stream.write_all(b"POST / HTTP/1.1\r\n\r\n").await;
                stream.read_u8().await.is_err()
            }
        };
        assert!(refused);
        assert!(house.upstream.asked().is_empty());
    });
}

#[test]
fn nobody_comes_in_without_a_certificate() {
    block_on(async {
        let house = house();
        let config = crate::house::client_config(&house.directory.path().join("client.ca.pem"), None);
        let socket = TcpStream::connect(house.address).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
        let refused = match connector.connect("localhost".try_into().unwrap(), socket).await {
            Err(_) => true,
            Ok(mut stream) => stream.read_u8().await.is_err(),
        };
        assert!(refused);
    });
}

#[test]
fn a_certificate_nobody_registered_is_refused_and_logged_for_the_administrator() {
    block_on(async {
        let house = house();
        let mut stranger = house.consumer("nieuweling").await;
        for _ in 0..2 {
            let refusal = stranger.ask(PATH, Question::from(GEMEENTE).xml()).await;
            assert_eq!((refusal.status.as_u16(), refusal.reason().as_str()), (200, "unknown-consumer"));
        }
        assert!(house.upstream.asked().is_empty());
        let said = logged().matches("CN=nieuweling,O=Proef,C=BE").count();
        assert_eq!(said, 1, "once per connection");
    });
}

#[test]
fn a_uri_of_somebody_else_is_refused() {
    block_on(async {
        let house = house();
        let mut gemeente = house.consumer("gemeente").await;
        for uri in [INSPECTIE, "gemeente.be/ipdc1 ", "Gemeente.be/ipdc1"] {
            let refusal = gemeente.ask(PATH, Question::from(uri).xml()).await;
            assert_eq!(refusal.reason(), "sender-not-registered", "{uri}");
        }
        assert!(house.upstream.asked().is_empty());
    });
}

#[test]
fn http_2_and_http_1_1_are_chosen_by_alpn_and_answer_the_same() {
    block_on(async {
        let house = house();
        let who = house.identity("gemeente");
        let stream = house.tls(&who, &["h2", "http/1.1"]).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let two = Consumer::over_h2(stream).await.ask(&uri(PATH), Question::from(GEMEENTE).xml()).await;
        let one = house.ask().await;
        assert_eq!(two.text(), one.text());
        assert_eq!(two.text(), stripped(1));
    });
}

fn uri(path: &str) -> String {
    format!("https://localhost{path}")
}

#[test]
fn whoever_reaches_the_plain_door_is_the_consumer_it_stands_for() {
    block_on(async {
        let plan = Plan::with(|settings| {
            settings.listener.door = Door::Plain { consumer: "gemeente".to_owned() };
        });
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        let mut anyone = Consumer::over(TcpStream::connect(house.address).await.unwrap()).await;
        assert_eq!(anyone.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        let other = anyone.ask(PATH, Question::from(INSPECTIE).xml()).await;
        assert_eq!(other.reason(), "sender-not-registered");
    });
}

#[test]
fn a_registry_without_the_plain_door_s_consumer_is_faulty_and_the_old_one_serves() {
    block_on(async {
        let plan = Plan::with(|settings| {
            settings.listener.door = Door::Plain { consumer: "gemeente".to_owned() };
        });
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        let mut anyone = Consumer::over(TcpStream::connect(house.address).await.unwrap()).await;
        let file = house.directory.path().join("registry/gemeente.toml");
        let text = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        for _ in 0..2 {
            house.running().reload().await;
            assert!(house.metrics().await.contains("poortwachter_registry_faulty 1"));
            assert_eq!(anyone.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        }
        std::fs::write(&file, text).unwrap();
        house.running().reload().await;
        assert!(house.metrics().await.contains("poortwachter_registry_faulty 0"));
    });
}

#[test]
fn what_is_worth_a_warning_is_told_at_a_reload_too() {
    block_on(async {
        let house = house();
        let file = house.directory.path().join("registry/gemeente.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let (before, rest) = text.split_once("[disclaimer]").unwrap();
        let after = rest.find("\n[").map_or("", |at| &rest[at..]);
        std::fs::write(&file, format!("{before}{after}").replace("gemeente", "vergeten")).unwrap();
        house.running().reload().await;
        assert!(logged().contains("no call of `vergeten` for `kbo-vkbo` data can pass"), "{}", logged());
    });
}

#[test]
fn a_revocation_bites_on_an_open_connection() {
    block_on(async {
        let house = house();
        let mut gemeente = house.consumer("gemeente").await;
        assert_eq!(gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        std::fs::remove_file(house.directory.path().join("registry/gemeente.toml")).unwrap();
        house.running().reload().await;
        assert_eq!(gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.reason(), "unknown-consumer");
    });
}

#[test]
fn more_connections_than_the_limit_are_closed_at_once() {
    block_on(async {
        let plan = Plan::with(|settings| settings.limits.connections = 1);
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        let mut first = house.consumer("gemeente").await;
        assert_eq!(first.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        assert!(house.tls(&house.identity("inspectie"), &[]).await.is_err());
        assert_eq!(first.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        assert!(house.metrics().await.contains("poortwachter_connections_refused_total{limit=\"all\"} 1\n"));
    });
}

#[test]
fn a_handshake_that_is_not_finished_in_time_is_broken_off() {
    block_on(async {
        let plan = Plan::with(|settings| settings.limits.receive = Duration::from_millis(100));
        let house = House::planned(plan, always(ok("")));
        let mut socket = TcpStream::connect(house.address).await.unwrap();
        socket.write_all(&[0x16, 0x03, 0x01]).await.unwrap();
        let mut rest = Vec::new();
        // Returns only because the gateway closes.
        let _ = socket.read_to_end(&mut rest).await;
    });
}
