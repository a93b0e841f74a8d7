//! Answers in content codings, other character sets, and messages of parts: opened, filtered, told truly.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};

use http::header;

use crate::house::{Answer, GEMEENTE, House, Plan, block_on, consumer, post};
use crate::messages::{INSZ, NAME, PATH, Question, answer, long_answer, stripped, with_content};
use crate::sources;
use crate::upstream::{Step, always, bytes_below};

/// Asks as the municipality, which has no basis for functionholders, accepting these codings.
async fn asked(house: &House, accept: Option<&str>) -> Answer {
    let mut request = post(PATH, Question::from(GEMEENTE).xml());
    if let Some(accept) = accept {
        request.headers_mut().insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
    }
    let got = house.consumer("gemeente").await.send(request).await;
    let said = format!("{:?} {:?}", got.headers, got.body);
    assert!(!said.contains(INSZ) && !said.contains(NAME), "{said}");
    got
}

fn from_upstream(steps: Vec<Step>, accept: Option<&str>) -> Answer {
    block_on(async { asked(&House::new(always(steps)), accept).await })
}

/// The answer is withheld, and the metrics say why.
fn is_withheld(what: &str, fault: &str, steps: Vec<Step>) {
    block_on(async {
        let house = House::new(always(steps));
        assert_eq!(asked(&house, None).await.status, 502, "{what}");
        let line = format!(
            "poortwachter_answers_withheld_total{{operation=\"GeefOnderneming/02.00\",fault=\"{fault}\"}} 1\n"
        );
        let metrics = house.metrics().await;
        let told = metrics.lines().filter(|line| line.contains("withheld_total{")).collect::<Vec<_>>();
        assert!(metrics.contains(&line), "{what}: {told:?}");
    });
}

