//! Answers in JSON lose what the same content loses in XML, and nothing leaves beside them.

use std::path::{Path, PathBuf};

use super::{DETAIL, NUMBER, SEARCH, ask, ask_with_basis, get, house, json, problem, request, serving};
use crate::house::{House, Plan, block_on, post};
use crate::messages::{INSZ, NAME, PATH, Question, with_content};
use crate::upstream::{always, bytes_below, with_head};
use http_body_util::Full;

#[test]
fn representatives_from_kbo_go_and_the_registers_own_stay() {
    let holder = |bron: &str, extra: &str| {
        format!(
            "{{\"@id\":\"r1\",\"vertegenwoordigerId\":1,\"insz\":\"{INSZ}\",\"voornaam\":\"An\",\"achternaam\":\"{NAME}\",\
             \"rol\":\"voorzitter\",\"e-mail\":\"an@example.be\"{extra},\"bron\":\"{bron}\"}}"
        )
    };
    let whole = |bron: &str| {
        format!("{{\"vereniging\":{{\"naam\":\"Kring\",\"vertegenwoordigers\":[{}]}}}}", holder(bron, ""))
    };
    block_on(async {
        let own = whole("Initiator");
        assert_eq!(ask(&serving(&own), get(DETAIL)).await.text(), own, "2d: as it came");
        for other in ["KBO", "", "kbo", "initiator"] {
            let house = serving(&whole(other));
            let text = ask(&house, get(DETAIL)).await.text();
            assert!(!text.contains(INSZ) && !text.contains(NAME) && !text.contains("an@"), "{text}");
            assert!(text.contains("\"rol\":\"voorzitter\""), "{text}");
            let told = ask_with_basis(&house, get(DETAIL)).await;
            assert_eq!(told.text(), whole(other), "1g-3");
        }
        // Each of them speaks for itself, whichever comes first.
        let mixed = format!(
            "{{\"vertegenwoordigers\":[{},{}]}}",
            holder("Initiator", ",\"n\":1"),
            holder("KBO", ",\"n\":2")
        );
        let text = ask(&serving(&mixed), get(DETAIL)).await.text();
        assert_eq!((text.matches(INSZ).count(), text.matches(NAME).count()), (1, 1), "{text}");
        assert!(text.contains("\"n\":1") && !text.contains("\"n\":2"), "{text}");
    });
}

/// The same functionholders in both languages.
const XML: &str = "<SoortOnderneming><Code>2</Code></SoortOnderneming><Functies><Functie><Aard>10006</Aard><Persoon><INSZ>62680599650</INSZ>\
                   <VoorNaam>An</VoorNaam><AchterNaam>Janssens-Geheim</AchterNaam><Straat><Naam>Dorp</Naam></Straat></Persoon></Functie></Functies>";
const JSON: &str = "{\"Onderneming\":{\"SoortOnderneming\":{\"Code\":\"2\"},\"Functies\":{\"Functie\":[{\"Aard\":\"10006\",\"Persoon\":{\"INSZ\":\"62680599650\",\
                    \"VoorNaam\":\"An\",\"AchterNaam\":\"Janssens-Geheim\",\"Straat\":{\"Naam\":\"Dorp\"}}}]}}}";

#[test]
fn the_same_content_loses_the_same_as_soap_and_as_json() {
    block_on(async {
        let soap =
            House::planned(super::plan(), always(crate::upstream::ok(&with_content("GeefOnderneming", XML))));
        let question =
            || post(PATH, Question { sender: super::BURGER, ..Question::from(super::BURGER) }.xml());
        let xml = ask(&soap, question()).await.text();
        let rest = serving(JSON);
        let answer = ask(&rest, get("/v1/proef/ondernemingen/0123456749")).await;
        assert_eq!(
            answer.header("poortwachter-removes"),
            Some("functionholder-name, functionholder-insz, sole-proprietor-address")
        );
        assert!(!xml.contains("Persoon") && xml.contains("<Aard>10006</Aard>"), "{xml}");
        assert_eq!(
            answer.text(),
            "{\"Onderneming\":{\"SoortOnderneming\":{\"Code\":\"2\"},\"Functies\":{\"Functie\":[{\"Aard\":\"10006\"}]}}}"
        );
        let told = ask_with_basis(&rest, get("/v1/proef/ondernemingen/0123456749")).await;
        assert_eq!(told.text(), JSON);
        let lines = [soap.metrics().await, rest.metrics().await].map(|metrics| {
            let removed = metrics.lines().filter(|line| {
                line.starts_with("poortwachter_fields_removed_total")
                    && !line.ends_with(" 0")
                    && line.contains("burger")
            });
            removed.map(|line| line.split("field=").nth(1).unwrap().to_owned()).collect::<Vec<_>>()
        });
        assert_eq!(lines[0], lines[1], "counted alike");
    });
}

