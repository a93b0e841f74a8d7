//! The second line of defence in its place: which answers it watches over, and where a number is no leak.
//!
//! It reads what the filter lets out, so that a catalogue that has not kept up with the source, or a fault in the filter
//! itself, lets no INSZ pass unseen. Deliberately not here: how a number is found (the kernel's `tripwire`).

use poortwachter_kernel::tripwire::{Mode, Tripwire};
use poortwachter_kernel::vocab::Field;

use crate::audit::Clearance;
use crate::law::terms::Category;

/// Elements and keys whose numbers are not a functionholder's: the consumer's own user and reference, repeated in the
/// answer; enterprise numbers, of which the platform's mock has some with eleven digits; telephone numbers, which have
/// eleven with the country's before them (MAGDA wire notes, 5.5 and 5.6).
pub const INNOCENT: &[&str] = &[
    "Gebruiker",
    "Referte",
    "FunctiehouderVan",
    "Ondernemingsnummer",
    "Vestigingsnummer",
    "Telefoonnummer",
    "Faxnummer",
    "GSM",
];

/// What the fault is called where a found number withholds the answer.
pub const FAULT: &str = "tripwire";

/// The tripwire over the answer to a call: where all of it is KBO/VKBO's and no grant opens functionholders' INSZ. Other
/// sources give INSZ as a matter of course.
pub fn over(clearance: &Clearance, mode: Mode) -> Option<Tripwire> {
    let permit = clearance.permit();
    let service = clearance.snapshot().catalogue().service(permit.call().operation);
    let sources = &service.origin.sources;
    let all_kbo = !sources.is_empty() && sources.iter().all(|source| *source == Category::KboVkbo);
    let closed = !permit.reveals().has(Field::FunctionholderInsz);
    (all_kbo && closed).then(|| Tripwire::new(mode))
}
