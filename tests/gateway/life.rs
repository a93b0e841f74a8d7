//! Reloading, growing old, being busy, panicking, stopping.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use poortwachter::clock::Clock;

use crate::house::{Consumer, GEMEENTE, House, INSPECTIE, Plan, block_on, consumer, inspectie, logged};
use crate::messages::{PATH, Question, answer, long_answer, stripped};
use crate::upstream::{Gate, Step, always, ok};

fn house() -> House {
    House::new(always(ok(&answer("GeefOnderneming"))))
}

/// In even generations the inspection has a basis and the retention says so; in odd ones neither.
fn alternating(generation: usize) -> String {
    if generation.is_multiple_of(2) {
        inspectie()
    } else {
        consumer("inspectie", INSPECTIE, "ipdc2", "\"GeefOnderneming/02.00\"", "").replace("P5Y", "P1Y")
    }
}

#[test]
fn under_reloads_no_call_is_lost_and_none_is_judged_by_a_mixture() {
    block_on(async {
        let house = house();
        let (kept, gone) = (answer("GeefOnderneming"), stripped(1));
        let calls = async {
            let mut consumers = [house.consumer("inspectie").await, house.consumer("inspectie").await];
            let mut seen = [0, 0];
            while seen[0] < 20 || seen[1] < 20 {
                for inspectie in &mut consumers {
                    let got = inspectie.ask(PATH, Question::from(INSPECTIE).xml()).await;
                    let text = got.text();
                    match (got.header("poortwachter-retention"), got.header("poortwachter-removes")) {
                        (Some("P5Y"), None) if text == kept => seen[0] += 1,
                        (Some("P1Y"), Some(_)) if text == gone => seen[1] += 1,
                        mixture => panic!("{mixture:?} {text}"),
                    }
                }
            }
        };
        let reloads = async {
            for generation in 1.. {
                house.write_consumer("inspectie", &alternating(generation));
                house.running().reload().await;
            }
        };
        tokio::select! {
            () = calls => {}
            () = reloads => {}
        }
    });
}

#[test]
fn a_faulty_reload_keeps_the_old_registry_and_says_so() {
    block_on(async {
        let house = house();
        house.write_consumer("gemeente", "id = 3");
        house.running().reload().await;
        assert_eq!(house.ask().await.text(), stripped(1));
        let metrics = house.metrics().await;
        for line in [
            "poortwachter_registry_faulty 1\n",
            "poortwachter_registry_reloads_total{result=\"faulty\"} 1\n",
            "poortwachter_snapshot_generation 1\n",
        ] {
            assert!(metrics.contains(line), "{line}{metrics}");
        }
        assert!(logged().contains("gemeente.toml"), "the log names the file");
        house.write_consumer("gemeente", &crate::house::gemeente().replace("P5Y", "P6Y"));
        house.running().reload().await;
        assert_eq!(house.ask().await.header("poortwachter-retention"), Some("P6Y"));
        assert!(house.metrics().await.contains("poortwachter_registry_faulty 0\n"));
    });
}

#[test]
fn on_a_registry_too_old_nothing_is_judged() {
    block_on(async {
        let house = house();
        let mut gemeente = house.consumer("gemeente").await;
        assert_eq!(house.page("/readyz").await.0, 200);
        house.time.set("2026-11-24T11:00:01Z");
        let refusal = gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await;
        assert_eq!((refusal.status.as_u16(), refusal.header("retry-after")), (503, Some("5")));
        assert!(refusal.text().contains("soapenv:Server"), "not the consumer's fault");
        assert_eq!(
            house.page("/readyz").await,
            (503.try_into().unwrap(), "not ready: registry too old\n".to_owned())
        );
        assert_eq!(house.page("/livez").await.0, 200);
        house.running().reload().await;
        assert_eq!(gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        assert_eq!(house.page("/readyz").await.0, 200);
    });
}

#[test]
fn more_calls_than_the_limit_are_told_to_come_back() {
    block_on(async {
        let gate = Gate::default();
        let mut steps = vec![Step::Await(gate.clone())];
        steps.extend(ok(&answer("GeefOnderneming")));
        let house = House::planned(Plan::with(|settings| settings.limits.calls = 2), always(steps));
        let (mut a, mut b, mut c) = (
            house.consumer("gemeente").await,
            house.consumer("gemeente").await,
            house.consumer("gemeente").await,
        );
        let question = Question::from(GEMEENTE).xml();
        let running = async { tokio::join!(a.ask(PATH, question.clone()), b.ask(PATH, question.clone())) };
        let third = async {
            gate.reached(2).await;
            let refused = c.ask(PATH, question.clone()).await;
            assert!(house.metrics().await.contains("poortwachter_calls_in_flight 2\n"));
            gate.open();
            refused
        };
        let ((first, second), refused) = tokio::join!(running, third);
        assert_eq!((first.text(), second.text()), (stripped(1), stripped(1)));
        assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (503, Some("5")));
        while !house.metrics().await.contains("poortwachter_calls_in_flight 0\n") {}
    });
}

