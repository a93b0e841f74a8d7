//! The table of rules, and the proof that it leaves no case with two answers.

use poortwachter_kernel::vocab::{Day, Days, RuleIx};

use super::read;
use super::rule::{Effect, File, Need, Rule, Setting};
use super::terms::{Category, ConsumerKind, InstrumentKind, Mediation, Network};
use crate::text::{Fault, Faults, Source, Written};

/// The law as it was loaded. Rules keep the order of the file; their place is their [`RuleIx`].
#[derive(Clone, Debug)]
pub struct Law {
    version: String,
    rules: Vec<Rule>,
    disclaimers: Vec<DisclaimerText>,
}

/// A version of the VKBO disclaimer's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclaimerText {
    /// What it is called.
    pub version: String,
    /// Its first day.
    pub from: Day,
}

impl Law {
    /// The law this gateway ships with.
    pub const BUILT_IN: &'static str = include_str!("../../config/law.toml");

    /// Reads a law file and proves it; `file` is how faults name it.
    ///
    /// # Errors
    /// Every fault: keys, values, two rules that answer one case, a rule that answers none.
    pub fn parse(file: &str, text: &str) -> Result<Self, Faults> {
        let source = Source::new(file, text);
        let root = source.root();
        let version = root.text("version");
        let disclaimers: Vec<Written<DisclaimerText>> =
            root.tables("disclaimer").into_iter().filter_map(read::disclaimer).collect();
        let rules: Vec<Rule> = root.tables("rule").into_iter().filter_map(read::rule).collect();
        if !root.has("rule") {
            root.fault(
                "rule",
                "is missing",
                "list the rules with [[rule]]: a law without any lets no call pass",
            );
        }
        root.close();
        for fault in proof(&rules).into_iter().chain(rules.iter().flat_map(senseless)) {
            source.note(fault);
        }
        for fault in twins(&disclaimers) {
            source.note(fault);
        }
        let mut disclaimers: Vec<DisclaimerText> =
            disclaimers.into_iter().map(|written| written.value).collect();
        disclaimers.sort_by_key(|text| text.from);
        source.finish(version.map(|version| Self { version, rules, disclaimers }))
    }

    /// The version the file gives itself; evidence cites it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// All rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule at that place.
    pub fn rule(&self, ix: RuleIx) -> Option<&Rule> {
        self.rules.get(ix.at())
    }

    /// All versions of the VKBO disclaimer's text, the oldest first.
    pub fn disclaimers(&self) -> &[DisclaimerText] {
        &self.disclaimers
    }

    /// The days an accepted disclaimer holds: from its acceptance until a newer text has been in force for
    /// `grace` days. `None` where the law knows no such version.
    pub fn disclaimer_days(&self, version: &str, accepted: Day, grace: u16) -> Option<Days> {
        let at = self.disclaimers.iter().position(|text| text.version == version)?;
        let next = self
            .disclaimers
            .get(at + 1)
            .map(|text| Day(text.from.0.saturating_add(i32::from(grace)).saturating_sub(1)));
        Some(Days { first: accepted, last: next.unwrap_or(Day::MAX) })
    }

    /// The rules of a category with that effect that are law on a day, with their places.
    pub fn in_force(
        &self,
        source: Category,
        effect: Effect,
        day: Day,
    ) -> impl Iterator<Item = (RuleIx, &Rule)> {
        let numbered = (0..).map(RuleIx).zip(&self.rules);
        numbered
            .filter(move |(_, rule)| rule.source == source && rule.effect == effect && rule.days.covers(day))
    }

    /// The one rule that answers a case with such a file on a day; `None`: outside the guide.
    pub fn find(
        &self,
        source: Category,
        effect: Effect,
        setting: Setting,
        file: File,
        day: Day,
    ) -> Option<(RuleIx, &Rule)> {
        self.in_force(source, effect, day).find(|(_, rule)| rule.answers(setting, file))
    }

    /// The cases of a category that no rule lets pass on a day, whatever is on file: outside the guide.
    pub fn outside(&self, source: Category, day: Day) -> Vec<Setting> {
        let answered = |setting: &Setting| {
            self.in_force(source, Effect::Allow, day).any(|(_, rule)| rule.concerns(*setting))
        };
        settings().filter(|setting| !answered(setting)).collect()
    }
}

