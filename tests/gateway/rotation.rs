//! Certificates, keys and authorities are replaced while the gateway serves.

use std::path::Path;
use std::time::Duration;

use poortwachter::config::Door;

use crate::house::{
    Answer, Authority, Consumer, GEMEENTE, House, Identity, Plan, block_on, client_config, logged,
};
use crate::messages::{PATH, Question, answer, stripped};
use crate::upstream::{always, ok};

fn house(plan: Plan) -> House {
    House::planned(plan, always(ok(&answer("GeefOnderneming"))))
}

async fn ask(consumer: &mut Consumer) -> Answer {
    consumer.ask(PATH, Question::from(GEMEENTE).xml()).await
}

fn replace(place: &Path, with: &Path) {
    std::fs::copy(with, place).unwrap();
}

/// The certificate that the gateway shows to a new connection.
async fn shown(house: &House) -> Vec<u8> {
    let stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

fn der(who: &Identity) -> Vec<u8> {
    use rustls::pki_types::pem::PemObject;
    rustls::pki_types::CertificateDer::from_pem_file(&who.certificate).unwrap().to_vec()
}

#[test]
fn a_new_server_certificate_is_shown_to_new_connections_and_open_ones_go_on() {
    block_on(async {
        let house = house(Plan::default());
        let mut open = house.consumer("gemeente").await;
        assert_eq!(ask(&mut open).await.text(), stripped(1));
        let old = shown(&house).await;
        let new = house.identity("gateway");
        house.running().reload().await;
        assert_eq!(shown(&house).await, der(&new));
        assert_ne!(old, der(&new));
        assert_eq!(ask(&mut open).await.text(), stripped(1));
        let metrics = house.metrics().await;
        assert!(
            metrics.contains("poortwachter_tls_reloads_total{files=\"listener\",result=\"swapped\"} 1\n")
        );
    });
}

#[test]
fn kubernetes_swap_of_a_link_is_noticed_without_a_signal() {
    block_on(async {
        let plan = Plan {
            papers: Box::new(|authority, settings| {
                settings.registry.poll = Duration::from_millis(10);
                let Door::Mutual(tls) = &mut settings.listener.door else { panic!("mutual") };
                let place = tls.certificate.parent().unwrap().to_owned();
                for (generation, name) in [("..one", "gateway"), ("..two", "gateway-two")] {
                    let who = authority.issue(name);
                    std::fs::create_dir(place.join(generation)).unwrap();
                    replace(&place.join(generation).join("tls.crt"), &who.certificate);
                    replace(&place.join(generation).join("tls.key"), &who.key);
                }
                std::os::unix::fs::symlink("..one", place.join("..data")).unwrap();
                for name in ["tls.crt", "tls.key"] {
                    std::os::unix::fs::symlink(format!("..data/{name}"), place.join(name)).unwrap();
                }
                (tls.certificate, tls.key) = (place.join("tls.crt"), place.join("tls.key"));
            }),
            ..Plan::default()
        };
        let house = house(plan);
        let here = house.directory.path();
        let mut open = house.consumer("gemeente").await;
        let old = shown(&house).await;
        std::os::unix::fs::symlink("..two", here.join("..data_tmp")).unwrap();
        std::fs::rename(here.join("..data_tmp"), here.join("..data")).unwrap();
        while shown(&house).await == old {}
        assert_eq!(ask(&mut open).await.text(), stripped(1));
    });
}

#[test]
fn half_a_change_keeps_the_old_files_in_service_and_is_told_once() {
    block_on(async {
        let house = house(Plan::default());
        let here = house.directory.path().to_owned();
        let old = shown(&house).await;
        let faulty = |metrics: &str, is: u8, times: u8| {
            let gauge = format!("poortwachter_tls_files_faulty{{files=\"listener\"}} {is}\n");
            let count =
                format!("poortwachter_tls_reloads_total{{files=\"listener\",result=\"faulty\"}} {times}\n");
            metrics.contains(&gauge) && metrics.contains(&count)
        };
        let (whole, other) = (std::fs::read(here.join("gateway.crt")).unwrap(), house.identity("other"));
        replace(&here.join("gateway.crt"), &other.certificate);
        house.running().reload().await;
        assert!(faulty(&house.metrics().await, 1, 1));
        assert!(logged().contains("do not go together"), "the log names the files");
        std::fs::write(here.join("gateway.crt"), &whole[..whole.len() / 2]).unwrap();
        house.running().reload().await;
        assert!(faulty(&house.metrics().await, 1, 2));
        std::fs::remove_file(here.join("gateway.crt")).unwrap();
        house.running().reload().await;
        assert!(faulty(&house.metrics().await, 1, 3));
        assert_eq!(shown(&house).await, old);
        std::fs::write(here.join("gateway.crt"), &whole).unwrap();
        house.running().reload().await;
        assert!(faulty(&house.metrics().await, 0, 3));
        assert_eq!(shown(&house).await, old);
    });
}

#[test]
fn an_authority_that_is_replaced_takes_the_connections_it_vouched_for_along() {
    block_on(async {
        let house = house(Plan::default());
        let here = house.directory.path().to_owned();
        let elsewhere = tempfile::tempdir().unwrap();
        let new = Authority::new(elsewhere.path(), "new");
        let who = new.issue("gemeente");
        assert!(house.turns_away(&who).await);
        let mut open = house.consumer("gemeente").await;
        assert_eq!(ask(&mut open).await.text(), stripped(1));
        // Both, for the time of the change; then the new one alone.
        let old = std::fs::read(here.join("client.ca.pem")).unwrap();
        let own = here.join("old.ca.pem");
        std::fs::write(&own, &old).unwrap();
        let added = std::fs::read(elsewhere.path().join("new.ca.pem")).unwrap();
        std::fs::write(here.join("client.ca.pem"), [old, added.clone()].concat()).unwrap();
        house.running().reload().await;
        assert_eq!(ask(&mut open).await.text(), stripped(1));
        let connect = async |who: &Identity| {
            let config = client_config(&own, Some(who));
            let socket = tokio::net::TcpStream::connect(house.address).await.unwrap();
            let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
            Consumer::over(connector.connect("localhost".try_into().unwrap(), socket).await.unwrap()).await
        };
        let mut changed = connect(&who).await;
        assert_eq!(ask(&mut changed).await.text(), stripped(1));
        std::fs::write(here.join("client.ca.pem"), added).unwrap();
        house.running().reload().await;
        assert_eq!(ask(&mut open).await.reason(), "unknown-consumer");
        open.closed().await;
        assert_eq!(ask(&mut changed).await.text(), stripped(1));
    });
}

fn behind_tls() -> House {
    house(Plan { upstream_tls: true, ..Plan::default() })
}

#[test]
fn a_new_identity_towards_the_upstream_is_used_from_the_next_call_on() {
    block_on(async {
        let house = behind_tls();
        let mut consumer = house.consumer("gemeente").await;
        for _ in 0..2 {
            assert_eq!(ask(&mut consumer).await.text(), stripped(1));
        }
        let connections = || house.upstream.asked().iter().map(|asked| asked.connection).collect::<Vec<_>>();
        assert_eq!(connections(), [0, 0], "kept");
        house.running().reload().await;
        assert_eq!(ask(&mut consumer).await.text(), stripped(1));
        assert_eq!(connections(), [0, 0, 0], "nothing changed");
        house.identity("gateway-client");
        house.running().reload().await;
        assert_eq!(ask(&mut consumer).await.text(), stripped(1));
        assert_eq!(connections(), [0, 0, 0, 1], "made with the new identity");
        // The upstream knows nothing of this one's authority: were an old connection used, the call would pass.
        let elsewhere = tempfile::tempdir().unwrap();
        let stranger = Authority::new(elsewhere.path(), "stranger").issue("gateway-client");
        replace(&house.directory.path().join("gateway-client.crt"), &stranger.certificate);
        replace(&house.directory.path().join("gateway-client.key"), &stranger.key);
        house.running().reload().await;
        assert_eq!(ask(&mut consumer).await.status.as_u16(), 502);
        assert_eq!(house.upstream.asked().len(), 4);
    });
}

#[test]
fn an_upstream_that_new_authorities_do_not_vouch_for_gets_no_further_call() {
    block_on(async {
        let plan = Plan {
            upstream_tls: true,
            papers: Box::new(|authority, settings| {
                let own = std::fs::read(authority.file("x", "").with_file_name("client.ca.pem")).unwrap();
                let tls = settings.upstream.tls.as_mut().unwrap();
                tls.ca = authority.file("upstream.ca.pem", own);
            }),
            ..Plan::default()
        };
        let house = house(plan);
        let mut consumer = house.consumer("gemeente").await;
        assert_eq!(ask(&mut consumer).await.text(), stripped(1));
        let elsewhere = tempfile::tempdir().unwrap();
        let _new = Authority::new(elsewhere.path(), "new");
        replace(&house.directory.path().join("upstream.ca.pem"), &elsewhere.path().join("new.ca.pem"));
        house.running().reload().await;
        assert_eq!(ask(&mut consumer).await.status.as_u16(), 502);
        assert_eq!(house.upstream.asked().len(), 1);
    });
}
