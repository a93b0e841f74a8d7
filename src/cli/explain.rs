//! `explain`: the verdict on a call, with every step of the reasoning, without a server.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use poortwachter_kernel::Denial;
use poortwachter_kernel::decide::Access;
use poortwachter_kernel::vocab::{Day, Field, FieldSet, Groups, Sources};

use super::against::Against;
use super::{CONFIG, Format, USAGE, answer, fail};
use crate::app::{clock, files};
use crate::catalogue::{EVERYTHING, FieldGroups, NEAR_FUNCTIONHOLDERS, Service};
use crate::config::Filter;
use crate::evaluation::Audience;
use crate::evaluation::holds::holds;
use crate::evaluation::report::{Manner, Told, asked, group_names, rule, steps};
use crate::evaluation::verdict::call_of;
use crate::law::Calendar;
use crate::law::telling::{Language, Telling};
use crate::law::terms::Category;
use crate::registry::explain::{Explanation, Question, explain};
use crate::registry::{self, Snapshot};
use crate::text::date;
use crate::text::words::one_of;

/// Say whether a call would be allowed, and why, from the registry's files alone
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The registry's directory
    #[arg(long, value_name = "DIR")]
    registry: PathBuf,
    /// The consumer's id
    #[arg(long, value_name = "ID")]
    consumer: String,
    /// The service asked
    #[arg(long, value_name = "NAME/VERSION")]
    operation: String,
    /// The legal day (Europe/Brussels); today when left out
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    date: Option<Day>,
    /// The purpose (doeleinde); may be left out where the consumer has only one
    #[arg(long)]
    purpose: Option<String>,
    /// The capacity (hoedanigheid) named in the message
    #[arg(long)]
    capacity: Option<String>,
    /// The question names a person (an INSZ among its criteria)
    #[arg(long)]
    names_person: bool,
    /// Ask this one of the service's sources only; left out: all of them, the strictest
    #[arg(long, value_name = "CATEGORY", value_parser = category)]
    source: Option<Category>,
    #[command(flatten)]
    against: Against,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn day(written: &str) -> Result<Day, String> {
    date::parse(written).ok_or_else(|| "write a day as 2026-01-31".to_owned())
}

pub(super) fn category(written: &str) -> Result<Category, String> {
    let named = Category::NAMES.iter().find(|(name, _)| *name == written);
    named
        .map(|(_, category)| *category)
        .ok_or_else(|| format!("write {}", one_of(Category::NAMES.iter().map(|(name, _)| *name))))
}

impl Explain {
    pub(super) fn run(&self) -> ExitCode {
        let loaded = match self.against.basis().and_then(|basis| registry::load(&self.registry, &basis, None))
        {
            Ok(loaded) => loaded,
            Err(faults) => return fail(CONFIG, &faults),
        };
        let snapshot = &loaded.snapshot;
        let question = match self.question(snapshot) {
            Ok(question) => question,
            Err(problem) => return fail(USAGE, &problem),
        };
        let explanation = explain(snapshot, &question);
        let text = match self.format {
            Format::Text => as_text(snapshot, &question, &explanation),
            Format::Json => format!("{:#}\n", as_json(snapshot, &question, &explanation)),
        };
        answer(&text, ExitCode::SUCCESS)
    }

    fn question<'a>(&'a self, snapshot: &'a Snapshot) -> Result<Question<'a>, String> {
        let consumer = snapshot.consumer_with_id(&self.consumer).ok_or_else(|| {
            let ids = snapshot.consumers().iter().map(|consumer| consumer.id.as_str()).take(20);
            format!("no consumer `{}` in the registry; there are {}", self.consumer, one_of(ids))
        })?;
        let operation = snapshot
            .catalogue()
            .labelled(&self.operation)
            .ok_or_else(|| files::unknown_operation(snapshot.catalogue(), &self.operation))?;
        let mut purposes: Vec<&str> =
            snapshot.consumer(consumer).senders.iter().map(|sender| sender.purpose.as_str()).collect();
        purposes.sort_unstable();
        purposes.dedup();
        let purpose = purpose(&self.consumer, self.purpose.as_deref(), &purposes)?;
        let day = self.date.unwrap_or_else(|| Calendar::new().day(clock::system()));
        let capacity = self.capacity.as_deref();
        let sources = self.sources(snapshot.catalogue().service(operation))?;
        Ok(Question { consumer, operation, sources, purpose, capacity, names_person: self.names_person, day })
    }

    fn sources(&self, service: &Service) -> Result<Sources, String> {
        let origin = &service.origin;
        let Some(asked) = self.source else { return Ok(Sources::first(origin.sources.len().max(1))) };
        let place = origin.sources.iter().position(|source| *source == asked);
        place.map(|place| Sources::NONE.with(place)).ok_or_else(|| {
            let names = one_of(origin.sources.iter().map(|source| source.name()));
            format!("{} gives no `{asked}` data; it gives {names}", service.label)
        })
    }
}

