//! Reads the tables of `law.toml`.

use poortwachter_kernel::vocab::{Day, Days};

use super::rule::{Both, Condition, Effect, How, Need, Rule};
use super::table::DisclaimerText;
use super::terms::{Category, Chamber, ConsumerKind, InstrumentKind, Issuer, Mediation, Network};
use crate::text::{Table, Written};

pub(super) fn disclaimer(table: Table<'_>) -> Option<Written<DisclaimerText>> {
    let spot = table.spot();
    let version = table.text("version");
    let from = table.day("from");
    table.close();
    Some(Written { value: DisclaimerText { version: version?, from: from? }, spot })
}

pub(super) fn rule(table: Table<'_>) -> Option<Rule> {
    let spot = table.spot();
    let id = table.text("id");
    let source = table.choice("source", Category::NAMES);
    let effect = table.choice("effect", Effect::NAMES);
    let when: Vec<Option<Condition>> = table.tables("when").into_iter().map(condition).collect();
    let instruments = table.choices("instruments", InstrumentKind::NAMES);
    let chamber = table.maybe_choice("chamber", Chamber::NAMES);
    let issuer = table.maybe_choice("issuer", Issuer::NAMES);
    let general_before = table.maybe_day("general-authorization-before");
    let needs = table.maybe_choice("needs", Need::NAMES);
    let then = table.maybe_text("then");
    let days = span(&table, "from", "until");
    let how = how(&table);
    let reconstructed = table.flag("reconstructed", false);
    table.close();
    Some(Rule {
        id: id?,
        source: source?,
        effect: effect?,
        when: when.into_iter().collect::<Option<Vec<_>>>()?,
        instruments,
        chamber,
        issuer,
        general_before,
        needs,
        then,
        days: days?,
        how: how?,
        reconstructed,
        spot,
    })
}

fn how(table: &Table<'_>) -> Option<How> {
    let authority = table.text("authority");
    let contact = table.text("contact");
    let contact_en = table.maybe_text("contact-en");
    let papers: Vec<String> = table.texts("papers").into_iter().map(|paper| paper.value).collect();
    let papers_en: Vec<String> = table.texts("papers-en").into_iter().map(|paper| paper.value).collect();
    if !papers_en.is_empty() && papers_en.len() != papers.len() {
        table.fault(
            "papers-en",
            "has another length than `papers`",
            "translate every paper, or leave the key out",
        );
    }
    let legal_text = table.maybe_text("legal-text");
    let (nl, en) = (table.text("nl"), table.text("en"));
    let english = papers_en.into_iter().map(Some).chain(std::iter::repeat(None));
    let contact = contact?;
    Some(How {
        authority: authority?,
        contact: Both { en: contact_en.unwrap_or_else(|| contact.clone()), nl: contact },
        papers: papers
            .into_iter()
            .zip(english)
            .map(|(nl, en)| Both { en: en.unwrap_or_else(|| nl.clone()), nl })
            .collect(),
        legal_text,
        rule: Both { nl: nl?, en: en? },
    })
}

fn condition(table: Table<'_>) -> Option<Condition> {
    let dated = dated(&table);
    let condition = Condition {
        kinds: table.choices("consumer-kind", ConsumerKind::NAMES),
        networks: table.choices("network", Network::NAMES),
        mediations: table.choices("mediation", Mediation::NAMES),
        dated: dated.unwrap_or(Days::ALWAYS),
        general_authorization: table.maybe_flag("general-authorization"),
        protocol_failed: table.maybe_flag("protocol-failed"),
        register_authorization: table.maybe_flag("register-authorization"),
    };
    table.close();
    dated.map(|_| condition)
}

/// `instrument-from` is the first day, `instrument-before` the day after the last.
fn dated(table: &Table<'_>) -> Option<Days> {
    let first = table.maybe_day("instrument-from").unwrap_or(Day::MIN);
    let last = table.maybe_day("instrument-before").map_or(Day::MAX, Day::previous);
    if last < first {
        table.fault("instrument-before", "lies before `instrument-from`", "no instrument could be dated so");
        return None;
    }
    Some(Days { first, last })
}

/// A first and a last day, both included; left out: always, no end.
fn span(table: &Table<'_>, from: &'static str, until: &'static str) -> Option<Days> {
    let first = table.maybe_day(from).unwrap_or(Day::MIN);
    let last = table.maybe_day(until).unwrap_or(Day::MAX);
    if last < first {
        table.fault(until, format!("lies before `{from}`"), "write the last day the rule holds");
        return None;
    }
    Some(Days { first, last })
}
