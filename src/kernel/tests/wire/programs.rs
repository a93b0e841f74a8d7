//! The programs of the Onderneming services, as the catalogue compiles them.

use poortwachter_kernel::redact::program::{Holds, Path, Program};
use poortwachter_kernel::vocab::{Field, FieldSet};

pub(crate) const DRIFT: &[&str] = &["INSZ", "VoorNaam", "AchterNaam"];
const PERSON: &[Path<'_>] = &[Path { steps: &["Functies", "Functie", "Persoon"], holds: Holds::Person }];
const INSZ: &[Path<'_>] = &[Path { steps: &["Functies", "Functie", "INSZ"], holds: Holds::Insz }];

pub(crate) const GEEF_ONDERNEMING: Program<'_> =
    Program { root: "GeefOndernemingResponse", paths: PERSON, drift: DRIFT };
pub(crate) const ZOEK_ONDERNEMING: Program<'_> =
    Program { root: "ZoekOndernemingResponse", paths: PERSON, drift: DRIFT };
pub(crate) const GEEF_FUNCTIES: Program<'_> =
    Program { root: "GeefFunctiesResponse", paths: INSZ, drift: DRIFT };

pub(crate) const NONE: FieldSet = FieldSet::EMPTY;
pub(crate) const NAME: FieldSet = FieldSet::EMPTY.with(Field::FunctionholderName);
pub(crate) const INSZ_ONLY: FieldSet = FieldSet::EMPTY.with(Field::FunctionholderInsz);
pub(crate) const BOTH: FieldSet = NAME.union(INSZ_ONLY);

/// Everything that can be open.
pub(crate) const REVEALS: [FieldSet; 4] = [NONE, NAME, INSZ_ONLY, BOTH];
