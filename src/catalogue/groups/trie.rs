//! Compiles a service's group paths into the tables that the filter walks.

use std::collections::{BTreeMap, VecDeque};

use poortwachter_kernel::redact::allow::{Allow, Node};
use poortwachter_kernel::vocab::Groups;

use super::GroupPath;

/// One name on a path, and what is below.
#[derive(Default)]
struct Branch<'a> {
    whole: Groups,
    /// `BTreeMap` keeps texts in the order of their bytes, as the filter searches them.
    children: BTreeMap<&'a str, Self>,
}

impl<'a> Branch<'a> {
    fn grow(&mut self, path: &'a str, place: usize) {
        let end = path.split('/').fold(self, |branch, step| branch.children.entry(step).or_default());
        end.whole = end.whole.with(place);
    }

    /// The groups that allow something below.
    fn through(&self) -> Groups {
        self.children.values().fold(Groups::NONE, |all, child| all.union(child.whole).union(child.through()))
    }
}

/// The tables, which live as long as the process; `None` where there are more names than places for them.
pub(super) fn compile(paths: &[GroupPath]) -> Option<Allow<'static>> {
    let whole = Groups::NONE.with(Groups::EVERYTHING);
    let mut root = Branch { whole, ..Branch::default() };
    for path in paths {
        root.grow(&path.path, path.place);
    }
    let mut nodes = Vec::new();
    let mut waiting = VecDeque::from([("", &root)]);
    while let Some((name, branch)) = waiting.pop_front() {
        let first = nodes.len() + waiting.len() + 1;
        let (first, last) = (u16::try_from(first).ok()?, u16::try_from(first + branch.children.len()).ok()?);
        waiting.extend(branch.children.iter().map(|(name, child)| (*name, child)));
        nodes.push(Node { name, first, last, through: branch.through(), whole: branch.whole });
    }
    let leaked = nodes.into_iter().map(|node| Node { name: node.name.to_owned().leak(), ..node });
    Some(Allow::new(leaked.collect::<Vec<Node<'static>>>().leak()))
}
