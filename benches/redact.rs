//! How fast an answer is filtered, beside what else could do it and what cannot be beaten.
//!
//! `cargo bench --bench redact`. The copies into a buffer are part of the filter's time: the proxy
//! passes ranges on without them. xsltproc is measured where it is installed, from 1 MiB on.
#![allow(missing_docs, clippy::unwrap_used)]

mod harness;

use std::io::Write;
use std::ops::Range;
use std::path::Path;

use harness::outside::Outside;
use harness::{Case, Count, compare};
use poortwachter::catalogue::Catalogue;
use poortwachter_kernel::redact::program::Program;
use poortwachter_kernel::redact::xml::{Filter, Start};
use poortwachter_kernel::redact::{PatientSink, Question, Questions, Sink, Terms};
use poortwachter_kernel::vocab::FieldSet;
use quick_xml::events::Event;
use quick_xml::{Reader, Writer};
use tempfile::NamedTempFile;

/// A body is read from the network in pieces of this size.
const CHUNK: usize = 16 * 1024;
/// For less, starting a process would be most of what is measured.
const OUTSIDE: usize = 1024 * 1024;

fn main() {
    let catalogue = Catalogue::parse("built-in catalogue.toml", Catalogue::BUILT_IN).unwrap();
    let program = catalogue.program(catalogue.labelled("GeefOnderneming/02.00").unwrap());
    println!("the filter's own memory: {} bytes, on the stack, for any answer", size_of::<Filter>());
    for size in [5 * 1024, 64 * 1024, 1024 * 1024, 64 * 1024 * 1024] {
        for (kind, document) in [("rich in functionholders", rich(size)), ("clean", clean(size))] {
            assert_eq!(
                filter(program, &document, &mut Vec::new()),
                quick_xml(&document, &mut Vec::new()),
                "they must agree"
            );
            bench(program, kind, &document);
        }
    }
}

fn bench(program: &Program<'_>, kind: &str, document: &[u8]) {
    let buffer = || Vec::with_capacity(2 * document.len());
    let (mut ours, mut peer, mut spans, mut copy) = (buffer(), buffer(), buffer(), buffer());
    let stylesheet = stylesheet();
    let outside = outside(program, document, stylesheet.path());
    let mut cases = vec![
        Case::new("filter, ranges only", || ranges(program, document)),
        Case::new("filter, copied out", || filter(program, document, &mut ours)),
        Case::new("quick-xml, spans copied", || quick_xml_spans(document, &mut spans)),
        Case::new("quick-xml, read and write", || quick_xml(document, &mut peer)),
        Case::new("memmem, a search per name", || needles(document)),
        Case::new("core::str::from_utf8", || std::str::from_utf8(document).unwrap().len()),
        Case::new("memchr for every `<`", || memchr_scan(document)),
        Case::new("memcpy", || {
            copy.clear();
            copy.extend_from_slice(document);
            copy.len()
        }),
    ];
    cases.extend(outside.as_ref().map(Case::outside));
    compare(kind, document.len(), cases);
}

/// What one would reach for without writing a program. It reads and checks all of the XML, and writes it anew.
fn outside(program: &Program<'_>, document: &[u8], stylesheet: &Path) -> Option<Outside> {
    if document.len() < OUTSIDE {
        return None;
    }
    let xsltproc = Outside::on(document, "xsltproc", ["--huge".as_ref(), stylesheet.as_os_str()])?;
    let mut ours = Vec::new();
    filter(program, document, &mut ours);
    let line = ours.iter().position(|byte| *byte == b'\n').unwrap();
    // Each writes the XML declaration in its own way.
    assert!(xsltproc.output().ends_with(&ours[line + 1..]), "they must agree");
    Some(xsltproc)
}

/// Copies everything but the persons.
fn stylesheet() -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(
        br#"<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output encoding="UTF-8"/>
<xsl:template match="@*|node()"><xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy></xsl:template>
<xsl:template match="Functies/Functie/Persoon"/>
</xsl:stylesheet>"#,
    )
    .unwrap();
    file
}

fn ranges(program: &Program<'_>, document: &[u8]) -> usize {
    let mut count = Count(0);
    let mut filter = Filter::new(Start::Envelope, Terms::revealing(FieldSet::EMPTY));
    for chunk in document.chunks(CHUNK) {
        filter.feed(program, chunk, &mut count).unwrap();
    }
    filter.finish(&mut count).unwrap();
    count.0
}

fn filter(program: &Program<'_>, document: &[u8], out: &mut Vec<u8>) -> usize {
    out.clear();
    let mut filter = Filter::new(Start::Envelope, Terms::revealing(FieldSet::EMPTY));
    for chunk in document.chunks(CHUNK) {
        filter.feed(program, chunk, &mut Copy { chunk, out }).unwrap();
    }
    filter.finish(&mut Copy { chunk: b"", out }).unwrap();
    out.len()
}

