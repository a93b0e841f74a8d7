//! Which namespace a prefix stands for (Namespaces in XML 1.0).
//!
//! Names are compared as written: a namespace that is spelt with references is another one here, and
//! so unknown, which refuses.

use super::soap::Fault;
use crate::xml::Tag;

/// The most declarations in scope at once.
const MOST: usize = 128;

/// The declarations in scope.
pub(super) struct Namespaces<'a> {
    bindings: [Binding<'a>; MOST],
    count: usize,
}

#[derive(Clone, Copy)]
struct Binding<'a> {
    prefix: &'a [u8],
    name: &'a [u8],
    level: usize,
}

impl<'a> Namespaces<'a> {
    pub(super) const fn new() -> Self {
        Self { bindings: [Binding { prefix: b"", name: b"", level: 0 }; MOST], count: 0 }
    }

    /// Takes in what the tag of an element at `level` declares; gives the element's own namespace.
    pub(super) fn enter(&mut self, tag: &Tag<'a>, level: usize) -> Result<&'a [u8], Fault> {
        for attribute in tag.attributes() {
            if let Some(prefix) = attribute.declares() {
                self.bind(Binding { prefix, name: attribute.value, level })?;
            }
        }
        for attribute in tag.attributes().filter(|attribute| attribute.declares().is_none()) {
            self.resolve(attribute.name.prefix())?;
        }
        self.resolve(tag.name.prefix())
    }

    /// Forgets what the element at `level` declared.
    pub(super) fn leave(&mut self, level: usize) {
        while self.count > 0 && self.bindings[self.count - 1].level >= level {
            self.count -= 1;
        }
    }

    fn bind(&mut self, binding: Binding<'a>) -> Result<(), Fault> {
        let reserved = matches!(binding.prefix, b"xml" | b"xmlns");
        let undeclared = !binding.prefix.is_empty() && binding.name.is_empty();
        if reserved || undeclared {
            return Err(Fault::ForbiddenDeclaration);
        }
        *self.bindings.get_mut(self.count).ok_or(Fault::TooManyDeclarations)? = binding;
        self.count += 1;
        Ok(())
    }

    fn resolve(&self, prefix: &[u8]) -> Result<&'a [u8], Fault> {
        match self.bindings[..self.count].iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => Ok(binding.name),
            None if prefix.is_empty() => Ok(b""),
            None if prefix == b"xml" => Ok(b"http://www.w3.org/XML/1998/namespace"),
            None => Err(Fault::UndeclaredPrefix),
        }
    }
}