mod codings {
    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn bare(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
        encoder.write_all(bytes).unwrap();
        encoder.into_inner()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).unwrap()
    }

    fn coded(coding: &str, body: &[u8]) -> Vec<Step> {
        bytes_below(&format!("Content-Type: text/xml\r\nContent-Encoding: {coding}\r\n"), body)
    }

    fn decoded(answer: &Answer) -> String {
        let body = answer.body.as_ref().unwrap();
        let mut text = String::new();
        match answer.header("content-encoding") {
            None => text = answer.text(),
            Some("gzip") => drop(flate2::read::GzDecoder::new(&body[..]).read_to_string(&mut text).unwrap()),
            Some("br") => drop(brotli::Decompressor::new(&body[..], 4096).read_to_string(&mut text).unwrap()),
            Some("zstd") => text = String::from_utf8(zstd::decode_all(&body[..]).unwrap()).unwrap(),
            Some(other) => panic!("{other}"),
        }
        text
    }

    #[test]
    fn an_answer_in_any_coding_is_filtered() {
        let text = answer("GeefOnderneming");
        let bytes = text.as_bytes();
        for (coding, body) in [
            ("gzip", gzip(bytes)),
            ("x-gzip", gzip(bytes)),
            ("deflate", zlib(bytes)),
            ("deflate", bare(bytes)),
            ("br", brotli(bytes)),
            ("zstd", zstd(bytes)),
            ("gzip, br", brotli(&gzip(bytes))),
            ("identity, gzip\r\nContent-Encoding: zstd", zstd(&gzip(bytes))),
        ] {
            let got = from_upstream(coded(coding, &body), None);
            assert_eq!(got.text(), stripped(1), "{coding}");
            assert_eq!(got.header("content-encoding"), None, "{coding}");
            assert_eq!(got.header("vary"), Some("accept-encoding"), "{coding}");
            assert_eq!(
                got.header("content-length"),
                Some(stripped(1).len().to_string().as_str()),
                "{coding}"
            );
        }
    }

    #[test]
    fn it_leaves_in_the_coding_the_consumer_prefers() {
        let body = gzip(answer("GeefOnderneming").as_bytes());
        for (accept, coding) in [
            ("gzip", Some("gzip")),
            ("br;q=0.5, gzip;q=0.1", Some("br")),
            ("zstd", Some("zstd")),
            ("*", Some("gzip")),
            ("deflate", None),
            ("gzip;q=0", None),
            ("identity;q=0, *;q=0", None),
        ] {
            let got = from_upstream(coded("gzip", &body), Some(accept));
            assert_eq!(got.header("content-encoding"), coding, "{accept}");
            assert_eq!(decoded(&got), stripped(1), "{accept}");
            let length = got.body.as_ref().unwrap().len().to_string();
            assert_eq!(got.header("content-length"), Some(length.as_str()), "{accept}: a true length");
        }
    }

    #[test]
    fn what_came_plain_leaves_coded_only_to_a_consumer_that_refuses_it_plain() {
        let plain = || bytes_below("Content-Type: text/xml\r\n", answer("GeefOnderneming").as_bytes());
        assert_eq!(from_upstream(plain(), Some("gzip")).header("content-encoding"), None);
        let got = from_upstream(plain(), Some("gzip, identity;q=0"));
        assert_eq!((got.header("content-encoding"), decoded(&got)), (Some("gzip"), stripped(1)));
    }

    #[test]
    fn a_long_coded_answer_is_streamed_coded() {
        let body = zstd(long_answer(20_000).as_bytes());
        for accept in ["gzip", "br", "zstd"] {
            let got = from_upstream(coded("zstd", &body), Some(accept));
            assert_eq!(got.header("content-encoding"), Some(accept));
            assert_eq!(got.header("content-length"), None);
            assert_eq!(decoded(&got), stripped(20_000), "{accept}");
        }
        assert_eq!(from_upstream(coded("zstd", &body), None).text(), stripped(20_000));
    }

    #[test]
    fn the_upstream_is_asked_for_no_coding() {
        block_on(async {
            let house = House::new(always(coded("gzip", &gzip(answer("GeefOnderneming").as_bytes()))));
            asked(&house, Some("gzip, br")).await;
            assert_eq!(house.upstream.asked()[0].header("accept-encoding"), Some("identity"));
        });
    }

    #[test]
    fn a_coding_that_is_not_known_not_whole_or_not_that_coding_is_withheld() {
        let text = answer("GeefOnderneming");
        let body = gzip(text.as_bytes());
        let cut = &body[..body.len() - 1];
        let more = [&body[..], b"<b/>"].concat();
        let mut damaged = body.clone();
        let last = damaged.len() - 5;
        damaged[last] ^= 1;
        for (what, fault, steps) in [
            ("unknown", "content-encoding", coded("compress", &body)),
            ("one of two unknown", "content-encoding", coded("gzip, aes128gcm", &body)),
            ("too many", "content-encoding", coded("gzip, gzip, gzip, gzip", &body)),
            ("plain text", "broken-coding", coded("gzip", text.as_bytes())),
            ("another coding", "broken-coding", coded("zstd", &body)),
            ("its checksum", "broken-coding", coded("gzip", &damaged)),
            ("cut", "truncated-coding", coded("gzip", cut)),
            ("nothing", "truncated-coding", coded("gzip", b"")),
            ("garbage behind it", "trailing-coding", coded("gzip", &more)),
            ("one layer only", "broken-coding", coded("gzip, gzip", &body)),
            ("a layer unsaid", "forbidden-character", coded("gzip", &gzip(&body))),
        ] {
            is_withheld(what, fault, steps);
        }
    }

    #[test]
    fn a_long_coded_answer_that_goes_wrong_on_its_way_is_cut_and_never_ended() {
        let body = zstd(long_answer(20_000).as_bytes());
        for (what, body) in [("cut", body[..body.len() - 3].to_vec()), ("more", [&body[..], b"x"].concat())] {
            for accept in [None, Some("gzip")] {
                let got = from_upstream(coded("zstd", &body), accept);
                assert_eq!(got.status, 200, "{what}");
                assert!(got.body.is_err(), "{what}");
            }
        }
    }

    #[test]
    fn a_bomb_is_withheld_at_its_budget_in_any_layer() {
        let start = long_answer(1);
        let start = start.split_once("<Functies>").unwrap().0;
        let bomb = [start.as_bytes(), &vec![b' '; 80 << 20]].concat();
        let flat = gzip(&bomb);
        for (what, coding, body) in [
            ("gzip", "gzip", flat.clone()),
            ("in itself", "gzip, gzip", gzip(&flat)),
            ("br", "br", brotli(&bomb)),
            ("zstd", "zstd", zstd(&bomb)),
        ] {
            // White space between elements passes, so the consumer sees it begin, and cut.
            block_on(async {
                let house = House::planned(
                    Plan::with(|settings| settings.limits.held_back = 100 << 20),
                    always(coded(coding, &body)),
                );
                assert_eq!(asked(&house, None).await.status, 502, "{what}");
                let metrics = house.metrics().await;
                assert!(metrics.contains("fault=\"decoded-"), "{what}: {metrics}");
            });
        }
    }
}

