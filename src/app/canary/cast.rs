//! The two invented consumers, and their registry: compiled from texts with the real law and catalogue, never written
//! to a file.

use poortwachter_kernel::vocab::Day;

use crate::registry::{Basis, Consumer, Snapshot, compile};
use crate::text::{Faults, date};

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// May ask; has no basis for functionholders.
    WithoutBasis,
    /// Has a statutory basis for them.
    WithBasis,
}

impl Role {
    /// The consumer's id.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::WithoutBasis => "canary-without-basis",
            Self::WithBasis => "canary-with-basis",
        }
    }

    /// Its URI.
    pub(super) const fn sender(self) -> &'static str {
        match self {
            Self::WithoutBasis => "canary.invalid/without",
            Self::WithBasis => "canary.invalid/with",
        }
    }

    const fn basis(self) -> &'static str {
        match self {
            Self::WithoutBasis => "",
            Self::WithBasis => {
                "opens = [\"functionholder-name\", \"functionholder-insz\"]\n\
                 [[grant.instrument]]\ntype = \"statutory-basis\"\n\
                 citation = \"verzonnen, voor de kanarie\"\ndated = 2020-01-01\n"
            }
        }
    }
}

/// A registry of that one consumer, who may call these services today.
///
/// # Errors
/// What in law or catalogue does not let it be made.
pub(super) fn snapshot(role: Role, services: &[&str], basis: &Basis, today: Day) -> Result<Snapshot, Faults> {
    let text = registration(role, services, basis, today);
    let consumer = Consumer::parse(role.id(), &text)?;
    Ok(compile(vec![consumer], basis, 1, String::new())?.snapshot)
}

fn registration(role: Role, services: &[&str], basis: &Basis, today: Day) -> String {
    let (id, uri, opens) = (role.id(), role.sender(), role.basis());
    let today_written = date::show(today);
    let in_force = basis.law.disclaimers().iter().rfind(|text| text.from <= today);
    let disclaimer = in_force.map_or_else(String::new, |text| {
        format!(
            "[disclaimer]\nversion = \"{}\"\naccepted-by = \"niemand\"\naccepted-on = {today_written}\n",
            text.version
        )
    });
    format!(
        "id = \"{id}\"\norganisation = \"Kanarie\"\nkind = \"flemish-agency\"\nnetwork = \"none\"\n\
         [[certificate]]\nsubject = \"CN={id}\"\n\
         [[sender]]\nuri = \"{uri}\"\npurpose = \"canary\"\n{disclaimer}\
         [[grant]]\nid = \"canary\"\nservices = {services:?}\npurpose = \"canary\"\n\
         valid-from = {today_written}\nretention = \"P1D\"\n{opens}"
    )
}
