//! The whole law as one table, `tests/golden/law-matrix.txt`: every category, consumer, network and mediation
//! with every instrument on file. A change of the law is a diff a jurist can read.
//!
//! Each cell is held against [`crate::second_reading`], and each refusal is taken at its word: what it names,
//! whole, makes the call lawful; what it names without one part of it does not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use poortwachter::kernel::Denial;
use poortwachter::kernel::view::Outcome;
use poortwachter::kernel::vocab::{Day, Days, Field, FieldSet, RuleIx};
use poortwachter::law::advise::{Wish, advise};
use poortwachter::law::terms::{Category, Chamber, ConsumerKind, InstrumentKind, Issuer, Mediation, Network};
use poortwachter::law::{
    Case, End, Ending, File, Instrument, Law, Need, Proof, ProtocolFailure, Rule, Setting, Suspension, judge,
    settings,
};
use poortwachter::text::date::{parse, show};

use crate::golden::is_golden;
use crate::makers::{BUILT_IN_LAW, both};
use crate::second_reading::{self, Papers};

fn day(text: &str) -> Day {
    parse(text).expect("a day")
}

/// The day of every call.
fn today() -> Day {
    day("2026-11-24")
}

/// The edge of 1e, and a day long after it.
fn dates() -> [Day; 3] {
    ["2019-03-31", "2019-04-01", "2025-06-02"].map(day)
}

fn dated(on: Day, proof: Proof) -> Instrument {
    Instrument::new(Days { first: on, last: Day::MAX }, proof)
}

fn accession(on: Day, general: &str) -> Instrument {
    dated(
        on,
        Proof::Accession { general: "AM".to_owned(), general_dated: day(general), reference: "T".to_owned() },
    )
}

fn authorization(on: Day, issuer: Issuer) -> Instrument {
    dated(on, Proof::MinisterialAuthorization { reference: "M".to_owned(), issuer })
}

fn deliberation(on: Day, chamber: Chamber, papers: bool) -> Instrument {
    let protocol_failure = papers.then(|| ProtocolFailure {
        reason: "r".to_owned(),
        dpo_advice: vec!["a".to_owned(), "b".to_owned()],
        dpia: "d".to_owned(),
    });
    dated(on, Proof::Deliberation { chamber, number: "B".to_owned(), protocol_failure })
}

fn protocol(on: Day) -> Instrument {
    dated(on, Proof::Protocol { parties: vec!["x".to_owned(), "y".to_owned()], legal_text: "w".to_owned() })
}

fn ratified(on: Day) -> Instrument {
    dated(
        on,
        Proof::RatifiedProtocol {
            parties: vec!["x".to_owned(), "y".to_owned()],
            legal_text: "w".to_owned(),
            ratification: "B".to_owned(),
            ratified: on.max(day("2019-05-02")),
        },
    )
}

fn basis(on: Day) -> Instrument {
    dated(on, Proof::StatutoryBasis { citation: "d".to_owned() })
}

fn disclaimer(on: Day) -> Instrument {
    dated(on, Proof::Disclaimer { version: "2024-1".to_owned(), accepted_by: "X".to_owned() })
}

/// Everything that can be on file alone, with what the law may ask beside it.
fn files(on: Day) -> Vec<(String, Vec<Instrument>)> {
    use Chamber::{FederalGovernment, SocialSecurityHealth, United};
    let name = |text: &str, held: Vec<Instrument>| (text.to_owned(), held);
    vec![
        name("nothing", vec![]),
        name("accession, general authorization of 2018", vec![accession(on, "2018-12-31")]),
        name("accession, general authorization of 2019", vec![accession(on, "2019-01-01")]),
        name("authorization, FOD BiZa", vec![authorization(on, Issuer::FodBiza)]),
        name("authorization, Sectoral Committee", vec![authorization(on, Issuer::SectoralCommittee)]),
        name("deliberation FO", vec![deliberation(on, FederalGovernment, false)]),
        name(
            "deliberation FO, papers of the failed protocol",
            vec![deliberation(on, FederalGovernment, true)],
        ),
        name("deliberation SSG", vec![deliberation(on, SocialSecurityHealth, false)]),
        name(
            "deliberation SSG, papers of the failed protocol",
            vec![deliberation(on, SocialSecurityHealth, true)],
        ),
        name(
            "deliberation SSG, authorization of FOD BiZa",
            vec![deliberation(on, SocialSecurityHealth, false), authorization(on, Issuer::FodBiza)],
        ),
        name(
            "deliberation SSG, authorization of the Sectoral Committee",
            vec![deliberation(on, SocialSecurityHealth, false), authorization(on, Issuer::SectoralCommittee)],
        ),
        name("deliberation united", vec![deliberation(on, United, false)]),
        name("deliberation united, papers of the failed protocol", vec![deliberation(on, United, true)]),
        name("protocol", vec![protocol(on)]),
        name("ratified protocol", vec![ratified(on)]),
        name("disclaimer", vec![disclaimer(on)]),
        name("statutory basis", vec![basis(on)]),
        name("disclaimer, statutory basis", vec![disclaimer(on), basis(on)]),
    ]
}

