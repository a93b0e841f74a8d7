//! A number in every place where a consumer can write one, in calls that are let pass and calls that are refused: the trail,
//! the metrics and the log have none of it.

use crate::house::{GEMEENTE, House, INSPECTIE, block_on, logged, post};
use crate::messages::{PATH, Question, answer};
use crate::trail::Kept;
use crate::upstream::{always, ok};

/// A test number that nothing else in this process uses.
const NUMBER: &str = "62680600541";
/// One with a wrong check digit, as people mistype them.
const MISTYPED: &str = "62680600542";
const PRINTED: &str = "62.68.06-005.41";

const NUMBERS: [&str; 3] = [NUMBER, PRINTED, MISTYPED];

#[test]
fn a_number_reaches_nothing_wherever_it_is_written() {
    let kept = Kept::new();
    let mut house = House::planned(kept.plan(), always(ok(&answer("GeefOnderneming"))));
    let page = block_on(async {
        let (mut allowed, mut refused) = (0, 0);
        for number in NUMBERS {
            for (name, sender) in [("gemeente", GEMEENTE), ("inspectie", INSPECTIE), ("gemeente", INSPECTIE)]
            {
                let xml = Question::from(sender).xml();
                let changes = [
                    (sender.to_owned(), number.to_owned()),
                    (sender.to_owned(), format!("{sender}/{number}")),
                    ("vraag-1<".to_owned(), format!("{number}<")),
                    ("vraag-1-a".to_owned(), number.to_owned()),
                    ("71690499880".to_owned(), number.to_owned()),
                    (">101<".to_owned(), format!(">{number}<")),
                    ("<Naam>GeefOnderneming".to_owned(), format!("<Naam>{number}")),
                    ("02.00.0000".to_owned(), number.to_owned()),
                    ("<Type>VRAAG".to_owned(), format!("<Type>{number}")),
                    ("0123456749".to_owned(), number.to_owned()),
                    ("<Criteria>".to_owned(), format!("<Criteria><INSZ>{number}</INSZ>")),
                    ("<Criteria>".to_owned(), format!("<Criteria><p{number}>x</p{number}>")),
                    ("http://webservice.".to_owned(), format!("http://{number}.")),
                ];
                let mut requests: Vec<_> =
                    changes.iter().map(|(from, to)| post(PATH, xml.replace(from, to))).collect();
                for path in
                    [format!("{PATH}?insz={number}"), format!("{PATH}/{number}"), format!("/{number}")]
                {
                    requests.push(post(&path, xml.clone()));
                }
                for header in [
                    "x-request-id",
                    "x-correlation-id",
                    "traceparent",
                    "tracestate",
                    "user-agent",
                    "soapaction",
                    "accept-language",
                    "authorization",
                    "cookie",
                    "x-forwarded-for",
                    "content-type",
                ] {
                    let mut request = post(PATH, xml.clone());
                    request.headers_mut().insert(header, number.parse().unwrap());
                    requests.push(request);
                }
                for request in requests {
                    let mut consumer = house.consumer(name).await;
                    match consumer.send(request).await.status.as_u16() {
                        200 => allowed += 1,
                        _ => refused += 1,
                    }
                }
            }
        }
        assert!(allowed > 20 && refused > 5, "{allowed} {refused}");
        let page = house.metrics().await;
        house.shutdown().await;
        page
    });
    for (place, text) in [("trail", kept.text()), ("metrics", page), ("log", logged())] {
        for number in NUMBERS {
            assert!(!text.contains(number), "{number} in the {place}");
        }
    }
}
