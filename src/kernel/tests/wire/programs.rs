//! The programs of the Onderneming services, as the catalogue compiles them, and one with all there is.

use std::sync::LazyLock;

use poortwachter_kernel::redact::program::{Condition, Holds, Parts, Path, Person, Program};
use poortwachter_kernel::vocab::{Field, FieldSet, Kind};

pub(crate) const DRIFT: &[&str] = &["INSZ", "VoorNaam", "AchterNaam"];

const fn always(steps: &'static [&'static str], holds: Holds) -> Path<'static> {
    Path { steps, holds, conditional: false }
}

const fn unless_spared(steps: &'static [&'static str], kind: Kind) -> Path<'static> {
    Path { steps, holds: Holds::Block(kind), conditional: true }
}

/// An enterprise that is a legal person has no home address.
const FORM: Condition<'_> =
    Condition { scope: &["Inhoud"], sign: &["SoortOnderneming", "Code"], spares: &["2"] };

const ONDERNEMING: Parts<'_> = Parts {
    root: "GeefOndernemingResponse",
    paths: &[
        always(&["Functies", "Functie", "Persoon"], Holds::Person),
        unless_spared(&["Adressen"], Kind::SoleProprietorAddress),
        unless_spared(&["Bijhuis"], Kind::SoleProprietorAddress),
    ],
    condition: Some(FORM),
    person: Person::KBO,
    drift: DRIFT,
};

fn compiled(parts: Parts<'static>) -> Program<'static> {
    Program::new(parts).expect("small enough")
}

pub(crate) static GEEF_ONDERNEMING: LazyLock<Program<'static>> = LazyLock::new(|| compiled(ONDERNEMING));

pub(crate) static ZOEK_ONDERNEMING: LazyLock<Program<'static>> = LazyLock::new(|| {
    compiled(Parts {
        root: "ZoekOndernemingResponse",
        condition: Some(Condition { scope: &["Ondernemingen", "Onderneming"], ..FORM }),
        ..ONDERNEMING
    })
});

const NUMBERS: &[Path<'_>] = &[always(&["Functies", "Functie", "INSZ"], Holds::Insz)];

pub(crate) static GEEF_FUNCTIES: LazyLock<Program<'static>> = LazyLock::new(|| {
    compiled(Parts { root: "GeefFunctiesResponse", paths: NUMBERS, condition: None, ..ONDERNEMING })
});

const ALL_PATHS: &[Path<'_>] = &[
    always(&["Functies", "Functie", "Persoon"], Holds::Person),
    always(&["Functie", "INSZ"], Holds::Insz),
    unless_spared(&["Onderneming", "Adressen"], Kind::SoleProprietorAddress),
    unless_spared(&["Namen"], Kind::SoleProprietorName),
    always(&["Curatoren", "Curator"], Holds::Block(Kind::NearFunctionholder)),
];

/// Person blocks, numbers beside them, and blocks of every kind, as no service has all of them.
pub(crate) static EVERYTHING: LazyLock<Program<'static>> = LazyLock::new(|| {
    compiled(Parts {
        paths: ALL_PATHS,
        condition: Some(Condition { scope: &["Onderneming"], ..FORM }),
        ..ONDERNEMING
    })
});

pub(crate) const NONE: FieldSet = FieldSet::EMPTY;
pub(crate) const NAME: FieldSet = FieldSet::EMPTY.with(Field::FunctionholderName);
pub(crate) const INSZ_ONLY: FieldSet = FieldSet::EMPTY.with(Field::FunctionholderInsz);
pub(crate) const BOTH: FieldSet = NAME.union(INSZ_ONLY);

/// Everything that can be open of functionholders.
pub(crate) const REVEALS: [FieldSet; 4] = [NONE, NAME, INSZ_ONLY, BOTH];