fn case(source: Category, setting: Setting, held: &[Instrument]) -> Case<'_> {
    let personal = if source == Category::KboVkbo { both() } else { FieldSet::EMPTY };
    Case {
        source,
        personal,
        setting,
        granted_mediation: None,
        valid: Days::ALWAYS,
        opens: both(),
        instruments: held,
        standing: None,
    }
}

fn outcome(source: Category, setting: Setting, held: &[Instrument], on: Day) -> Outcome {
    judge(&BUILT_IN_LAW, &case(source, setting, held), on).outcome
}

fn rule(ix: RuleIx) -> &'static Rule {
    BUILT_IN_LAW.rule(ix).expect("there")
}

fn id(ix: RuleIx) -> String {
    let rule = rule(ix);
    format!("{}{}", rule.id, if rule.reconstructed { " (reconstructed)" } else { "" })
}

fn verdict(outcome: Outcome) -> String {
    match outcome {
        Outcome::Allows { rule, opening, closing, .. } => {
            let mut text = format!("✔ {}", id(rule));
            if opening != RuleIx::NONE {
                let _ = write!(text, ", fields stay {}", id(opening));
            }
            if closing != RuleIx::NONE {
                let _ = write!(text, ", fields removed {}", id(closing));
            }
            text
        }
        Outcome::Denies(denial) => {
            let named = denial.rule().map(|ix| format!(" {}", id(ix))).unwrap_or_default();
            format!("✘ {}{named}", denial.name())
        }
    }
}

/// The lines of one cell block: file, date where it matters, verdict.
fn column(source: Category, setting: Setting) -> String {
    let by_date: Vec<Vec<(String, String)>> = dates()
        .iter()
        .map(|on| {
            let files = files(*on).into_iter();
            files.map(|(name, held)| (name, verdict(outcome(source, setting, &held, today())))).collect()
        })
        .collect();
    let mut lines: Vec<(String, &str)> = Vec::new();
    for at in 0..by_date[0].len() {
        let said: Vec<&str> = by_date.iter().map(|column| column[at].1.as_str()).collect();
        let name = &by_date[0][at].0;
        if said.iter().all(|other| *other == said[0]) {
            lines.push((name.clone(), said[0]));
            continue;
        }
        let mut from = 0;
        while from < said.len() {
            let to = (from..said.len()).take_while(|to| said[*to] == said[from]).last().unwrap_or(from);
            let days = dates()[from..=to].iter().map(|on| show(*on)).collect::<Vec<_>>().join(", ");
            lines.push((format!("{name}, dated {days}"), said[from]));
            from = to + 1;
        }
    }
    let times = |verdict: &str| lines.iter().filter(|(_, said)| *said == verdict).count();
    let usual = lines.iter().map(|(_, said)| *said).max_by_key(|said| times(said)).expect("some");
    let alone = lines.iter().all(|(_, said)| *said == usual);
    let rest = (if alone { "whatever is on file" } else { "anything else" }.to_owned(), usual);
    let told = lines.iter().filter(|(_, said)| *said != usual).chain([&rest]);
    told.map(|(name, said)| format!("    {name:<64} {said}")).collect::<Vec<_>>().join("\n") + "\n"
}

