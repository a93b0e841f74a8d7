//! From every refusal to a lawful call: exactly what the refusal's rule asks for is enough, and nothing less is.

use poortwachter::kernel::vocab::Day;
use poortwachter::law::terms::{Category, Chamber, InstrumentKind, Issuer};
use poortwachter::law::{Need, Rule, Setting, settings};

use crate::cells::{LAW, Paper, denial, files, of_papers, passes, today};

/// The papers that a rule asks for, from its own words in the law file.
fn asked_for(rule: &Rule) -> Vec<Paper> {
    let kind = rule.instruments[0];
    let dated = rule.date_bounds().map(|days| days.first.max(Day(days.last.0.min(today().0) - 1))).next();
    let mut paper = Paper { dated: dated.unwrap().min(today()), ..Paper::of(kind) };
    if kind == InstrumentKind::Deliberation {
        paper.chamber = Some(rule.chamber.unwrap_or(Chamber::FederalGovernment));
    }
    if kind == InstrumentKind::MinisterialAuthorization {
        paper.issuer = Some(rule.issuer.unwrap_or(Issuer::FodBiza));
    }
    paper.protocol_failure = rule.needs == Some(Need::ProtocolFailure);
    let mut papers = vec![paper];
    if rule.needs == Some(Need::RegisterAuthorization) {
        papers.push(Paper::authorization(Issuer::SectoralCommittee));
    }
    papers
}

/// The same papers with one part left away, each.
fn with_a_part_missing(papers: &[Paper]) -> Vec<Vec<Paper>> {
    let mut lesser: Vec<Vec<Paper>> = (0..papers.len())
        .map(|left_out| {
            papers.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, p)| p.clone()).collect()
        })
        .collect();
    if papers[0].protocol_failure {
        let mut plain = papers.to_vec();
        plain[0].protocol_failure = false;
        lesser.push(plain);
    }
    if papers[0].dated < today() {
        let mut later = papers.to_vec();
        later[0].dated = Day(today().0 + 1);
        lesser.push(later);
    }
    if let Some(chamber) = papers[0].chamber {
        for (_, other) in Chamber::NAMES.iter().filter(|(_, other)| *other != chamber) {
            let mut wrong = papers.to_vec();
            wrong[0].chamber = Some(*other);
            lesser.push(wrong);
        }
    }
    lesser
}

fn rule_named(source: Category, setting: Setting, papers: &[Paper]) -> Option<&'static Rule> {
    let denial = denial(&of_papers(source, setting, papers)).expect("refused");
    denial.rule().and_then(|ix| LAW.rule(ix))
}

#[test]
fn doing_what_the_refusal_names_makes_every_refused_cell_lawful() {
    let mut mended = 0;
    for (_, source) in Category::NAMES {
        for setting in settings() {
            for (name, papers) in files() {
                if passes(&of_papers(*source, setting, &papers)).is_some() {
                    continue;
                }
                let Some(mut rule) = rule_named(*source, setting, &papers) else {
                    assert!(LAW.outside(*source, today()).contains(&setting), "{source} {setting:?} {name}");
                    continue;
                };
                let mut papers = [papers.as_slice(), &asked_for(rule)].concat();
                if rule.then.is_some() {
                    // A first step only: the refusal then names the next one.
                    rule = rule_named(*source, setting, &papers).unwrap();
                    papers.extend(asked_for(rule));
                }
                let now = passes(&of_papers(*source, setting, &papers));
                assert_eq!(now, Some(rule.id.as_str()), "{source} {setting:?} {name}");
                mended += 1;
            }
        }
    }
    assert!(mended > 3_000, "{mended}");
}

#[test]
fn with_any_part_of_it_left_away_the_call_is_still_refused() {
    for (_, source) in Category::NAMES {
        for setting in settings() {
            for (_, rule) in LAW.in_force(*source, poortwachter::law::Effect::Allow, today()) {
                if !rule.concerns(setting) || rule.then.is_some() {
                    continue;
                }
                let papers = asked_for(rule);
                assert_eq!(
                    passes(&of_papers(*source, setting, &papers)),
                    Some(rule.id.as_str()),
                    "{setting:?}"
                );
                for lesser in with_a_part_missing(&papers) {
                    let still = passes(&of_papers(*source, setting, &lesser));
                    assert_ne!(still, Some(rule.id.as_str()), "rule {} with {lesser:?}", rule.id);
                }
            }
        }
    }
}
