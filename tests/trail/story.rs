//! A maker: a trail on which a bit of everything happened, always the same, under keys that never change.

use jiff::Timestamp;
use poortwachter::audit::keys::{Numbered, PseudonymKey, SigningKey};
use poortwachter::audit::trail::frame::shown;
use poortwachter::audit::trail::segment::{End, Segment, Why};

use crate::log::{Log, lines};

/// A test number that nobody has.
pub const INSZ: &str = "62680599650";
pub const KBO: &str = "0123456749";
/// What a hostile hand would write as a name.
pub const HOSTILE: &str = "=cmd|' /C calc'!A0<script>alert(1)</script>\n\u{1b}[31m";

/// A trail that is being written.
pub struct Story {
    key: SigningKey,
    segment: Segment,
    out: Vec<u8>,
    files: Vec<(String, Vec<String>)>,
}

pub fn signing() -> String {
    format!("poortwachter-checkpoint-key-v1 {}\n", "07".repeat(32))
}

/// The text of a pseudonym key's file.
pub fn pseudonyms(digit: &str) -> String {
    format!("poortwachter-pseudonym-key-v1 {}\n", digit.repeat(64))
}

impl Story {
    pub fn begin(at: &str) -> Self {
        let key = SigningKey::parse(&signing()).unwrap();
        let mut out = Vec::new();
        let segment = Segment::begin("0f8fad5b".to_owned(), None, End::default(), time(at), &key, &mut out);
        Self { key, segment, out, files: Vec::new() }
    }