#[test]
fn an_answer_that_is_no_json_is_withheld() {
    let path = "/v1/proef/ondernemingen/0123456749";
    let below = |kind: &str, body: &str| with_head(&format!("HTTP/1.1 200 OK\r\n{kind}"), body);
    block_on(async {
        for (what, steps) in [
            ("XML", below("Content-Type: text/xml\r\n", "<a/>")),
            ("a page", below("Content-Type: text/html\r\n", "{}")),
            ("no type", below("", "{}")),
            (
                "two types",
                below("Content-Type: application/json\r\nContent-Type: application/json\r\n", "{}"),
            ),
            ("a sequence", below("Content-Type: application/json-seq\r\n", "{}")),
            (
                "parts",
                below("Content-Type: multipart/related; boundary=b; type=\"application/json\"\r\n", "--b--"),
            ),
            ("no JSON", json("<a/>")),
            ("half", json("{\"a\":")),
            ("drift", json("{\"Zaakvoerder\":{\"INSZ\":\"62680599650\"}}")),
            ("unknown coding", below("Content-Type: application/json\r\nContent-Encoding: x\r\n", "{}")),
            (
                "not modified",
                with_head("HTTP/1.1 304 Not Modified\r\nContent-Type: application/json\r\n", ""),
            ),
            ("a part", with_head("HTTP/1.1 206 Partial Content\r\nContent-Type: application/json\r\n", "{}")),
            (
                "elsewhere",
                with_head(
                    "HTTP/1.1 302 Found\r\nLocation: /x?insz=62680599650\r\nContent-Type: application/json\r\n",
                    "{}",
                ),
            ),
        ] {
            let answer = ask(&house(always(steps)), get(path)).await;
            assert_eq!(answer.status, 502, "{what}: {}", answer.text());
            assert_eq!(problem(&answer)["type"], "urn:problem-type:belgif:badGateway", "{what}");
            assert!(!answer.text().contains(INSZ) && answer.header("location").is_none(), "{what}");
        }
    });
}

#[test]
fn json_is_read_in_its_codings_types_and_lines() {
    let path = "/v1/proef/ondernemingen/0123456749";
    let stripped = JSON.split(",\"Persoon\"").next().unwrap().to_owned() + "}]}}}";
    block_on(async {
        let gzip = {
            use std::io::Write;
            let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            coder.write_all(JSON.as_bytes()).unwrap();
            coder.finish().unwrap()
        };
        let wide: Vec<u8> = format!("\u{feff}{JSON}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (what, steps) in [
            ("gzip", bytes_below("Content-Type: application/json\r\nContent-Encoding: gzip\r\n", &gzip)),
            ("utf-16", bytes_below("Content-Type: application/json\r\n", &wide)),
            ("of its own", bytes_below("Content-Type: application/vnd.kbo+json\r\n", JSON.as_bytes())),
        ] {
            let answer = ask(&house(always(steps)), get(path)).await;
            assert_eq!((answer.status.as_u16(), answer.text()), (200, stripped.clone()), "{what}");
        }
        let lines = format!("{JSON}\n{JSON}\n");
        let steps = bytes_below("Content-Type: application/x-ndjson\r\n", lines.as_bytes());
        let answer = ask(&house(always(steps)), get(path)).await;
        assert_eq!(answer.text(), format!("{stripped}\n{stripped}\n"));
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson; charset=utf-8"));
    });
}

#[test]
fn a_long_answer_streams_and_is_cut_where_it_is_broken() {
    let path = "/v1/proef/ondernemingen/0123456749";
    let item = JSON.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
    let long = format!("[{}]", vec![format!("{{{item}}}"); 2000].join(","));
    block_on(async {
        let answer = ask(&serving(&long), get(path)).await;
        let text = answer.text();
        assert!(!text.contains("Persoon") && text.len() > 100_000);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        let broken = ask(&serving(&long[..long.len() - 1]), get(path)).await;
        assert!(broken.body.is_err(), "cut");
    });
}

