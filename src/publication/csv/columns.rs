//! What the header of a file of rows says about its columns, by the names of the service's program.
//!
//! A header has no paths to follow, and every publisher writes the same name in another way: `INSZ`, `Functie.INSZ`, `VOOR_NAAM`,
//! `AdresStraatnaam`. So that names are compared by their letters and digits alone, case ignored, and a name that *contains* one of the
//! program's counts as it: a column too many is emptied rather than one too few. Only the names of blocks must be whole words,
//! so that a `Rechtspersoon` is no `Persoon`.

use std::borrow::Cow;

use poortwachter_kernel::redact::Terms;
use poortwachter_kernel::redact::program::{Condition, Holds, Parts, Path};
use poortwachter_kernel::vocab::Kind;

use super::{Fault, holds_insz};

/// What an address is made of where no column is called after the block (MAGDA wire notes, 5.5), and their short forms.
const ADDRESS: &[&str] = &[
    "Straat",
    "Huisnummer",
    "Huisnr",
    "Busnummer",
    "Busnr",
    "Postcode",
    "Postnummer",
    "Gemeente",
    "Land",
    "Telefoon",
    "GSM",
    "Fax",
    "Email",
    "Website",
];
/// What the names of an enterprise are called (MAGDA wire notes, 5.5): `MaatschappelijkeNaam`, `Namen`.
const NAMES: &[&str] = &["Naam", "Namen"];
/// Columns of telephone numbers.
const TELEPHONES: &[&str] = &["Telefoon", "GSM", "Fax"];

/// The columns, in their order.
#[derive(Debug)]
pub(super) struct Header<'a> {
    pub(super) columns: Vec<Column>,
    /// Where a row says what form its enterprise has.
    forms: Vec<usize>,
    spares: &'a [&'a str],
}

/// One column.
#[derive(Debug)]
pub(super) struct Column {
    claims: Vec<Claim>,
    /// The header does not say what it holds.
    pub(super) nameless: bool,
    /// It holds telephone numbers.
    pub(super) telephone: bool,
}

/// Why a column is personal. All of its claims must let a cell stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Claim {
    kind: Kind,
    /// Only in rows that do not say that the enterprise is no natural person.
    by_form: bool,
}

impl<'a> Header<'a> {
    /// Reads the first record's cells, their quotes gone.
    pub(super) fn read(parts: &Parts<'a>, names: &[Cow<'_, str>]) -> Result<Self, Fault> {
        if !names.iter().all(|name| is_header(name)) {
            return Err(Fault::NoHeader);
        }
        let columns: Vec<Column> = names.iter().map(|name| Column::named(parts, name)).collect();
        if columns.iter().all(|column| column.claims.is_empty()) {
            return Err(Fault::UnknownHeader);
        }
        let forms = parts.condition.map_or_else(Vec::new, |condition| forms(condition, names));
        Ok(Self { columns, forms, spares: parts.condition.map_or(&[], |condition| condition.spares) })
    }

    /// Whether a row says that its enterprise is no natural person: wherever it says its form, and somewhere.
    pub(super) fn spares<'t>(&self, cell: impl Fn(usize) -> Cow<'t, str>) -> bool {
        !self.forms.is_empty() && self.forms.iter().all(|form| self.spares.contains(&&*cell(*form)))
    }
}

impl Column {
    fn named(parts: &Parts<'_>, name: &str) -> Self {
        let name = Name::new(name);
        Self {
            claims: claims(parts, &name),
            nameless: name.folded.is_empty(),
            telephone: name.holds_some(TELEPHONES),
        }
    }

    /// The kind for which its cells must go, if they must.
    pub(super) fn closed(&self, terms: Terms, spared: bool) -> Option<Kind> {
        let closed = |kind| !terms.lets_pass(kind) && !terms.opens(kind);
        self.personal(spared).find(|kind| closed(*kind))
    }

    /// The kind that a cell which stays is open for.
    pub(super) fn released(&self, terms: Terms, spared: bool) -> Option<Kind> {
        self.personal(spared).find(|kind| !terms.lets_pass(*kind))
    }

    /// The kinds its cells are of.
    fn personal(&self, spared: bool) -> impl Iterator<Item = Kind> {
        self.claims.iter().filter(move |claim| !(claim.by_form && spared)).map(|claim| claim.kind)
    }
}

/// Every reason for which a column of that name is personal.
fn claims(parts: &Parts<'_>, name: &Name) -> Vec<Claim> {
    if parts.paths.is_empty() && parts.drift.is_empty() {
        return Vec::new();
    }
    let mut claims: Vec<Claim> = of_persons(parts, name).into_iter().map(Claim::always).collect();
    for path in parts.paths {
        let by_form = path.conditional && parts.condition.is_some();
        claims.extend(of_block(path, name).map(|kind| Claim { kind, by_form }));
    }
    claims
}

