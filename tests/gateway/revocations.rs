//! Certificates that were revoked, whose lists are overdue, or about which there is no list.

use std::sync::Arc;
use std::time::Duration;

use poortwachter::config::{Door, Doubt};
use rustls::HandshakeKind;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::house::{
    Answer, Authority, Consumer, GEMEENTE, House, Identity, Plan, block_on, client_config, logged,
};
use crate::messages::{PATH, Question, answer, stripped};
use crate::upstream::{always, ok};

const DUE: &str = "2026-11-24T12:00:00Z";
const SERIAL: u64 = 4711;

/// A gateway whose only list says that nothing is revoked, until [`DUE`].
fn house(change: impl FnOnce(&Authority, &mut poortwachter::config::Clients) + 'static) -> House {
    let plan = Plan {
        papers: Box::new(|authority, settings| {
            settings.registry.max_age = Duration::from_hours(9999);
            let Door::Mutual(tls) = &mut settings.listener.door else { panic!("mutual") };
            tls.clients.revocations = vec![authority.file("client.crl", authority.revoke(&[], DUE))];
            change(authority, &mut tls.clients);
        }),
        ..Plan::default()
    };
    House::planned(plan, always(ok(&answer("GeefOnderneming"))))
}

fn gemeente(house: &House) -> Identity {
    house.authority.issue_changed("numbered", "gemeente", |params| params.serial_number = Some(SERIAL.into()))
}

async fn revoke(house: &House) {
    house.authority.file("client.crl", house.authority.revoke(&[SERIAL], DUE));
    house.running().reload().await;
}

async fn ask(consumer: &mut Consumer) -> Answer {
    consumer.ask(PATH, Question::from(GEMEENTE).xml()).await
}

