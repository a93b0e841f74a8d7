//! Makers: trails of any length, as the writer would have written them.

use std::path::Path;

use jiff::Timestamp;
use poortwachter::audit::keys::SigningKey;
use poortwachter::audit::trail::line::Line;
use poortwachter::audit::trail::segment::{End, Segment, Why};
use poortwachter::audit::verify::{Report, Terms, check_files};

/// A trail, file by file, line by line.
#[derive(Clone, Debug)]
pub struct Log {
    pub files: Vec<(String, Vec<String>)>,
    pub key: String,
}

/// How long a trail is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub lines: u64,
    pub per_segment: u64,
    pub per_checkpoint: u64,
}

/// Some of everything: several segments, each with several checkpoints.
pub const SMALL: Size = Size { lines: 60, per_segment: 20, per_checkpoint: 6 };

impl Log {
    /// A trail whose lines look like those of calls.
    pub fn new(size: Size) -> Self {
        let text = SigningKey::generate().unwrap();
        let key = SigningKey::parse(&text).unwrap();
        let now =
            |second: u64| Timestamp::from_second(1_795_514_400 + i64::try_from(second).unwrap()).unwrap();
        let mut out = Vec::new();
        let mut segment = Segment::begin("0f8fad5b".to_owned(), None, End::default(), now(0), &key, &mut out);
        let mut files = Vec::new();
        let mut members = Vec::new();
        for call in 0..size.lines {
            if call > 0 && call % size.per_segment == 0 {
                segment.check(Why::Segment, now(call), &key, &mut out);
                files.push((segment.name.clone(), lines(&out)));
                out.clear();
                let previous = segment.name.clone();
                segment = Segment::begin(
                    segment.trail.clone(),
                    Some(&previous),
                    segment.end.clone(),
                    now(call),
                    &key,
                    &mut out,
                );
            }
            let mut line = Line::begin(&mut members, "call");
            line.time("time", now(call));
            line.text("phase", "opened");
            line.text("trace", &format!("{:08x}-0000-4000-8000-000000000000", call / 2));
            line.text("consumer", "gemeente");
            line.hex("subjects", &[u8::try_from(call % 251).unwrap(); 32]);
            segment.add(&members, &mut out);
            if call % size.per_checkpoint == size.per_checkpoint - 1 {
                segment.check(Why::Interval, now(call), &key, &mut out);
            }
        }
        segment.check(Why::Stop, now(size.lines), &key, &mut out);
        files.push((segment.name.clone(), lines(&out)));
        Self { files, key: text }
    }

    pub fn key(&self) -> SigningKey {
        SigningKey::parse(&self.key).unwrap()
    }

    /// Terms that know whose trail it should be.
    pub fn terms(&self) -> Terms {
        Terms { keys: vec![self.key().public()], ..Terms::default() }
    }

    pub fn bytes(&self) -> Vec<(String, Vec<u8>)> {
        self.files.iter().map(|(name, lines)| (name.clone(), joined(lines))).collect()
    }

    pub fn check(&self) -> Report {
        check(&self.bytes(), &self.terms())
    }

    pub fn write(&self, directory: &Path) {
        for (name, bytes) in self.bytes() {
            std::fs::write(directory.join(name), bytes).unwrap();
        }
    }

    /// The last checkpoint of all.
    pub fn last(&self) -> String {
        self.files.last().unwrap().1.last().unwrap().clone()
    }
}

pub fn check(files: &[(String, Vec<u8>)], terms: &Terms) -> Report {
    check_files(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())), terms)
}

pub fn joined(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect()
}

pub fn lines(bytes: &[u8]) -> Vec<String> {
    std::str::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}
