//! Reads `catalogue.toml`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use poortwachter_kernel::redact::program::{Condition, Holds, Parts, Path, Person, Program};
use poortwachter_kernel::vocab::{Field, FieldSet, Kind, OperationIx, Sources};

use super::groups::{self, FieldGroups, Group};
use super::routes::{Routes, routes};
use super::service::fields;
use super::{Catalogue, Dialect, Origin, PersonQuestion, Route, Service, Stated};
use crate::law::terms::{Category, Mediation};
use crate::text::{Faults, Source, Table, Written};

/// The deepest path a program may have.
const STEPS_MAX: usize = 8;
/// What is right where an element's name stands.
const LOCAL_NAME: &str = "write the local name, without prefix, slash or space";

impl Catalogue {
    /// Reads a catalogue file; `file` is how faults name it.
    ///
    /// The names in its field programs live as long as the process: the catalogue is read once, at
    /// start, and every filter borrows from it.
    ///
    /// # Errors
    /// Every fault: keys, values, services and paths that stand twice.
    pub fn parse(file: &str, text: &str) -> Result<Self, Faults> {
        let source = Source::new(file, text);
        let root = source.root();
        let version = root.text("version");
        let mut all = match root.maybe_choice("extends", &[("built-in", ())]) {
            Some(()) => built_in()?,
            None => Listed::default(),
        };
        all.add(&root);
        root.close();
        let Listed { mut services, shared, groups } = all;
        groups::assign(&source, &mut services, &groups);
        let paths = paths(&source, &services, &shared);
        let routes = Routes::of(&source, &services);
        let roots = roots(&source, &services);
        let person_elements = person_elements(&services);
        let by_label = by_label(&services);
        source.finish(version.map(|version| Self {
            version,
            services,
            by_label,
            paths,
            routes,
            roots,
            person_elements,
        }))
    }
}

/// What a file lists, with what it extends.
#[derive(Default)]
struct Listed {
    services: Vec<Service>,
    /// Paths that state no service.
    shared: Vec<Written<String>>,
    groups: Vec<Group>,
}

impl Listed {
    fn add(&mut self, root: &Table<'_>) {
        self.shared.extend(root.texts("shared-paths"));
        let contact = root.maybe_text("contact");
        let tables = root.tables("service").into_iter();
        self.services.extend(tables.filter_map(|table| service(table, contact.as_deref())));
        self.groups.extend(root.tables("field-group").into_iter().filter_map(groups::group));
        let extends_with_groups = root.has("extends") && root.has("field-group");
        if !root.has("service") && !extends_with_groups {
            root.fault("service", "is missing", "list the services with [[service]]");
        }
    }
}

/// What a file that extends the built-in catalogue starts from.
fn built_in() -> Result<Listed, Faults> {
    let source = Source::new("built-in catalogue.toml", Catalogue::BUILT_IN);
    let mut listed = Listed::default();
    let root = source.root();
    let _version = root.text("version");
    listed.add(&root);
    root.close();
    source.finish(Some(listed))
}

fn service(table: Table<'_>, contact: Option<&str>) -> Option<Service> {
    let spot = table.spot();
    let name = name(&table);
    let version = version(&table);
    let domain = table.text("domain");
    let dialect = table.maybe_choice("dialect", Dialect::NAMES).unwrap_or_default();
    let request_root = table.maybe_text("request-root");
    let answer_root = table.maybe_text("answer-root");
    let context_name = table.maybe_text("context-name");
    let origin = origin(&table);
    let mediation = table.maybe_choice("mediation", Mediation::NAMES).unwrap_or(Mediation::Direct);
    let paths = url_paths(&table, dialect);
    let routes = routes(&table, dialect);
    let source_key = source_key(&table, origin.as_ref(), &routes);
    let contact = reporting(&table, contact);
    let inferred = table.flag("inferred", false);
    let (personal, near) = blocks(&table);
    let condition = table.table("form").and_then(form);
    let person = table.table("person").map_or(Person::KBO, person);
    if !near.is_empty() && origin.as_ref().is_some_and(Origin::is_kbo_vkbo_alone) {
        let problem = "holds blocks near to functionholders in KBO/VKBO data, where no grant can open them";
        table.fault("personal", problem, "write holds = \"person\" or \"insz\"");
    }
    let drift = element_names(&table, "drift");
    let there = personal.iter().map(|path| fields(path.holds)).fold(FieldSet::EMPTY, FieldSet::union);
    let person_question = table.table("person-question").map(|table| person_question(table, there));
    let root = answer_root.or(name.as_ref().map(|name| format!("{name}Response")));
    let program = program(
        &table,
        Parts {
            root: root.unwrap_or_default().leak(),
            paths: personal.leak(),
            condition,
            person,
            drift: drift.leak(),
        },
    );
    table.close();
    let (name, version) = (name?, version?);
    Some(Service {
        label: format!("{name}/{version}"),
        domain: domain?,
        dialect,
        request_root: request_root.unwrap_or_else(|| name.clone()),
        context_name: context_name.unwrap_or_else(|| name.clone()),
        origin: origin?,
        mediation,
        paths: paths.unwrap_or_else(|| match dialect {
            Dialect::File | Dialect::Rest => Vec::new(),
            Dialect::Soap => vec![format!("/{name}Dienst-{version}/soap/WebService")],
        }),
        routes,
        source_key,
        contact: contact?,
        inferred,
        program: program?,
        person_question,
        groups: FieldGroups::built_in(!near.is_empty()),
        near,
        spot,
        name,
        version,
    })
}

