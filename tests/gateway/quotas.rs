//! How much of the gateway one consumer gets, and one address.

use std::num::NonZeroU32;
use std::time::Duration;

use poortwachter::config;
use poortwachter::text::Limit;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::house::{Answer, GEMEENTE, House, INSPECTIE, Plan, block_on, gemeente, inspectie};
use crate::messages::{PATH, Question, answer, stripped};
use crate::upstream::{Gate, Step, always, ok};

fn at(most: u32) -> Limit {
    Limit::At(NonZeroU32::new(most).unwrap())
}

fn plan(quota: config::Quota) -> Plan {
    Plan::with(move |settings| settings.limits.per_consumer = quota)
}

fn per_second(rate: u32, burst: u32) -> config::Quota {
    config::Quota { calls_per_second: at(rate), burst: NonZeroU32::new(burst), concurrent_calls: Limit::Off }
}

fn is_throttled(got: &Answer, after: &str, limit: &str, policy: &str) {
    assert_eq!(got.status.as_u16(), 429);
    assert_eq!(got.header("retry-after"), Some(after));
    assert_eq!(got.header("ratelimit"), Some(limit));
    assert_eq!(got.header("ratelimit-policy"), Some(policy));
    let text = got.text();
    assert!(text.contains("<faultcode>soapenv:Server</faultcode>"), "{text}");
    assert!(text.contains("<faultstring>99995 - Te veel gelijktijdige bevragingen</faultstring>"), "{text}");
    assert!(!text.contains("13001"), "no refusal by law: {text}");
}

#[test]
fn a_consumer_that_calls_too_fast_is_told_when_to_come_back_and_others_are_not_slowed() {
    block_on(async {
        let house = House::planned(plan(per_second(2, 3)), always(ok(&answer("GeefOnderneming"))));
        let (mut gemeente, mut inspectie) =
            (house.consumer("gemeente").await, house.consumer("inspectie").await);
        let question = Question::from(GEMEENTE).xml();
        for _ in 0..3 {
            assert_eq!(gemeente.ask(PATH, question.clone()).await.text(), stripped(1));
        }
        let got = gemeente.ask(PATH, question.clone()).await;
        is_throttled(&got, "1", "\"rate\";r=0;t=1", "\"rate\";q=3;w=2");
        assert!(got.text().contains("meer dan 2 per seconde, of 3 ineens"), "{}", got.text());
        assert_eq!(inspectie.ask(PATH, Question::from(INSPECTIE).xml()).await.status, 200);
        house.time.set("2026-11-24T10:00:00.500Z");
        assert_eq!(gemeente.ask(PATH, question.clone()).await.text(), stripped(1));
        assert_eq!(gemeente.ask(PATH, question).await.status, 429);
        assert_eq!(house.upstream.asked().len(), 5, "what was throttled went nowhere");
        let metrics = house.metrics().await;
        let counted = "{consumer=\"gemeente\",operation=\"unknown\",verdict=\"throttled\",reason=\"calls-per-second\"} 2\n";
        assert!(metrics.contains(&format!("poortwachter_calls_total{counted}")), "{metrics}");
        assert!(!metrics.contains("verdict=\"refused\",reason"), "{metrics}");
    });
}

#[test]
fn a_consumer_with_too_many_calls_under_way_is_told_so_and_others_are_not() {
    block_on(async {
        let gate = Gate::default();
        let mut steps = vec![Step::Await(gate.clone())];
        steps.extend(ok(&answer("GeefOnderneming")));
        let quota = config::Quota { calls_per_second: Limit::Off, burst: None, concurrent_calls: at(1) };
        let house = House::planned(plan(quota), always(steps));
        let (mut first, mut second) = (house.consumer("gemeente").await, house.consumer("gemeente").await);
        let mut inspectie = house.consumer("inspectie").await;
        let question = Question::from(GEMEENTE).xml();
        let others = async {
            gate.reached(1).await;
            let got = second.ask(PATH, question.clone()).await;
            let policy = "\"concurrent\";q=1;qu=\"concurrent-requests\"";
            is_throttled(&got, "1", "\"concurrent\";r=0", policy);
            let beside = inspectie.ask(PATH, Question::from(INSPECTIE).xml());
            let opened = async {
                gate.reached(2).await;
                gate.open();
            };
            assert_eq!(tokio::join!(beside, opened).0.status, 200);
        };
        let (got, ()) = tokio::join!(first.ask(PATH, question.clone()), others);
        assert_eq!(got.text(), stripped(1));
        while !house.metrics().await.contains("poortwachter_calls_in_flight 0\n") {}
        assert_eq!(second.ask(PATH, question).await.text(), stripped(1));
        assert!(house.metrics().await.contains("verdict=\"throttled\",reason=\"concurrent-calls\"} 1\n"));
    });
}