mod charsets {
    use super::*;

    /// With letters beyond ASCII, and with a functionholder.
    fn text(declaration: &str) -> String {
        let whole = answer("GeefOnderneming").replace("<Onderneming>", "<Onderneming><Naam>Caf\u{e9}</Naam>");
        let (_, rest) = whole.split_once("?>").unwrap();
        format!("{declaration}{rest}")
    }

    /// What is to come of it.
    fn want(declaration: &str) -> String {
        let whole = stripped(1).replace("<Onderneming>", "<Onderneming><Naam>Caf\u{e9}</Naam>");
        let (_, rest) = whole.split_once("?>").unwrap();
        format!("{declaration}{rest}")
    }

    fn little(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn big(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    }

    fn latin(text: &str) -> Vec<u8> {
        text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect()
    }

    fn declared(name: &str) -> String {
        format!("<?xml version=\"1.0\" encoding=\"{name}\"?>")
    }

    #[test]
    fn every_character_set_that_is_read_is_filtered_and_leaves_as_utf_8_that_says_so() {
        let (utf8, none) = (declared("UTF-8"), String::new());
        for (what, kind, body, declaration) in [
            ("utf-8", "text/xml", text(&utf8).into_bytes(), &utf8),
            (
                "utf-8 with a mark",
                "text/xml",
                format!("\u{feff}{}", text(&utf8)).into_bytes(),
                &format!("\u{feff}{utf8}"),
            ),
            ("utf-16le", "text/xml", little(&format!("\u{feff}{}", text(&declared("UTF-16")))), &utf8),
            ("utf-16be", "text/xml", big(&format!("\u{feff}{}", text(&declared("utf-16be")))), &utf8),
            (
                "utf-16 by both",
                "application/xml;charset=UTF-16",
                big(&format!("\u{feff}{}", text(""))),
                &none,
            ),
            ("utf-16 by name alone", "text/xml; charset=\"utf-16le\"", little(&text("")), &none),
            ("latin-1 by declaration", "text/xml", latin(&text(&declared("ISO-8859-1"))), &utf8),
            (
                "latin-1 by header",
                "application/soap+xml; charset=iso-8859-1; action=\"x\"",
                latin(&text("")),
                &none,
            ),
        ] {
            let got = from_upstream(bytes_below(&format!("Content-Type: {kind}\r\n"), &body), None);
            assert_eq!(got.text(), want(declaration), "{what}");
            let media = kind.split(';').next().unwrap();
            assert_eq!(
                got.header("content-type"),
                Some(format!("{media}; charset=utf-8").as_str()),
                "{what}"
            );
            assert_eq!(got.header("content-length"), Some(got.text().len().to_string().as_str()), "{what}");
        }
    }

    #[test]
    fn a_contradiction_or_an_unknown_character_set_is_withheld_and_never_guessed() {
        let plain = |text: String| text.into_bytes();
        for (what, fault, kind, body) in [
            (
                "header against declaration",
                "charset-contradiction",
                "text/xml; charset=utf-8",
                latin(&text(&declared("ISO-8859-1"))),
            ),
            (
                "declaration against header",
                "charset-contradiction",
                "text/xml; charset=iso-8859-1",
                latin(&text(&declared("UTF-8"))),
            ),
            (
                "mark against header",
                "charset-contradiction",
                "text/xml; charset=utf-8",
                little(&format!("\u{feff}{}", text(""))),
            ),
            (
                "mark against declaration",
                "charset-contradiction",
                "text/xml",
                little(&format!("\u{feff}{}", text(&declared("UTF-8")))),
            ),
            (
                "a mark of utf-8 and another declaration",
                "charset-contradiction",
                "text/xml",
                plain(format!("\u{feff}{}", text(&declared("ISO-8859-1")))),
            ),
            ("utf-16 in single bytes", "charset-contradiction", "text/xml", plain(text(&declared("UTF-16")))),
            ("no order", "no-byte-order", "text/xml; charset=utf-16", little(&text(""))),
            ("nothing said of utf-16", "forbidden-character", "text/xml", little(&text(""))),
            ("nothing said of latin-1", "not-utf-8", "text/xml", latin(&text(""))),
            ("windows-1252", "unknown-charset", "text/xml; charset=windows-1252", latin(&text(""))),
            ("windows-1252 declared", "unknown-charset", "text/xml", latin(&text(&declared("windows-1252")))),
            ("utf-7", "unknown-charset", "text/xml; charset=utf-7", plain(text(""))),
            ("utf-32", "forbidden-character", "text/xml", [&b"\xff\xfe\0\0"[..], b"<\0\0\0"].concat()),
            ("more than ascii", "broken-charset", "text/xml; charset=us-ascii", plain(text(""))),
            (
                "half a pair",
                "broken-charset",
                "text/xml; charset=utf-16le",
                [little("<a>"), vec![0x3d, 0xd8, 0x41, 0]].concat(),
            ),
            (
                "two encodings",
                "broken-declaration",
                "text/xml",
                plain(text("<?xml version=\"1.0\" encoding=\"UTF-8\" encoding=\"ISO-8859-1\"?>")),
            ),
            ("charset twice", "content-type", "text/xml; charset=utf-8; charset=utf-8", plain(text(""))),
        ] {
            is_withheld(what, fault, bytes_below(&format!("Content-Type: {kind}\r\n"), &body));
        }
    }

    #[test]
    fn a_secret_is_removed_however_its_bytes_come() {
        block_on(async {
            let text = long_answer(200).replace("UTF-8", "UTF-16");
            let body = little(&format!("\u{feff}{text}"));
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            for size in [1, 7, 333] {
                let mut steps = vec![Step::Send(head.clone().into_bytes())];
                steps.extend(body.chunks(size).map(|chunk| Step::Send(chunk.to_vec())));
                let house = House::new(always(steps));
                assert_eq!(asked(&house, None).await.text(), stripped(200), "by {size}");
            }
        });
    }
}

mod parts {
    use super::*;

