//! Field groups: what a grant's `fields` open, and what they never do.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use poortwachter::catalogue::{Catalogue, Service};
use poortwachter::config;
use poortwachter::kernel::redact::allow::{Allow, Fate};
use poortwachter::kernel::vocab::{CapacityIx, Groups, PurposeIx, Sources};
use poortwachter::kernel::{Call, decide};
use poortwachter::registry::explain::{Question, explain};
use poortwachter::registry::{Basis, Consumer, Loaded, compile};
use poortwachter::text::Faults;
use proptest::prelude::*;

use crate::makers::{BUILT_IN_LAW, CATALOGUE, basis, d};

/// One source.
const SCHOOL: &str = "GeefHistoriekInschrijving/02.01";
/// Two sources, of which the question chooses.
const PERSON: &str = "GeefPersoon/02.02";
/// Nobody wrote groups for it.
const PLAIN: &str = "GeefFiscaleSchuld/02.00";
/// Its answers hold blocks near to functionholders.
const DEBT: &str = "GeefSocialeSchuld/02.00";
const NEAR: &str = "near-functionholders";

/// Instruments that answer for every source of the services here.
const PAPERS: [&str; 3] = [
    "[[grant.instrument]]\ntype = \"protocol\"\nparties = [\"x\", \"y\"]\nlegal-text = \"w\"\ndated = 2025-06-02\n",
    "[[grant.instrument]]\ntype = \"deliberation\"\nchamber = \"social-security-health\"\nnumber = \"3\"\ndated = 2025-06-02\n",
    "[[grant.instrument]]\ntype = \"ministerial-authorization\"\nreference = \"M\"\ndated = 2025-06-02\n",
];
/// One for the National Register and not for the BIS register.
const REGISTER_ONLY: &[usize] = &[2];
const ALL_PAPERS: &[usize] = &[0, 1, 2];

#[derive(Clone, Debug)]
struct Grant {
    service: &'static str,
    fields: Option<Vec<&'static str>>,
    papers: &'static [usize],
    purpose: &'static str,
}

impl Grant {
    fn of(service: &'static str, fields: Option<&[&'static str]>) -> Self {
        Self { service, fields: fields.map(<[_]>::to_vec), papers: ALL_PAPERS, purpose: "p" }
    }

    fn toml(&self, at: usize) -> String {
        let Self { service, fields, papers, purpose } = self;
        let mut text = format!(
            "[[grant]]\nid = \"g{at}\"\nservices = [\"{service}\"]\npurpose = \"{purpose}\"\nvalid-from = 2026-01-01\nretention = \"P1Y\"\n"
        );
        if let Some(fields) = fields {
            let _ = writeln!(text, "fields = {fields:?}");
        }
        text + &papers.iter().map(|at| PAPERS[*at]).collect::<String>()
    }
}

fn consumer(grants: &[Grant]) -> String {
    let head = "id = \"a\"\norganisation = \"O\"\nkind = \"flemish-agency\"\nnetwork = \"none\"\n\
                [[sender]]\nuri = \"a.be/p\"\npurpose = \"p\"\n[[sender]]\nuri = \"a.be/q\"\npurpose = \"q\"\n";
    head.to_owned() + &grants.iter().enumerate().map(|(at, grant)| grant.toml(at)).collect::<String>()
}

fn load(text: &str, basis: &Basis) -> Result<Loaded, Faults> {
    compile(vec![Consumer::parse("a.toml", text)?], basis, 1, String::new())
}

fn strict() -> Basis {
    basis(&BUILT_IN_LAW)
}

fn keeping() -> Basis {
    Basis { keeps_near_functionholders: true, ..strict() }
}

/// The groups of a call that passes, by name and in their set, as both readings give them.
fn granted(
    grants: &[Grant],
    basis: &Basis,
    service: &str,
    sources: Sources,
) -> Option<(BTreeSet<String>, Groups)> {
    let snapshot = load(&consumer(grants), basis).unwrap_or_else(|faults| panic!("{faults}")).snapshot;
    let consumer = snapshot.consumer_with_id("a").expect("there");
    let operation = snapshot.catalogue().labelled(service).expect("in the catalogue");
    let call = Call {
        consumer,
        operation,
        sources,
        purpose: snapshot.purpose_named("p").unwrap_or(PurposeIx::NONE),
        capacity: CapacityIx::NONE,
        names_person: false,
        day: d(300),
    };
    let question = Question {
        consumer,
        operation,
        sources,
        purpose: "p",
        capacity: None,
        names_person: false,
        day: d(300),
    };
    let decided = decide(&snapshot.view(), call).map(|permit| permit.groups());
    assert_eq!(decided, explain(&snapshot, &question).verdict.map(|allowed| allowed.groups));
    let groups = decided.ok()?;
    let names = snapshot.catalogue().service(operation).groups.named(groups).map(str::to_owned);
    Some((names.collect(), groups))
}