#[test]
fn the_tripwire_masks_a_number_in_json_too() {
    block_on(async {
        let house = serving("{\"Nota\":\"zie 62.68.05-996.50\",\"x\":\"626805996\\u0035\\u0030\"}");
        let text = ask(&house, get("/v1/proef/ondernemingen/0123456749")).await.text();
        assert!(!text.contains("996.50") && text.contains("zie 99.99.99-999.99"), "{text}");
        assert!(!text.contains("626805996"), "{text}");
        let line = "poortwachter_tripwire";
        assert!(house.metrics().await.contains(line));
    });
}

#[test]
fn nothing_to_say_and_only_a_head() {
    block_on(async {
        let empty = house(always(vec![crate::upstream::Step::Send(
            b"HTTP/1.1 204 No Content\r\nETag: \"62680599650\"\r\n\r\n".to_vec(),
        )]));
        let answer = ask(&empty, get(SEARCH)).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (204, ""));
        assert_eq!(answer.header("x-correlation-id"), Some(NUMBER));
        assert_eq!(answer.header("etag"), None);

        let accepted =
            house(always(with_head("HTTP/1.1 202 Accepted\r\nLocation: /v1/x/62680599650\r\n", "")));
        let answer =
            ask(&accepted, super::send("POST", "/v1/organisaties/verenigingen/verenigingen/vzer", "{}"))
                .await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (202, None));

        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 62680\r\nETag: \"a\"\r\nLink: </x?insz=1>\r\n\r\n";
        let heads = house(always(vec![crate::upstream::Step::Send(head.into())]));
        let answer = ask(&heads, request("HEAD", SEARCH).body(Full::default()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, ""));
        for name in ["content-length", "etag", "link"] {
            assert_eq!(answer.header(name), None, "{name}");
        }
        let asked = heads.upstream.asked().pop().unwrap();
        assert!(asked.head.starts_with(&format!("HEAD {SEARCH} HTTP/1.1\r\n")), "{}", asked.head);
    });
}

#[test]
fn headers_that_could_hold_what_was_removed_do_not_pass() {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"{INSZ}\"\r\nLink: </v1/x?insz={INSZ}>; rel=next\r\n\
         Location: /v1/x/{INSZ}\r\nContent-Location: /v1/x/{INSZ}\r\nDigest: sha-256=abc\r\nX-Debug: {INSZ}\r\nWarning: 199 - {INSZ}\r\n\
         x-correlation-id: {INSZ}\r\nx-magda-exceptions: [{{\"Identificatie\":\"30004\",\"Diagnose\":\"let op {INSZ}\",\"Insz\":\"{INSZ}\"}}]\r\n"
    );
    block_on(async {
        let house = house(always(with_head(&head, "{}")));
        let answer = ask(&house, get(DETAIL)).await;
        assert_eq!(
            answer.header("x-magda-exceptions"),
            Some("[{\"Diagnose\":\"let op ***********\",\"Identificatie\":\"30004\"}]")
        );
        assert_eq!(answer.header("x-correlation-id"), Some(NUMBER));
        for (name, value) in &answer.headers {
            assert!(!value.as_bytes().windows(11).any(|seen| seen == INSZ.as_bytes()), "{name}");
        }
        for name in ["etag", "link", "location", "content-location", "digest", "x-debug", "warning"] {
            assert_eq!(answer.header(name), None, "{name}");
        }
    });
}

#[test]
fn a_sources_own_error_is_written_anew() {
    block_on(async {
        let body = format!(
            "{{\"title\":\"Source: KBO\",\"status\":\"404\",\"detail\":\"niets over {INSZ}\",\"instance\":\"{NUMBER}\",\"insz\":\"{INSZ}\"}}"
        );
        for kind in ["application/json", "application/problem+json", "application/x+json"] {
            let head = format!("HTTP/1.1 404 Not Found\r\nContent-Type: {kind}\r\n");
            let house = house(always(with_head(&head, &body)));
            let answer = ask(&house, get(DETAIL)).await;
            assert_eq!(answer.status, 404);
            let problem = problem(&answer);
            assert_eq!(problem["title"], "Source: KBO");
            assert_eq!(problem["detail"], "niets over ***********");
            assert_eq!((problem["status"].as_u64(), problem.get("insz")), (Some(404), None));
            assert!(house.metrics().await.contains("field=\"error-text\"} 1"));
        }
        let mock = "{\"errorMessage\":\"kapot\",\"exceptionClass\":\"x.y\"}";
        let house =
            house(always(with_head("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n", mock)));
        assert_eq!(ask(&house, get(DETAIL)).await.text(), "{\"status\":400,\"title\":\"Bad Request\"}");
        let page = with_head(
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\n",
            "<p>62680599650</p>",
        );
        assert_eq!(ask(&super::house(always(page)), get(DETAIL)).await.status, 502);
    });
}