    const MTOM: &str = "Content-Type: multipart/related; boundary=\"old\"; type=\"application/xop+xml\"; \
                        start=\"<root@magda>\"; start-info=\"text/xml\"\r\n";
    const ROOT: &str = "Content-Type: application/xop+xml; charset=UTF-8; type=\"text/xml\"\r\n\
                        Content-Transfer-Encoding: binary\r\nContent-ID: <root@magda>\r\n";
    const PICTURE: &str =
        "Content-Type: image/jpeg\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <foto@magda>\r\n";

    fn message(parts: &[(&str, &str)]) -> String {
        let mut message = String::new();
        for (head, content) in parts {
            write!(message, "--old\r\n{head}\r\n{content}\r\n").unwrap();
        }
        message + "--old--\r\n"
    }

    fn mtom(parts: &[(&str, &str)]) -> Vec<Step> {
        bytes_below(MTOM, message(parts).as_bytes())
    }

    /// The message with the boundary the gateway chose for it.
    fn with_boundary(got: &Answer, want: &str) -> String {
        let kind = got.header("content-type").unwrap();
        let boundary = kind.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
        assert!(boundary.len() > 40 && !kind.contains("old"), "{kind}");
        want.replace("BOUNDARY", boundary)
    }

    #[test]
    fn a_message_with_its_document_alone_is_filtered() {
        let text = answer("GeefOnderneming");
        let got = from_upstream(mtom(&[(ROOT, &text)]), None);
        let want = format!(
            "--BOUNDARY\r\nContent-Type: application/xop+xml; charset=utf-8; type=\"text/xml\"\r\n\
             Content-Transfer-Encoding: 8bit\r\n\r\n{}\r\n--BOUNDARY--\r\n",
            stripped(1)
        );
        assert_eq!(got.text(), with_boundary(&got, &want));
        assert_eq!(got.header("content-length"), Some(got.text().len().to_string().as_str()));
    }

    #[test]
    fn a_long_one_is_streamed() {
        let text = long_answer(20_000);
        let got = from_upstream(mtom(&[(ROOT, &text)]), None);
        assert!(got.text().contains(&stripped(20_000)));
        assert!(got.text().ends_with("--\r\n"));
    }

