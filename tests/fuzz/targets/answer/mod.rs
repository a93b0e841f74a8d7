//! What both filters of answers are fed with: a program, what is open, and a sink that waits for answers.

use std::ops::Range;

use poortwachter_kernel::redact::program::{Condition, Holds, Parts, Path, Person, Program};
use poortwachter_kernel::redact::{Fault, PatientSink, Question, Questions, Sink, Tally, Terms};
use poortwachter_kernel::vocab::{Field, FieldSet, Kind};

const PARTS: Parts<'_> = Parts {
    root: "GeefOndernemingResponse",
    paths: &[
        Path { steps: &["Functies", "Functie", "Persoon"], holds: Holds::Person, conditional: false },
        Path { steps: &["Functies", "Functie", "INSZ"], holds: Holds::Insz, conditional: false },
        Path { steps: &["Adressen"], holds: Holds::Block(Kind::SoleProprietorAddress), conditional: true },
    ],
    condition: Some(Condition { scope: &["Inhoud"], sign: &["SoortOnderneming", "Code"], spares: &["2"] }),
    person: Person::KBO,
    drift: &["INSZ", "VoorNaam", "AchterNaam"],
};

/// The program of a service with everything a program can hold.
pub fn program() -> Program<'static> {
    Program::new(PARTS).expect("small enough")
}

/// Terms by the two lowest bits: the name, the number.
pub fn terms(choice: u8) -> Terms {
    let fields = [Field::FunctionholderName, Field::FunctionholderInsz];
    let chosen = fields.into_iter().enumerate().filter(|(bit, _)| choice & 1 << bit != 0);
    Terms::revealing(chosen.fold(FieldSet::EMPTY, |open, (_, field)| open.with(field)))
}

/// What leaves of a whole document, and the filter's tally.
pub type Filtered = Result<(Vec<u8>, Tally), Fault>;

/// What holds for a filter: it gives the same whatever the chunks, and reads what it leaves.
pub fn holds(document: &[u8], size: usize, filtered: impl Fn(&[&[u8]]) -> Filtered) {
    let whole = filtered(&[document]);
    let pieces: Vec<&[u8]> = document.chunks(size).collect();
    assert_eq!(whole, filtered(&pieces), "in chunks of {size}");
    if let Ok((kept, _)) = whole {
        filtered(&[&kept]).expect("what the filter leaves, it reads");
    }
}

/// Feeds chunks to a filter, and then the end (`None`).
pub fn feed(
    chunks: &[&[u8]],
    mut step: impl FnMut(Option<&[u8]>, &mut Queue<'_>) -> Result<Option<Tally>, Fault>,
) -> Filtered {
    let mut queue = Queue::default();
    for chunk in chunks {
        queue.chunk = chunk;
        step(Some(chunk), &mut queue)?;
    }
    let tally = step(None, &mut queue)?.expect("the end has a tally");
    assert!(queue.parts.iter().all(|(on, _)| on.is_empty()), "a question was left open");
    Ok((queue.parts.into_iter().flat_map(|(_, bytes)| bytes).collect(), tally))
}

/// Keeps what may leave, and what may turn out to.
#[derive(Default)]
pub struct Queue<'c> {
    chunk: &'c [u8],
    parts: Vec<(Questions, Vec<u8>)>,
    on: Questions,
}

impl Sink for Queue<'_> {
    fn keep(&mut self, range: Range<usize>) {
        self.parts.push((self.on, self.chunk[range].to_vec()));
    }

    fn carried(&mut self, bytes: &[u8]) {
        self.parts.push((self.on, bytes.to_vec()));
    }
}

impl PatientSink for Queue<'_> {
    fn ask(&mut self, on: Questions) {
        self.on = on;
    }

    fn settle(&mut self, question: Question, yes: bool) {
        self.parts.retain_mut(|(on, _)| {
            let depends = on.has(question);
            *on = on.without(question);
            yes || !depends
        });
        self.on = self.on.without(question);
    }
}