impl Claim {
    const fn always(kind: Kind) -> Self {
        Self { kind, by_form: false }
    }
}

/// What of a functionholder a column of that name holds.
fn of_persons(parts: &Parts<'_>, name: &Name) -> Vec<Kind> {
    let person = parts.person;
    let ends = |holds: Holds| parts.paths.iter().filter(move |path| path.holds == holds).filter_map(last);
    let has_blocks = ends(Holds::Person).next().is_some();
    let mut kinds = Vec::new();
    if name.holds_some(person.insz) || ends(Holds::Insz).any(|insz| name.holds(insz)) {
        kinds.push(Kind::FunctionholderInsz);
    }
    // `Straat` is a person's where the service has persons, and an enterprise's elsewhere.
    if person.names.iter().any(|leaf| name.holds(leaf) && (has_blocks || !person.nested.contains(leaf))) {
        kinds.push(Kind::FunctionholderName);
    }
    let in_block = ends(Holds::Person).any(|block| name.says(block)) && !name.says_some(person.stays);
    // What else stands in a person block, or is called as what should be in one, may be either.
    if kinds.is_empty() && (in_block || name.holds_some(parts.drift)) {
        kinds = vec![Kind::FunctionholderName, Kind::FunctionholderInsz];
    }
    kinds
}

/// The kind of block that a column of that name is part of.
fn of_block(path: &Path<'_>, name: &Name) -> Option<Kind> {
    let Holds::Block(kind) = path.holds else { return None };
    let last = last(path)?;
    let meant = match kind {
        Kind::SoleProprietorAddress => name.holds(last) || name.holds_some(ADDRESS),
        Kind::SoleProprietorName => name.holds(last) || name.holds_some(NAMES),
        _ => name.says(last),
    };
    meant.then_some(kind)
}

fn last<'a>(path: &Path<'a>) -> Option<&'a str> {
    path.steps.last().copied()
}

/// The columns that state the form: those named after the whole sign (`SoortOndernemingCode`), or where there is none after the
/// start of it (`SoortOnderneming`).
fn forms(condition: Condition<'_>, names: &[Cow<'_, str>]) -> Vec<usize> {
    let ending = |sign: &str| -> Vec<usize> {
        let ends = |name: &str| !sign.is_empty() && folded(name).ends_with(sign);
        names.iter().enumerate().filter(|(_, name)| ends(name)).map(|(place, _)| place).collect()
    };
    let whole = ending(&folded(&condition.sign.concat()));
    if whole.is_empty() { ending(&folded(condition.sign.first().unwrap_or(&""))) } else { whole }
}

/// The name of a column, ready to be compared.
struct Name {
    folded: String,
    words: Vec<String>,
}

impl Name {
    fn new(name: &str) -> Self {
        Self { folded: folded(name), words: words(name) }
    }

    /// Whether another name is somewhere in it.
    fn holds(&self, other: &str) -> bool {
        let other = folded(other);
        !other.is_empty() && self.folded.contains(&other)
    }

    fn holds_some(&self, others: &[&str]) -> bool {
        others.iter().any(|other| self.holds(other))
    }

    /// Whether some of its words make up another name.
    fn says(&self, other: &str) -> bool {
        let other = folded(other);
        let starts = |at: usize| {
            let mut run = String::new();
            self.words[at..].iter().any(|word| {
                run.push_str(word);
                run == other
            })
        };
        (0..self.words.len()).any(starts)
    }

    fn says_some(&self, others: &[&str]) -> bool {
        others.iter().any(|other| self.says(other))
    }
}

/// Letters and digits alone, in lower case.
fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `Functie.PersoonINSZ`: functie, persoon, insz. A word ends where no letter follows, or a capital follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (small && c.is_uppercase());
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        small = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}

/// Whether it looks like a column's name, or is empty. A row of data has dates and numbers, which do not, so that a file without
/// a header is not taken for one with. Letters of Latin-1 alone: others can look like these.
fn is_header(name: &str) -> bool {
    let letter =
        |c: char| c.is_ascii_alphabetic() || (('\u{c0}'..='\u{ff}').contains(&c) && c.is_alphabetic());
    let fits = |c: char| letter(c) || c.is_ascii_digit() || " ._/:-@()[]".contains(c);
    let name = name.trim();
    name.is_empty()
        || (name.starts_with(|c| letter(c) || c == '@')
            && name.chars().all(fits)
            && !holds_insz(name.as_bytes()))
}