fn samples() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/magda-samples");
    let found = std::env::var_os("MAGDA_SAMPLES").map_or(beside, PathBuf::from).join("rest/v1");
    if !found.is_dir() {
        eprintln!("skipped: no samples in {}", found.display());
        return None;
    }
    Some(found)
}

const ALL: &str = "[[grant.instrument]]\ntype = \"protocol\"\nparties = [\"x\", \"y\"]\nlegal-text = \"w\"\ndated = 2025-06-02\n\
                   [[grant.instrument]]\ntype = \"ministerial-authorization\"\nreference = \"RR-2025/1\"\ndated = 2025-01-01\n\
                   [[grant.instrument]]\ntype = \"deliberation\"\nchamber = \"social-security-health\"\nnumber = \"25/1\"\ndated = 2025-01-01\n";

/// The mobility and disability samples, whole and limited to a field group.
#[test]
fn the_mocks_answers_pass_as_they_came_and_field_groups_limit_them() {
    let Some(root) = samples() else { return };
    let files = |below: &str| {
        let list = std::fs::read_dir(root.join(below)).unwrap();
        list.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect::<Vec<_>>()
    };
    for (label, mediation, group, gone, target, below) in [
        (
            "mobility.registrations/01.00",
            "",
            "vehicle",
            "\"titular\"",
            "/v1/mobility/registrations?plateNr=1DSI823&addressEnrichmentPerson=RR",
            "mobility/registrations",
        ),
        (
            "mobility.registrationstitular/01.00",
            "",
            "vehicle",
            "nationalNr",
            "/v1/mobility/registrationstitular?plateNr=1ABC123&dateTime=2026-01-01T00:00:00%2B01:00",
            "mobility/registrationstitular",
        ),
        (
            "socZek.handicap.volledigeDossiers/01.00",
            "mediation = \"ksz\"\n",
            "gender",
            "rijksregisternummer",
            "/v1/socZek/handicap/volledigeDossiers?rrnr=19421120002",
            "socZek/handicap/volledigeDossiers",
        ),
    ] {
        let asking = |fields: &str| {
            let grant = format!("{fields}{mediation}{ALL}");
            let text =
                crate::house::consumer("burger", super::BURGER, "ipdc7", &format!("\"{label}\""), &grant);
            Plan { consumers: vec![("burger", text)], ..super::plan() }
        };
        for text in files(below) {
            block_on(async {
                let whole = House::planned(asking(""), always(json(&text)));
                let answer = ask(&whole, get(target)).await;
                assert_eq!((answer.status.as_u16(), answer.text()), (200, text.clone()), "{label}");
                let asked = whole.upstream.asked().pop().unwrap();
                assert!(asked.head.starts_with(&format!("GET {target} HTTP/1.1")), "{}", asked.head);

                let part = House::planned(asking(&format!("fields = [\"{group}\"]\n")), always(json(&text)));
                let answer = ask(&part, get(target)).await.text();
                assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok(), "{answer}");
                assert!(!answer.contains(gone) && answer.len() < text.len(), "{label}: {answer}");
            });
        }
    }
}

#[test]
fn the_register_asked_for_addresses_decides_at_vehicles() {
    let (national, _) = ALL.split_once("[[grant.instrument]]\ntype = \"deliberation\"").unwrap();
    let label = "\"mobility.registrations/01.00\"";
    let text = crate::house::consumer("burger", super::BURGER, "ipdc7", label, national);
    block_on(async {
        let plan = Plan { consumers: vec![("burger", text)], ..super::plan() };
        let house = House::planned(plan, always(json("{}")));
        for (query, want) in [
            ("&addressEnrichmentPerson=RR", 200),
            ("&addressEnrichmentPerson=KSZ", 403),
            ("&addressEnrichmentPerson=rr", 403),
            ("&addressEnrichmentPerson=", 403),
            ("", 403),
        ] {
            let answer =
                ask(&house, get(&format!("/v1/mobility/registrations?plateNr=1ABC123{query}"))).await;
            assert_eq!(answer.status, want, "{query}: {}", answer.text());
        }
    });
}