#[test]
fn whatever_a_call_is_worth_it_counts() {
    block_on(async {
        let house = House::planned(plan(per_second(1, 3)), always(ok(&answer("GeefOnderneming"))));
        let mut gemeente = house.consumer("gemeente").await;
        assert_eq!(gemeente.ask(PATH, "geen xml").await.status, 500);
        assert_eq!(gemeente.ask("/nergens", Question::from(GEMEENTE).xml()).await.status, 200);
        let get = http::Request::get(PATH).header("host", "x").body(http_body_util::Full::default()).unwrap();
        assert_eq!(gemeente.send(get).await.status, 405);
        assert_eq!(gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.status, 429);
        assert!(house.upstream.asked().is_empty());
    });
}

#[test]
fn strangers_with_a_certificate_share_one_allowance() {
    block_on(async {
        let house = House::planned(plan(per_second(1, 2)), always(ok(&answer("GeefOnderneming"))));
        for (name, status) in [("een", 200), ("twee", 200), ("drie", 429)] {
            let got = house.consumer(name).await.ask(PATH, Question::from(GEMEENTE).xml()).await;
            assert_eq!(got.status.as_u16(), status, "{name}");
        }
        assert_eq!(house.ask().await.text(), stripped(1), "whom the registry knows is none of them");
    });
}

#[test]
fn a_consumer_s_file_says_otherwise_and_a_reload_fills_no_bucket() {
    block_on(async {
        let slow = gemeente().replacen(
            "[[certificate]]",
            "limits = { calls-per-second = 1, burst = 1 }\n[[certificate]]",
            1,
        );
        let plan = Plan {
            consumers: vec![("gemeente", slow.clone()), ("inspectie", inspectie())],
            ..plan(per_second(100, 100))
        };
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        let mut gemeente_asks = house.consumer("gemeente").await;
        let question = Question::from(GEMEENTE).xml();
        assert_eq!(gemeente_asks.ask(PATH, question.clone()).await.status, 200);
        assert_eq!(gemeente_asks.ask(PATH, question.clone()).await.status, 429);
        house.write_consumer("gemeente", &slow.replace("P5Y", "P6Y"));
        house.running().reload().await;
        assert_eq!(gemeente_asks.ask(PATH, question.clone()).await.status, 429, "still empty");
        house.write_consumer("gemeente", &gemeente());
        house.running().reload().await;
        house.time.set("2026-11-24T10:00:00.010Z");
        assert_eq!(gemeente_asks.ask(PATH, question).await.status, 200, "as fast as everybody, from now on");
    });
}

#[test]
fn one_address_cannot_take_all_connections() {
    block_on(async {
        let plan = Plan::with(|settings| settings.limits.connections_per_address = at(1));
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        let mut first = house.consumer("gemeente").await;
        assert_eq!(first.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        assert!(house.tls(&house.identity("inspectie"), &[]).await.is_err());
        assert!(
            house.metrics().await.contains("poortwachter_connections_refused_total{limit=\"address\"} 1\n")
        );
        // 127.0.0.2 is another address of the same machine.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let socket = socket.connect(house.address).await.unwrap();
        let mut other = house.consumer_over(socket, "inspectie").await;
        assert_eq!(other.ask(PATH, Question::from(INSPECTIE).xml()).await.status, 200);
        drop(first);
        while !house.metrics().await.contains("poortwachter_connections 1\n") {}
        assert_eq!(house.ask().await.text(), stripped(1));
    });
}

#[test]
fn silent_strangers_cannot_keep_a_consumer_out() {
    block_on(async {
        let plan = Plan::with(|settings| {
            settings.limits.handshakes = 2;
            // Far longer than the test: nobody leaves by running out of time.
            settings.limits.receive = Duration::from_mins(10);
        });
        let house = House::planned(plan, always(ok(&answer("GeefOnderneming"))));
        let mut known = house.consumer("gemeente").await;
        // Answered, so that its handshake is over for the gateway too.
        assert_eq!(known.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        let mut silent = Vec::new();
        for _ in 0..3 {
            silent.push(TcpStream::connect(house.address).await.unwrap());
        }
        // The first of them is shown out for the third; returns only because the gateway closes.
        let closed = silent[0].read(&mut [0]).await;
        assert!(closed.is_err() || closed.unwrap() == 0);
        assert_eq!(house.ask().await.text(), stripped(1), "a newcomer is served");
        assert_eq!(known.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        assert!(house.metrics().await.contains("poortwachter_handshakes_cut_total 2\n"));
    });
}