/// Where wrong data is reported: the service's own contact, or that of the whole file.
fn reporting(table: &Table<'_>, of_file: Option<&str>) -> Option<String> {
    let contact = table.maybe_text("contact").or(of_file.map(str::to_owned));
    if contact.is_none() {
        table.fault(
            "contact",
            "is missing",
            "say where wrong data is reported, here or at the top of the file",
        );
    }
    contact
}

/// `source`, and how a question shows that it asks another or several.
fn origin(table: &Table<'_>) -> Option<Origin> {
    if table.maybe_text("source").as_deref() == Some(TECHNICAL) {
        return Some(Origin { always: Sources::first(1), ..Origin::default() });
    }
    let source = table.choice("source", Category::NAMES)?;
    let mut origin = Origin { sources: vec![source], ..Origin::default() };
    let also = table.choices("also", Category::NAMES);
    if !also.is_empty() {
        let joined = also.into_iter().map(|also| place(&mut origin.sources, also));
        origin.always = joined.fold(Sources::first(1), Sources::union);
    }
    if let Some(bron) = table.table("by-bron") {
        let (rr, ksz) = (bron.choice("rr", Category::NAMES), bron.choice("ksz", Category::NAMES));
        bron.close();
        origin.by_bron = Some((place(&mut origin.sources, rr?), place(&mut origin.sources, ksz?)));
    }
    if let Some(bis) = table.maybe_choice("bis-number", Category::NAMES) {
        origin.by_number = Some((place(&mut origin.sources, bis), Sources::first(1)));
    }
    if origin.sources.len() > Sources::MAX {
        let remedy = format!("name {} at most", Sources::MAX);
        table.fault("source", "and the others are more than a service can have", remedy);
        return None;
    }
    Some(origin)
}

/// What a service of MAGDA's own says in place of a source.
const TECHNICAL: &str = "none";

/// The place of a source in a service's list, where it is put if it is not there yet.
fn place(sources: &mut Vec<Category>, source: Category) -> Sources {
    let at = sources.iter().position(|known| *known == source).unwrap_or_else(|| {
        sources.push(source);
        sources.len() - 1
    });
    Sources::NONE.with(at)
}

/// The name is an element of the message, so that one with a slash or a prefix would never be met.
fn name(table: &Table<'_>) -> Option<String> {
    let name = table.text("name")?;
    if !is_local_name(&name) {
        table.fault("name", format!("`{name}` is no element's name"), LOCAL_NAME);
        return None;
    }
    Some(name)
}

fn version(table: &Table<'_>) -> Option<String> {
    let version = table.text("version")?;
    let shaped =
        matches!(version.as_bytes(), [a, b, b'.', c, d] if [a, b, c, d].iter().all(|x| x.is_ascii_digit()));
    if !shaped {
        table.fault(
            "version",
            format!("`{version}` is no major.minor"),
            "write two digits, a dot, two digits: 02.00",
        );
    }
    shaped.then_some(version)
}

/// The paths as written; `None` where none are, for the platform's own pattern.
fn url_paths(table: &Table<'_>, dialect: Dialect) -> Option<Vec<String>> {
    if !table.has("paths") {
        return None;
    }
    if dialect == Dialect::Rest {
        table.fault("paths", "is for SOAP services", "write routes = [{ method = \"GET\", path = \"/…\" }]");
    }
    let paths = table.texts("paths");
    if paths.iter().any(|path| !path.value.starts_with('/')) {
        table.fault(
            "paths",
            "holds a path without a slash before it",
            "write it as it stands in the URL: /…",
        );
    }
    Some(paths.into_iter().map(|path| path.value).collect())
}