    /// A record, by its members behind kind and time.
    pub fn say(&mut self, at: &str, kind: &str, rest: &str) {
        let comma = if rest.is_empty() { "" } else { "," };
        let members = format!(r#""kind":"{kind}","time":"{at}"{comma}{rest}"#);
        self.segment.add(members.as_bytes(), &mut self.out);
    }

    pub fn sign(&mut self, at: &str, why: Why) {
        self.segment.check(why, time(at), &self.key, &mut self.out);
    }

    /// Goes on in another file; gives the name of the one before.
    pub fn turn(&mut self, at: &str) -> String {
        self.files.push((self.segment.name.clone(), lines(&self.out)));
        self.out.clear();
        let Segment { trail, name, end, .. } = self.segment.clone();
        self.segment = Segment::begin(trail, Some(&name), end, time(at), &self.key, &mut self.out);
        name
    }

    /// The files before this one.
    pub fn finished(&self) -> &[(String, Vec<String>)] {
        &self.files
    }

    pub fn log(mut self) -> Log {
        self.files.push((self.segment.name.clone(), lines(&self.out)));
        Log { files: self.files, key: signing() }
    }

    pub fn opened(&mut self, at: &str, call: u32, who: &str, about: &str, basis: &str) {
        let rest = format!(
            r#""phase":"opened","trace":"{}",{who}{about},"verdict":"allowed",{basis},"generation":1,"registry":"{}","law":"2026-01""#,
            trace(call),
            "ab".repeat(32)
        );
        self.say(at, "call", &rest);
    }

    pub fn closed(&mut self, at: &str, call: u32, consumer: &str, end: &str) {
        let rest = format!(
            r#""phase":"closed","trace":"{}","consumer":"{consumer}","operation":"GeefOnderneming/02.00",{end}"#,
            trace(call)
        );
        self.say(at, "call", &rest);
    }
}

pub fn trace(call: u32) -> String {
    format!("{call:08x}-0000-4000-8000-000000000000")
}

fn time(at: &str) -> Timestamp {
    at.parse().unwrap()
}

pub const GEMEENTE: &str = r#""consumer":"gemeente","organisation":"Gemeente Demo","known_by":"certificate","sender":"gemeente-uri","purpose":"ipdc1","operation":"GeefOnderneming/02.00","sources":["kbo-vkbo"]"#;
pub const INSPECTIE: &str = r#""consumer":"inspectie","organisation":"Inspectie & Co","known_by":"token","sender":"inspectie-uri","purpose":"toezicht","capacity":"inspecteur","operation":"GeefOnderneming/02.00","sources":["kbo-vkbo"]"#;
pub const TOEZICHT: &str = r#""rule":"1g-2","opening_rule":"1g-2","grants":["toezicht"],"instruments":[{"type":"statutory-basis","reference":"Decreet, artikel 12","dated":"2020-01-01"}]"#;
const TOEGANG: &str = r#""rule":"1g-1","closing_rule":"1g-1","grants":["toegang"],"instruments":[{"type":"disclaimer","reference":"v1","dated":"2026-01-01"}]"#;
pub const WHOLE: &str = r#""verdict":"allowed","reason":"none","removed":{},"released":{"functionholder-name":2},"unsigned":false,"answer_before":"11","answer_after":"22","status":200,"bytes":900,"took_us":5"#;

/// Whom a call is about, under the key of that digit.
pub fn person(digit: &str) -> String {
    about("subjects", Numbered::Person, INSZ, digit)
}

fn enterprise(digit: &str) -> String {
    about("enterprises", Numbered::Enterprise, KBO, digit)
}

fn about(member: &str, of: Numbered, number: &str, digit: &str) -> String {
    let key = PseudonymKey::parse(&pseudonyms(digit)).unwrap();
    let pseudonym = shown(&key.pseudonym(of, number));
    format!(r#","{member}":["{pseudonym}"],"pseudonym_key":"{}""#, key.id())
}

/// Two runs in four files: calls over the border of files, one that a crash cut, a withheld answer, a hostile name, a
/// changed pseudonym key, all kinds of records; then a call of the next year.
pub fn story() -> Log {
    let mut story = Story::begin("2026-11-24T10:00:00.000000Z");
    story.say(
        "2026-11-24T10:00:00.000001Z",
        "start",
        r#""version":"0.1.0","generation":1,"durability":"fsync""#,
    );
    story.say(
        "2026-11-24T10:00:00.000002Z",
        "registry",
        r#""generation":1,"registry":"abab","law":"2026-01","grants":[{"consumer":"gemeente","grant":"toegang","last":"2027-01-20","instruments":[{"type":"disclaimer","reference":"v1"}]},{"consumer":"inspectie","grant":"toezicht","instruments":[{"type":"statutory-basis","reference":"Decreet, artikel 12","last":"2027-03-31"}]},{"consumer":"inspectie","grant":"later","last":"2027-04-01","instruments":[]}]"#,
    );
    story.opened("2026-11-24T10:01:00.000000Z", 1, GEMEENTE, &enterprise("1"), TOEGANG);
    story.opened("2026-11-24T10:02:00.000000Z", 2, INSPECTIE, &person("1"), TOEZICHT);
    story.closed("2026-11-24T10:02:01.000000Z", 2, "inspectie", WHOLE);
    let refusal = r#","verdict":"refused","reason":"sender-not-registered","generation":1,"registry":"abab","law":"2026-01","status":200,"bytes":300,"took_us":2"#;
    let who = |who: &str| format!(r#""phase":"refused","trace":"{}",{who}{refusal}"#, trace(3));
    story.say("2026-11-24T10:03:00.000000Z", "call", &who(GEMEENTE));
    story.say(
        "2026-11-24T10:04:00.000000Z",
        "evaluation",
        r#""trace":"00000009-0000-4000-8000-000000000000","listener":"admin","consumer":"gemeente","operation":"GeefOnderneming/02.00","decision":"deny","reason":"no-grant","status":200"#,
    );
    story.say(
        "2026-11-24T10:05:00.000000Z",
        "canary",
        r#""result":"passed","answers":9,"leaks":0,"findings":0"#,
    );
    story.sign("2026-11-24T10:06:00.000000Z", Why::Segment);
    story.turn("2026-11-24T10:06:00.000001Z");
    let end = r#""verdict":"allowed","reason":"none","removed":{"functionholder-insz":1,"functionholder-name":2},"released":{},"unsigned":true,"answer_before":"33","answer_after":"44","status":200,"bytes":400,"took_us":9"#;
    story.closed("2026-11-24T10:07:00.000000Z", 1, "gemeente", end);
    let name = serde_json::Value::from(HOSTILE).to_string();
    let hostile =
        format!(r#""phase":"refused","trace":"{}","consumer":{name},"purpose":{name}{refusal}"#, trace(4));
    story.say("2026-11-24T10:08:00.000000Z", "call", &hostile);
    story.opened("2026-11-24T10:09:00.000000Z", 5, INSPECTIE, &person("1"), TOEZICHT);
    story.turn("2026-11-25T09:00:00.000000Z");
    story.say(
        "2026-11-25T09:00:00.000001Z",
        "recovery",
        r#""cause":"unsealed","segment":"000000000012-20261124T100600.000001Z.jsonl","lines":4,"bytes":2000,"torn_bytes":7"#,
    );
    story.say(
        "2026-11-25T09:00:00.000002Z",
        "start",
        r#""version":"0.1.0","generation":1,"durability":"fsync""#,
    );
    story.opened("2026-11-25T09:01:00.000000Z", 6, INSPECTIE, &person("2"), TOEZICHT);
    let end = r#""verdict":"failed","reason":"withheld","removed":{},"released":{},"unsigned":false,"tripwire":"withhold","tripwire_numbers":1,"fault":"drift","status":502,"bytes":120,"took_us":9"#;
    story.closed("2026-11-25T09:01:01.000000Z", 6, "inspectie", end);
    story.say("2026-11-25T09:02:00.000000Z", "reload", r#""result":"faulty","faults":2"#);
    story.say(
        "2026-11-25T09:03:00.000000Z",
        "recovery",
        r#""cause":"write-failed","since":"2026-11-25T09:02:30.000000Z","refused":3"#,
    );
    story.say(
        "2026-11-25T09:04:00.000000Z",
        "tombstone",
        r#""terms":{"allowed":"P5Y"},"removed":[{"segment":"000000000000-20251124T100600.000001Z.jsonl","from":1,"to":9}],"gone":[]"#,
    );
    story.say("2026-11-25T09:05:00.000000Z", "stop", "");
    story.sign("2026-11-25T09:05:00.000001Z", Why::Stop);
    story.turn("2026-12-31T22:59:00.000000Z");
    story.say("2026-12-31T22:59:59.000000Z", "start", r#""version":"0.1.0""#);
    // Already the first of January in Brussels.
    story.opened("2026-12-31T23:00:00.000000Z", 7, INSPECTIE, &person("2"), TOEZICHT);
    story.closed("2026-12-31T23:00:01.000000Z", 7, "inspectie", WHOLE);
    story.sign("2026-12-31T23:01:00.000000Z", Why::Interval);
    story.log()
}