/// Settings in few words: kinds with equal places and ways together, places with equal ways together.
fn heading(settings: &[Setting]) -> String {
    let mut kinds: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, kind) in ConsumerKind::NAMES {
        let mut networks: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (place, network) in Network::NAMES {
            let here = |way: &&(&'static str, Mediation)| {
                settings.contains(&Setting { kind: *kind, network: *network, mediation: way.1 })
            };
            let ways: Vec<&str> = Mediation::NAMES.iter().filter(here).map(|(way, _)| *way).collect();
            if !ways.is_empty() {
                networks.entry(any(&ways, Mediation::NAMES.len(), "mediation")).or_default().push(place);
            }
        }
        let parts: Vec<String> = networks
            .into_iter()
            .map(|(ways, places)| format!("{} · {ways}", any(&places, Network::NAMES.len(), "network")))
            .collect();
        if !parts.is_empty() {
            kinds.entry(parts.join(" | ")).or_default().push(name);
        }
    }
    kinds.into_iter().fold(String::new(), |mut text, (rest, kinds)| {
        let _ = writeln!(text, "  {} · {rest}", any(&kinds, ConsumerKind::NAMES.len(), "consumer"));
        text
    })
}

fn any(names: &[&str], all: usize, what: &str) -> String {
    if names.len() == all { format!("any {what}") } else { names.join(", ") }
}

fn matrix() -> String {
    let mut text = format!(
        "The law of version {}, asked on {}. FO, SSG: chambers of the IVC. A file holds what stands on the left, and nothing else.\n\
         ✔ rule that lets the call pass · ✘ reason, and the rule it names\n",
        BUILT_IN_LAW.version(),
        show(today())
    );
    for (name, source) in Category::NAMES {
        let _ = writeln!(text, "\n{name}");
        let mut columns: Vec<(String, Vec<Setting>)> = Vec::new();
        for setting in settings() {
            let column = column(*source, setting);
            match columns.iter_mut().find(|(known, _)| *known == column) {
                Some((_, settings)) => settings.push(setting),
                None => columns.push((column, vec![setting])),
            }
        }
        for (column, settings) in columns {
            let _ = write!(text, "\n{}{column}", heading(&settings));
        }
    }
    text
}

#[test]
fn the_whole_law_as_one_table() {
    let matrix = matrix();
    assert!(matrix.lines().count() < 1500);
    for rule in BUILT_IN_LAW.rules() {
        assert!(matrix.contains(&format!(" {}", rule.id)), "rule {} is nowhere in the table", rule.id);
    }
    is_golden("law-matrix.txt", &matrix);
}

/// Every cell: category, setting, what is on file.
fn cells() -> impl Iterator<Item = (Category, Setting, Vec<Instrument>)> {
    let files: Vec<Vec<Instrument>> =
        dates().iter().flat_map(|on| files(*on)).map(|(_, held)| held).collect();
    Category::NAMES.iter().flat_map(move |(_, source)| {
        let files = files.clone();
        settings()
            .flat_map(move |setting| files.clone().into_iter().map(move |held| (*source, setting, held)))
    })
}

fn papers(held: &[Instrument]) -> Papers {
    let mut papers = Papers::default();
    for instrument in held {
        let on = show(instrument.days.first);
        match &instrument.proof {
            Proof::Accession { general_dated, .. } => papers.accessions.push(show(*general_dated)),
            Proof::MinisterialAuthorization { issuer, .. } => papers.authorizations.push(issuer.name()),
            Proof::Deliberation { chamber, protocol_failure, .. } => {
                papers.deliberations.push((chamber.name(), on, protocol_failure.is_some()));
            }
            Proof::Protocol { .. } => papers.protocols.push(on),
            Proof::RatifiedProtocol { .. } => papers.ratified.push(on),
            Proof::StatutoryBasis { .. } => papers.basis = true,
            Proof::Disclaimer { .. } => papers.disclaimer = true,
        }
    }
    papers
}

fn read_again(source: Category, setting: Setting, held: &[Instrument]) -> Option<&'static str> {
    let Setting { kind, network, mediation } = setting;
    second_reading::lawful(source.name(), kind.name(), network.name(), mediation.name(), &papers(held))
}

