//! The whole permission table as one page, `tests/golden/law-matrix.txt`: a diff of it is what a change of law changes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use poortwachter::kernel::Denial;
use poortwachter::kernel::view::Outcome;
use poortwachter::kernel::vocab::RuleIx;
use poortwachter::law::Setting;
use poortwachter::law::terms::{Category, ConsumerKind, Mediation, Network};

use crate::cells::{LAW, files, of_papers};

#[path = "../support/golden.rs"]
pub mod golden;

/// Verdict lines, each with the files it holds for.
type Verdicts = Vec<(String, Vec<&'static str>)>;

#[test]
fn the_whole_table_is_as_it_was_read_last() {
    let mut page = HEAD.to_owned();
    for (name, source) in Category::NAMES {
        let _ = write!(page, "\n== {name}\n");
        for (settings, verdicts) in rows(*source) {
            let _ = write!(page, "\n{settings}\n");
            for (verdict, files) in verdicts {
                let _ = writeln!(page, "  {verdict:<34} {}", files.join(" · "));
            }
        }
    }
    for rule in LAW.rules() {
        assert!(page.contains(&rule.id), "no cell speaks of rule {}", rule.id);
    }
    golden::is_golden("law-matrix.txt", &page);
}

const HEAD: &str = "\
The legal guide's decision table as the gateway applies it: for every source and every kind of consumer, place in the
social-security network and mediation, what each instrument on file comes to (asked on 2026-11-24; dated 2025-01-01 where
no date stands with it). ✔ with the rule that makes the call lawful, ✘ with the reason and the rule it names. An asterisk
marks a rule whose condition is reconstructed. Rows that read the same are put together.
";

/// Settings put together, and what every file comes to there.
fn rows(source: Category) -> Vec<(String, Verdicts)> {
    let by_mediation = |kind, network| {
        merged(Mediation::NAMES, |mediation| verdicts(source, Setting { kind, network, mediation }))
    };
    let by_network = |kind| merged(Network::NAMES, |network| by_mediation(kind, network));
    let mut rows = Vec::new();
    for (kinds, networks) in merged(ConsumerKind::NAMES, by_network) {
        for (networks, mediations) in networks {
            for (mediations, verdicts) in mediations {
                let settings = format!("{kinds} | network: {networks} | mediation: {mediations}");
                rows.push((settings, verdicts));
            }
        }
    }
    rows
}

/// Puts together the names for which the same comes out, in their order.
fn merged<T: Copy, V: PartialEq>(names: &[(&'static str, T)], of: impl Fn(T) -> V) -> Vec<(String, V)> {
    let mut groups: Vec<(Vec<&str>, V)> = Vec::new();
    for (name, term) in names {
        let value = of(*term);
        match groups.iter_mut().find(|(_, known)| *known == value) {
            Some((group, _)) => group.push(name),
            None => groups.push((vec![name], value)),
        }
    }
    let all = |group: &[&str]| if group.len() == names.len() { "any".to_owned() } else { group.join(", ") };
    groups.into_iter().map(|(group, value)| (all(&group), value)).collect()
}

fn verdicts(source: Category, setting: Setting) -> Verdicts {
    let mut verdicts: BTreeMap<(bool, String), Vec<&'static str>> = BTreeMap::new();
    for (name, papers) in files() {
        let outcome = of_papers(source, setting, &papers);
        let refused = matches!(outcome, Outcome::Denies(_));
        verdicts.entry((refused, said(&outcome))).or_default().push(name);
    }
    verdicts.into_iter().map(|((_, verdict), files)| (verdict, files)).collect()
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Allows { rule, opening, closing, .. } => {
            let mut text = format!("✔ {}", marked(*rule));
            for (what, ix) in [("stay", *opening), ("go", *closing)] {
                if ix.is_some() {
                    let _ = write!(text, ", fields {what} {}", marked(ix));
                }
            }
            text
        }
        Outcome::Denies(denial) => format!("✘ {}", refused(*denial)),
    }
}

fn refused(denial: Denial) -> String {
    denial.rule().map_or_else(|| denial.name().to_owned(), |ix| format!("{} {}", denial.name(), marked(ix)))
}

fn marked(ix: RuleIx) -> String {
    let rule = LAW.rule(ix).expect("a rule of the law");
    format!("{}{}", rule.id, if rule.reconstructed { "*" } else { "" })
}
