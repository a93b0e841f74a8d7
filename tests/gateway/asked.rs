//! The trail of a gateway that runs, in the hands of somebody who asks something of it.

use poortwachter::audit::answers::asked::{Asked, Fit};
use poortwachter::audit::answers::joined::{Call, Course, Joined, Told};
use poortwachter::audit::answers::number::Sought;
use poortwachter::audit::answers::period::Period;
use poortwachter::audit::answers::report::Report;
use poortwachter::audit::keys::{Numbered, PseudonymKey};
use poortwachter::audit::reading::Reading;

use crate::house::{GEMEENTE, House, INSPECTIE, block_on};
use crate::messages::{FUNCTIES_PATH, INSZ, PATH, Question, answer};
use crate::trail::Kept;
use crate::upstream::{always, ok};

fn found(kept: &Kept, asked: &Asked) -> Vec<Call> {
    let joined = Joined::of(Reading::of(&kept.trail()).unwrap(), asked);
    let meant = joined.map(Result::unwrap).filter(|told| asked.fits(told) == Fit::Yes);
    meant
        .map(|told| match told {
            Told::Call(call) => call,
            Told::Other(entry) => panic!("{} is no call", entry.kind()),
        })
        .collect()
}

#[test]
fn a_person_is_found_in_a_trail_that_is_being_written() {
    let kept = Kept::new();
    let mut house = House::planned(kept.plan(), always(ok(&answer("GeefOnderneming"))));
    let key = || PseudonymKey::load(&kept.directory.path().join("pseudonym.key")).unwrap();
    let number = Sought::number(Numbered::Person, INSZ, &[key()]).unwrap();
    let firm = Sought::number(Numbered::Enterprise, "0123.456.749", &[key()]).unwrap();
    block_on(async {
        house.ask().await;
        let criteria = "<Persoon><INSZ>62.68.05-996.50</INSZ></Persoon>";
        let question = Question { criteria, ..Question::from(INSPECTIE).named("GeefFuncties") };
        let mut inspectie = house.consumer("inspectie").await;
        inspectie.ask(FUNCTIES_PATH, question.xml()).await;
        inspectie.ask(PATH, Question::from(GEMEENTE).xml()).await;

        let calls = found(&kept, &Asked { number: Some(number), ..Asked::default() });
        assert_eq!(calls.len(), 1);
        assert_eq!((calls[0].course(), calls[0].text("consumer")), (Course::Ended, Some("inspectie")));
        assert!(calls[0].text("organisation").is_some());
        assert_eq!(found(&kept, &Asked { number: Some(firm), ..Asked::default() }).len(), 2);
        assert_eq!(
            found(&kept, &Asked { reason: Some("sender-not-registered".to_owned()), ..Asked::default() })
                .len(),
            1
        );
        house.shutdown().await;
    });
    let calls = found(&kept, &Asked::default());
    let day = calls[0].text("time").unwrap()[..4].to_owned();
    let reading = Reading::of(&kept.trail()).unwrap();
    let report = Report::of(reading, Period::parse(&day).unwrap(), None, |_| {}).unwrap();
    assert_eq!((report.all.calls, report.all.subjects.len(), report.all.enterprises.len()), (3, 1, 1));
    assert!(report.checkpoint.is_some());
}