fn access(outcome: Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Allows { rule: ix, .. } => Some(rule(ix).id.as_str()),
        Outcome::Denies(_) => None,
    }
}

#[test]
fn a_second_reading_of_the_guide_agrees_on_every_cell() {
    for (source, setting, held) in cells() {
        let got = outcome(source, setting, &held, today());
        assert_eq!(access(got), read_again(source, setting, &held), "{source} {setting:?} {held:?}");
        let Outcome::Allows { opening, closing, .. } = got else { continue };
        let field =
            [opening, closing].into_iter().find(|ix| *ix != RuleIx::NONE).map(|ix| rule(ix).id.as_str());
        let wanted = second_reading::fields(source.name(), &papers(&held));
        assert_eq!(field, wanted, "{source} {setting:?} {held:?}");
    }
}

#[test]
fn a_second_reading_agrees_on_two_files_together_and_more_on_file_never_refuses() {
    let (old, edge, new) = (files(dates()[0]), files(dates()[1]), files(dates()[2]));
    let all: Vec<&Vec<Instrument>> =
        old.iter().chain(&edge[13..15]).chain(&new).map(|(_, held)| held).collect();
    for (_, source) in Category::NAMES {
        for setting in settings()
            .filter(|setting| setting.mediation != Mediation::Direct || setting.network == Network::None)
        {
            let alone: Vec<bool> =
                all.iter().map(|held| access(outcome(*source, setting, held, today())).is_some()).collect();
            for (a, first) in all.iter().enumerate() {
                for (b, second) in all.iter().enumerate().skip(a + 1) {
                    let (one, other) =
                        ([&first[..], &second[..]].concat(), [&second[..], &first[..]].concat());
                    let got = outcome(*source, setting, &one, today());
                    assert_eq!(
                        access(got),
                        read_again(*source, setting, &one),
                        "{source} {setting:?} {one:?}"
                    );
                    assert_eq!(
                        verdict(got),
                        verdict(outcome(*source, setting, &other, today())),
                        "order: {one:?}"
                    );
                    assert!(access(got).is_some() || !(alone[a] || alone[b]), "{source} {setting:?} {one:?}");
                }
            }
        }
    }
}

#[test]
fn a_second_reading_agrees_with_every_advice() {
    for (_, source) in Category::NAMES {
        for setting in settings() {
            for facts in 0..16_u8 {
                for dated in dates() {
                    let has = |bit: u8| facts & bit != 0;
                    let file = File {
                        general_authorization: has(1),
                        protocol_failed: has(2),
                        register_authorization: has(4),
                        dated,
                    };
                    let wish = Wish { source: *source, setting, file, personal_fields: has(8), day: today() };
                    let wanted = second_reading::advised(
                        source.name(),
                        (setting.kind.name(), setting.network.name(), setting.mediation.name()),
                        (has(1), has(2), has(4), has(8)),
                        &show(dated),
                    );
                    let got = advise(&BUILT_IN_LAW, &wish).ok().map(|rule| rule.id.as_str());
                    assert_eq!(got, wanted, "{wish:?}");
                }
            }
        }
    }
}

