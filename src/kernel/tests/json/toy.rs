//! A judge that knows paths, and writes down what it is told.

use poortwachter_kernel::json::{Fate, JsonFlaw, Judge, Key, Question, Questions, Verdict, Within};
use std::fmt::Write as _;

/// What becomes of the elements at a path, as `Functie.Persoon`; the document's own name, which is
/// empty, is left out. A path with `*.` before it is the end of a path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    Drop,
    /// As [`Rule::Drop`], and the judge wants to hear nothing of what is in it.
    DropUnheard,
    KeepUnheard,
    Watch,
    /// Leaves if this question is answered with yes.
    Depends(u8),
    /// Answers this question, when it ends: with yes if its text is `true`.
    Answers(u8),
    /// Nothing more may leave.
    Refuse,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Flaw(JsonFlaw),
    Refused,
}

impl From<JsonFlaw> for Fault {
    fn from(flaw: JsonFlaw) -> Self {
        Self::Flaw(flaw)
    }
}

/// The judge.
#[derive(Debug)]
pub(crate) struct Toy<'a> {
    rules: &'a [(&'a str, Rule)],
    open: Vec<(String, String)>,
    answered: [Option<bool>; 4],
    news: Vec<(Question, bool)>,
    /// What it was told: `<name`, texts between ticks, `>`.
    pub(crate) told: String,
}

impl<'a> Toy<'a> {
    pub(crate) fn new(rules: &'a [(&'a str, Rule)]) -> Self {
        Self { rules, open: Vec::new(), answered: [None; 4], news: Vec::new(), told: String::new() }
    }

    fn rule(&self) -> Option<Rule> {
        let names: Vec<&str> = self.open.iter().skip(1).map(|(name, _)| name.as_str()).collect();
        let path = names.join(".");
        let is_it = |pattern: &str| match pattern.strip_prefix("*.") {
            Some(end) => path == end || path.ends_with(&format!(".{end}")),
            None => path == pattern,
        };
        self.rules.iter().find(|(pattern, _)| is_it(pattern)).map(|(_, rule)| *rule)
    }

    fn depends(&self, number: u8) -> Fate {
        match self.answered[usize::from(number)] {
            None => Fate::Depends(Questions::NONE.with(Question::new(number).unwrap())),
            Some(true) => Fate::Keep,
            Some(false) => Fate::Drop,
        }
    }
}

impl Judge for Toy<'_> {
    type Fault = Fault;

    fn enter(&mut self, key: Key<'_>) -> Result<Verdict, Fault> {
        let name = match key {
            Key::Read(name) => std::str::from_utf8(name).expect("keys are UTF-8").to_owned(),
            Key::TooLong => "(too long)".to_owned(),
        };
        write!(self.told, "<{name}").unwrap();
        self.open.push((name, String::new()));
        let (fate, within) = match self.rule() {
            None | Some(Rule::Answers(_)) => (Fate::Keep, Within::All),
            Some(Rule::Drop) => (Fate::Drop, Within::All),
            Some(Rule::DropUnheard) => (Fate::Drop, Within::Nothing),
            Some(Rule::KeepUnheard) => (Fate::Keep, Within::Nothing),
            Some(Rule::Watch) => (Fate::Watch, Within::All),
            Some(Rule::Depends(number)) => (self.depends(number), Within::All),
            Some(Rule::Refuse) => return Err(Fault::Refused),
        };
        Ok(Verdict { fate, within })
    }

    fn leave(&mut self) -> Result<(), Fault> {
        let rule = self.rule();
        let (_, text) = self.open.pop().expect("only what began ends");
        if let Some(Rule::Answers(number)) = rule {
            let answered = &mut self.answered[usize::from(number)];
            if answered.is_none() {
                *answered = Some(text == "true");
                self.news.push((Question::new(number).unwrap(), text == "true"));
            }
        }
        if !text.is_empty() {
            write!(self.told, "`{text}`").unwrap();
        }
        self.told.push('>');
        Ok(())
    }

    fn text(&mut self, piece: &[u8]) -> Result<(), Fault> {
        let piece = std::str::from_utf8(piece).expect("texts are UTF-8");
        assert!(!piece.is_empty(), "an empty piece");
        self.open.last_mut().expect("text is in something").1 += piece;
        Ok(())
    }

    fn settled(&mut self) -> Option<(Question, bool)> {
        self.news.pop()
    }
}
