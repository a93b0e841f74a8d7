//! Real clients: curl and Python's `requests`, where they are installed.

use std::process::Command;

use super::{BURGER, DETAIL, NUMBER, SEARCH, serving};
use crate::house::House;
use crate::messages::{INSZ, NAME};

const ANSWER: &str = "{\"vertegenwoordigers\":[{\"insz\":\"62680599650\",\"achternaam\":\"Janssens-Geheim\",\"rol\":\"x\",\"bron\":\"KBO\"}]}";
const WITHOUT: &str = "{\"vertegenwoordigers\":[{\"rol\":\"x\",\"bron\":\"KBO\"}]}";

fn run(command: &mut Command) -> Option<String> {
    let Ok(done) = command.output() else {
        eprintln!("skipped: {command:?} is not installed");
        return None;
    };
    Some(String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
}

fn curl(house: &House, more: &[&str], target: &str) -> Option<String> {
    let who = house.identity("burger");
    let mut command = Command::new("curl");
    command.args(["-sS", "-i", "--path-as-is", "--max-time", "30", "--cacert"]);
    command.arg(house.directory.path().join("client.ca.pem"));
    command.arg("--cert").arg(&who.certificate).arg("--key").arg(&who.key);
    command.args([
        "-H",
        &format!("x-correlation-id: {NUMBER}"),
        "-H",
        &format!("X-Magda-Sender-ID: {BURGER}"),
    ]);
    command.args(more).arg(format!("https://localhost:{}{target}", house.address.port()));
    run(&mut command)
}

#[test]
fn curl_gets_an_answer_a_head_and_a_refusal_over_both_versions_of_http() {
    let house = serving(ANSWER);
    for version in ["--http1.1", "--http2"] {
        let Some(got) = curl(&house, &[version], DETAIL) else { return };
        assert!(got.ends_with(WITHOUT), "{version}: {got}");
        assert!(!got.contains(INSZ) && !got.contains(NAME), "{got}");
        let got = curl(&house, &[version], &format!("{DETAIL}/../V0001002")).unwrap();
        assert!(got.contains(" 400 ") && got.contains("dot-segment"), "{version}: {got}");
        let got = curl(&house, &[version, "-X", "PUT", "-d", ""], DETAIL).unwrap();
        assert!(
            got.contains(" 405 ") && got.to_lowercase().contains("allow: get, head, patch, delete"),
            "{got}"
        );
        let got = curl(&house, &[version, "-G", "--data-urlencode", "q=naam:kring & co"], SEARCH).unwrap();
        assert!(got.ends_with(WITHOUT), "{version}: {got}");
        let got = curl(
            &house,
            &[version, "-H", "Content-Type: application/json", "-X", "PATCH", "-d", "{\"a\":1}"],
            DETAIL,
        );
        assert!(got.unwrap().ends_with(WITHOUT), "{version}");
    }
    let asked = house.upstream.asked();
    assert!(
        asked.iter().any(|asked| asked
            .head
            .starts_with(&format!("GET {SEARCH}?q=naam%3akring%20%26%20co HTTP"))
            || asked.head.starts_with(&format!("GET {SEARCH}?q=naam%3Akring+%26+co HTTP"))
            || asked.head.starts_with(&format!("GET {SEARCH}?q=naam%3akring+%26+co HTTP"))
            || asked.head.starts_with(&format!("GET {SEARCH}?q=naam%3Akring%20%26%20co HTTP"))),
        "{asked:?}"
    );
    assert!(asked.iter().any(|asked| asked.head.starts_with("PATCH ") && asked.body == b"{\"a\":1}"));
}

const PYTHON: &str = r#"
import sys
try:
    import requests
except ImportError:
    print("no requests"); sys.exit()
base, ca, crt, key, detail, search = sys.argv[1:]
s = requests.Session()
s.trust_env = False
s.verify, s.cert = ca, (crt, key)
s.headers.update({"x-correlation-id": "0f8fad5b-d9cb-469f-a165-7086772895fe", "X-Magda-Sender-ID": "burger.be/ipdc7"})
r = s.get(base + detail); print(r.status_code, r.json()["vertegenwoordigers"])
r = s.get(base + search, params={"q": "café & kring~", "limit": 10}); print(r.status_code)
r = s.get(base + search, params={"insz": "62680599650"}); print(r.status_code, r.json()["reason"], r.headers["content-type"])
r = s.patch(base + detail, json={"naam": "Kringé"}); print(r.status_code)
r = s.delete(base + detail); print(r.status_code)
r = s.head(base + detail); print(r.status_code, repr(r.text))
"#;

#[test]
fn pythons_requests_gets_the_same() {
    let house = serving(ANSWER);
    let who = house.identity("burger");
    let mut command = Command::new("python3");
    command.args(["-c", PYTHON, &format!("https://localhost:{}", house.address.port())]);
    command
        .arg(house.directory.path().join("client.ca.pem"))
        .arg(&who.certificate)
        .arg(&who.key)
        .args([DETAIL, SEARCH]);
    let Some(got) = run(&mut command) else { return };
    if got.starts_with("no requests") {
        return eprintln!("skipped: Python has no `requests`");
    }
    let want = "200 [{'rol': 'x', 'bron': 'KBO'}]\n200\n403 basis-missing application/problem+json; charset=utf-8\n200\n200\n200 ''\n";
    assert_eq!(got, want);
}
