//! The filter equals a plainly right writer of trees on whatever is generated, wherever it is cut.

use poortwachter_kernel::json::JsonFlaw;
use proptest::prelude::*;
use std::fmt::Write as _;

use crate::feeding::{Feeding, assert_like};
use crate::toy::Fault;
use crate::toy::Rule::{self, Answers, Depends, Drop, Watch};
use crate::trees::{Key, Part, Tree, trees};

const PLAIN: &[(&str, Rule)] = &[("*.d", Drop), ("*.a.b", Drop), ("*.w", Watch)];
const ASKING: &[(&str, Rule)] = &[
    ("*.d", Drop),
    ("*.p", Depends(0)),
    ("*.q", Depends(1)),
    ("*.is", Answers(0)),
    ("*.are", Answers(1)),
    ("*.w", Watch),
];

/// Writes a tree without what does not leave.
struct Writer<'a> {
    leaves: &'a dyn Fn(&[String]) -> bool,
    path: Vec<String>,
    out: String,
}

impl Writer<'_> {
    fn write(tree: &Tree, leaves: &dyn Fn(&[String]) -> bool) -> String {
        let mut writer = Writer { leaves, path: Vec::new(), out: String::new() };
        writer.value(tree, "");
        writer.out
    }

    /// The rule on commas: what leaves has one before it if something earlier leaves, and that one's
    /// white space; the white space before the first, and after each, stays.
    fn part(&mut self, key: Option<&Key>, name: &str, part: &Part, at: usize, earlier: &mut bool) {
        let leaves = matches!(part.value, Tree::Array { .. }) || self.would_leave(name);
        let before = key.map_or(&part.before, |key| &key.before);
        if at == 0 {
            self.out += before;
        } else if leaves && *earlier {
            self.out += ",";
            self.out += before;
        }
        if leaves {
            if let Some(key) = key {
                write!(self.out, "\"{}\"{}:{}", key.written, key.after, part.before).unwrap();
            }
            self.value(&part.value, name);
            *earlier = true;
        }
        self.out += &part.after;
    }

    fn would_leave(&mut self, name: &str) -> bool {
        self.path.push(name.to_owned());
        let leaves = (self.leaves)(&self.path);
        self.path.pop();
        leaves
    }

    fn value(&mut self, tree: &Tree, name: &str) {
        match tree {
            Tree::Scalar(written, _) => self.out += written,
            Tree::Array { inner, items } => {
                self.out += "[";
                let mut earlier = false;
                for (at, item) in items.iter().enumerate() {
                    self.part(None, name, item, at, &mut earlier);
                }
                self.out += if items.is_empty() { inner } else { "" };
                self.out += "]";
            }
            Tree::Object { inner, members } => {
                self.path.push(name.to_owned());
                self.out += "{";
                let mut earlier = false;
                for (at, (key, part)) in members.iter().enumerate() {
                    self.part(Some(key), &key.name, part, at, &mut earlier);
                }
                self.out += if members.is_empty() { inner } else { "" };
                self.out += "}";
                self.path.pop();
            }
        }
    }
}

pub(crate) fn everything(tree: &Tree) -> String {
    Writer::write(tree, &|_| true)
}

/// The first answer to each question, in the order in which elements end.
fn answers(tree: &Tree, name: &str, found: &mut [Option<bool>; 2]) {
    let mut note = |text: &str| {
        let number = match name {
            "is" => 0,
            "are" => 1,
            _ => return,
        };
        found[number].get_or_insert(text == "true");
    };
    match tree {
        Tree::Scalar(_, text) => note(text),
        Tree::Array { items, .. } => items.iter().for_each(|item| answers(&item.value, name, found)),
        Tree::Object { members, .. } => {
            for (key, part) in members {
                answers(&part.value, &key.name, found);
            }
            let number = ["is", "are"].iter().position(|known| *known == name);
            if let Some(number) = number {
                found[number].get_or_insert(false);
            }
        }
    }
}

fn assert_valid(text: &str) {
    let parsed: Result<serde_json::Value, _> = serde_json::from_str(text);
    assert!(parsed.is_ok(), "{text}: {parsed:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn the_filter_equals_the_oracle_wherever_a_document_is_cut(tree in trees()) {
        let leaves = |path: &[String]| {
            let (last, before) = path.split_last().unwrap();
            last != "d" && !(last == "b" && before.last().is_some_and(|name| name == "a"))
        };
        let outcome = Feeding::document(PLAIN).every_way(everything(&tree));
        prop_assert_eq!(outcome.whole(), Writer::write(&tree, &leaves));
        assert_valid(&outcome.whole());
    }

    #[test]
    fn it_does_when_what_leaves_depends_on_later_answers(tree in trees()) {
        let mut found = [None; 2];
        answers(&tree, "", &mut found);
        let yes = found.map(|answer| answer == Some(true));
        let leaves = |path: &[String]| match path.last().unwrap().as_str() {
            "d" => false,
            "p" => yes[0],
            "q" => yes[1],
            _ => true,
        };
        let outcome = Feeding::document(ASKING).every_way(everything(&tree));
        if outcome.end != Err(Fault::Flaw(JsonFlaw::Tangled)) {
            prop_assert_eq!(outcome.whole(), Writer::write(&tree, &leaves));
            assert_valid(&outcome.whole());
        }
    }

    #[test]
    fn it_does_in_chunks_of_any_sizes(tree in trees(), sizes in prop::collection::vec(1_usize..40, 1..8)) {
        let document = everything(&tree);
        let feeding = Feeding::document(ASKING);
        let finest = feeding.chunks(document.as_bytes().chunks(1));
        assert_like(&finest, &feeding.in_sizes(document.as_bytes(), &sizes), "in sizes");
    }

    #[test]
    fn with_nothing_to_remove_a_document_leaves_as_it_came(tree in trees()) {
        let document = everything(&tree);
        prop_assert_eq!(Feeding::document(&[]).every_way(&document).whole(), document);
    }
}
