//! Who plays in the demo, and how each call should end.

use poortwachter_kernel::redact::Terms;
use poortwachter_kernel::vocab::FieldSet;

use super::client::Answer;
use crate::catalogue::Catalogue;
use crate::cli::redact::redact;

/// What every consumer asks.
pub(super) const OPERATION: &str = "GeefOnderneming/02.00";
/// The path that states it.
pub(super) const PATH: &str = "/GeefOndernemingDienst-02.00/soap/WebService";

/// What can be asked in JSON, too.
pub(super) const IN_JSON: &str = "organisaties.verenigingen/01.00";
/// The path of one association.
pub(super) const IN_JSON_PATH: &str = "/v1/organisaties/verenigingen/verenigingen/V0001001";

/// One consumer of the demo.
pub(super) struct Consumer {
    pub(super) id: &'static str,
    pub(super) organisation: &'static str,
    pub(super) kind: &'static str,
    pub(super) uri: &'static str,
    pub(super) about: &'static str,
    pub(super) expected: Expected,
}

/// How a consumer's call should end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// Answered, without functionholders' personal data.
    Filtered,
    /// Answered whole.
    Whole,
    /// Refused: the disclaimer is missing.
    Refused,
}

pub(super) const CONSUMERS: [Consumer; 3] = [
    Consumer {
        id: "gemeente-demo",
        organisation: "Gemeente Demo",
        kind: "provincial-or-local",
        uri: "gemeente-demo.be/ipdc9001",
        about: "disclaimer accepted, no statutory basis",
        expected: Expected::Filtered,
    },
    Consumer {
        id: "inspectie-demo",
        organisation: "Inspectie Demo",
        kind: "flemish-agency",
        uri: "inspectie-demo.be/ipdc9002",
        about: "disclaimer accepted, statutory basis registered",
        expected: Expected::Whole,
    },
    Consumer {
        id: "nieuw-demo",
        organisation: "Nieuw Demo",
        kind: "flemish-agency",
        uri: "nieuw-demo.be/ipdc9003",
        about: "disclaimer not accepted",
        expected: Expected::Refused,
    },
];

impl Expected {
    /// Whether the call ended so. `whole` is the answer of the consumer that sees everything.
    pub(super) fn met_by(self, answer: &Answer, whole: &str) -> bool {
        let answered = answer.status == 200 && !answer.body.contains("<Identificatie>13001</Identificatie>");
        match self {
            Self::Filtered => {
                answered && personal_fields(&answer.body) == Some(0) && !tells_a_secret(&answer.body, whole)
            }
            Self::Whole => answered && personal_fields(&answer.body).is_some(),
            Self::Refused => answer.status == 200 && !answered && answer.body.contains("disclaimer-missing"),
        }
    }
}

/// How many personal fields the filter would take out of an answer; `None` where it cannot be read.
fn personal_fields(body: &str) -> Option<u32> {
    let catalogue = Catalogue::parse("built-in catalogue.toml", Catalogue::BUILT_IN).ok()?;
    let service = catalogue.service(catalogue.labelled(OPERATION)?);
    let terms = Terms { owner_names: true, ..Terms::revealing(FieldSet::EMPTY) };
    let (_, tally) = redact(service, None, terms, body.as_bytes()).ok()?;
    Some(tally.removed.iter().sum())
}

/// Whether some functionholder's name or number of the whole answer stands in this one: a plain search,
/// that owes nothing to the filter.
fn tells_a_secret(body: &str, whole: &str) -> bool {
    let secrets = ["INSZ", "VoorNaam", "AchterNaam"].into_iter().flat_map(|name| texts_of(whole, name));
    let mut secrets = secrets.filter(|secret| !secret.trim().is_empty());
    secrets.any(|secret| body.contains(secret))
}

fn texts_of<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split(&close).next()).collect()
}
