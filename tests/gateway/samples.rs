//! The public mock's answers of the Onderneming domain, through a running gateway.
//!
//! They are not part of this repository: looked for in `../shared/magda-samples` or `MAGDA_SAMPLES`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::house::BASIS;
use crate::house::{GEMEENTE, House, INSPECTIE, Plan, block_on, consumer};
use crate::upstream::{Script, ok};

struct Sample {
    service: String,
    version: String,
    /// A whole envelope.
    text: String,
}

fn directory() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/magda-samples");
    let named = std::env::var_os("MAGDA_SAMPLES").map(PathBuf::from);
    let found = named.unwrap_or(beside);
    if found.is_dir() {
        return Some(found);
    }
    eprintln!("skipped: no samples in {}", found.display());
    None
}

/// `<Service>/<Version>/<key>.xml` below `domain`.
fn samples(domain: &Path) -> Vec<Sample> {
    let list = |path: &Path| {
        let mut paths: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut samples = Vec::new();
    for service in list(domain) {
        for version in list(&service) {
            for file in list(&version) {
                let text = std::fs::read_to_string(&file).unwrap();
                let text = if text.contains("Envelope") { text } else { wrapped(&text) };
                samples.push(Sample { service: name(&service), version: name(&version), text });
            }
        }
    }
    samples
}

fn wrapped(body: &str) -> String {
    let body = body.trim_start_matches('\u{feff}').trim_start();
    let body =
        body.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map_or(body, |(_, rest)| rest);
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// The INSZ and names of functionholders in an answer, as a plain DOM finds them.
fn holders(text: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(text).unwrap();
    let functions = document.descendants().filter(|node| node.has_tag_name("Functie"));
    let persons = functions.flat_map(|node| node.descendants());
    let leaves = persons.filter(|node| ["INSZ", "VoorNaam", "AchterNaam"].contains(&node.tag_name().name()));
    leaves
        .filter_map(|node| node.text())
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

/// Whether an answer holds an address of an enterprise that is not said to be a legal person.
fn holds_home(text: &str) -> bool {
    let document = roxmltree::Document::parse(text).unwrap();
    let mut all = document.descendants();
    let legal = all.clone().any(|node| {
        let is_code = node.has_tag_name("Code") && node.text().is_some_and(|code| code.trim() == "2");
        is_code && node.parent().is_some_and(|form| form.has_tag_name("SoortOnderneming"))
    });
    !legal && all.any(|node| ["Adressen", "Adres", "AdresLocaties"].contains(&node.tag_name().name()))
}

/// What lets a consumer ask the sources besides KBO/VKBO that the samples' services give.
pub const OTHER_SOURCES: &str = r#"
[[grant.instrument]]
type = "protocol"
parties = ["bronhouder", "afnemer"]
legal-text = "wet van 30 juli 2018, artikel 20"
dated = 2025-01-01
[[grant.instrument]]
type = "deliberation"
chamber = "social-security-health"
number = "25/001"
dated = 2025-01-01
"#;

fn question(sample: &Sample, uri: &str, number: usize) -> String {
    let Sample { service, version, .. } = sample;
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><w:{service} xmlns:w=\"urn:w\"><Verzoek>\
         <Context><Naam>{service}</Naam><Versie>{version}</Versie><Bericht><Type>VRAAG</Type><Afzender>\
         <Identificatie>{uri}</Identificatie><Referte>{number}</Referte></Afzender></Bericht></Context>\
         <Vragen><Vraag><Referte>nr={number}=</Referte><Inhoud><Criteria><Ondernemingsnummer>1999999943</Ondernemingsnummer>\
         </Criteria></Inhoud></Vraag></Vragen></Verzoek></w:{service}></e:Body></e:Envelope>"
    )
}

#[test]
fn every_sample_answer_leaves_without_functionholders_and_otherwise_untouched() {
    let Some(directory) = directory() else { return };
    let mut all = samples(&directory.join("Onderneming"));
    all.extend(samples(&directory.join("synthetic/Onderneming")));
    let texts: Vec<String> = all.iter().map(|sample| sample.text.clone()).collect();
    let script: Script = Arc::new(move |asked| {
        let body = String::from_utf8(asked.body.clone()).unwrap();
        let number: usize = body.split("nr=").nth(1).unwrap().split('=').next().unwrap().parse().unwrap();
        ok(&texts[number])
    });
    let mut labels: Vec<_> =
        all.iter().map(|sample| format!("\"{}/{}\"", sample.service, &sample.version[..5])).collect();
    labels.sort();
    labels.dedup();
    let services = labels.join(", ");
    let plan = Plan {
        consumers: vec![
            ("gemeente", consumer("gemeente", GEMEENTE, "ipdc1", &services, OTHER_SOURCES)),
            (
                "inspectie",
                consumer("inspectie", INSPECTIE, "ipdc2", &services, &(BASIS.to_owned() + OTHER_SOURCES)),
            ),
        ],
        ..Plan::default()
    };
    block_on(async {
        let house = House::planned(plan, script);
        let mut gemeente = house.consumer("gemeente").await;
        let mut inspectie = house.consumer("inspectie").await;
        let mut with_holders = 0;
        for (number, sample) in all.iter().enumerate() {
            let path = format!("/{}Dienst-{}/soap/WebService", sample.service, &sample.version[..5]);
            let what = format!("{} {number}", sample.service);
            let open = inspectie.ask(&path, question(sample, INSPECTIE, number)).await;
            assert_eq!(open.text(), sample.text, "{what}: with a basis");
            let closed = gemeente.ask(&path, question(sample, GEMEENTE, number)).await.text();
            let secrets = holders(&sample.text);
            with_holders += usize::from(!secrets.is_empty());
            if secrets.is_empty() && !holds_home(&sample.text) {
                assert_eq!(closed, sample.text, "{what}: nothing to remove");
            }
            assert_eq!(holders(&closed), Vec::<String>::new(), "{what}");
        }
        assert!(
            all.len() > 50 && with_holders > 10,
            "{} samples, {with_holders} with functionholders",
            all.len()
        );
    });
}