/// `source-key`: where a REST question says what SOAP says in `Bron`. A key that no route has would never be met.
fn source_key(table: &Table<'_>, origin: Option<&Origin>, routes: &[Route]) -> Option<&'static str> {
    let key: &'static str = table.maybe_text("source-key")?.leak();
    if origin.is_some_and(|origin| origin.by_bron.is_none()) {
        table.fault("source-key", "says nothing without `by-bron`", "write by-bron = { rr = …, ksz = … }");
    }
    if !routes.iter().any(|route| route.query.contains(&key)) {
        table.fault("source-key", format!("`{key}` is in no route's `query`"), "name a key that a route has");
    }
    Some(key)
}

/// `personal`: every block, and among them those near to functionholders.
fn blocks(table: &Table<'_>) -> (Vec<Path<'static>>, Vec<Vec<String>>) {
    let blocks = table.tables("personal").into_iter().filter_map(block);
    let (mut personal, mut near) = (Vec::new(), Vec::new());
    for (steps, holds, conditional) in blocks {
        if holds == Holds::Block(Kind::NearFunctionholder) {
            near.push(steps.clone());
        }
        personal.push(Path { steps: leaked(steps), holds, conditional });
    }
    (personal, near)
}

/// What a place in `personal` holds.
const HOLDS: &[(&str, Holds)] = &[
    ("person", Holds::Person),
    ("insz", Holds::Insz),
    ("sole-proprietor-address", Holds::Block(Kind::SoleProprietorAddress)),
    ("sole-proprietor-name", Holds::Block(Kind::SoleProprietorName)),
    ("near-functionholder", Holds::Block(Kind::NearFunctionholder)),
];

fn block(table: Table<'_>) -> Option<(Vec<String>, Holds, bool)> {
    let steps = steps(&table, "path");
    let holds = table.choice("holds", HOLDS);
    let of_owner =
        matches!(holds, Some(Holds::Block(Kind::SoleProprietorAddress | Kind::SoleProprietorName)));
    let conditional = table.flag("by-form", of_owner);
    table.close();
    Some((steps?, holds?, conditional))
}

/// `form`: what beside a block says that it is not personal.
fn form(table: Table<'_>) -> Option<Condition<'static>> {
    let scope = steps(&table, "scope");
    let sign = steps(&table, "sign");
    let spares: Vec<String> = table.texts("spares").into_iter().map(|value| value.value).collect();
    table.close();
    Some(Condition { scope: leaked(scope?), sign: leaked(sign?), spares: leaked(spares) })
}

/// `person`: how the person blocks of an answer are built that are not as KBO's.
fn person(table: Table<'_>) -> Person<'static> {
    let person = Person {
        insz: element_names(&table, "insz").leak(),
        names: element_names(&table, "names").leak(),
        nested: element_names(&table, "nested").leak(),
        stays: element_names(&table, "stays").leak(),
    };
    table.close();
    person
}

fn steps(table: &Table<'_>, key: &'static str) -> Option<Vec<String>> {
    let steps: Vec<String> = table.text(key)?.split('/').map(str::to_owned).collect();
    let shaped = steps.len() <= STEPS_MAX && steps.iter().all(|step| is_local_name(step));
    if !shaped {
        let remedy = format!("write 1 to {STEPS_MAX} local names with slashes between");
        table.fault(key, "is no path of element names", remedy);
    }
    shaped.then_some(steps)
}

/// Names that live as long as the process: the catalogue is read once, and every filter borrows from it.
fn leaked(names: Vec<String>) -> &'static [&'static str] {
    names.into_iter().map(|name| &*name.leak()).collect::<Vec<&str>>().leak()
}

pub(super) fn is_local_name(step: &str) -> bool {
    // JSON-LD's `@id` is a member's name.
    let name = step.strip_prefix('@').unwrap_or(step);
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// `there` are the fields in the service's answers: what is not there no basis can open, so that the
/// question would be refused for ever.
fn person_question(table: Table<'_>, there: FieldSet) -> PersonQuestion {
    let names = Field::ALL.map(|field| (field.name(), field));
    let question = PersonQuestion {
        elements: element_names(&table, "elements"),
        needs: table.choices("needs", &names).into_iter().collect(),
    };
    for field in question.needs.without(there).iter() {
        let problem = format!("`{field}` stands in no answer of the service, so that no basis opens it");
        table.fault("needs", problem, "name fields that stand in `personal`");
    }
    if question.elements.is_empty() || question.needs.is_empty() {
        table.fault(
            "elements",
            "or `needs` is empty",
            "name the elements and the fields, or leave the whole key out",
        );
    }
    table.close();
    question
}

fn program(table: &Table<'_>, parts: Parts<'static>) -> Option<Program<'static>> {
    if parts.condition.is_none() && parts.paths.iter().any(|path| path.conditional) {
        let remedy = "say with form = { scope, sign, spares } what tells a natural person from others";
        table.fault("form", "is missing, and something in `personal` depends on it", remedy);
    }
    let program = Program::new(parts).ok();
    if program.is_none() {
        table.fault("personal", "is more than a filter has room for", "keep to 64 names and 64 steps in all");
    }
    program
}

/// Names to watch for in messages.
fn element_names(table: &Table<'_>, key: &'static str) -> Vec<&'static str> {
    let names = table.texts(key);
    for Written { value, spot } in names.iter().filter(|name| !is_local_name(&name.value)) {
        table.note(spot.fault(format!("`{value}` is no element's name"), LOCAL_NAME));
    }
    names.into_iter().map(|name| &*name.value.leak()).collect()
}

/// Which path states what; notes services and paths that stand twice.
fn paths(source: &Source<'_>, services: &[Service], shared: &[Written<String>]) -> HashMap<String, Stated> {
    let mut paths = HashMap::new();
    for (at, service) in services.iter().enumerate() {
        if services[..at].iter().any(|other| other.label == service.label) {
            source
                .note(service.spot.fault(format!("`{}` stands twice", service.label), "keep one of the two"));
        }
        let stated = Stated::Service(OperationIx(u32::try_from(at).unwrap_or(u32::MAX)));
        // A REST service is stated by its routes.
        for path in service.paths.iter().filter(|_| service.dialect == Dialect::Soap) {
            state(source, &mut paths, path, stated, &service.spot);
        }
    }
    for path in shared {
        state(source, &mut paths, &path.value, Stated::AnyService, &path.spot);
    }
    paths
}

/// Which root element asks which services; notes a question that would ask two.
fn roots(source: &Source<'_>, services: &[Service]) -> HashMap<String, Vec<OperationIx>> {
    let mut roots: HashMap<String, Vec<OperationIx>> = HashMap::new();
    for (service, ix) in services.iter().zip((0..).map(OperationIx)) {
        if service.dialect != Dialect::Soap {
            continue;
        }
        let known = roots.entry(service.request_root.clone()).or_default();
        let twin = known.iter().map(|ix| &services[ix.at()]).find(|other| other.version == service.version);
        if let Some(twin) = twin.filter(|twin| twin.label != service.label) {
            let problem = format!("its root `{}` asks `{}` already", service.request_root, twin.label);
            source.note(service.spot.fault(problem, "a question must ask one service; keep one of the two"));
        }
        known.push(ix);
    }
    roots
}

fn state(
    source: &Source<'_>,
    paths: &mut HashMap<String, Stated>,
    path: &str,
    stated: Stated,
    spot: &crate::text::Spot,
) {
    match paths.entry(path.to_owned()) {
        Entry::Vacant(entry) => {
            entry.insert(stated);
        }
        Entry::Occupied(_) => {
            source.note(
                spot.fault(format!("path `{path}` stands twice"), "give each path to one service only"),
            );
        }
    }
}

fn by_label(services: &[Service]) -> HashMap<String, OperationIx> {
    let labels = services.iter().map(|service| service.label.clone());
    labels.zip((0..).map(OperationIx)).collect()
}

/// What holds an INSZ in a question: of the services whose verdict depends on it.
fn person_elements(services: &[Service]) -> Vec<&'static str> {
    let soap = services.iter().filter(|service| service.dialect == Dialect::Soap);
    let questions = soap.filter_map(|service| service.person_question.as_ref());
    let mut names: Vec<&str> = questions.flat_map(|question| question.elements.iter().copied()).collect();
    if services.iter().any(|service| service.origin.by_number.is_some()) {
        names.extend(Person::KBO.insz);
    }
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::super::{Catalogue, Stated};

    fn built_in() -> Catalogue {
        Catalogue::parse("catalogue.toml", Catalogue::BUILT_IN).expect("the shipped file is right")
    }

    #[test]
    fn a_path_states_its_service_byte_for_byte() {
        let catalogue = built_in();
        let vkbo = catalogue.labelled("GeefOndernemingVKBO/02.00").expect("listed");
        assert_eq!(catalogue.path("/GeefOndernemingVKBODienst-02.00/soap/WebService"), Stated::Service(vkbo));
        assert_eq!(catalogue.path("/soap"), Stated::AnyService);
        for odd in ["/soap/", "//soap", "/SOAP", "/./soap", "/soap?wsdl", ""] {
            assert_eq!(catalogue.path(odd), Stated::Unknown, "{odd}");
        }
    }

    #[test]
    fn services_and_paths_that_stand_twice_are_faults() {
        let more = Catalogue::BUILT_IN.split_once("[[service]]").expect("has services").1;
        let twice = format!("{}\n[[service]]{more}", Catalogue::BUILT_IN);
        let faults = Catalogue::parse("catalogue.toml", &twice).expect_err("twice").to_string();
        assert!(faults.contains("`GeefFuncties/02.00` stands twice"), "{faults}");
        assert!(faults.contains("path `/GeefFunctiesDienst-02.00/soap/WebService` stands twice"), "{faults}");
    }
}