/// Every fact about a case that the guide distinguishes.
pub fn settings() -> impl Iterator<Item = Setting> {
    let kinds = ConsumerKind::NAMES.iter().map(|(_, kind)| *kind);
    kinds.flat_map(|kind| {
        Network::NAMES.iter().flat_map(move |(_, network)| {
            Mediation::NAMES.iter().map(move |(_, mediation)| Setting {
                kind,
                network: *network,
                mediation: *mediation,
            })
        })
    })
}

/// Walks every case there is: two rules for one case, or a rule for none, are faults. What no rule answers
/// is outside the guide, and nothing else falls through.
fn proof(rules: &[Rule]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut reached = vec![false; rules.len()];
    let mut told = vec![false; rules.len()];
    for (_, source) in Category::NAMES {
        for (_, effect) in Effect::NAMES {
            let group: Vec<usize> = (0..rules.len())
                .filter(|at| rules[*at].source == *source && rules[*at].effect == *effect)
                .collect();
            for case in cases(rules, &group) {
                let answers: Vec<usize> =
                    group.iter().copied().filter(|at| case.is_answered_by(&rules[*at])).collect();
                for at in &answers {
                    reached[*at] = true;
                }
                if let [first, second, ..] = answers[..] {
                    let known = std::mem::replace(&mut told[second], true);
                    faults.extend((!known).then(|| contradiction(&rules[first], &rules[second])));
                }
            }
        }
    }
    let dead =
        rules.iter().zip(&reached).filter(|(_, reached)| !**reached).map(|(rule, _)| unreachable(rule));
    let dangling = rules.iter().filter(|rule| {
        rule.then.as_ref().is_some_and(|id| !rules.iter().any(|next| follows(rule, next, id)))
    });
    let dangling: Vec<Fault> = dangling.map(nowhere).collect();
    faults.extend(dead.chain(dangling));
    faults
}

/// Whether a rule can be the second step of another: the same source's, and no first step itself.
fn follows(first: &Rule, next: &Rule, id: &str) -> bool {
    next.id == id && next.source == first.source && next.effect == first.effect && next.then.is_none()
}

/// One cell of the whole space of cases.
struct Cell {
    setting: Setting,
    file: File,
    day: Day,
}

impl Cell {
    fn is_answered_by(&self, rule: &Rule) -> bool {
        rule.days.covers(self.day) && rule.answers(self.setting, self.file)
    }
}

/// Every case with every file, on every day (of law, of instruments) between which nothing changes.
fn cases(rules: &[Rule], group: &[usize]) -> Vec<Cell> {
    let days = edges(group.iter().map(|at| rules[*at].days));
    let dates = edges(group.iter().flat_map(|at| rules[*at].date_bounds()));
    let mut cells = Vec::new();
    for setting in settings() {
        for facts in 0..8 {
            for dated in &dates {
                let file = File {
                    general_authorization: facts & 1 != 0,
                    protocol_failed: facts & 2 != 0,
                    register_authorization: facts & 4 != 0,
                    dated: *dated,
                };
                cells.extend(days.iter().map(|day| Cell { setting, file, day: *day }));
            }
        }
    }
    cells
}

