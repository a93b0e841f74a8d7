//! How fast a JSON answer is filtered, beside what else could do it and what cannot be beaten.
//!
//! `cargo bench --bench json`. The copies into a buffer are part of the peers' time; the proxy passes
//! our ranges on without them. jq is measured where it is installed, from 1 MiB on.
#![allow(missing_docs, clippy::unwrap_used)]

mod harness;

use std::ops::Range;

use harness::outside::Outside;
use harness::{Case, compare};
use jiter::{Jiter, Peek};
use poortwachter_kernel::json::{
    Filter, Form, JsonFlaw, Judge, Key, Question, Questions, Sink, Verdict, Within,
};
use sonic_rs::{JsonContainerTrait, JsonValueMutTrait};

/// A body is read from the network in pieces of this size.
const CHUNK: usize = 16 * 1024;
/// For less, starting a process would be most of what is measured.
const OUTSIDE: usize = 1024 * 1024;

fn main() {
    println!(
        "the filter's own memory: {} bytes, on the stack, for any answer",
        size_of::<Filter<JsonFlaw>>()
    );
    for size in [5 * 1024, 64 * 1024, 1024 * 1024, 64 * 1024 * 1024] {
        let mut documents = vec![("rich in functionholders", rich(size)), ("clean", clean(size))];
        if size <= OUTSIDE {
            documents.insert(1, ("rich, indented", indented(&rich(size))));
        }
        for (kind, document) in documents {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            assert_eq!(filter(&document, &mut ours), walk_jiter(&document, &mut theirs));
            assert_eq!(ours, theirs, "they must agree");
            bench(kind, &document);
        }
    }
}

fn bench(kind: &str, document: &[u8]) {
    let buffer = || Vec::with_capacity(2 * document.len());
    let (mut ours, mut peer, mut copy) = (buffer(), buffer(), buffer());
    let outside = outside(document);
    let mut cases = vec![
        Case::new("filter, ranges only", || ranges(document)),
        Case::new("filter, copied out", || filter(document, &mut ours)),
        Case::new("jiter, walked, spans copied", || walk_jiter(document, &mut peer)),
        Case::new("serde_json, a tree", || tree_serde(document)),
        Case::new("sonic-rs, a tree", || tree_sonic(document)),
        Case::new("core::str::from_utf8", || std::str::from_utf8(document).unwrap().len()),
        Case::new("memchr for every quote", || memchr::memchr_iter(b'"', document).count()),
        Case::new("memcpy", || {
            copy.clear();
            copy.extend_from_slice(document);
            copy.len()
        }),
    ];
    cases.extend(outside.as_ref().map(Case::outside));
    compare(kind, document.len(), cases);
}

/// What one would reach for without writing a program.
fn outside(document: &[u8]) -> Option<Outside> {
    if document.len() < OUTSIDE {
        return None;
    }
    let jq = Outside::on(document, "jq", ["-c", "del(.Onderneming.Functies.Functie[].Persoon)"])?;
    let tree = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).unwrap();
    let mut ours = Vec::new();
    filter(document, &mut ours);
    assert!(tree(&jq.output()) == tree(&ours), "they must agree");
    Some(jq)
}

fn ranges(document: &[u8]) -> usize {
    let mut count = Count(0);
    run(document, |filter, judge, chunk| filter.feed(judge, chunk, &mut count));
    count.0
}

fn filter(document: &[u8], out: &mut Vec<u8>) -> usize {
    out.clear();
    run(document, |filter, judge, chunk| filter.feed(judge, chunk, &mut Copy { chunk, out }));
    out.len()
}

fn run(
    document: &[u8],
    mut feed: impl FnMut(&mut Filter<JsonFlaw>, &mut Persons, &[u8]) -> Result<(), JsonFlaw>,
) {
    let mut filter = Filter::new(Form::Document);
    let mut judge = Persons { progress: [Progress::Other; 130], depth: 0 };
    for chunk in document.chunks(CHUNK) {
        feed(&mut filter, &mut judge, chunk).unwrap();
    }
    filter.finish(&mut judge, &mut Count(0)).unwrap();
}

/// How much of `Functies/Functie/Persoon` the end of a path is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Other,
    Functies,
    Functie,
    Persoon,
    /// A personal name in a place nobody knows.
    Drift,
}

impl Progress {
    fn step(self, key: &[u8]) -> Self {
        match (self, key) {
            (_, b"Functies") => Self::Functies,
            (Self::Functies, b"Functie") => Self::Functie,
            (Self::Functie, b"Persoon") => Self::Persoon,
            (_, b"INSZ" | b"VoorNaam" | b"AchterNaam") => Self::Drift,
            _ => Self::Other,
        }
    }
}

/// Drops the persons.
struct Persons {
    progress: [Progress; 130],
    depth: usize,
}

impl Judge for Persons {
    type Fault = JsonFlaw;

    fn enter(&mut self, key: Key<'_>) -> Result<Verdict, JsonFlaw> {
        let Key::Read(key) = key else { return Err(JsonFlaw::TooLong) };
        let next = self.progress[self.depth].step(key);
        self.depth += 1;
        self.progress[self.depth] = next;
        match next {
            Progress::Persoon => Ok(Verdict::DROP),
            Progress::Drift => Err(JsonFlaw::Misplaced),
            _ => Ok(Verdict { within: Within::Elements, ..Verdict::KEEP }),
        }
    }

    fn leave(&mut self) -> Result<(), JsonFlaw> {
        self.depth -= 1;
        Ok(())
    }

    fn text(&mut self, _: &[u8]) -> Result<(), JsonFlaw> {
        Ok(())
    }
}

