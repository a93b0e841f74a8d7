//! Holds a grant's instruments against the law at load, so that what cannot work is told before it is needed.

use poortwachter_kernel::Denial;
use poortwachter_kernel::view::Outcome;
use poortwachter_kernel::vocab::{Days, FieldSet};

use super::consumer::{Consumer, GrantText};
use crate::catalogue::Service;
use crate::law::telling::{self, Language, Telling, tell};
use crate::law::{Case, Effect, File, Law, Rule, Setting};
use crate::text::Fault;

/// A grant that lets no call pass on any of its days.
pub(super) struct Misfit {
    /// Why.
    pub(super) fault: Fault,
    /// Only the disclaimer is yet to be accepted.
    pub(super) awaits_disclaimer: bool,
}

/// What keeps a grant from working for one source of one service; `None`: on some day it works.
pub(super) fn misfit(
    law: &Law,
    consumer: &Consumer,
    grant: &GrantText,
    service: &Service,
    case: &Case<'_>,
    spans: &[(Days, Outcome)],
) -> Option<Misfit> {
    let denials = spans.iter().map(|(_, outcome)| match outcome {
        Outcome::Denies(denial) => Some(*denial),
        Outcome::Allows { .. } => None,
    });
    let worst = denials.collect::<Option<Vec<Denial>>>()?.into_iter().reduce(Denial::or)?;
    let setting = Setting { mediation: service.mediation, ..case.setting };
    let lawful =
        law.find(case.source, Effect::Allow, setting, File::empty(grant.valid.first), grant.valid.first);
    let telling = tell(law, worst, &service.label, lawful.map(|(_, rule)| rule), Language::English);
    let (problem, remedy) = words(&telling, consumer, case);
    let fault = grant.spot.fault(problem, remedy);
    let awaits_disclaimer =
        matches!(worst, Denial::DisclaimerMissing { .. } | Denial::DisclaimerOutdated { .. });
    Some(Misfit { fault, awaits_disclaimer })
}

fn words(telling: &Telling, consumer: &Consumer, case: &Case<'_>) -> (String, String) {
    let Telling { text, rule, instrument, authority, .. } = telling;
    let rule = rule.as_ref().map(|rule| format!(" (rule {rule})")).unwrap_or_default();
    let problem = format!("no call of `{}` for `{}` data can pass: {text}{rule}", consumer.id, case.source);
    let remedy = match (instrument, authority) {
        (Some(instrument), Some(authority)) => format!("register {instrument}, from {authority}"),
        (Some(instrument), None) => format!("register {instrument}"),
        _ => "correct the grant, or take the service out of it".to_owned(),
    };
    (problem, remedy)
}

/// Personal fields are opened by an instrument that a `reveal` rule accepts, and only where they stand.
pub(super) fn opening(
    law: &Law,
    consumer: &Consumer,
    grant: &GrantText,
    services: &[&Service],
) -> Vec<Fault> {
    let there = services.iter().map(|service| service.personal()).fold(FieldSet::EMPTY, FieldSet::union);
    let nowhere = grant.opens.without(there).iter().filter(|_| !services.is_empty()).map(|field| {
        let problem = format!("`{field}` stands in no answer of the grant's services");
        grant.opens_spot.fault(problem, "leave it out, or add the service that has it")
    });
    let unfounded = (!there.is_empty()).then(|| unfounded(law, consumer, grant, services)).flatten();
    nowhere.chain(unfounded).collect()
}

fn unfounded(law: &Law, consumer: &Consumer, grant: &GrantText, services: &[&Service]) -> Option<Fault> {
    let concerned = |rule: &&Rule| {
        rule.effect == Effect::Reveal
            && services.iter().any(|service| service.origin.sources.contains(&rule.source))
    };
    let rules: Vec<&Rule> = law.rules().iter().filter(concerned).collect();
    let fits = |rule: &&Rule| {
        services.iter().any(|service| {
            let setting =
                Setting { kind: consumer.kind, network: consumer.network, mediation: service.mediation };
            grant.instruments.iter().any(|held| rule.accepts(held, setting))
        })
    };
    if rules.is_empty() || rules.iter().any(fits) {
        return None;
    }
    let ids = rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>().join(", ");
    let problem = format!("opens personal fields without an instrument that rule {ids} accepts");
    let wanted = rules.iter().flat_map(|rule| &rule.instruments);
    let wanted =
        wanted.map(|kind| telling::instrument(*kind, Language::English)).collect::<Vec<_>>().join(" or ");
    Some(
        grant
            .opens_spot
            .fault(problem, format!("add a [[grant.instrument]] ({wanted}), or leave `opens` out")),
    )
}