/// What a rule asks for, a part each: the instrument whole, and every way of having it but for one part.
struct Supply {
    whole: Vec<Instrument>,
    lacking: Vec<(&'static str, Vec<Instrument>)>,
}

/// Obtains exactly what the rule names, read off its data.
fn supply(rule: &Rule) -> Supply {
    let on = rule
        .when
        .iter()
        .map(|condition| condition.dated)
        .next()
        .map_or(dates()[2], |days| dates().into_iter().rev().find(|on| days.covers(*on)).expect("a day"));
    let off = dates().into_iter().find(|on| !rule.date_bounds().any(|days| days.covers(*on)));
    let kind = rule.instruments[0];
    let make = |on: Day, chamber: Option<Chamber>, papers: bool| match kind {
        InstrumentKind::Accession => accession(on, "2018-12-31"),
        InstrumentKind::MinisterialAuthorization => authorization(on, rule.issuer.unwrap_or(Issuer::FodBiza)),
        InstrumentKind::Deliberation => deliberation(on, chamber.expect("named"), papers),
        InstrumentKind::Protocol => protocol(on),
        InstrumentKind::RatifiedProtocol => ratified(on),
        InstrumentKind::StatutoryBasis => basis(on),
        InstrumentKind::Disclaimer => disclaimer(on),
    };
    let papers = rule.needs == Some(Need::ProtocolFailure);
    let right = make(on, rule.chamber, papers);
    let mut lacking = vec![("the instrument", vec![])];
    if kind == InstrumentKind::Deliberation {
        let others = Chamber::NAMES.iter().map(|(_, chamber)| *chamber);
        let others = others.filter(|other| Some(*other) != rule.chamber);
        lacking.extend(others.map(|other| ("the chamber", vec![make(on, Some(other), papers)])));
    }
    lacking.extend(papers.then(|| ("the papers", vec![make(on, rule.chamber, false)])));
    lacking.extend(off.map(|off| ("the date", vec![make(off, rule.chamber, papers)])));
    lacking.extend(
        (rule.issuer.is_some()).then(|| ("the issuer", vec![authorization(on, Issuer::SectoralCommittee)])),
    );
    lacking.extend(
        rule.general_before
            .map(|before| ("the general authorization's age", vec![accession(on, &show(before))])),
    );
    let mut whole = vec![right.clone()];
    if rule.needs == Some(Need::RegisterAuthorization) {
        lacking.push(("the authorization beside it", vec![right.clone()]));
        whole.push(authorization(on, Issuer::FodBiza));
    }
    if let Some(next) = &rule.then {
        lacking.push(("the second step", vec![right]));
        let next = BUILT_IN_LAW.rules().iter().find(|other| other.id == *next).expect("follows");
        whole.extend(supply(next).whole);
    }
    Supply { whole, lacking }
}

#[test]
fn what_a_refusal_names_makes_the_call_lawful_and_nothing_less_does() {
    let mut mended = 0;
    for (source, setting, held) in cells() {
        let Outcome::Denies(denial) = outcome(source, setting, &held, today()) else { continue };
        let Some(ix) = denial.rule() else {
            assert_eq!(denial, Denial::WrongConsumerKind, "{source} {setting:?}");
            continue;
        };
        let Supply { whole, lacking } = supply(rule(ix));
        let with = |more: &[Instrument]| outcome(source, setting, &[&held[..], more].concat(), today());
        assert!(access(with(&whole)).is_some(), "{source} {setting:?} {held:?}: {denial:?}");
        let holds = held.iter().any(|held| held.proof.kind() == InstrumentKind::MinisterialAuthorization);
        for (part, rest) in
            lacking.iter().filter(|(part, _)| !(holds && *part == "the authorization beside it"))
        {
            assert!(access(with(rest)).is_none(), "{source} {setting:?} {held:?}: passes without {part}");
        }
        mended += 1;
    }
    assert!(mended > 10_000, "{mended}");
}

#[test]
fn every_rule_that_lets_a_call_pass_can_be_satisfied_by_what_it_names() {
    for rule in BUILT_IN_LAW.rules().iter().filter(|rule| !rule.instruments.is_empty()) {
        for setting in settings().filter(|setting| rule.concerns(*setting)) {
            let Supply { mut whole, .. } = supply(rule);
            if rule.source == Category::KboVkbo {
                whole.push(disclaimer(dates()[2]));
            }
            let got = outcome(rule.source, setting, &whole, today());
            let Outcome::Allows { rule: ix, opening, .. } = got else { panic!("{}: {got:?}", rule.id) };
            let by = [ix, opening].map(|ix| BUILT_IN_LAW.rule(ix).map(|rule| rule.id.as_str()));
            let wanted = rule.then.as_deref().unwrap_or(&rule.id);
            assert!(by.contains(&Some(wanted)), "{}: {by:?}", rule.id);
        }
    }
}

/// Every way for an instrument not to count on the day.
fn worn(held: &Instrument) -> Vec<Instrument> {
    let (yesterday, today) = (today().previous(), today());
    let ended = |how: Ending| Instrument { ended: Some(End { on: today, how }), ..held.clone() };
    let suspended = |last| Instrument {
        suspended: Some(Suspension { days: Days { first: today, last }, reason: "r".to_owned() }),
        ..held.clone()
    };
    vec![
        Instrument { days: Days { last: yesterday, ..held.days }, ..held.clone() },
        suspended(today),
        suspended(Day::MAX),
        ended(Ending::Revoked { reason: "r".to_owned() }),
        ended(Ending::Superseded { by: "b".to_owned() }),
    ]
}

#[test]
fn what_does_not_count_today_never_opens_anything_and_did_until_yesterday() {
    for (source, setting, held) in cells() {
        let fresh = outcome(source, setting, &held, today());
        for at in 0..held.len() {
            for worn in worn(&held[at]) {
                let mut file = held.clone();
                file[at] = worn;
                let got = outcome(source, setting, &file, today());
                let mut without = held.clone();
                without.remove(at);
                let bare = outcome(source, setting, &without, today());
                assert_eq!(access(got), access(bare), "{source} {setting:?} {file:?}");
                assert_eq!(stays(got), stays(bare), "{source} {setting:?} {file:?}");
                let before = outcome(source, setting, &file, today().previous());
                assert_eq!(access(before), access(fresh), "{source} {setting:?} {file:?}");
            }
        }
    }
}

fn stays(outcome: Outcome) -> FieldSet {
    match outcome {
        Outcome::Allows { reveals, .. } => reveals,
        Outcome::Denies(_) => FieldSet::EMPTY,
    }
}

fn denial(source: Category, kind: ConsumerKind, held: &[Instrument]) -> (&'static str, &'static str) {
    let setting = Setting { kind, network: Network::None, mediation: Mediation::Direct };
    match outcome(source, setting, held, today()) {
        Outcome::Denies(denial) => (denial.name(), denial.rule().map_or("", |ix| rule(ix).id.as_str())),
        Outcome::Allows { .. } => panic!("passes"),
    }
}

#[test]
fn an_unratified_protocol_from_before_the_cut_over_is_told_the_rule_of_its_own_date() {
    let told = |held: Instrument| denial(Category::FederalOther, ConsumerKind::FlemishAgency, &[held]);
    assert_eq!(told(protocol(day("2019-03-31"))), ("instrument-unfit", "1e-5"));
    assert_eq!(told(ratified(day("2019-04-01"))), ("instrument-unfit", "1e-3"));
    assert_eq!(told(accession(today().next(), "2018-12-31")), ("instrument-not-yet-valid", "1e-1"));
}

#[test]
fn a_protocol_counts_from_the_day_of_its_ratification() {
    let held = ratified(day("2019-03-01"));
    let setting =
        Setting { kind: ConsumerKind::FlemishAgency, network: Network::None, mediation: Mediation::Direct };
    let on = |text: &str| outcome(Category::FederalOther, setting, std::slice::from_ref(&held), day(text));
    assert_eq!(access(on("2019-05-02")), Some("1e-5"));
    let Outcome::Denies(Denial::InstrumentNotYetValid { first, .. }) = on("2019-05-01") else {
        panic!("passes before it is ratified")
    };
    assert_eq!(show(first), "2019-05-02");
}

#[test]
fn accession_to_a_national_register_authorization_of_2019_is_no_accession_to_an_older_one() {
    let told = |general| {
        denial(Category::NationalRegister, ConsumerKind::FlemishAgency, &[accession(dates()[2], general)])
    };
    assert_eq!(told("2019-01-01"), ("instrument-unfit", "1a-2"));
    let held = [accession(dates()[2], "2018-12-31")];
    let setting =
        Setting { kind: ConsumerKind::FlemishAgency, network: Network::None, mediation: Mediation::Direct };
    assert_eq!(access(outcome(Category::NationalRegister, setting, &held, today())), Some("1a-1"));
}

#[test]
fn an_authorization_of_the_wrong_issuer_is_unfit_and_not_missing() {
    let held = [authorization(dates()[2], Issuer::SectoralCommittee)];
    let told = denial(Category::NationalRegister, ConsumerKind::FlemishAgency, &held);
    assert_eq!(told, ("instrument-unfit", "1a-2"));
}

#[test]
fn a_first_step_that_has_lapsed_is_told_with_its_last_day_and_not_as_unfit() {
    let yesterday = Days { first: dates()[2], last: today().previous() };
    let held = [Instrument { days: yesterday, ..authorization(dates()[2], Issuer::FodBiza) }];
    let told = denial(Category::BisRegister, ConsumerKind::FlemishAgency, &held);
    assert_eq!(told, ("instrument-lapsed", "1f-2"));
}

#[test]
fn of_two_that_will_count_the_first_to_do_so_is_told() {
    let setting =
        Setting { kind: ConsumerKind::FlemishAgency, network: Network::None, mediation: Mediation::Direct };
    let from = |days: i32| protocol(Day(today().0 + days));
    for held in [[from(3), from(9)], [from(9), from(3)]] {
        let got = outcome(Category::FlemishOther, setting, &held, today());
        let Outcome::Denies(Denial::InstrumentNotYetValid { first, .. }) = got else { panic!("{got:?}") };
        assert_eq!(first, Day(today().0 + 3));
    }
    let suspended = |last| Instrument {
        suspended: Some(Suspension { days: Days { first: today(), last }, reason: "r".to_owned() }),
        ..protocol(dates()[2])
    };
    let got = outcome(Category::FlemishOther, setting, &[suspended(Day::MAX), suspended(today())], today());
    let Outcome::Denies(Denial::InstrumentSuspended { until, .. }) = got else { panic!("{got:?}") };
    assert_eq!(until, today());
}

#[test]
fn a_field_is_opened_only_as_far_as_the_grant_names_it() {
    let held = [disclaimer(dates()[2]), basis(dates()[2])];
    let setting =
        Setting { kind: ConsumerKind::FederalAgency, network: Network::None, mediation: Mediation::Direct };
    let mut case = case(Category::KboVkbo, setting, &held);
    case.opens = FieldSet::EMPTY.with(Field::FunctionholderName);
    assert_eq!(stays(judge(&BUILT_IN_LAW, &case, today()).outcome), case.opens);
}

#[test]
fn a_law_of_an_operator_is_held_to_the_same_proofs() {
    let load = |from: &str, to: &str| {
        assert!(Law::BUILT_IN.contains(from), "{from}");
        Law::parse("own.toml", &Law::BUILT_IN.replacen(from, to, 1)).expect_err(to).to_string()
    };
    let said = |from: &str, to: &str, wanted: &str| {
        let faults = load(from, to);
        assert!(faults.contains(wanted), "{faults}");
    };
    said("network = [\"secondary\"], ", "", "contradicts rule `1b-2`");
    said("then = \"1f-1\"", "then = \"1a-1\"", "`then` names rule `1a-1`, which is no second step");
    said("then = \"1f-1\"", "then = \"1f-2\"", "`then` names rule `1f-2`, which is no second step");
    said(
        "instruments = [\"statutory-basis\"]\n",
        "",
        "rule `1g-2` opens personal fields without an instrument",
    );
    said(
        "chamber = \"united\"",
        "chamber = \"united\"\nissuer = \"fod-biza\"",
        "names an issuer and asks for no",
    );
    said(
        "instruments = [\"protocol\"]",
        "instruments = [\"protocol\"]\nchamber = \"united\"",
        "names a chamber and asks",
    );
    said(
        "instruments = [\"protocol\"]",
        "instruments = [\"protocol\"]\nneeds = \"protocol-failure\"",
        "needs the papers",
    );
    said(
        "instruments = [\"protocol\"]",
        "instruments = [\"protocol\"]\ngeneral-authorization-before = 2019-01-01",
        "asks for no accession",
    );
    let text = "from = 2024-01-01\n";
    let twin = "\n[[disclaimer]]\nversion = ";
    said(
        text,
        &format!("{text}{twin}\"2024-1\"\nfrom = 2026-01-01\n"),
        "`disclaimer[1]`: has the version or the first day",
    );
    said(
        text,
        &format!("{text}{twin}\"2024-2\"\nfrom = 2024-01-01\n"),
        "`disclaimer[1]`: has the version or the first day",
    );
    let empty = Law::parse("own.toml", "version = \"1\"\n").expect_err("no rules").to_string();
    assert!(empty.contains("`rule`: is missing"), "{empty}");
}
