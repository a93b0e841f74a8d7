//! Compiled field paths: which parts of an answer are personal, of which kind, and on what that depends.
//!
//! One program for every way an answer is written: XML and JSON go by the same local names. Compiling asks
//! for no memory; a program borrows the texts it is made of.

use super::allow::Allow;
use super::names::{MOST, NameIx, Names};
use crate::vocab::Kind;

/// What stands at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A person block ([`Person`]): goes whole when nothing in it is open; in part when one of its fields is.
    Person,
    /// One leaf that is a [`crate::vocab::Field::FunctionholderInsz`].
    Insz,
    /// A block of one kind, which goes whole unless that kind is open.
    Block(Kind),
}

/// A path of local names, at any depth below the answer's root: `Functies/Functie/Persoon`. Each step may
/// stand anywhere below the one before it, so that a new wrapper between them cannot open a leak.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    /// Local names, outermost first, exact case.
    pub steps: &'a [&'a str],
    /// What stands there.
    pub holds: Holds,
    /// Whether it is personal only where the program's [`Condition`] does not say otherwise.
    pub conditional: bool,
}

/// What, beside a block, says that it is not personal: an address is not the owner's home where the
/// enterprise is a legal person. Wherever it stands in its scope, it counts for all of the scope.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'a> {
    /// What it speaks of: the outermost element at the end of this path.
    pub scope: &'a [&'a str],
    /// Where it stands: the first step right in the scope (among the names the program knows), the others
    /// each right in the one before.
    pub sign: &'a [&'a str],
    /// The values that spare the blocks. Anything else, or nothing at all, does not.
    pub spares: &'a [&'a str],
}

/// How a person block is built.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Children that are a [`crate::vocab::Field::FunctionholderInsz`].
    pub insz: &'a [&'a str],
    /// Children that are a [`crate::vocab::Field::FunctionholderName`] by schema. Whatever else is met in the
    /// block goes with the name unless everything is open.
    pub names: &'a [&'a str],
    /// Those of `names` that have elements of their own.
    pub nested: &'a [&'a str],
    /// Children that are not personal. Where there are none the block goes whole.
    pub stays: &'a [&'a str],
}

impl Person<'static> {
    /// The type of `Functie/Persoon` (MAGDA schema of Onderneming-02.00).
    pub const KBO: Self = Self {
        insz: &["INSZ"],
        names: &["VoorNaam", "AchterNaam", "Straat"],
        nested: &["Straat"],
        stays: &[],
    };
}

/// What a child of a person block is, by its local name.
impl Person<'_> {
    pub(super) fn is_insz(&self, local: &[u8]) -> bool {
        stands_among(self.insz, local)
    }

    pub(super) fn is_name(&self, local: &[u8]) -> bool {
        stands_among(self.names, local)
    }

    pub(super) fn is_nested(&self, local: &[u8]) -> bool {
        stands_among(self.nested, local)
    }

    pub(super) fn stays(&self, local: &[u8]) -> bool {
        stands_among(self.stays, local)
    }
}

fn stands_among(names: &[&str], local: &[u8]) -> bool {
    names.iter().any(|name| name.as_bytes() == local)
}

/// What a program is made of.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Local name of the answer's root element in the Body.
    pub root: &'a str,
    /// The paths.
    pub paths: &'a [Path<'a>],
    /// What conditional paths depend on; without it they depend on nothing.
    pub condition: Option<Condition<'a>>,
    /// How the person blocks are built.
    pub person: Person<'a>,
    /// Local names of elements, attributes and keys (case ignored) that, met outside every path, mean that the answer
    /// has grown a place for personal data that the program does not know ("drift"): the answer is withheld.
    pub drift: &'a [&'a str],
}

impl<'a> Parts<'a> {
    /// No rule but the root: all of the answer may leave.
    pub const fn only(root: &'a str) -> Self {
        Self { root, paths: &[], condition: None, person: Person::KBO, drift: &[] }
    }
}

/// The personal parts of one service's answer, ready to be followed name by name.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    parts: Parts<'a>,
    names: Names<'a>,
    /// The names that matter inside a block that goes whole.
    inner: Names<'a>,
    /// By name: the steps it can be. Every step of every path has a bit; a path's follow one another.
    steps: [u64; MOST],
    first: u64,
    last: u64,
    /// By place among the inner names: the children of person blocks, and the numbers among them.
    children: u64,
    numbers: u64,
    /// By bit of a last step: its path.
    ends: [u8; u64::BITS as usize],
    scope: u64,
    allow: Allow<'a>,
}

/// A program would be larger than the filter has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// The elements whose texts are looked at for numbers.
pub(super) const ERROR: &str = "Uitzondering";
/// The root of an answer that is an error itself.
pub(super) const FAULT: &str = "Fault";
/// What in an error points at a part of the answer (MAGDA exception schema).
pub(super) const REFERENCE: &str = "ElementReferentie";