fn purpose<'a>(consumer: &str, asked: Option<&str>, purposes: &[&'a str]) -> Result<&'a str, String> {
    match (asked, purposes) {
        (Some(asked), purposes) => {
            purposes.iter().find(|purpose| **purpose == asked).copied().ok_or_else(|| {
                format!(
                    "no URI of `{consumer}` stands for purpose `{asked}`; write {}",
                    one_of(purposes.iter().copied())
                )
            })
        }
        (None, [only]) => Ok(only),
        (None, []) => Err(format!("`{consumer}` has no URI to call with; add a [[sender]] to its file")),
        (None, several) => Err(format!(
            "`{consumer}` has several purposes; name one with --purpose: {}",
            one_of(several.iter().copied())
        )),
    }
}

fn as_text(snapshot: &Snapshot, question: &Question<'_>, explanation: &Explanation<'_>) -> String {
    let service = snapshot.catalogue().service(question.operation);
    let mut lines = vec![format!(
        "{} asks {} for purpose {} on {}",
        snapshot.consumer(question.consumer).id,
        service.label,
        question.purpose,
        date::show(question.day)
    )];
    let names: Vec<&str> = asked(service, question.sources).map(Category::name).collect();
    lines.push(format!(
        "  source of the data: {}",
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    ));
    for weighed in &explanation.weighed {
        let source = service.origin.source(weighed.source).filter(|_| names.len() > 1);
        let source = source.map(|source| format!(" for {source}")).unwrap_or_default();
        lines.push(format!("  grant {}{source}:", snapshot.grant_label(weighed.grant)));
        lines.extend(steps(snapshot, weighed).into_iter().map(|reason| format!("    - {reason}")));
    }
    if explanation.weighed.is_empty() {
        lines.push("  no grant of this consumer names the service".to_owned());
    }
    lines.extend(conclusion(snapshot, question, explanation));
    lines.join("\n") + "\n"
}

fn conclusion(snapshot: &Snapshot, question: &Question<'_>, explanation: &Explanation<'_>) -> Vec<String> {
    match &explanation.verdict {
        Ok(allowed) => {
            let mut lines: Vec<String> =
                allowed.access.iter().map(|access| allowed_by(snapshot, *access)).collect();
            lines.extend(fields("stays in the answer", allowed.reveals()));
            lines.extend(fields("removed from the answer", allowed.removes));
            let service = snapshot.catalogue().service(question.operation);
            lines.extend(field_groups(&service.groups, allowed.groups));
            lines
        }
        Err(denial) => {
            let telling = telling(snapshot, question, *denial);
            let mut lines = vec![format!("refused ({}): {}", telling.reason, telling.text)];
            lines.extend(telling.rule.map(|rule| format!("  rule: {rule}")));
            lines.extend(telling.instrument.map(|instrument| format!("  what would help: {instrument}")));
            lines.extend(telling.authority.map(|authority| format!("  issued by: {authority}")));
            lines.extend(telling.contact.map(|contact| format!("  where to turn: {contact}")));
            lines
        }
    }
}

fn allowed_by(snapshot: &Snapshot, access: Access) -> String {
    let grant = snapshot.grant_label(access.grant);
    match rule(snapshot, access.rule) {
        Some(rule) => format!("allowed by rule {rule} on grant {grant}"),
        None => format!("allowed on grant {grant}: the service gives data of no source"),
    }
}

fn telling(snapshot: &Snapshot, question: &Question<'_>, denial: Denial) -> Telling {
    snapshot.tell(denial, question.consumer, question.operation, question.day, Language::English)
}

fn fields(what: &str, set: FieldSet) -> Option<String> {
    let names = set.iter().map(Field::name).collect::<Vec<_>>().join(", ");
    (!set.is_empty()).then(|| format!("  {what}: {names}"))
}

/// What the grants' `fields` come to, where that is not the whole content.
fn field_groups(all: &FieldGroups, granted: Groups) -> Option<String> {
    if granted.has(Groups::EVERYTHING) {
        let closed = all.has_near() && !granted.has(Groups::NEAR_FUNCTIONHOLDERS);
        return closed.then(|| format!("  fields: {EVERYTHING} but {NEAR_FUNCTIONHOLDERS}"));
    }
    Some(match group_names(all, granted).join(", ").as_str() {
        "" => "  fields: none, for no group is granted for every source asked; the content is removed"
            .to_owned(),
        names => format!("  fields: {names}; the rest of the content is removed"),
    })
}

/// The same names and words as the gateway's `POST /access/v1/evaluation`, which operators read.
fn as_json(snapshot: &Snapshot, question: &Question<'_>, explanation: &Explanation<'_>) -> Value {
    let Explanation { verdict, weighed } = explanation;
    let holds = holds(&snapshot.view(), call_of(snapshot, question));
    let told =
        Told { snapshot, question, verdict: verdict.as_ref().map_err(|denial| *denial), holds, weighed };
    let (language, audience) = (Language::English, Audience::Operators);
    let owner_names = Filter::default().keeps_owner_names;
    Value::Object(told.report(Manner { language, audience, owner_names }))
}
