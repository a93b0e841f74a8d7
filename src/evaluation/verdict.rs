//! From names to a verdict: what was asked is looked up in the snapshot, then decided as a real call is.

use poortwachter_kernel::vocab::{
    CapacityIx, ConsumerIx, Day, Days, Field, OperationIx, PurposeIx, RuleIx, Sources,
};
use poortwachter_kernel::{Call, Denial, Permit, decide};

use super::Fault;
use super::holds::holds;
use super::question::Asked;
use crate::law::telling::Language;
use crate::law::terms::Category;
use crate::registry::Snapshot;
use crate::registry::explain::{Allowed, Question};
use crate::text::words::one_of;

/// A question whose names were looked up.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// Who would ask, if anybody in the registry.
    pub consumer: Option<ConsumerIx>,
    /// What would be asked, if it is a service of the catalogue.
    pub operation: Option<OperationIx>,
    /// The legal day.
    pub day: Day,
    /// The capacity, as written.
    pub capacity: Option<&'a str>,
    /// The call to decide on; or why there can be none.
    pub call: Result<Call, Unknown>,
}

/// Why no call of that kind can be made at all. Named as the refusals of real calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The registry has no such consumer.
    Consumer,
    /// The catalogue has no such service.
    Service,
    /// None of the consumer's URIs is this one, or stands for the purpose.
    Sender,
}

impl Unknown {
    /// The reason's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Consumer => "unknown-consumer",
            Self::Service => "unknown-service",
            Self::Sender => "sender-not-registered",
        }
    }

    /// In words, one sentence without capital or full stop.
    pub const fn text(self, language: Language) -> &'static str {
        let (nl, en) = match self {
            Self::Consumer => (
                "de afnemer is bij deze gateway niet geregistreerd",
                "no consumer with that id is registered at this gateway",
            ),
            Self::Service => (
                "de gevraagde dienst of versie is bij deze gateway niet bekend",
                "this gateway does not know the service or the version that is asked",
            ),
            Self::Sender => (
                "geen URI die voor deze afnemer geregistreerd is, is deze of staat voor dit doeleinde",
                "no URI that is registered for this consumer is this one or stands for this purpose",
            ),
        };
        language.either(nl, en)
    }
}

/// The verdict on a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The call may pass, and what may stay in its answer.
    Allowed {
        /// What it rests on.
        allowed: Allowed,
        /// The days on which the same is said.
        holds: Days,
    },
    /// The registry or the law says no.
    Denied {
        /// Why.
        denial: Denial,
        /// The days on which the same is said.
        holds: Days,
    },
    /// There can be no such call, whatever the day.
    Unknown(Unknown),
}

impl Verdict {
    /// Yes or no.
    pub const fn is_permit(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }

    /// The reason's name, as in metrics and refusals of real calls.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Allowed { .. } => "none",
            Self::Denied { denial, .. } => denial.name(),
            Self::Unknown(unknown) => unknown.name(),
        }
    }

    /// The rule behind it: the one that allows, or the one the denial comes from.
    pub fn rule(&self) -> RuleIx {
        match self {
            Self::Allowed { allowed, .. } => {
                allowed.access.first().map_or(RuleIx::NONE, |access| access.rule)
            }
            Self::Denied { denial, .. } => denial.rule().unwrap_or(RuleIx::NONE),
            Self::Unknown(_) => RuleIx::NONE,
        }
    }
}

impl<'a> Case<'a> {
    /// Looks the names up, in the order in which a real call's are.
    ///
    /// # Errors
    /// [`Fault`] where the question says too little to be one call, or names a source that the service does not have.
    pub fn of(snapshot: &Snapshot, asked: &'a Asked, today: Day) -> Result<Self, Fault> {
        let consumer = snapshot.consumer_with_id(&asked.consumer);
        let operation = snapshot.catalogue().labelled(&asked.service);
        let capacity = asked.capacity.as_deref();
        let day = asked.day.unwrap_or(today);
        let call = match (consumer, operation) {
            (None, _) => Err(Unknown::Consumer),
            (_, None) => Err(Unknown::Service),
            (Some(consumer), Some(operation)) => {
                let sources = sources(snapshot, operation, asked)?;
                purpose(snapshot, consumer, asked)?.map(|purpose| Call {
                    consumer,
                    operation,
                    sources,
                    purpose,
                    capacity: capacity_of(snapshot, consumer, capacity),
                    names_person: asked.names_person,
                    day,
                })
            }
        };
        Ok(Self { consumer, operation, day, capacity, call })
    }