impl<'a> Program<'a> {
    /// Compiles a program.
    ///
    /// # Errors
    /// [`TooLarge`] where there are more than 64 names or 64 steps.
    pub fn new(parts: Parts<'a>) -> Result<Self, TooLarge> {
        let mut program = Self {
            parts,
            names: Names::new(),
            inner: Names::new(),
            steps: [0; MOST],
            first: 0,
            last: 0,
            children: 0,
            numbers: 0,
            ends: [0; u64::BITS as usize],
            scope: 0,
            allow: Allow::EVERYTHING,
        };
        program.compile().ok_or(TooLarge)?;
        Ok(program)
    }

    fn compile(&mut self) -> Option<()> {
        let Parts { root, paths, condition, person, drift } = self.parts;
        for name in [root, FAULT] {
            self.names.place(name)?;
        }
        let mut bit = 0;
        for (at, path) in paths.iter().enumerate() {
            let last = self.path(path.steps, &mut bit)?;
            self.ends[usize::from(last)] = u8::try_from(at).ok()?;
            self.last |= 1 << last;
            self.inner.place(path.steps.last()?)?;
        }
        for name in drift {
            self.names.place(name)?;
        }
        if !self.is_empty() {
            self.names.place(ERROR)?;
        }
        for insz in person.insz.iter().filter(|_| !paths.is_empty()) {
            self.names.place(insz)?;
            self.numbers |= 1 << self.inner.place(insz)?.at();
        }
        for child in person.insz.iter().chain(person.names).chain(drift).filter(|_| !paths.is_empty()) {
            self.children |= 1 << self.inner.place(child)?.at();
        }
        if let Some(condition) = condition {
            let last = self.path(condition.scope, &mut bit)?;
            self.scope = 1 << last;
            self.names.place(condition.sign.first()?)?;
            self.inner.place(condition.sign.first()?)?;
        }
        Some(())
    }

    /// Gives every step of a path its bit; returns the last one's.
    fn path(&mut self, steps: &[&'a str], bit: &mut u8) -> Option<u8> {
        self.first |= 1_u64.checked_shl(u32::from(*bit))?;
        for step in steps {
            let name = self.names.place(step)?;
            self.steps[name.at()] |= 1_u64.checked_shl(u32::from(*bit))?;
            *bit += 1;
        }
        bit.checked_sub(1).filter(|_| !steps.is_empty())
    }

    /// The same program, with the field groups that a grant may be limited to.
    #[must_use]
    pub const fn allowing(self, allow: Allow<'a>) -> Self {
        Self { allow, ..self }
    }

    /// The field groups that a grant may be limited to.
    pub(super) const fn allow(&self) -> &Allow<'a> {
        &self.allow
    }

    /// What it is made of.
    pub const fn parts(&self) -> &Parts<'a> {
        &self.parts
    }

    /// Whether nothing is personal here: the answer of a service whose own rules say who may call it.
    pub const fn is_empty(&self) -> bool {
        self.parts.paths.is_empty() && self.parts.drift.is_empty()
    }

    pub(super) const fn names(&self) -> &Names<'a> {
        &self.names
    }

    pub(super) const fn children(&self) -> u64 {
        self.children
    }

    pub(super) const fn numbers(&self) -> u64 {
        self.numbers
    }

    pub(super) const fn inner(&self) -> &Names<'a> {
        &self.inner
    }

    /// Whether a name, case ignored, is one that may stand at the end of a path only.
    pub(super) fn is_drift(&self, local: &[u8]) -> bool {
        self.names.is_like(local)
            && self.parts.drift.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(local))
    }

    /// Goes one name down.
    #[inline]
    pub(super) fn step(&self, trail: Trail, name: Option<NameIx>) -> Step {
        let steps = name.map_or(0, |name| self.steps[name.at()]);
        let met = (trail.0 << 1 | self.first) & steps;
        Step { trail: Trail(trail.0 | met), met }
    }

    /// The path that ends with a step.
    pub(super) fn ending(&self, step: Step) -> Option<&Path<'a>> {
        let ends = step.met & self.last;
        if ends == 0 {
            return None;
        }
        self.parts.paths.get(usize::from(self.ends[ends.trailing_zeros() as usize]))
    }

    /// Whether a partial XPath, as an error writes it, points at or into something that `closed` says is closed.
    pub(super) fn points_into(&self, xpath: &[u8], closed: impl Fn(&Path<'a>) -> bool) -> bool {
        let mut trail = Trail::NONE;
        xpath.split(|byte| *byte == b'/').any(|step| {
            let local = local_of_step(step);
            let step = self.step(trail, self.names.find(local));
            trail = step.trail;
            self.is_drift(local) || self.ending(step).is_some_and(&closed)
        })
    }

    /// Whether a step ends the path to the condition's scope.
    pub(super) const fn is_scope(&self, step: Step) -> bool {
        step.met & self.scope != 0
    }
}

/// The steps met on the way down to an element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trail(u64);

impl Trail {
    pub(super) const NONE: Self = Self(0);
}

/// One name further down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) trail: Trail,
    met: u64,
}

/// The local name of one step of an XPath: no axis, prefix, predicate or white space.
fn local_of_step(step: &[u8]) -> &[u8] {
    let end = step.iter().position(|byte| *byte == b'[').unwrap_or(step.len());
    let name = &step[..end];
    let start = name.iter().rposition(|byte| matches!(byte, b':' | b'@')).map_or(0, |at| at + 1);
    name[start..].trim_ascii()
}