/// The quick way with a general reader: walks, skips what is a person, and copies the spans between. A
/// person is never the first member, so that the span with its comma begins where the last value ended.
fn walk_jiter(document: &[u8], out: &mut Vec<u8>) -> usize {
    out.clear();
    let mut walk = Jiters { jiter: Jiter::new(document), document, out, copied: 0 };
    let first = walk.jiter.peek().unwrap();
    walk.value(first, Progress::Other);
    walk.jiter.finish().unwrap();
    walk.out.extend_from_slice(&document[walk.copied..]);
    walk.out.len()
}

struct Jiters<'a> {
    jiter: Jiter<'a>,
    document: &'a [u8],
    out: &'a mut Vec<u8>,
    copied: usize,
}

impl Jiters<'_> {
    fn value(&mut self, peek: Peek, progress: Progress) {
        match peek {
            Peek::Object => self.object(progress),
            Peek::Array => {
                let mut next = self.jiter.known_array().unwrap();
                while let Some(peek) = next {
                    self.value(peek, progress);
                    next = self.jiter.array_step().unwrap();
                }
            }
            _ => self.jiter.known_skip(peek).unwrap(),
        }
    }

    fn object(&mut self, outer: Progress) {
        let mut ended = self.jiter.current_index();
        let mut progress = self.jiter.known_object().unwrap().map(|key| outer.step(key.as_bytes()));
        while let Some(known) = progress {
            assert!(known != Progress::Drift);
            if known == Progress::Persoon {
                self.jiter.next_skip().unwrap();
                self.out.extend_from_slice(&self.document[self.copied..ended]);
                self.copied = self.jiter.current_index();
            } else {
                let peek = self.jiter.peek().unwrap();
                self.value(peek, known);
            }
            ended = self.jiter.current_index();
            progress = self.jiter.next_key().unwrap().map(|key| outer.step(key.as_bytes()));
        }
    }
}

/// The plain way.
fn tree_serde(document: &[u8]) -> usize {
    let mut tree: serde_json::Value = serde_json::from_slice(document).unwrap();
    for functie in tree["Onderneming"]["Functies"]["Functie"].as_array_mut().unwrap() {
        functie.as_object_mut().unwrap().remove("Persoon");
    }
    serde_json::to_vec(&tree).unwrap().len()
}

fn tree_sonic(document: &[u8]) -> usize {
    let mut tree: sonic_rs::Value = sonic_rs::from_slice(document).unwrap();
    for functie in tree["Onderneming"]["Functies"]["Functie"].as_array_mut().unwrap().iter_mut() {
        functie.as_object_mut().unwrap().remove(&"Persoon");
    }
    assert!(tree.as_object().is_some());
    sonic_rs::to_vec(&tree).unwrap().len()
}

struct Count(usize);

impl Sink for Count {
    fn keep(&mut self, range: Range<usize>) {
        self.0 += range.len();
    }

    fn carried(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }

    fn ask(&mut self, _: Questions) {}

    fn settle(&mut self, _: Question, _: bool) {}

    fn watch(&mut self, _: bool) {}
}

struct Copy<'a> {
    chunk: &'a [u8],
    out: &'a mut Vec<u8>,
}

impl Sink for Copy<'_> {
    fn keep(&mut self, range: Range<usize>) {
        self.out.extend_from_slice(&self.chunk[range]);
    }

    fn carried(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    fn ask(&mut self, _: Questions) {}

    fn settle(&mut self, _: Question, _: bool) {}

    fn watch(&mut self, _: bool) {}
}

fn rich(size: usize) -> Vec<u8> {
    answer(size, |at| {
        format!(
            r#"{{"DatumBegin":"2018-05-14","FunctiehouderVan":"0999999943","AanduidingPersoonOnderneming":{{"Code":"1","Omschrijving":"Vertegenwoordiging door natuurlijke persoon"}},"AardFunctie":{{"Code":"10002","Omschrijving":"Bestuurder"}},"Persoon":{{"INSZ":"836708{at:05}","AchterNaam":"Quispel","VoorNaam":"Eva","Straat":{{"Code":"1234","Naam":"Verzonnen Lindendreef"}}}},"Bekrachtigd":true,"Volgnummer":{at},"Mandaat":{{"Duur":6,"Bezoldigd":false,"Opmerking":null,"Bron":"Staatsblad van 14 mei 2018, bladzijde 4711"}}}}"#
        )
    })
}

fn clean(size: usize) -> Vec<u8> {
    answer(size, |at| {
        format!(
            r#"{{"DatumBegin":"2018-05-14","FunctiehouderVan":"0999999943","AardFunctie":{{"Code":"{at}","Omschrijving":"Bestuurder"}},"Onderneming":{{"Ondernemingsnummer":"0999999943","MaatschappelijkeNaam":[{{"Naam":"Fictief België","Taal":"nl"}},{{"Naam":"Belgique fictive","Taal":"fr"}}]}},"Bekrachtigd":true,"Volgnummer":{at}}}"#
        )
    })
}

fn answer(size: usize, functie: impl Fn(usize) -> String) -> Vec<u8> {
    let mut document =
        r#"{"Onderneming":{"Ondernemingsnummer":"0999999943","Functies":{"Functie":["#.to_owned();
    let tail = "]}}}";
    let mut at = 0;
    while document.len() + tail.len() < size {
        document += if at == 0 { "" } else { "," };
        document += &functie(at);
        at += 1;
    }
    (document + tail).into_bytes()
}

fn indented(document: &[u8]) -> Vec<u8> {
    let tree: serde_json::Value = serde_json::from_slice(document).unwrap();
    serde_json::to_vec_pretty(&tree).unwrap()
}
