//! A verdict as JSON: what the endpoint's `context` and `explain --format json` have in common, with the same names.

use poortwachter_kernel::Denial;
use poortwachter_kernel::vocab::{Day, Days, Field, FieldSet, Groups, RuleIx, Sources};
use serde_json::{Map, Value, json};

use super::obligations::obligations;
use super::verdict::{Case, Unknown, Verdict};
use crate::catalogue::{EVERYTHING, FieldGroups, NEAR_FUNCTIONHOLDERS, Service};
use crate::law::telling::{Language, Telling, step};
use crate::law::terms::Category;
use crate::law::{Instrument, Step};
use crate::registry::Snapshot;
use crate::registry::explain::{Allowed, Finding, Question, Weighed, explain};
use crate::text::date;

/// Who reads a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever runs the gateway: every step of the reasoning, and which registry it was.
    Operators,
    /// The consumer itself: what a refusal or an answer would tell it.
    Consumer,
}

/// How a report is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// The language of what would help (`instrument`, `contact`, …). `reason_user` always has both.
    pub language: Language,
    /// Who reads it.
    pub audience: Audience,
    /// Whether the names of an enterprise that is a natural person stay (`filter.sole-proprietor-names`).
    pub owner_names: bool,
}

/// AuthZEN's answer to one question.
pub fn answer(snapshot: &Snapshot, case: &Case<'_>, verdict: &Verdict, manner: Manner) -> Value {
    let outcome = match verdict {
        Verdict::Allowed { allowed, holds } => Ok((Ok(allowed), *holds)),
        Verdict::Denied { denial, holds } => Ok((Err(*denial), *holds)),
        Verdict::Unknown(unknown) => Err(*unknown),
    };
    let context = match (outcome, case.question(snapshot)) {
        (Ok((verdict, holds)), Some(question)) => {
            let weighed = explain(snapshot, &question).weighed;
            let told = Told { snapshot, question: &question, verdict, holds, weighed: &weighed };
            let mut context = told.report(manner);
            context.extend(told.reasons(manner.audience));
            context
        }
        (Err(unknown), _) => strange(snapshot, case, unknown, manner),
        // A verdict on a call has its question.
        (Ok(_), None) => Map::new(),
    };
    json!({ "decision": verdict.is_permit(), "context": context })
}

/// No call of that kind can be made: there is no law to tell of.
fn strange(snapshot: &Snapshot, case: &Case<'_>, unknown: Unknown, manner: Manner) -> Map<String, Value> {
    let [nl, en] = [Language::Dutch, Language::English].map(|language| unknown.text(language));
    let service = case.operation.map(|operation| snapshot.catalogue().service(operation));
    let mut context = members(json!({
        "verdict": "refused",
        "reason": unknown.name(),
        "text": unknown.text(manner.language),
        "contact": service.map(|service| service.contact.as_str()),
        "date": date::show(case.day),
        "law": snapshot.law().version(),
        "reason_user": { "nl": nl, "en": en },
    }));
    if manner.audience == Audience::Operators {
        context.insert("registry".to_owned(), snapshot.digest().into());
        context.insert("reason_admin".to_owned(), json!({ "en": en }));
    }
    context
}

/// A verdict with all that is to be told of it.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The snapshot it was reached on.
    pub snapshot: &'a Snapshot,
    /// What was asked.
    pub question: &'a Question<'a>,
    /// The verdict.
    pub verdict: Result<&'a Allowed, Denial>,
    /// The days on which the same is said.
    pub holds: Days,
    /// Every grant that was looked at.
    pub weighed: &'a [Weighed<'a>],
}