fn names(grants: &[Grant], basis: &Basis, service: &str, sources: Sources) -> Option<BTreeSet<String>> {
    granted(grants, basis, service, sources).map(|(names, _)| names)
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_grant_opens_the_groups_it_names_and_without_names_all_but_what_is_near_to_functionholders() {
    let one = Sources::first(1);
    let of = |service, fields| names(&[Grant::of(service, fields)], &strict(), service, one);
    assert_eq!(of(SCHOOL, Some(&["enrolment", "credits"])), Some(set(&["enrolment", "credits"])));
    assert!(of(SCHOOL, None).expect("passes").contains("everything"));
    assert_eq!(of(SCHOOL, None), of(SCHOOL, Some(&["everything"])));
    assert_eq!(of(PLAIN, Some(&["everything"])), Some(set(&["everything"])));
    assert_eq!(of(DEBT, None), Some(set(&["everything", "employer"])));
    assert_eq!(of(DEBT, Some(&["employer", NEAR])), Some(set(&["employer", NEAR])));
    assert_eq!(of(DEBT, Some(&["everything", NEAR])), Some(set(&["everything", "employer", NEAR])));
}

#[test]
fn the_setting_keeps_what_is_near_to_functionholders_where_a_grant_names_no_groups() {
    let one = Sources::first(1);
    let of = |fields| names(&[Grant::of(DEBT, fields)], &keeping(), DEBT, one);
    assert_eq!(of(None), Some(set(&["everything", "employer", NEAR])));
    assert_eq!(of(None), of(Some(&["everything"])));
    assert_eq!(of(Some(&["employer"])), Some(set(&["employer"])));
}

#[test]
fn grants_for_one_source_add_up_and_only_what_every_source_covers_stays() {
    let both = [
        Grant { papers: REGISTER_ONLY, ..Grant::of(PERSON, Some(&["identity", "address"])) },
        Grant::of(PERSON, Some(&["address", "birth"])),
    ];
    let of = |sources| names(&both, &strict(), PERSON, sources).expect("passes");
    assert_eq!(of(Sources::NONE.with(0)), set(&["address", "birth", "identity"]));
    assert_eq!(of(Sources::NONE.with(1)), set(&["address", "birth"]));
    assert_eq!(of(Sources::first(2)), set(&["address", "birth"]));
}

#[test]
fn a_grant_for_another_purpose_adds_nothing() {
    let grants = [Grant::of(SCHOOL, Some(&["credits"])), Grant { purpose: "q", ..Grant::of(SCHOOL, None) }];
    assert_eq!(names(&grants, &strict(), SCHOOL, Sources::first(1)), Some(set(&["credits"])));
}

#[test]
fn a_group_that_a_service_does_not_have_is_a_fault_that_says_what_there_is() {
    let fault = |service, field: &str| {
        let text = consumer(&[Grant::of(service, None)])
            .replace("retention", &format!("fields = {field}\nretention"));
        load(&text, &strict()).expect_err("faulty").to_string()
    };
    let school = fault(SCHOOL, "[\"credits\", \"adress\"]");
    assert!(school.contains("grant[0].fields[1]") && !school.contains('\n'), "{school}");
    assert!(
        school
            .contains("`adress` is no field group of `GeefHistoriekInschrijving/02.01`; write `everything`")
    );
    assert!(school.contains("add groups in your own catalogue with extends = \"built-in\""), "{school}");
    assert!(fault(PERSON, "[\"adress\"]").contains("did you mean `address`?"));
    assert!(fault(PLAIN, "[\"identity\"]").contains("write `everything`; or add groups"));
    assert!(fault(PERSON, "[\"near-functionholders\"]").contains("hold no such block"));
    assert!(fault(SCHOOL, "[]").contains("names no field group"));
    assert!(fault(SCHOOL, "[\"credits\", \"credits\"]").contains("`credits` stands twice"));
    assert!(fault(SCHOOL, "\"credits\"").contains("is not a list"));
    for label in ["GeefOnderneming/02.00", "GeefOndernemingVKBO/02.00"] {
        let kbo = fault(label, "[\"everything\"]");
        assert!(
            kbo.contains("which gives KBO/VKBO data; name the personal fields that stay in `opens`"),
            "{kbo}"
        );
    }
}

#[test]
fn a_group_must_be_known_to_every_service_of_the_grant() {
    let text = consumer(&[Grant::of(SCHOOL, Some(&["reference", "institution"]))]).replace(
        "\"GeefHistoriekInschrijving/02.01\"",
        "\"GeefHistoriekInschrijving/02.01\", \"GeefBewijs/02.00\"",
    );
    assert!(load(&text, &strict()).is_ok());
    let text = text.replace("\"institution\"", "\"credits\"");
    let faults = load(&text, &strict()).expect_err("LED has none").to_string();
    assert!(
        faults.contains("`credits` is no field group of `GeefBewijs/02.00`") && !faults.contains('\n'),
        "{faults}"
    );
}

#[test]
fn what_is_near_to_functionholders_is_listed_with_the_service() {
    let service = |label| CATALOGUE.service(CATALOGUE.labelled(label).expect("there"));
    let ends =
        |label| service(label).near.iter().map(|near: &Vec<String>| near.join("/")).collect::<Vec<_>>();
    assert_eq!(ends(DEBT), ["NaamVertegenwoordiger", "Contactpersonen"]);
    assert_eq!(
        ends("GeefOndernemingSignalen/02.00"),
        ["Curatoren", "Mandatarissen", "GedelegeerdRechter", "Gedagvaarde/Benaming"]
    );
    assert!(service(DEBT).personal().is_empty(), "they are no functionholders' data");
    assert!(CATALOGUE.services().iter().all(|service| service.groups.has_near() != service.near.is_empty()));
}

#[test]
fn the_filter_s_setting_is_strict_unless_it_says_otherwise() {
    let read = |more: &str| {
        let text = format!(
            "[listener]\naddress = \"127.0.0.1:0\"\nplain-consumer = \"a\"\n[upstream]\nurl = \"http://127.0.0.1:1\"\n\
             [registry]\ndirectory = \"registry\"\n[audit]\ntrail = \"off\"\n{more}"
        );
        config::parse("gateway.toml", &text, Path::new("."))
            .map(|gateway| gateway.filter.keeps_near_functionholders)
    };
    assert_eq!(read(""), Ok(false));
    assert_eq!(read("[filter]\n"), Ok(false));
    assert_eq!(read("[filter]\nnear-functionholders = \"remove\"\n"), Ok(false));
    assert_eq!(read("[filter]\nnear-functionholders = \"keep\"\n"), Ok(true));
    let faults = read("[filter]\nnear-functionholders = \"hide\"\n").expect_err("unknown").to_string();
    assert!(faults.contains("write `remove` or `keep`"), "{faults}");
}

const PERSON_GROUPS: [&str; 4] = ["identity", "address", "birth", "everything"];

fn grants() -> impl Strategy<Value = Grant> {
    let fields = prop::option::weighted(0.8, prop::sample::subsequence(PERSON_GROUPS.to_vec(), 1..=3));
    let papers = prop::sample::select(vec![REGISTER_ONLY, ALL_PAPERS]);
    let purpose = prop::sample::select(vec!["p", "p", "q"]);
    (fields, papers, purpose).prop_map(|(fields, papers, purpose)| Grant {
        service: PERSON,
        fields,
        papers,
        purpose,
    })
}

fn asked() -> impl Strategy<Value = Sources> {
    prop::sample::select(vec![Sources::NONE.with(0), Sources::NONE.with(1), Sources::first(2)])
}

/// The rule once more, in names: a grant without `fields` is for everything; grants add up at a source; what
/// stays is covered at each.
fn second_reading(grants: &[Grant], sources: Sources) -> Option<BTreeSet<String>> {
    let service: &Service = CATALOGUE.service(CATALOGUE.labelled(PERSON).expect("there"));
    let all: BTreeSet<String> = service.groups.names().map(str::to_owned).collect();
    let opens = |grant: &Grant| match &grant.fields {
        Some(fields) if !fields.contains(&"everything") => set(fields),
        _ => all.clone(),
    };
    let mut stays: Option<BTreeSet<String>> = None;
    for source in sources.iter() {
        let fits = |grant: &&Grant| grant.purpose == "p" && (source == 0 || grant.papers.len() == 3);
        let here: Vec<&Grant> = grants.iter().filter(fits).collect();
        if here.is_empty() {
            return None;
        }
        let union: BTreeSet<String> = here.into_iter().flat_map(opens).collect();
        stays = Some(stays.map_or(union.clone(), |stays| stays.intersection(&union).cloned().collect()));
    }
    stays
}

fn opened(grants: &[Grant], sources: Sources) -> Groups {
    granted(grants, &strict(), PERSON, sources).map_or(Groups::NONE, |(_, groups)| groups)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_second_reading_finds_the_same_groups(grants in prop::collection::vec(grants(), 0..4), sources in asked()) {
        prop_assert_eq!(names(&grants, &strict(), PERSON, sources), second_reading(&grants, sources));
    }

    #[test]
    fn naming_groups_never_opens_more(grants in prop::collection::vec(grants(), 1..4), sources in asked()) {
        let mut all = grants.clone();
        all[0].fields = None;
        prop_assert!(opened(&all, sources).contains(opened(&grants, sources)));
        prop_assert!(!opened(&all, sources).has(Groups::NEAR_FUNCTIONHOLDERS));
    }

    #[test]
    fn one_more_grant_never_closes_anything(
        grants in prop::collection::vec(grants(), 0..3), more in grants(), sources in asked(),
    ) {
        let before = names(&grants, &strict(), PERSON, sources);
        let groups = opened(&grants, sources);
        let richer = [grants, vec![more]].concat();
        prop_assert!(before.is_none() || names(&richer, &strict(), PERSON, sources).is_some());
        prop_assert!(opened(&richer, sources).contains(groups));
    }

    #[test]
    fn the_order_of_grants_opens_nothing(grants in prop::collection::vec(grants(), 0..4), sources in asked()) {
        let turned: Vec<Grant> = grants.iter().rev().cloned().collect();
        prop_assert_eq!(names(&grants, &strict(), PERSON, sources), names(&turned, &strict(), PERSON, sources));
    }
}

/// A path, over few names, so that paths cross; `B` sorts before `a`, and `aa` after it.
fn paths() -> impl Strategy<Value = String> {
    let step = prop::sample::select(vec!["a", "B", "aa", "c.d", "É"]);
    prop::collection::vec(step, 1..5).prop_map(|steps| steps.join("/"))
}

/// A catalogue with one service whose groups `g1`, `g2`, … open these paths.
fn catalogue(groups: &[BTreeSet<String>]) -> Catalogue {
    let mut text = "version = \"t\"\ncontact = \"c\"\n[[service]]\nname = \"Geef\"\nversion = \"01.00\"\ndomain = \"D\"\n\
                    source = \"flemish-other\"\n"
        .to_owned();
    for (at, paths) in (1..).zip(groups) {
        let paths: Vec<&String> = paths.iter().filter(|path| !is_covered(path, paths)).collect();
        let _ = write!(
            text,
            "[[field-group]]\nname = \"g{at}\"\nservices = [\"Geef/01.00\"]\npaths = {paths:?}\n"
        );
    }
    Catalogue::parse("c.toml", &text).unwrap_or_else(|faults| panic!("{faults}"))
}

fn is_covered(path: &str, by: &BTreeSet<String>) -> bool {
    by.iter().any(|other| is_below(path, other))
}

fn is_below(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'))
}

/// What becomes of the element at a path, by the set of granted paths alone.
fn oracle(granted: &BTreeSet<&String>, path: &str) -> Fate {
    if granted.iter().any(|open| *open == path || is_below(path, open)) {
        return Fate::Whole;
    }
    if granted.iter().any(|open| is_below(open, path)) { Fate::Through } else { Fate::Gone }
}

/// The same, as the filter walks it.
fn walk(allow: &Allow<'_>, path: &str, groups: Groups) -> Fate {
    let mut at = allow.root();
    for step in path.split('/') {
        match allow.fate(at, groups) {
            Fate::Through => {}
            settled => return settled,
        }
        match allow.child(at, step.as_bytes()) {
            Some(child) => at = child,
            None => return Fate::Gone,
        }
    }
    allow.fate(at, groups)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn the_trie_says_of_every_path_what_the_plain_set_of_paths_says(
        groups in prop::collection::vec(prop::collection::btree_set(paths(), 1..6), 1..6),
        granted in prop::collection::btree_set(1..6_usize, 0..6),
        asked in prop::collection::vec(paths(), 1..24),
    ) {
        let catalogue = catalogue(&groups);
        let allow = catalogue.services()[0].groups.allow();
        let open: BTreeSet<&String> =
            granted.iter().filter_map(|place| groups.get(place - 1)).flatten().collect();
        let places: Groups = granted.iter().copied().collect();
        for path in asked.iter().chain(groups.iter().flatten()) {
            prop_assert_eq!(walk(allow, path, places), oracle(&open, path), "{}", path);
            prop_assert_eq!(walk(allow, path, places.with(Groups::EVERYTHING)), Fate::Whole);
        }
    }
}

#[test]
fn a_service_has_sixty_three_groups_at_most() {
    let groups = |count: usize| {
        (0..count).map(|at| BTreeSet::from([format!("a{at}")])).collect::<Vec<BTreeSet<String>>>()
    };
    let full = catalogue(&groups(Groups::MAX - 1));
    let service = &full.services()[0];
    assert_eq!(service.groups.place("g62"), Some(62));
    assert_eq!(walk(service.groups.allow(), "a61", Groups::NONE.with(62)), Fate::Whole);
    let text = std::panic::catch_unwind(|| catalogue(&groups(Groups::MAX))).expect_err("one too many");
    let text = text.downcast_ref::<String>().expect("a text");
    assert!(text.contains("would have more than 63 field groups"), "{text}");
}

/// The example catalogue with more in it.
fn own(more: &str) -> Result<Catalogue, Faults> {
    Catalogue::parse("own.toml", &format!("version = \"own\"\nextends = \"built-in\"\n{more}"))
}

static OWN_GROUP: &str = "[[field-group]]\nname = \"debts\"\nservices = [\"GeefFiscaleSchuld/02.00\"]\n\
                          schema-only = [\"FiscaleSchuld/Schulden\"]\n";

#[test]
fn an_administrator_adds_groups_to_services_that_have_none() {
    static OWN: LazyLock<Arc<Catalogue>> =
        LazyLock::new(|| Arc::new(own(OWN_GROUP).unwrap_or_else(|faults| panic!("{faults}"))));
    let basis = Basis { catalogue: OWN.clone(), ..strict() };
    let one = Sources::first(1);
    let grant = [Grant::of(PLAIN, Some(&["debts"]))];
    assert_eq!(names(&grant, &basis, PLAIN, one), Some(set(&["debts"])));
}

#[test]
fn groups_that_do_not_fit_their_services_are_faults() {
    let twice = own(
        "[[field-group]]\nname = \"identity\"\nservices = [\"GeefPersoon/02.02\"]\npaths = [\"Persoon\"]\n",
    );
    assert!(
        twice.expect_err("twice").to_string().contains("`GeefPersoon/02.02` has a group `identity` already")
    );
    let near = OWN_GROUP.replace("debts", NEAR);
    let near = own(&near).expect_err("no block").to_string();
    assert!(
        near.contains("ends in no block of `GeefFiscaleSchuld/02.00` that is near to functionholders"),
        "{near}"
    );
    let block = "[[service]]\nname = \"A\"\nversion = \"01.00\"\ndomain = \"D\"\nsource = \"SOURCE\"\ncontact = \"c\"\n\
                 personal = [{ path = \"Curator\", holds = \"near-functionholder\" }]\n\
                 [[field-group]]\nname = \"all\"\nservices = [\"A/01.00\"]\npaths = [\"X\"]\n";
    let unreached = own(&block.replace("SOURCE", "federal-other")).expect_err("unreached").to_string();
    assert!(
        unreached.contains("`Curator` of `A/01.00` stands in no group `near-functionholders`"),
        "{unreached}"
    );
    let kbo = own(&block.replace("SOURCE", "kbo-vkbo")).expect_err("KBO").to_string();
    assert!(kbo.contains("holds blocks near to functionholders in KBO/VKBO data"), "{kbo}");
    assert!(kbo.contains("`A/01.00` gives KBO/VKBO data, which has no field groups"), "{kbo}");
}
