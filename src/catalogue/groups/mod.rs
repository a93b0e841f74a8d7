//! Field groups: named parts of a service's answer that a grant may be limited to (GDPR art. 5.1.c).
//!
//! Administrators write the names; the paths behind them stand in the catalogue only. Every service has
//! [`EVERYTHING`], and [`NEAR_FUNCTIONHOLDERS`] where its answers hold such blocks.
//! Deliberately not here: what becomes of an answer (`kernel::redact`), and who was granted what.

mod read;
mod trie;

use poortwachter_kernel::redact::allow::Allow;
use poortwachter_kernel::vocab::Groups;

pub(super) use read::{Group, assign, group};

/// The group that every service has: all of the answer, whatever it may grow.
pub const EVERYTHING: &str = "everything";

/// The reserved group of what is near to functionholders without being them: curators, representatives, contact
/// persons (MAGDA wire notes, 5.1). Not part of [`EVERYTHING`] unless a setting says so.
pub const NEAR_FUNCTIONHOLDERS: &str = "near-functionholders";

/// The field groups of one service.
#[derive(Clone, Debug)]
pub struct FieldGroups {
    /// By place, [`EVERYTHING`] first.
    names: Vec<String>,
    has_near: bool,
    paths: Vec<GroupPath>,
    allow: Allow<'static>,
}

/// One path that a group opens, with all that is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPath {
    /// The group's place.
    pub place: usize,
    /// Local names from the content on, with slashes between: `Persoon/Naam`.
    pub path: String,
    /// Known from a schema or the platform's documents; no sample shows it.
    pub schema_only: bool,
}

impl FieldGroups {
    /// Of a service that no `[[field-group]]` names.
    pub(super) fn built_in(has_near: bool) -> Self {
        let names = vec![EVERYTHING.to_owned()];
        Self { names, has_near, paths: Vec::new(), allow: Allow::EVERYTHING }
    }

    /// Every name a grant may write, in the order of their places.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let near = self.has_near.then_some(NEAR_FUNCTIONHOLDERS);
        self.names.iter().map(String::as_str).chain(near)
    }

    /// The place of the group with that name.
    pub fn place(&self, name: &str) -> Option<usize> {
        if name == NEAR_FUNCTIONHOLDERS {
            return self.has_near.then_some(Groups::NEAR_FUNCTIONHOLDERS);
        }
        self.names.iter().position(|known| known == name)
    }

    /// The names of a set's groups; places that the service does not have are passed over.
    pub fn named(&self, groups: Groups) -> impl Iterator<Item = &str> {
        self.names().filter(move |name| self.place(name).is_some_and(|place| groups.has(place)))
    }

    /// The paths that the groups open.
    pub fn paths(&self) -> &[GroupPath] {
        &self.paths
    }

    /// The same, as the filter walks them.
    pub const fn allow(&self) -> &Allow<'static> {
        &self.allow
    }

    /// Whether its answers hold blocks near to functionholders.
    pub const fn has_near(&self) -> bool {
        self.has_near
    }

    /// Whether somebody wrote groups for the service: others have the built-in ones only.
    pub fn are_curated(&self) -> bool {
        self.names.len() > 1
    }
}
