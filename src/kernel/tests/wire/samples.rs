//! The sample answers of MAGDA's public mock, where a copy of them is at hand: the folder that
//! `MAGDA_SAMPLES` names, or `../shared/magda-samples` beside the workspace.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use poortwachter_kernel::peek::soap;
use poortwachter_kernel::redact::program::{Parts, Program};
use poortwachter_kernel::redact::xml::Start;
use poortwachter_kernel::vocab::{Field, FieldSet};

use poortwachter_kernel::tripwire::{Mode, Tripwire};

use crate::feeding::{Copy, Feeding, Outcome};
use crate::oracle;
use crate::programs::{BOTH, DRIFT, GEEF_FUNCTIES, GEEF_ONDERNEMING, NONE, REVEALS, ZOEK_ONDERNEMING};
use crate::tripwire::INNOCENT;

#[test]
fn an_answer_without_functionholders_loses_no_more_than_a_natural_persons_addresses() {
    let (mut whole, mut changed) = (0, 0);
    for_each("Onderneming/GeefOnderneming", |path, document| {
        for reveals in REVEALS {
            let outcome = feed(&GEEF_ONDERNEMING, reveals, document);
            let want = oracle(&GEEF_ONDERNEMING, reveals, document);
            assert_eq!(outcome.text(), want, "{}", path.display());
            if want.as_bytes() == document { whole += 1 } else { changed += 1 }
        }
        let open = feed(&GEEF_ONDERNEMING, FieldSet::ALL, document);
        assert_eq!(open.whole(), document, "{}", path.display());
    });
    assert!(samples().is_none() || whole > 0 && changed > 0, "{whole} {changed}");
}

/// What the oracle makes of a Body's content.
fn oracle(program: &Program<'_>, reveals: FieldSet, document: &[u8]) -> String {
    let text = std::str::from_utf8(document).unwrap();
    let content = text.find("<web:").or(text.rfind("?>").map(|at| at + 2)).unwrap_or(0);
    let (before, content) = text.split_at(content);
    let (open, close) = ("<s:Envelope xmlns:s='s'><s:Body>", "</s:Body></s:Envelope>");
    let want = oracle::expect(&Feeding::revealing(program, reveals), &format!("{open}{content}{close}"));
    let want = want.unwrap_or_else(|fault| panic!("{fault:?}")).text;
    before.to_owned() + want.strip_prefix(open).unwrap().strip_suffix(close).unwrap()
}

#[test]
fn an_answer_of_a_service_without_a_program_leaves_byte_identical() {
    for_each("", |path, document| {
        if path
            .components()
            .any(|part| ["synthetic", "requests", "GeefFuncties"].iter().any(|x| part.as_os_str() == *x))
        {
            return;
        }
        let root = root(document);
        let program = Program::new(Parts::only(&root)).unwrap();
        assert_eq!(feed(&program, NONE, document).whole(), document, "{}", path.display());
    });
}

#[test]
fn functies_lose_their_insz_and_nothing_else() {
    for_each("Onderneming/GeefFuncties", |path, document| {
        let outcome = feed(&GEEF_FUNCTIES, NONE, document);
        let want = without(document, "<INSZ>", "</INSZ>");
        assert_eq!(outcome.whole(), want.as_bytes(), "{}", path.display());
        assert_eq!(feed(&GEEF_FUNCTIES, BOTH, document).whole(), document, "{}", path.display());
    });
}

#[test]
fn synthetic_answers_lose_their_functionholders_and_nothing_else() {
    for_each("synthetic", |path, document| {
        let (program, open, close) = match root(document).as_str() {
            "GeefFunctiesResponse" => (&*GEEF_FUNCTIES, "<INSZ", "</INSZ>"),
            "ZoekOndernemingResponse" => (&*ZOEK_ONDERNEMING, "<Persoon>", "</Persoon>"),
            _ => (&*GEEF_ONDERNEMING, "<Persoon>", "</Persoon>"),
        };
        let address = FieldSet::EMPTY.with(Field::SoleProprietorAddress);
        let without_persons = without(document, open, close);
        assert_eq!(feed(program, address, document).text(), without_persons, "{}", path.display());
        assert_ne!(without_persons.as_bytes(), document, "{}", path.display());
        assert_eq!(feed(program, FieldSet::ALL, document).whole(), document, "{}", path.display());
        let natural =
            path.ends_with("natuurlijke-persoon_functies.xml") || path.ends_with("twee-resultaten.xml");
        let strict = feed(program, NONE, document).text();
        assert_eq!(strict != without_persons, natural, "{}", path.display());
    });
}

/// What an alarm over the samples would be a false one for: everything the filter leaves in KBO's answers.
#[test]
fn filtered_answers_of_kbo_do_not_set_the_tripwire_off() {
    for folder in ["Onderneming", "synthetic"] {
        for_each(folder, |path, document| {
            let root = root(document);
            let other = Program::new(Parts::only(&root)).unwrap();
            let program = match root.as_str() {
                "GeefFunctiesResponse" => &*GEEF_FUNCTIES,
                "ZoekOndernemingResponse" => &*ZOEK_ONDERNEMING,
                "GeefOndernemingResponse" => &*GEEF_ONDERNEMING,
                _ => &other,
            };
            let left = feed(program, NONE, document);
            assert_eq!(alarms(left.whole()), [""; 0], "{}", path.display());
        });
    }
}

