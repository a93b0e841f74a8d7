//! Instruments come and go: more on file never refuses a call, and an end, a suspension or a revocation never lets one pass.

use poortwachter::kernel::Denial;
use poortwachter::kernel::vocab::{Day, Days};
use poortwachter::law::terms::{Category, Chamber, ConsumerKind, InstrumentKind, Mediation, Network};
use poortwachter::law::{End, Ending, Instrument, Setting, Standing, Suspension, settings};

use crate::cells::{Paper, denial, files, judged, passes, today};

/// Ways an instrument stops counting on the day.
fn ended(instrument: &Instrument) -> Vec<(&'static str, Instrument)> {
    let day = today();
    let with_end = |how| Instrument { ended: Some(End { on: day, how }), ..instrument.clone() };
    let reason = || "x".to_owned();
    vec![
        (
            "lapsed",
            Instrument { days: Days { last: day.previous(), ..instrument.days }, ..instrument.clone() },
        ),
        ("revoked", with_end(Ending::Revoked { reason: reason() })),
        ("superseded", with_end(Ending::Superseded { by: reason() })),
        (
            "suspended",
            Instrument {
                suspended: Some(Suspension { days: Days { first: day, last: Day::MAX }, reason: reason() }),
                ..instrument.clone()
            },
        ),
        (
            "not yet valid",
            Instrument { days: Days { first: day.next(), last: Day::MAX }, ..instrument.clone() },
        ),
    ]
}

#[test]
fn another_paper_on_file_never_refuses_a_call() {
    for (_, source) in Category::NAMES {
        for setting in settings() {
            for (_, papers) in files() {
                let instruments: Vec<Instrument> = papers.iter().map(Paper::instrument).collect();
                if passes(&judged(*source, setting, &instruments, today())).is_none() {
                    continue;
                }
                for (more, others) in files() {
                    let others: Vec<Instrument> = others.iter().map(Paper::instrument).collect();
                    for all in [[&instruments[..], &others].concat(), [&others[..], &instruments].concat()] {
                        assert!(
                            passes(&judged(*source, setting, &all, today())).is_some(),
                            "{source} and {more}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn the_end_of_a_paper_never_lets_a_refused_call_pass() {
    for (_, source) in Category::NAMES {
        for setting in settings() {
            for (name, papers) in files() {
                let instruments: Vec<Instrument> = papers.iter().map(Paper::instrument).collect();
                let before = passes(&judged(*source, setting, &instruments, today()));
                for at in 0..instruments.len() {
                    for (how, gone) in ended(&instruments[at]) {
                        let mut fewer = instruments.clone();
                        fewer[at] = gone;
                        let after = passes(&judged(*source, setting, &fewer, today()));
                        assert!(before.is_some() || after.is_none(), "{source} {name} {how}");
                    }
                }
            }
        }
    }
}

fn cadastre(instrument: Instrument, day: Day) -> Option<Denial> {
    let setting = Setting {
        kind: ConsumerKind::ProvincialOrLocal,
        network: Network::Secondary,
        mediation: Mediation::Direct,
    };
    denial(&judged(Category::Cadastre, setting, &[instrument], day))
}

#[test]
fn a_refusal_says_how_the_instrument_ended_and_when() {
    let held = Paper::deliberation(Chamber::United).instrument();
    assert_eq!(cadastre(held.clone(), today()), None);
    let day = today();
    let told: Vec<&str> =
        ended(&held).into_iter().map(|(_, gone)| cadastre(gone, day).unwrap().name()).collect();
    assert_eq!(
        told,
        [
            "instrument-lapsed",
            "instrument-revoked",
            "instrument-superseded",
            "instrument-suspended",
            "instrument-not-yet-valid"
        ]
    );
    let wrong = Paper::deliberation(Chamber::FederalGovernment).instrument();
    assert_eq!(cadastre(wrong, day).unwrap().name(), "instrument-unfit");
}

#[test]
fn a_suspension_ends_after_its_last_day_and_a_revocation_never() {
    let first = Day(today().0 - 5);
    let suspended = Instrument {
        suspended: Some(Suspension { days: Days { first, last: today() }, reason: "x".to_owned() }),
        ..Paper::deliberation(Chamber::United).instrument()
    };
    let standing = |day| suspended.standing(day);
    assert_eq!(standing(first.previous()), Standing::Valid);
    assert_eq!(standing(first), Standing::Suspended(today()));
    assert_eq!(standing(today()), Standing::Suspended(today()));
    assert_eq!(standing(today().next()), Standing::Valid);
    let revoked = Instrument {
        ended: Some(End { on: first, how: Ending::Revoked { reason: "x".to_owned() } }),
        ..suspended.clone()
    };
    assert_eq!(revoked.standing(first.previous()), Standing::Valid);
    assert_eq!(revoked.standing(Day::MAX), Standing::Revoked(first));
}

#[test]
fn an_authorization_that_ended_takes_the_bis_deliberation_with_it() {
    let setting =
        Setting { kind: ConsumerKind::FlemishAgency, network: Network::None, mediation: Mediation::Direct };
    let deliberation = Paper::deliberation(Chamber::SocialSecurityHealth).instrument();
    let authorization = Paper::authorization(poortwachter::law::terms::Issuer::FodBiza).instrument();
    let asked = |authorization: Instrument| {
        denial(&judged(Category::BisRegister, setting, &[deliberation.clone(), authorization], today()))
    };
    assert_eq!(asked(authorization.clone()), None);
    for (how, gone) in ended(&authorization) {
        assert_eq!(asked(gone).map(Denial::name), Some("prerequisite-missing"), "{how}");
    }
    assert_eq!(InstrumentKind::Deliberation, deliberation.proof.kind());
}

#[test]
fn an_accession_to_a_register_authorization_of_2019_or_later_is_none() {
    use poortwachter::law::Proof;
    let setting =
        Setting { kind: ConsumerKind::FlemishAgency, network: Network::None, mediation: Mediation::Direct };
    let asked = |dated: &str| {
        let mut accession = Paper::of(InstrumentKind::Accession).instrument();
        if let Proof::Accession { general_dated, .. } = &mut accession.proof {
            *general_dated = crate::cells::day(dated);
        }
        denial(&judged(Category::NationalRegister, setting, &[accession], today())).map(Denial::name)
    };
    assert_eq!(asked("2018-12-31"), None);
    assert_eq!(asked("2019-01-01"), Some("instrument-unfit"));
}