/// The plain way: every event read is written, but inside the path. Checks end tags, not the rest.
fn quick_xml(document: &[u8], out: &mut Vec<u8>) -> usize {
    out.clear();
    let mut reader = Reader::from_reader(document);
    let mut writer = Writer::new(out);
    let mut open: Vec<String> = Vec::new();
    let mut removing = 0;
    loop {
        let event = reader.read_event().unwrap();
        match &event {
            Event::Start(tag) => {
                open.push(tag.local_name().as_ref().to_owned());
                if removing == 0 && open.ends_with(&["Functies", "Functie", "Persoon"].map(String::from)) {
                    removing = open.len();
                }
            }
            Event::Eof => return writer.into_inner().len(),
            _ => {}
        }
        let ends = matches!(event, Event::End(_));
        let level = open.len();
        if removing == 0 {
            writer.write_event(event).unwrap();
        }
        if ends {
            open.pop();
            if removing == level {
                removing = 0;
            }
        }
    }
}

/// The same without writing events: what stays is copied in spans. End tags are not checked.
fn quick_xml_spans(document: &[u8], out: &mut Vec<u8>) -> usize {
    const PATH: [&[u8]; 3] = [b"Functies", b"Functie", b"Persoon"];
    out.clear();
    let mut reader = Reader::from_reader(document);
    reader.config_mut().check_end_names = false;
    let (mut open, mut met, mut kept, mut removing) = (0_usize, [0_usize; 3], 0_usize, 0_usize);
    loop {
        let before = usize::try_from(reader.buffer_position()).unwrap();
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                open += 1;
                let name = tag.local_name();
                for at in 0..3 {
                    let follows = at == 0 || met[at - 1] == open - 1;
                    if PATH[at] == name.as_ref().as_bytes() && follows {
                        met[at] = open;
                    }
                }
                if removing == 0 && met[2] == open {
                    out.extend_from_slice(&document[kept..before]);
                    removing = open;
                }
            }
            Event::End(_) => {
                if removing == open {
                    removing = 0;
                    kept = usize::try_from(reader.buffer_position()).unwrap();
                }
                for met in met.iter_mut().filter(|met| **met == open) {
                    *met = 0;
                }
                open -= 1;
            }
            Event::Eof => {
                out.extend_from_slice(&document[kept..]);
                return out.len();
            }
            _ => {}
        }
    }
}

fn needles(document: &[u8]) -> usize {
    let names = [
        "GeefOndernemingResponse",
        "Fault",
        "Persoon",
        "INSZ",
        "VoorNaam",
        "AchterNaam",
        "Inhoud",
        "SoortOnderneming",
        "Adressen",
        "Bijhuis",
        "Namen",
        "Uitzondering",
    ];
    names.iter().map(|name| memchr::memmem::find_iter(document, name).count()).sum()
}

fn memchr_scan(document: &[u8]) -> usize {
    memchr::memchr_iter(b'<', document).count()
}

impl PatientSink for Count {
    fn ask(&mut self, _: Questions) {}

    fn settle(&mut self, _: Question, _: bool) {}
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
}

impl PatientSink for Copy<'_> {
    fn ask(&mut self, _: Questions) {}

    fn settle(&mut self, _: Question, _: bool) {}
}

fn rich(size: usize) -> Vec<u8> {
    answer(size, |at| {
        format!(
            "\n                <Functie DatumBegin=\"2018-05-14\">\n                  <FunctiehouderVan>0999999943</FunctiehouderVan>\n                  <AanduidingPersoonOnderneming>\n                    <Code>1</Code>\n                    <Omschrijving>Vertegenwoordiging door natuurlijke persoon</Omschrijving>\n                  </AanduidingPersoonOnderneming>\n                  <AardFunctie>\n                    <Code>10002</Code>\n                    <Omschrijving>Bestuurder</Omschrijving>\n                  </AardFunctie>\n                  <Persoon>\n                    <INSZ>836708{at:05}</INSZ>\n                    <AchterNaam>Quispel</AchterNaam>\n                    <VoorNaam>Eva</VoorNaam>\n                  </Persoon>\n                </Functie>"
        )
    })
}

fn clean(size: usize) -> Vec<u8> {
    answer(size, |at| {
        format!(
            "\n                <Functie DatumBegin=\"2018-05-14\">\n                  <FunctiehouderVan>0999999943</FunctiehouderVan>\n                  <AardFunctie>\n                    <Code>{at}</Code>\n                    <Omschrijving>Bestuurder</Omschrijving>\n                  </AardFunctie>\n                  <Onderneming>\n                    <Ondernemingsnummer>0999999943</Ondernemingsnummer>\n                    <MaatschappelijkeNaam><Naam>Fictief België</Naam></MaatschappelijkeNaam>\n                  </Onderneming>\n                </Functie>"
        )
    })
}

fn answer(size: usize, functie: impl Fn(usize) -> String) -> Vec<u8> {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">\n  <s:Body>\n    <web:GeefOndernemingResponse xmlns:web=\"http://webservice.geefondernemingdienst-02_00.onderneming-02_00.vip.vlaanderen.be\">\n      <Repliek>\n        <Antwoorden><Antwoord><Inhoud><Onderneming><SoortOnderneming><Code>2</Code></SoortOnderneming><Functies>";
    let tail = "</Functies></Onderneming></Inhoud></Antwoord></Antwoorden>\n      </Repliek>\n    </web:GeefOndernemingResponse>\n  </s:Body>\n</s:Envelope>\n";
    let mut document = head.to_owned();
    let mut at = 0;
    while document.len() + tail.len() < size {
        document += &functie(at);
        at += 1;
    }
    (document + tail).into_bytes()
}