#[test]
fn a_certificate_revoked_while_its_connection_is_open_is_refused_at_the_next_call() {
    block_on(async {
        let house = house(|_, _| {});
        let who = gemeente(&house);
        let mut one = house.consumer_as(&who).await;
        let mut two = Consumer::over_h2(house.tls(&who, &["h2"]).await.unwrap()).await;
        let mut other = house.consumer("gemeente").await;
        let uri = format!("https://localhost{PATH}");
        assert_eq!(ask(&mut one).await.text(), stripped(1));
        assert_eq!(two.ask(&uri, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        revoke(&house).await;
        assert_eq!(ask(&mut one).await.reason(), "unknown-consumer");
        assert_eq!(two.ask(&uri, Question::from(GEMEENTE).xml()).await.reason(), "unknown-consumer");
        one.closed().await;
        two.closed().await;
        assert!(house.turns_away(&who).await);
        assert_eq!(ask(&mut other).await.text(), stripped(1), "another certificate of the same consumer");
        assert_eq!(house.upstream.asked().len(), 3);
        house.measured("poortwachter_certificates_refused_total{reason=\"revoked\"} 3").await;
    });
}

#[test]
fn a_resumed_session_does_not_get_round_a_revocation_nor_an_end() {
    block_on(async {
        let house = house(|_, _| {});
        let who = house.authority.issue_changed("numbered", "gemeente", |params| {
            params.serial_number = Some(SERIAL.into());
            params.not_after = rcgen::date_time_ymd(2026, 11, 25);
        });
        let config = client_config(&house.directory.path().join("client.ca.pem"), Some(&who));
        let connector = TlsConnector::from(Arc::new(config));
        let connect = async || {
            let socket = TcpStream::connect(house.address).await?;
            connector.connect("localhost".try_into().unwrap(), socket).await
        };
        let first = connect().await.unwrap();
        assert_eq!(first.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
        assert_eq!(ask(&mut Consumer::over(first).await).await.text(), stripped(1));
        let second = connect().await.unwrap();
        assert_eq!(second.get_ref().1.handshake_kind(), Some(HandshakeKind::Resumed), "the trap is armed");
        assert_eq!(ask(&mut Consumer::over(second).await).await.text(), stripped(1));

        house.time.set("2026-11-25T00:00:01Z");
        let resumed = connect().await.unwrap();
        assert_eq!(resumed.get_ref().1.handshake_kind(), Some(HandshakeKind::Resumed));
        assert_eq!(ask(&mut Consumer::over(resumed).await).await.reason(), "unknown-consumer");
        house.time.set("2026-11-24T10:00:00Z");

        revoke(&house).await;
        // What a client is told of a handshake that failed depends on how far it had come.
        if let Ok(stream) = connect().await {
            assert_ne!(stream.get_ref().1.handshake_kind(), Some(HandshakeKind::Resumed));
            let mut consumer = Consumer::over(stream).await;
            assert!(consumer.try_ask(PATH, Question::from(GEMEENTE).xml()).await.is_err());
        }
        assert_eq!(house.upstream.asked().len(), 2);
    });
}

#[test]
fn behind_an_overdue_list_nobody_is_known() {
    block_on(async {
        let house = house(|_, _| {});
        let who = gemeente(&house);
        let mut open = house.consumer_as(&who).await;
        assert_eq!(ask(&mut open).await.text(), stripped(1));
        house.time.set("2026-11-24T12:00:00Z");
        assert_eq!(ask(&mut open).await.reason(), "unknown-consumer");
        open.closed().await;
        assert!(house.turns_away(&who).await);
        house.measured("poortwachter_certificates_refused_total{reason=\"crl-expired\"} 2").await;
        let metrics = house.metrics().await;
        let due = "client.crl\"} 1795521600\n";
        assert!(
            metrics.contains("poortwachter_crl_next_update_timestamp_seconds{file=") && metrics.contains(due)
        );
        house.authority.file("client.crl", house.authority.revoke(&[], "2026-12-24T12:00:00Z"));
        house.running().reload().await;
        assert_eq!(ask(&mut house.consumer_as(&who).await).await.text(), stripped(1));
    });
}

#[test]
fn an_overdue_list_can_be_accepted_with_an_alarm() {
    block_on(async {
        let house = house(|_, clients| clients.overdue = Doubt::Accept);
        let mut open = house.consumer_as(&gemeente(&house)).await;
        house.time.set("2026-11-24T12:00:01Z");
        house.running().reload().await;
        assert_eq!(ask(&mut open).await.text(), stripped(1));
        assert_eq!(ask(&mut house.consumer_as(&gemeente(&house)).await).await.text(), stripped(1));
        assert!(logged().contains("a list of revoked certificates is overdue"));
        revoke(&house).await;
        assert_eq!(ask(&mut open).await.reason(), "unknown-consumer", "what it says still counts");
    });
}

/// Adds an authority of which there is no list.
fn beside(authority: &Authority, clients: &mut poortwachter::config::Clients) {
    let own = std::fs::read_to_string(&clients.authorities).unwrap();
    let other = Authority::new(clients.authorities.parent().unwrap(), "beside");
    other.issue("gemeente-beside");
    other.issue_changed("beside", "gemeente", |_| {});
    let both = own + &std::fs::read_to_string(clients.authorities.with_file_name("beside.ca.pem")).unwrap();
    clients.authorities = authority.file("both.pem", both);
}

fn of_the_other(house: &House) -> Identity {
    let at = |name: &str| house.directory.path().join(name);
    Identity { certificate: at("beside.crt"), key: at("beside.key") }
}

#[test]
fn where_there_are_lists_an_issuer_without_one_vouches_for_nobody() {
    block_on(async {
        let house = house(beside);
        assert!(house.turns_away(&of_the_other(&house)).await);
        assert_eq!(ask(&mut house.consumer_as(&gemeente(&house)).await).await.text(), stripped(1));
        house.measured("poortwachter_certificates_refused_total{reason=\"no-crl\"} 1").await;
    });
}

#[test]
fn an_issuer_without_a_list_can_be_accepted() {
    block_on(async {
        let house = house(|authority, clients| {
            beside(authority, clients);
            clients.unlisted = Doubt::Accept;
        });
        assert_eq!(ask(&mut house.consumer_as(&of_the_other(&house)).await).await.text(), stripped(1));
        revoke(&house).await;
        assert!(house.turns_away(&gemeente(&house)).await, "the list of the other one still counts");
    });
}

#[test]
fn a_list_in_pem_is_read_too_and_a_second_version_of_a_list_is_not() {
    block_on(async {
        let house = house(|_, _| {});
        let der = house.authority.revoke(&[SERIAL], DUE);
        let pem = openssl(&["crl", "-inform", "DER"], &der);
        assert!(pem.starts_with(b"-----BEGIN X509 CRL-----"));
        house.authority.file("client.crl", &pem);
        house.running().reload().await;
        assert!(house.turns_away(&gemeente(&house)).await);
        let newer = openssl(&["crl", "-inform", "DER"], &house.authority.revoke(&[], DUE));
        house.authority.file("client.crl", [pem, newer].concat());
        house.running().reload().await;
        assert!(house.metrics().await.contains("poortwachter_tls_files_faulty{files=\"listener\"} 1\n"));
        assert!(logged().contains("holds another list of an issuer whose list was read already"));
        assert!(house.turns_away(&gemeente(&house)).await, "the old files serve");
    });
}

#[test]
fn openssl_comes_in_and_once_revoked_it_does_not() {
    block_on(async {
        let house = house(|_, _| {});
        let who = gemeente(&house);
        let said = s_client(&house, &who).await;
        assert!(said.contains("HTTP/1.1 200 OK") && said.contains(&stripped(1)), "{said}");
        revoke(&house).await;
        let said = s_client(&house, &who).await;
        // What it is told depends on whether it was still writing.
        assert!(!said.contains("HTTP/1.1"), "{said}");
        house.measured("poortwachter_certificates_refused_total{reason=\"revoked\"} 1").await;
    });
}

/// A call by `openssl s_client`: what came back, and what it says of the connection.
async fn s_client(house: &House, who: &Identity) -> String {
    let body = Question::from(GEMEENTE).xml();
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: gateway.example\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (address, authority) = (house.address.to_string(), house.directory.path().join("client.ca.pem"));
    let (who, input) = (who.clone(), format!("{head}{body}"));
    tokio::task::spawn_blocking(move || {
        let path = |path: &std::path::Path| path.display().to_string();
        let (certificate, key, authority) = (path(&who.certificate), path(&who.key), path(&authority));
        let arguments = [
            "s_client",
            "-connect",
            &address,
            "-servername",
            "localhost",
            "-verify_return_error",
            "-CAfile",
            &authority,
            "-cert",
            &certificate,
            "-key",
            &key,
            "-quiet",
            "-ign_eof",
        ];
        String::from_utf8_lossy(&openssl(&arguments, input.as_bytes())).into_owned()
    })
    .await
    .unwrap()
}

/// What openssl answers, on both its outputs.
fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl is installed");
    // It may hang up before it has read all.
    let _ = child.stdin.take().unwrap().write_all(input);
    let said = child.wait_with_output().unwrap();
    [said.stdout, said.stderr].concat()
}