    /// The verdict, by the `decide` of real calls.
    pub fn decide(&self, snapshot: &Snapshot) -> Verdict {
        let call = match self.call {
            Ok(call) => call,
            Err(unknown) => return Verdict::Unknown(unknown),
        };
        let view = snapshot.view();
        let holds = holds(&view, call);
        match decide(&view, call) {
            Ok(permit) => Verdict::Allowed { allowed: allowed(&permit), holds },
            Err(denial) => Verdict::Denied { denial, holds },
        }
    }

    /// The same question as `explain` puts it.
    pub fn question(&self, snapshot: &'a Snapshot) -> Option<Question<'a>> {
        let Call { consumer, operation, sources, purpose, names_person, day, .. } = self.call.ok()?;
        let (purpose, capacity) = (snapshot.purpose_name(purpose), self.capacity);
        Some(Question { consumer, operation, sources, purpose, capacity, names_person, day })
    }
}

/// The call that a question of `explain` is about.
pub fn call_of(snapshot: &Snapshot, question: &Question<'_>) -> Call {
    let Question { consumer, operation, sources, purpose, capacity, names_person, day } = *question;
    let purpose = snapshot.purpose_named(purpose).unwrap_or(PurposeIx::NONE);
    let capacity = capacity_of(snapshot, consumer, capacity);
    Call { consumer, operation, sources, purpose, capacity, names_person, day }
}

/// What a permit allows, in the shape `explain` gives it.
pub(super) fn allowed(permit: &Permit) -> Allowed {
    Allowed {
        access: permit.access().collect(),
        opening: permit.opening(),
        closing: permit.closing(),
        bases: Field::ALL.map(|field| permit.basis(field)),
        removes: permit.removes(),
        groups: permit.groups(),
    }
}

fn capacity_of(snapshot: &Snapshot, consumer: ConsumerIx, asked: Option<&str>) -> CapacityIx {
    asked.map_or(CapacityIx::NONE, |asked| snapshot.capacity(consumer, |known| known == asked))
}

fn sources(snapshot: &Snapshot, operation: OperationIx, asked: &Asked) -> Result<Sources, Fault> {
    let service = snapshot.catalogue().service(operation);
    let there = &service.origin.sources;
    let Some(wanted) = &asked.sources else { return Ok(Sources::first(there.len().max(1))) };
    let place = |source: &Category| there.iter().position(|known| known == source);
    let all = wanted.iter().try_fold(Sources::NONE, |all, source| place(source).map(|place| all.with(place)));
    all.ok_or_else(|| {
        let (label, names) = (&service.label, one_of(there.iter().map(|source| source.name())));
        Fault::new(
            format!("{}context.sources", asked.place),
            format!("noemt een bron die {label} niet geeft; er zijn {names}"),
            format!("names a source that {label} does not give; there are {names}"),
        )
    })
}

/// The purpose asked for, where one of the consumer's URIs stands for it; of a consumer with a single purpose, that.
fn purpose(
    snapshot: &Snapshot,
    consumer: ConsumerIx,
    asked: &Asked,
) -> Result<Result<PurposeIx, Unknown>, Fault> {
    let senders = &snapshot.consumer(consumer).senders;
    let named = |purpose: &str| snapshot.purpose_named(purpose).ok_or(Unknown::Sender);
    Ok(match (&asked.sender, &asked.purpose) {
        (Some(uri), _) => snapshot.purpose(consumer, |known| known == uri).ok_or(Unknown::Sender),
        (None, Some(purpose)) if senders.iter().any(|sender| sender.purpose == *purpose) => named(purpose),
        (None, Some(_)) => Err(Unknown::Sender),
        (None, None) => match senders.split_first() {
            None => Err(Unknown::Sender),
            Some((first, others)) if others.iter().all(|other| other.purpose == first.purpose) => {
                named(&first.purpose)
            }
            Some(_) => {
                return Err(Fault::new(
                    format!("{}context.purpose", asked.place),
                    "ontbreekt: de afnemer heeft meer dan één doeleinde",
                    "is missing: the consumer has more than one purpose",
                ));
            }
        },
    })
}
