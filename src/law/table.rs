//! The table of rules: read from `law.toml`, and proven not to contradict itself.

use poortwachter_kernel::vocab::{Day, Days, RuleIx};

use super::rule::{Condition, Effect, Rule};
use super::terms::{Category, Chamber, ConsumerKind, InstrumentKind, Network};
use crate::text::{Faults, Source, Table};

/// The law as it was loaded. Rules keep the order of the file; their place is their [`RuleIx`].
#[derive(Clone, Debug)]
pub struct Law {
    version: String,
    rules: Vec<Rule>,
}

impl Law {
    /// The law this gateway ships with.
    pub const BUILT_IN: &'static str = include_str!("../../config/law.toml");

    /// Reads a law file; `file` is how faults name it.
    ///
    /// # Errors
    /// Every fault: keys, values, and rules that contradict each other.
    pub fn parse(file: &str, text: &str) -> Result<Self, Faults> {
        let source = Source::new(file, text);
        let root = source.root();
        let version = root.text("version");
        let rules: Vec<Rule> = root.tables("rule").into_iter().filter_map(rule).collect();
        root.close();
        for (a, b) in contradictions(&rules) {
            let problem = format!("contradicts rule `{}`: both answer the same case on the same day", a.id);
            source.note(b.spot.fault(problem, "end one before the other begins, or narrow `when`"));
        }
        source.finish(version.map(|version| Self { version, rules }))
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

    /// The one rule that answers such a case on a day.
    pub fn find(
        &self,
        source: Category,
        effect: Effect,
        kind: ConsumerKind,
        network: Network,
        day: Day,
    ) -> Option<(RuleIx, &Rule)> {
        let fits = |rule: &Rule| {
            rule.source == source
                && rule.effect == effect
                && rule.days.covers(day)
                && rule.when.holds(kind, network)
        };
        let at = self.rules.iter().position(fits)?;
        Some((RuleIx(u32::try_from(at).ok()?), &self.rules[at]))
    }
}

fn rule(table: Table<'_>) -> Option<Rule> {
    let spot = table.spot();
    let id = table.text("id");
    let source = table.choice("source", Category::NAMES);
    let effect = table.choice("effect", Effect::NAMES);
    let when = table.table("when").map(condition).unwrap_or_default();
    let instruments = table.choices("instruments", InstrumentKind::NAMES);
    let chamber = table.maybe_choice("chamber", Chamber::NAMES);
    let days = days(&table);
    let authority = table.text("authority");
    let contact = table.text("contact");
    let papers = table.texts("papers").into_iter().map(|paper| paper.value).collect();
    let legal_text = table.maybe_text("legal-text");
    let reconstructed = table.flag("reconstructed", false);
    let nl = table.text("nl");
    let en = table.text("en");
    table.close();
    Some(Rule {
        id: id?,
        source: source?,
        effect: effect?,
        when,
        instruments,
        chamber,
        days: days?,
        authority: authority?,
        contact: contact?,
        papers,
        legal_text,
        reconstructed,
        nl: nl?,
        en: en?,
        spot,
    })
}

fn condition(table: Table<'_>) -> Condition {
    let condition = Condition {
        kinds: table.choices("consumer-kind", ConsumerKind::NAMES),
        networks: table.choices("network", Network::NAMES),
    };
    table.close();
    condition
}

/// `from` and `until`, both included; left out: always, no end.
fn days(table: &Table<'_>) -> Option<Days> {
    let first = table.maybe_day("from").unwrap_or(Day::MIN);
    let last = table.maybe_day("until").unwrap_or(Day::MAX);
    if last < first {
        table.fault("until", "lies before `from`", "write the last day the rule holds");
        return None;
    }
    Some(Days { first, last })
}

fn contradictions(rules: &[Rule]) -> Vec<(&Rule, &Rule)> {
    let pairs = rules.iter().enumerate().flat_map(|(at, b)| rules[..at].iter().map(move |a| (a, b)));
    pairs.filter(|(a, b)| contradict(a, b)).collect()
}

fn contradict(a: &Rule, b: &Rule) -> bool {
    a.source == b.source
        && a.effect == b.effect
        && a.days.first <= b.days.last
        && b.days.first <= a.days.last
        && a.when.overlaps(&b.when)
}

#[cfg(test)]
mod tests {
    use super::Law;

    #[test]
    fn the_built_in_law_loads() {
        let law = Law::parse("law.toml", Law::BUILT_IN).expect("the shipped file is right");
        let ids: Vec<&str> = law.rules().iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["1g-1", "1g-2", "1g-3"]);
    }

    #[test]
    fn two_rules_for_one_case_are_a_fault() {
        let twice =
            format!("{}\n{}", Law::BUILT_IN, Law::BUILT_IN.split_once("version = \"2026-11\"").unwrap().1);
        let faults = Law::parse("law.toml", &twice).expect_err("contradicts itself");
        assert_eq!(faults.len(), 3);
        assert!(faults.to_string().contains("contradicts rule `1g-1`"), "{faults}");
    }
}
