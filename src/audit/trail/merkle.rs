//! The tree of hashes over a segment's lines (RFC 6962 §2.1), so that one line can be shown to be in it without
//! the others.

use sha2::{Digest as _, Sha256};

use super::frame::Hash;

/// The hash of a line as a leaf.
pub fn leaf(line: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(line).finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// A tree that grows leaf by leaf, as the roots of its full parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Largest first, each with the number of its leaves, a power of two.
    parts: Vec<(u64, Hash)>,
}

impl Tree {
    /// Adds a leaf.
    pub fn add(&mut self, leaf: Hash) {
        let mut part = (1, leaf);
        while let Some((size, left)) = self.parts.pop_if(|(size, _)| *size == part.0) {
            part = (2 * size, node(&left, &part.1));
        }
        self.parts.push(part);
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.parts.iter().map(|(size, _)| size).sum()
    }

    /// The hash over all leaves; of none, the hash of nothing.
    pub fn root(&self) -> Hash {
        let joined = self.parts.iter().rev().map(|(_, hash)| *hash).reduce(|right, left| node(&left, &right));
        joined.unwrap_or_else(|| Sha256::digest([]).into())
    }
}

/// The hashes that lead from one leaf to the root over all of them (RFC 6962 §2.1.1).
pub fn path(leaves: &[Hash], at: usize) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    let (mut path, other) = match at.checked_sub(left.len()) {
        None => (self::path(left, at), right),
        Some(at) => (self::path(right, at), left),
    };
    path.push(root(other));
    path
}

/// The hash over some leaves.
pub fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    for leaf in leaves {
        tree.add(*leaf);
    }
    tree.root()
}

/// The root that a path leads to from a leaf (RFC 9162 §2.1.3.2); `None`: it is no path for that place.
pub fn climb(leaf: Hash, at: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if at >= size {
        return None;
    }
    let (mut at, mut last, mut hash) = (at, size - 1, leaf);
    for step in path {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            hash = node(step, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, step);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// The largest power of two below `count`.
const fn half(count: usize) -> usize {
    let mut half = 1;
    while 2 * half < count {
        half *= 2;
    }
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 §2.1, word for word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(half(leaves.len()));
                node(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn a_growing_tree_has_the_root_of_the_definition_and_every_leaf_a_path_to_it() {
        let leaves: Vec<Hash> = (0..70u8).map(|number| leaf(&[number])).collect();
        for size in 0..=leaves.len() {
            let leaves = &leaves[..size];
            let root = by_definition(leaves);
            assert_eq!(super::root(leaves), root, "{size}");
            for at in 0..size {
                let path = path(leaves, at);
                assert_eq!(climb(leaves[at], at as u64, size as u64, &path), Some(root), "{at} of {size}");
                assert_ne!(climb(leaf(b"other"), at as u64, size as u64, &path), Some(root));
            }
        }
    }

    #[test]
    fn the_tree_is_that_of_certificate_transparency() {
        // RFC 6962's reference implementation, root of the tree over its first two test inputs.
        let mut tree = Tree::default();
        tree.add(leaf(b""));
        assert_eq!(
            super::super::frame::shown(&tree.root()),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        tree.add(leaf(b"\0"));
        assert_eq!(
            super::super::frame::shown(&tree.root()),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
        );
    }
}