    #[test]
    fn where_fields_are_personal_nothing_may_stand_beside_the_document() {
        let text = answer("GeefOnderneming");
        let other = format!("<Persoon><INSZ>{INSZ}</INSZ></Persoon>");
        for (what, parts) in [
            ("a picture", [(ROOT, text.as_str()), (PICTURE, "jpeg")]),
            ("more xml", [(ROOT, text.as_str()), ("Content-Type: text/xml\r\n", other.as_str())]),
            ("something before it", [("Content-Type: text/xml\r\n", other.as_str()), (ROOT, text.as_str())]),
        ] {
            is_withheld(what, "attachment", mtom(&parts));
        }
    }

    #[test]
    fn a_malformed_message_is_withheld() {
        let text = answer("GeefOnderneming");
        let whole = message(&[(ROOT, &text)]);
        let sent = |head: &str, body: &str| bytes_below(head, body.as_bytes());
        for (what, fault, steps) in [
            ("no end", "truncated-parts", sent(MTOM, whole.trim_end_matches("--old--\r\n"))),
            ("an empty one", "no-root-part", sent(MTOM, "--old--\r\n")),
            (
                "no root",
                "no-root-part",
                sent(&MTOM.replace("start=\"<root@magda>\"; ", "start=\"<\u{78}>\"; "), "--old--\r\n"),
            ),
            ("bare line ends", "broken-parts", sent(MTOM, &whole.replace("\r\n", "\n"))),
            (
                "a boundary in the text",
                "broken-parts",
                sent(MTOM, &whole.replace("<Aard>", "\n--old\n<Aard>")),
            ),
            (
                "a longer boundary",
                "broken-parts",
                sent(MTOM, &whole.replace("<Aard>", "\r\n--older\r\n<Aard>")),
            ),
            ("an encoded root", "root-part-type", sent(MTOM, &whole.replace("binary", "base64"))),
            (
                "a root in json",
                "root-part-type",
                sent(MTOM, &whole.replace("application/xop+xml;", "application/json;")),
            ),
            (
                "a root that contradicts itself",
                "charset-contradiction",
                sent(MTOM, &whole.replace("charset=UTF-8", "charset=ISO-8859-1")),
            ),
            ("another document in it", "unexpected-root", sent(MTOM, &message(&[(ROOT, "<a>")]))),
            (
                "no boundary said",
                "content-type",
                sent("Content-Type: multipart/related; type=\"text/xml\"\r\n", &whole),
            ),
            ("mixed", "content-type", sent(&MTOM.replace("related", "mixed"), &whole)),
            ("ranges", "content-type", sent("Content-Type: multipart/byteranges; boundary=old\r\n", &whole)),
        ] {
            is_withheld(what, fault, steps);
        }
    }

    /// What a consumer gets of GeefPersoon, which has no personal fields of its own: who may ask it may see all.
    fn of_person(steps: Vec<Step>) -> Answer {
        block_on(async {
            let plan = Plan {
                consumers: vec![(
                    "gemeente",
                    consumer("gemeente", GEMEENTE, "ipdc1", "\"GeefPersoon/02.02\"", sources::REGISTER),
                )],
                ..Plan::default()
            };
            let house = House::planned(plan, always(steps));
            let question = sources::question("GeefPersoon", "02.02", sources::ORDINARY);
            house.consumer("gemeente").await.ask(sources::PATH, question).await
        })
    }

    #[test]
    fn where_none_are_the_other_parts_pass_as_they_came() {
        let text = with_content("GeefPersoon", "<Foto><Include href=\"cid:foto@magda\"/></Foto>");
        let picture = "\u{1}\u{2}\r\n--\r\n\u{3}";
        let got = of_person(mtom(&[(ROOT, &text), (PICTURE, picture)]));
        let want = format!(
            "--BOUNDARY\r\nContent-Type: application/xop+xml; charset=utf-8; type=\"text/xml\"\r\n\
             Content-Transfer-Encoding: 8bit\r\nContent-ID: <root@magda>\r\n\r\n{text}\r\n\
             --BOUNDARY\r\n{PICTURE}\r\n{picture}\r\n--BOUNDARY--\r\n"
        );
        assert_eq!(got.text(), with_boundary(&got, &want));
        assert!(got.header("content-type").unwrap().contains("start=\"<root@magda>\""));
    }

    #[test]
    fn and_a_document_that_is_not_whole_is_withheld_there_too() {
        assert_eq!(of_person(mtom(&[(ROOT, "<a>"), (PICTURE, "jpeg")])).status, 502);
    }
}