impl Told<'_> {
    /// The report.
    pub fn report(&self, manner: Manner) -> Map<String, Value> {
        let Self { snapshot, question, .. } = *self;
        let service = self.service();
        let mut report = members(json!({
            "consumer": snapshot.consumer(question.consumer).id,
            "operation": service.label,
            "purpose": question.purpose,
            "capacity": question.capacity,
            "sources": asked(service, question.sources).map(Category::name).collect::<Vec<_>>(),
            "names_person": question.names_person,
            "date": date::show(question.day),
            "law": snapshot.law().version(),
            "holds": { "first": end(self.holds.first), "last": end(self.holds.last) },
        }));
        if manner.audience == Audience::Operators {
            report.insert("registry".to_owned(), snapshot.digest().into());
            report.insert("grants".to_owned(), self.grants());
        }
        report.extend(match self.verdict {
            Ok(allowed) => self.allowed(allowed, manner),
            Err(denial) => self.refused(denial, manner.language),
        });
        report
    }

    /// Why, in sentences: AuthZEN's `reason_user` and `reason_admin`.
    fn reasons(&self, audience: Audience) -> Map<String, Value> {
        let [nl, en] = [Language::Dutch, Language::English].map(|language| self.reason(language));
        let mut reasons = members(json!({ "reason_user": { "nl": nl, "en": en } }));
        if audience == Audience::Operators {
            let each = self.weighed.iter().map(|weighed| {
                let steps = steps(self.snapshot, weighed).join(", ");
                format!("grant {}: {steps}", self.snapshot.grant_label(weighed.grant))
            });
            let all = std::iter::once(en).chain(each).collect::<Vec<_>>().join("; ");
            reasons.insert("reason_admin".to_owned(), json!({ "en": all }));
        }
        reasons
    }

    fn reason(&self, language: Language) -> String {
        let (text, rule) = match self.verdict {
            Ok(allowed) => {
                let first = allowed.access.first().and_then(|access| rule(self.snapshot, access.rule));
                (language.either("toegestaan", "allowed").to_owned(), first.map(str::to_owned))
            }
            Err(denial) => {
                let telling = self.telling(denial, language);
                (telling.text, telling.rule)
            }
        };
        let word = language.either("regel", "rule");
        rule.map_or_else(|| text.clone(), |rule| format!("{text} ({word} {rule})"))
    }

    fn service(&self) -> &Service {
        self.snapshot.catalogue().service(self.question.operation)
    }

    fn telling(&self, denial: Denial, language: Language) -> Telling {
        let Question { consumer, operation, day, .. } = *self.question;
        self.snapshot.tell(denial, consumer, operation, day, language)
    }

    fn grants(&self) -> Value {
        let each = self.weighed.iter().map(|weighed| {
            json!({
                "grant": self.snapshot.grant_label(weighed.grant),
                "steps": steps(self.snapshot, weighed),
            })
        });
        each.collect()
    }

    fn allowed(&self, allowed: &Allowed, manner: Manner) -> Map<String, Value> {
        let (snapshot, service) = (self.snapshot, self.service());
        let names = |set: FieldSet| set.iter().map(Field::name).collect::<Vec<_>>();
        let field_rules = [allowed.opening, allowed.closing].into_iter().filter_map(|ix| rule(snapshot, ix));
        let access = allowed.access.iter().zip(self.question.sources.iter()).map(|(access, source)| {
            let here = |weighed: &&Weighed<'_>| weighed.grant == access.grant && weighed.source == source;
            let steps = self.weighed.iter().filter(here).flat_map(|weighed| weighed.finding.steps());
            let held = steps.filter_map(|step| match step {
                Step::Holds(_, held) => Some(instrument(held)),
                _ => None,
            });
            json!({
                "rule": rule(snapshot, access.rule), "grant": snapshot.grant_label(access.grant),
                "instruments": held.collect::<Vec<_>>(),
            })
        });
        members(json!({
            "verdict": "allowed",
            "rule": allowed.access.first().and_then(|access| rule(snapshot, access.rule)),
            "grant": allowed.access.first().map(|access| snapshot.grant_label(access.grant)),
            "access": access.collect::<Vec<_>>(),
            "reveals": names(allowed.reveals()),
            "removes": names(allowed.removes),
            "fields": group_names(&service.groups, allowed.groups),
            "field_rules": field_rules.collect::<Vec<_>>(),
            "obligations": obligations(snapshot, service, allowed, self.weighed, manner.owner_names),
        }))
    }

    fn refused(&self, denial: Denial, language: Language) -> Map<String, Value> {
        let Telling { reason, text, rule, instrument, authority, contact, papers, reconstructed } =
            self.telling(denial, language);
        members(json!({
            "verdict": "refused", "reason": reason, "text": text, "rule": rule,
            "instrument": instrument, "authority": authority,
            "href": contact.as_deref().and_then(href), "contact": contact, "papers": papers,
            "reconstructed": reconstructed,
        }))
    }
}

/// The steps by which a grant was held against a question, in English.
pub fn steps(snapshot: &Snapshot, weighed: &Weighed<'_>) -> Vec<String> {
    let grant = snapshot.grant(weighed.grant);
    match &weighed.finding {
        Finding::OtherPurpose => vec![format!("it is for another purpose: {}", grant.purpose.value)],
        Finding::OtherCapacity => {
            vec![format!(
                "it asks for capacity (hoedanigheid) {}",
                grant.capacity.as_deref().unwrap_or_default()
            )]
        }
        Finding::Judged(judgement) => {
            judgement.steps.iter().map(|taken| step(snapshot.law(), taken)).collect()
        }
    }
}

/// The sources a question asks, by name.
pub fn asked(service: &Service, sources: Sources) -> impl Iterator<Item = Category> + '_ {
    sources.iter().filter_map(|place| service.origin.source(place))
}

/// The field groups granted. Where all is, the names of its parts say nothing more.
pub fn group_names(all: &FieldGroups, granted: Groups) -> Vec<&str> {
    let counts =
        |name: &&str| !granted.has(Groups::EVERYTHING) || [EVERYTHING, NEAR_FUNCTIONHOLDERS].contains(name);
    all.named(granted).filter(counts).collect()
}

/// A rule's name.
pub fn rule(snapshot: &Snapshot, ix: RuleIx) -> Option<&str> {
    snapshot.law().rule(ix).map(|rule| rule.id.as_str())
}

/// An instrument on file.
pub(super) fn instrument(held: &Instrument) -> Value {
    json!({
        "type": held.proof.kind().name(),
        "reference": held.proof.reference(),
        "valid_from": end(held.first()),
        "valid_until": end(held.days.last),
    })
}

/// A day; nothing where there is no end.
fn end(day: Day) -> Option<String> {
    (![Day::MIN, Day::MAX].contains(&day)).then(|| date::show(day))
}

/// Where to turn, as a link, if the contact is one: a page or a mail address.
fn href(contact: &str) -> Option<String> {
    if contact.contains(char::is_whitespace) {
        None
    } else if contact.starts_with("https://") {
        Some(contact.to_owned())
    } else {
        contact.contains('@').then(|| format!("mailto:{contact}"))
    }
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
