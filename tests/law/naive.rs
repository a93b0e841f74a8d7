//! The decision table once more, written from the guide ("Juridische toegang voor persoonsgegevens", sections 1a to 2d)
//! and from nothing else: neither the code nor the law file was looked at. Plain on purpose.

use poortwachter::kernel::vocab::Day;
use poortwachter::law::terms::{Category, Chamber, ConsumerKind, InstrumentKind, Issuer, Mediation, Network};
use poortwachter::law::{Setting, settings};

use crate::cells::{Paper, day, files, of_papers, passes};

/// The rule by which what is on file makes the call lawful.
fn lawful(source: Category, setting: Setting, papers: &[Paper]) -> Option<&'static str> {
    let Setting { kind, network, mediation } = setting;
    let federal = kind == ConsumerKind::FederalAgency;
    let has = |kind| papers.iter().any(|paper| paper.kind == kind);
    let deliberation = |chamber| papers.iter().any(|paper| paper.chamber == Some(chamber));
    let authorization = |issuer| papers.iter().any(|paper| paper.issuer == Some(issuer));
    let any_authorization = authorization(Issuer::FodBiza) || authorization(Issuer::SectoralCommittee);
    let cut_over = day("2019-04-01");
    let protocol = |fits: fn(Day, Day) -> bool| {
        papers.iter().any(|paper| paper.kind == InstrumentKind::Protocol && fits(paper.dated, cut_over))
    };
    let fallback = |from: Day| {
        papers.iter().any(|paper| {
            paper.chamber == Some(Chamber::FederalGovernment) && paper.protocol_failure && paper.dated >= from
        })
    };
    let ratified =
        papers.iter().any(|paper| paper.kind == InstrumentKind::RatifiedProtocol && paper.dated < cut_over);
    match source {
        // Section 0: a federal consumer with a federal source is outside the page, KBO/VKBO apart.
        Category::NationalRegister
        | Category::Cadastre
        | Category::FederalSocial
        | Category::FederalHealth
        | Category::FederalOther
        | Category::BisRegister
            if federal =>
        {
            None
        }
        Category::NationalRegister if has(InstrumentKind::Accession) => Some("1a-1"),
        Category::NationalRegister => authorization(Issuer::FodBiza).then_some("1a-2"),
        Category::Cadastre if has(InstrumentKind::Accession) => Some("1b-1"),
        Category::Cadastre if network == Network::Secondary => {
            deliberation(Chamber::United).then_some("1b-2")
        }
        Category::Cadastre if protocol(|_, _| true) => Some("1b-3"),
        Category::Cadastre => fallback(Day::MIN).then_some("1b-4"),
        Category::FederalSocial if has(InstrumentKind::Accession) => Some("1c-1"),
        Category::FederalSocial => deliberation(Chamber::SocialSecurityHealth).then_some("1c-2"),
        Category::FederalHealth => deliberation(Chamber::SocialSecurityHealth).then_some("1d-1"),
        Category::FederalOther if has(InstrumentKind::Accession) => Some("1e-1"),
        Category::FederalOther if network == Network::Secondary => {
            deliberation(Chamber::United).then_some("1e-2")
        }
        Category::FederalOther if protocol(|dated, cut_over| dated >= cut_over) => Some("1e-3"),
        Category::FederalOther if fallback(cut_over) => Some("1e-4"),
        Category::FederalOther => ratified.then_some("1e-5"),
        Category::BisRegister => {
            (deliberation(Chamber::SocialSecurityHealth) && any_authorization).then_some("1f-1")
        }
        Category::KboVkbo => has(InstrumentKind::Disclaimer).then_some("1g-1"),
        Category::FlemishSocial if federal && network == Network::None => {
            deliberation(Chamber::United).then_some("2a-4")
        }
        Category::FlemishSocial if federal => deliberation(Chamber::SocialSecurityHealth).then_some("2a-3"),
        Category::FlemishSocial if mediation == Mediation::Ksz => {
            deliberation(Chamber::SocialSecurityHealth).then_some("2a-2")
        }
        Category::FlemishSocial => protocol(|_, _| true).then_some("2a-1"),
        Category::OcmwSocial if network != Network::None || !federal => {
            deliberation(Chamber::SocialSecurityHealth).then_some("2b-1")
        }
        Category::OcmwSocial => deliberation(Chamber::United).then_some("2b-2"),
        Category::FlemishHealth if federal => deliberation(Chamber::SocialSecurityHealth).then_some("2c-3"),
        Category::FlemishHealth if mediation == Mediation::Ehealth => {
            deliberation(Chamber::SocialSecurityHealth).then_some("2c-2")
        }
        Category::FlemishHealth => protocol(|_, _| true).then_some("2c-1"),
        Category::FlemishOther if has(InstrumentKind::Accession) => Some("2d-1"),
        Category::FlemishOther => protocol(|_, _| true).then_some("2d-2"),
    }
}

#[test]
fn the_law_and_a_second_reading_of_the_guide_agree_on_every_cell() {
    let mut lawful_cells = 0;
    for (_, source) in Category::NAMES {
        for setting in settings() {
            for (name, papers) in files() {
                let wanted = lawful(*source, setting, &papers);
                let found = passes(&of_papers(*source, setting, &papers));
                assert_eq!(found, wanted, "{source} {setting:?} {name}");
                lawful_cells += usize::from(wanted.is_some());
            }
        }
    }
    assert!(lawful_cells > 500, "{lawful_cells}");
}

#[test]
fn they_agree_on_every_two_files_put_together_too() {
    for (_, source) in Category::NAMES {
        for setting in settings() {
            for (a, first) in files() {
                for (b, second) in files() {
                    let both: Vec<Paper> = first.iter().chain(&second).cloned().collect();
                    let wanted = lawful(*source, setting, &both);
                    let found = passes(&of_papers(*source, setting, &both));
                    assert_eq!(found, wanted, "{source} {setting:?} {a} and {b}");
                }
            }
        }
    }
}