/// One day out of every stretch in which the same spans hold.
fn edges(spans: impl Iterator<Item = Days>) -> Vec<Day> {
    let mut edges: Vec<Day> =
        spans.flat_map(|days| [days.first, days.last.next()]).chain([Day::MIN]).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn contradiction(a: &Rule, b: &Rule) -> Fault {
    let problem = format!("contradicts rule `{}`: both answer the same case on the same day", a.id);
    b.spot.fault(problem, "end one before the other begins, or narrow `when`")
}

fn unreachable(rule: &Rule) -> Fault {
    rule.spot.fault(format!("rule `{}` answers no case", rule.id), "widen `when`, or take the rule out")
}

/// A text that stands twice, or two that start on one day: then nobody could say which one is in force.
fn twins(texts: &[Written<DisclaimerText>]) -> Vec<Fault> {
    let same = |a: &DisclaimerText, b: &DisclaimerText| a.version == b.version || a.from == b.from;
    let twins = texts
        .iter()
        .enumerate()
        .filter(|(at, text)| texts[..*at].iter().any(|before| same(&before.value, &text.value)));
    let fault = |(_, text): (usize, &Written<DisclaimerText>)| {
        let problem = "has the version or the first day of a disclaimer above";
        text.spot.fault(problem, "give every text its own version and first day")
    };
    twins.map(fault).collect()
}

/// What a rule says and nothing can come of.
fn senseless(rule: &Rule) -> Vec<Fault> {
    let asks = |kinds: &[InstrumentKind]| kinds.iter().any(|kind| rule.instruments.contains(kind));
    let ratifies = [InstrumentKind::Deliberation, InstrumentKind::RatifiedProtocol];
    let said = [
        (
            rule.effect == Effect::Reveal && rule.instruments.is_empty(),
            "opens personal fields without an instrument",
            "name in `instruments` on which basis they stay",
        ),
        (
            rule.effect == Effect::Remove && !rule.instruments.is_empty(),
            "removes personal fields on an instrument, and needs none for it",
            "leave `instruments` out",
        ),
        (
            rule.chamber.is_some() && !asks(&ratifies),
            "names a chamber and asks for no deliberation",
            "leave `chamber` out, or ask for a `deliberation`",
        ),
        (
            rule.issuer.is_some() && !asks(&[InstrumentKind::MinisterialAuthorization]),
            "names an issuer and asks for no authorization",
            "leave `issuer` out, or ask for a `ministerial-authorization`",
        ),
        (
            rule.general_before.is_some() && !asks(&[InstrumentKind::Accession]),
            "says of which days a general authorization is and asks for no accession",
            "leave `general-authorization-before` out, or ask for an `accession`",
        ),
        (
            rule.needs == Some(Need::ProtocolFailure) && !asks(&[InstrumentKind::Deliberation]),
            "needs the papers of a failed protocol and asks for no deliberation",
            "leave `needs` out, or ask for a `deliberation`",
        ),
    ];
    let said = said.into_iter().filter(|(senseless, ..)| *senseless);
    said.map(|(_, problem, remedy)| rule.spot.fault(format!("rule `{}` {problem}", rule.id), remedy))
        .collect()
}

fn nowhere(rule: &Rule) -> Fault {
    let id = rule.then.as_deref().unwrap_or_default();
    rule.spot.fault(
        format!("`then` names rule `{id}`, which is no second step of this source"),
        "name the rule that makes the call lawful after it",
    )
}

#[cfg(test)]
mod tests {
    use super::Law;
    use crate::law::terms::Category;
    use poortwachter_kernel::vocab::Day;

    fn built_in() -> Law {
        Law::parse("law.toml", Law::BUILT_IN).expect("the shipped file is right")
    }

    #[test]
    fn the_built_in_law_has_every_row_of_the_guide() {
        let ids: Vec<String> = built_in().rules().iter().map(|rule| rule.id.clone()).collect();
        let guide = "1a-1 1a-2 1b-1 1b-2 1b-3 1b-4 1c-1 1c-2 1d-1 1e-1 1e-2 1e-3 1e-4 1e-5 1f-1 1f-2 1g-1 1g-2 1g-3 \
                     2a-1 2a-2 2a-3 2a-4 2b-1 2b-2 2c-1 2c-2 2c-3 2d-1 2d-2";
        assert_eq!(ids, guide.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn two_rules_for_one_case_are_a_fault_each() {
        let rules = Law::BUILT_IN.split_once("# 1a.").expect("has rules").1;
        let twice = format!("{}\n#{rules}", Law::BUILT_IN);
        let faults = Law::parse("law.toml", &twice).expect_err("contradicts itself");
        assert_eq!(faults.len(), 30, "{faults}");
        assert!(faults.to_string().contains("contradicts rule `1e-5`"), "{faults}");
    }

    #[test]
    fn a_step_to_a_rule_that_does_not_exist_is_a_fault() {
        let text = Law::BUILT_IN.replace("then = \"1f-1\"", "then = \"1f-9\"");
        let faults = Law::parse("law.toml", &text).expect_err("leads nowhere").to_string();
        assert!(faults.contains("`then` names rule `1f-9`"), "{faults}");
    }

    #[test]
    fn outside_the_guide_is_a_federal_consumer_with_a_federal_source_and_nothing_else() {
        let law = built_in();
        for (_, source) in Category::NAMES {
            let outside = law.outside(*source, Day(20_000));
            let federal_source = matches!(
                source,
                Category::NationalRegister
                    | Category::Cadastre
                    | Category::FederalSocial
                    | Category::FederalHealth
                    | Category::FederalOther
                    | Category::BisRegister
            );
            assert_eq!(outside.len(), if federal_source { 12 } else { 0 }, "{source}");
            assert!(
                outside.iter().all(|setting| setting.kind == crate::law::terms::ConsumerKind::FederalAgency)
            );
        }
    }
}