/// A gateway whose next call after `true` panics.
fn panicking() -> (House, Arc<AtomicBool>) {
    let panics = Arc::new(AtomicBool::new(false));
    let armed = Arc::clone(&panics);
    let plan = Plan {
        clock: Some(Box::new(move |time| {
            Clock::new(move || {
                let in_worker = std::thread::current().name().is_some_and(|name| name.starts_with("worker"));
                assert!(!(in_worker && armed.swap(false, SeqCst)), "the test asked for it");
                time.now()
            })
        })),
        ..Plan::default()
    };
    (House::planned(plan, always(ok(&answer("GeefOnderneming")))), panics)
}

#[test]
fn a_panic_in_one_call_is_contained_recorded_and_counted() {
    block_on(async {
        let (house, panics) = panicking();
        let mut gemeente = house.consumer("gemeente").await;
        // Until the first answer the gateway may still be shaking hands, which asks the clock too.
        assert_eq!(gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        assert!(house.metrics().await.contains("poortwachter_panics_total 0\n"));
        panics.store(true, SeqCst);
        let got = gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await;
        assert_eq!(got.status.as_u16(), 500);
        assert!(got.text().contains("soapenv:Server"));
        assert!(!got.text().contains("the test asked for it"), "nobody outside reads why");
        let trace = got.header("belgov-trace-id").unwrap();
        let record = logged().lines().find(|line| line.contains(trace)).unwrap().to_owned();
        assert!(record.contains("\"reason\":\"internal\""), "{record}");
        assert_eq!(gemeente.ask(PATH, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        let metrics = house.metrics().await;
        assert!(metrics.contains("reason=\"internal\"} 1\n"), "{metrics}");
        assert!(metrics.contains("poortwachter_panics_total 1\n"), "{metrics}");
        // Its place is free; the last call's is soon after its answer was read.
        house.measured("poortwachter_calls_in_flight 0").await;
    });
}

#[test]
fn a_panic_on_one_stream_leaves_the_others_of_its_connection() {
    block_on(async {
        let (house, panics) = panicking();
        let two = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
        let mut over_h2 = Consumer::over_h2(two).await;
        let uri = format!("https://localhost{PATH}");
        // As above.
        assert_eq!(over_h2.ask(&uri, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
        for round in 1..=3 {
            panics.store(true, SeqCst);
            assert_eq!(over_h2.ask(&uri, Question::from(GEMEENTE).xml()).await.status.as_u16(), 500);
            assert_eq!(over_h2.ask(&uri, Question::from(GEMEENTE).xml()).await.text(), stripped(1));
            assert!(house.metrics().await.contains(&format!("poortwachter_panics_total {round}\n")));
        }
    });
}

#[test]
fn a_consumer_that_stops_reading_loses_its_connection() {
    block_on(async {
        let plan = Plan::with(|settings| settings.limits.receive = Duration::from_secs(1));
        let house = House::planned(plan, always(ok(&long_answer(200_000))));
        let mut stream = house.tls(&house.identity("gemeente"), &["http/1.1"]).await.unwrap();
        let body = Question::from(GEMEENTE).xml();
        let head = format!(
            "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
        // Ends because the gateway gives up the connection while the test holds it open, unread.
        while !house.metrics().await.contains("verdict=\"abandoned\",reason=\"consumer-gone\"} 1\n") {}
        while !house.metrics().await.contains("poortwachter_connections 0\n") {}
        drop(stream);
    });
}

#[test]
fn an_answer_left_unread_over_http_2_costs_the_connection_in_the_end() {
    block_on(async {
        let plan = Plan::with(|settings| {
            settings.limits.receive = Duration::from_secs(1);
            settings.upstream.total = Duration::from_secs(1);
        });
        let house = House::planned(plan, always(ok(&long_answer(20_000))));
        let stream = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
        // Windows far smaller than the answer, and nobody to enlarge them.
        let (mut line, connection) =
            hyper::client::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new())
                .initial_stream_window_size(1000)
                .handshake::<_, http_body_util::Full<bytes::Bytes>>(hyper_util::rt::TokioIo::new(stream))
                .await
                .unwrap();
        let ended = tokio::spawn(connection);
        let request = crate::house::post(&format!("https://localhost{PATH}"), Question::from(GEMEENTE).xml());
        let unread = line.send_request(request).await.unwrap();
        assert_eq!(unread.status(), 200);
        // Ends because the gateway closes: the client holds both its ends.
        let _ = ended.await;
        drop((unread, line));
    });
}

#[test]
fn draining_finishes_what_runs_and_takes_nothing_new() {
    block_on(async {
        let gate = Gate::default();
        let mut steps = vec![Step::Await(gate.clone())];
        steps.extend(ok(&long_answer(20_000)));
        let mut house = House::new(always(steps));
        let question = Question::from(GEMEENTE).xml();
        let two = house.tls(&house.identity("gemeente"), &["h2"]).await.unwrap();
        let mut over_h2 = Consumer::over_h2(two).await;
        let mut over_h1 = house.consumer("gemeente").await;
        let mut idle = house.consumer("gemeente").await;
        let uri = format!("https://localhost{PATH}");
        let calls =
            async { tokio::join!(over_h1.ask(PATH, question.clone()), over_h2.ask(&uri, question.clone())) };
        let stop = async {
            gate.reached(2).await;
            house.running().stop();
            while house.page("/readyz").await.0 == 200 {
                tokio::task::yield_now().await;
            }
            // The listener is closed, or what it had accepted already is dropped.
            while tokio::net::TcpStream::connect(house.address).await.is_ok() {
                tokio::task::yield_now().await;
            }
            gate.open();
        };
        let ((first, second), ()) = tokio::join!(calls, stop);
        assert_eq!(first.text(), stripped(20_000));
        assert_eq!(second.text(), stripped(20_000));
        house.shutdown().await;
        for consumer in [&mut over_h1, &mut over_h2, &mut idle] {
            consumer.closed().await;
        }
    });
}

#[test]
fn calls_that_outlive_the_drain_are_refused_with_503() {
    block_on(async {
        let gate = Gate::default();
        let plan = Plan::with(|settings| settings.drain = Duration::from_millis(100));
        let mut house = House::planned(plan, always(vec![Step::Await(gate.clone())]));
        let mut gemeente = house.consumer("gemeente").await;
        let call = gemeente.ask(PATH, Question::from(GEMEENTE).xml());
        let stop = async {
            gate.reached(1).await;
            house.shutdown().await;
        };
        let (got, ()) = tokio::join!(call, stop);
        assert_eq!((got.status.as_u16(), got.header("retry-after")), (503, Some("5")));
    });
}

#[test]
fn stopping_under_load_loses_no_call_that_was_taken() {
    block_on(async {
        let mut house = house();
        let mut consumers = Vec::new();
        for _ in 0..8 {
            consumers.push(house.consumer("gemeente").await);
        }
        let calls = consumers.into_iter().map(|mut consumer| {
            tokio::spawn(async move {
                let mut answered = 0;
                while let Ok(got) = consumer.try_ask(PATH, Question::from(GEMEENTE).xml()).await {
                    assert_eq!(got.text(), stripped(1));
                    answered += 1;
                }
                answered
            })
        });
        let calls: Vec<_> = calls.collect();
        while house.upstream.asked().len() < 100 {
            tokio::task::yield_now().await;
        }
        house.shutdown().await;
        let mut answered = 0;
        for call in calls {
            answered += call.await.unwrap();
        }
        assert_eq!(answered, house.upstream.asked().len(), "what the upstream saw was answered");
    });
}
