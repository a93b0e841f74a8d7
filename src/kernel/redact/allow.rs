//! Which parts of an answer's content the field groups of a grant allow.
//!
//! A trie of local names. Its root is the content itself: `Repliek/Antwoorden/Antwoord/Inhoud` of a SOAP
//! answer, the document's root of a JSON one, where arrays stand for their items. Paths are whole, from the
//! content on; what no path names is in no group and goes, so that what an answer grows stays closed.
//! Deliberately not here: namespaces, attributes, and the blocks near to functionholders that may stand
//! anywhere (they are removed on their own, whatever group they stand in).

use crate::vocab::Groups;

/// The allowed paths of one service's answer. Whoever compiles them keeps them as [`Node`] says; what is not
/// so kept allows less, never more.
#[derive(Clone, Copy, Debug)]
pub struct Allow<'a> {
    nodes: &'a [Node<'a>],
}

/// One name on a path, as a place in [`Allow::new`]'s list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node<'a> {
    /// Local name of the element, or the member's name in JSON; exact case.
    pub name: &'a str,
    /// The first child's place. Children stand together, ascending by the bytes of their names.
    pub first: u16,
    /// One past the last child's place.
    pub last: u16,
    /// The groups that allow something below, and of the node itself only that it is there.
    pub through: Groups,
    /// The groups that allow the node and all that is in it.
    pub whole: Groups,
}

/// A node's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeIx(u16);

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays with all that is in it, whatever its name.
    Whole,
    /// It stays, and its children are judged one by one; text of its own is in no group.
    Through,
    /// It goes with all that is in it.
    Gone,
}

impl<'a> Allow<'a> {
    /// A service without groups of its own: all of it is in [`Groups::EVERYTHING`].
    pub const EVERYTHING: Self = Self { nodes: &[Node::EVERYTHING] };

    /// The paths as nodes, the root first.
    pub const fn new(nodes: &'a [Node<'a>]) -> Self {
        Self { nodes }
    }

    /// The content.
    pub const fn root(&self) -> NodeIx {
        NodeIx(0)
    }

    /// The node of that name below another; `None`: no group allows anything there, unless an element around it
    /// is allowed whole.
    pub fn child(&self, node: NodeIx, name: &[u8]) -> Option<NodeIx> {
        let Node { first, last, .. } = self.nodes.get(usize::from(node.0))?;
        let children = self.nodes.get(usize::from(*first)..usize::from(*last))?;
        let at = children.binary_search_by(|child| child.name.as_bytes().cmp(name)).ok()?;
        u16::try_from(at).ok()?.checked_add(*first).map(NodeIx)
    }

    /// What becomes of the node where these groups are granted.
    pub fn fate(&self, node: NodeIx, groups: Groups) -> Fate {
        match self.nodes.get(usize::from(node.0)) {
            Some(node) if node.whole.meets(groups) => Fate::Whole,
            Some(node) if node.through.meets(groups) => Fate::Through,
            _ => Fate::Gone,
        }
    }
}

impl Node<'_> {
    /// The root of a service without groups of its own.
    pub const EVERYTHING: Self = Self {
        name: "",
        first: 1,
        last: 1,
        through: Groups::NONE,
        whole: Groups::NONE.with(Groups::EVERYTHING),
    };
}

#[cfg(test)]
mod tests {
    use super::{Allow, Fate, Node, NodeIx};
    use crate::vocab::Groups;

    const NAME: Groups = Groups::NONE.with(1);
    const BIRTH: Groups = Groups::NONE.with(2);
    const NEAR: Groups = Groups::NONE.with(Groups::NEAR_FUNCTIONHOLDERS);

    const fn node(name: &'static str, children: (u16, u16), through: Groups, whole: Groups) -> Node<'static> {
        Node { name, first: children.0, last: children.1, through, whole }
    }

    /// Name: `Persoon/Naam`. Birth: `Persoon/Geboorte/Datum`. Near: `Persoon/Naam/Curator`.
    const PERSON: [Node<'static>; 6] = [
        node("", (1, 2), NAME.union(BIRTH).union(NEAR), Groups::NONE.with(Groups::EVERYTHING)),
        node("Persoon", (2, 4), NAME.union(BIRTH).union(NEAR), Groups::NONE),
        node("Geboorte", (4, 5), BIRTH, Groups::NONE),
        node("Naam", (5, 6), NEAR, NAME),
        node("Datum", (6, 6), Groups::NONE, BIRTH),
        node("Curator", (6, 6), Groups::NONE, NEAR),
    ];

    /// The fate at the end of a path, as a filter reaches it: what is gone or whole is not looked into.
    fn fate(allow: &Allow<'_>, path: &str, groups: Groups) -> Fate {
        let mut at = allow.root();
        let mut fate = allow.fate(at, groups);
        for step in path.split('/').filter(|step| !step.is_empty()) {
            if fate != Fate::Through {
                return fate;
            }
            let Some(child) = allow.child(at, step.as_bytes()) else { return Fate::Gone };
            (at, fate) = (child, allow.fate(child, groups));
        }
        fate
    }

    #[test]
    fn a_path_is_allowed_from_where_it_ends_and_passed_through_before() {
        let allow = Allow::new(&PERSON);
        for (path, groups, wanted) in [
            ("", NAME, Fate::Through),
            ("Persoon", NAME, Fate::Through),
            ("Persoon/Naam", NAME, Fate::Whole),
            ("Persoon/Naam/Voornamen/Voornaam", NAME, Fate::Whole),
            ("Persoon/Geboorte", NAME, Fate::Gone),
            ("Persoon/Geboorte", BIRTH, Fate::Through),
            ("Persoon/Geboorte/Datum", BIRTH, Fate::Whole),
            ("Persoon/Geboorte/Plaats", BIRTH, Fate::Gone),
            ("Persoon/Naam", BIRTH, Fate::Gone),
            ("Persoon/Naam", NEAR, Fate::Through),
            ("Persoon/Naam/Curator", NEAR, Fate::Whole),
            ("Persoon/Naam", NAME.union(BIRTH), Fate::Whole),
            ("Persoon/naam", NAME, Fate::Gone),
            ("Naam", NAME, Fate::Gone),
            ("Persoon/Persoon/Naam", NAME, Fate::Gone),
        ] {
            assert_eq!(fate(&allow, path, groups), wanted, "{path} for {groups:?}");
        }
    }

    #[test]
    fn everything_is_what_no_path_names_too_and_no_group_is_nothing() {
        for allow in [Allow::new(&PERSON), Allow::EVERYTHING] {
            for path in ["", "Persoon", "Persoon/Naam", "Nieuw/Element"] {
                assert_eq!(fate(&allow, path, Groups::ORDINARY), Fate::Whole, "{path}");
                assert_eq!(fate(&allow, path, Groups::NONE), Fate::Gone, "{path}");
            }
        }
        assert_eq!(fate(&Allow::EVERYTHING, "Persoon", NEAR), Fate::Gone);
    }

    #[test]
    fn nodes_that_contradict_themselves_allow_nothing() {
        let odd = [node("", (1, 9), NAME, Groups::NONE), node("A", (7, 2), NAME, Groups::NONE)];
        let odd = Allow::new(&odd);
        assert_eq!(odd.child(odd.root(), b"A"), None);
        assert_eq!(odd.child(NodeIx(1), b"A"), None);
        assert_eq!(odd.child(NodeIx(7), b"A"), None);
        assert_eq!(odd.fate(NodeIx(7), Groups::ALL), Fate::Gone);
        assert_eq!(Allow::new(&[]).fate(NodeIx(0), Groups::ALL), Fate::Gone);
    }
}