/// Prints them: all are INSZ of persons the answers are about.
#[test]
fn every_alarm_over_all_samples_is_a_number_in_a_place_made_for_one() {
    let Some(folder) = samples() else { return };
    let mut places = BTreeMap::<String, u32>::new();
    let all: Vec<_> = ["xml", "json"].iter().flat_map(|end| files(&folder, end)).collect();
    for path in &all {
        for place in alarms(&fs::read(path).unwrap()) {
            *places.entry(place).or_default() += 1;
        }
    }
    println!("{} answers: {places:?}", all.len());
    let made_for_one = ["INSZ", "ssin", "Begunstigde", "Sleutel", "Waarde", "notatie", "identificator"];
    let others: Vec<_> = places.keys().filter(|place| !made_for_one.contains(&place.as_str())).collect();
    assert_eq!(others, Vec::<&String>::new());
}

/// The elements and keys at which the tripwire finds numbers: a mask shows where.
fn alarms(document: &[u8]) -> Vec<String> {
    let (mut tripwire, mut masked) = (Tripwire::new(Mode::Mask), Vec::new());
    let mut sink = Copy { chunk: document, out: &mut masked };
    tripwire.feed(INNOCENT, document, &mut sink).unwrap();
    tripwire.finish(INNOCENT, &mut sink).unwrap();
    assert_eq!(masked.len(), document.len());
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(changed) = (at..document.len()).find(|at| masked[*at] != document[*at]) {
        places.push(place(&document[..changed]));
        // Over the rest of the number.
        at = changed + document[changed..].iter().take_while(|byte| !b"<\"".contains(byte)).count();
    }
    places
}

/// The name of the last element opened, or of the last key, before something.
fn place(before: &[u8]) -> String {
    let text = String::from_utf8_lossy(before);
    let tag = text.rsplit('<').find(|tag| !tag.starts_with('/')).filter(|_| text.contains('<'));
    let key = || {
        text.trim_end_matches(|char: char| char != ':').trim_end_matches([':', '"', ' ']).rsplit('"').next()
    };
    let name = tag.and_then(|tag| tag.split(['>', ' ']).next()).or_else(key).unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

#[test]
fn every_request_template_has_one_meaning() {
    for_each("requests", |path, document| {
        let envelope =
            soap::read(document, DRIFT).unwrap_or_else(|why| panic!("{}: {why:?}", path.display()));
        let service = path.iter().rev().nth(2).unwrap().to_str().unwrap();
        assert!(envelope.root.starts_with(service), "{}", path.display());
        assert!(!envelope.namespace.is_empty(), "{}", path.display());
    });
}

/// Whole and in two, in at most some two hundred places.
fn feed(program: &Program<'_>, reveals: FieldSet, document: &[u8]) -> Outcome {
    let feeding = Feeding { start: Start::EnvelopeOrBody, ..Feeding::revealing(program, reveals) };
    let finest = feeding.byte_by_byte(document);
    feeding.assert_like(&finest, &feeding.whole(document), "whole");
    for at in (0..document.len()).step_by(1 + document.len() / 200) {
        let (head, tail) = document.split_at(at);
        feeding.assert_like(&finest, &feeding.chunks([head, tail]), &format!("split at byte {at}"));
    }
    finest
}

fn root(document: &[u8]) -> String {
    let text = std::str::from_utf8(document).unwrap().trim_start_matches('\u{feff}');
    let tree = roxmltree::Document::parse(text.trim_start()).unwrap();
    let root = tree.root_element();
    let content = match root.tag_name().name() {
        "Envelope" => {
            root.children().find(|node| node.has_tag_name((root.tag_name().namespace().unwrap(), "Body")))
        }
        _ => return root.tag_name().name().to_owned(),
    };
    content.unwrap().first_element_child().unwrap().tag_name().name().to_owned()
}

/// A text without what stands from each `open` to the next `close`.
fn without(document: &[u8], open: &str, close: &str) -> String {
    let mut rest = std::str::from_utf8(document).unwrap();
    let mut kept = String::new();
    while let Some((before, after)) = rest.split_once(open) {
        kept.push_str(before);
        rest = after.split_once(close).unwrap().1;
    }
    kept + rest
}

fn for_each(folder: &str, mut work: impl FnMut(&Path, &[u8])) {
    let Some(samples) = samples() else {
        println!("no sample messages at hand: nothing is checked here");
        return;
    };
    let mut count = 0;
    for path in files(&samples.join(folder), "xml") {
        work(&path, &fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count > 0, "no sample in `{folder}`");
}

fn samples() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/magda-samples");
    let folder = env::var_os("MAGDA_SAMPLES").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let wanted = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == end));
    wanted.chain(folders.iter().flat_map(|folder| self::files(folder, end))).collect()
}
