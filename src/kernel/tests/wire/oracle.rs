//! The filter once more, plainly: a DOM in memory, and ranges of it cut out.
//!
//! Slow and simple on purpose, and written from the rules alone. Expects a well-formed SOAP message
//! with the program's element in its Body.

use std::ops::Range;

use poortwachter_kernel::redact::program::{Condition, Holds, Path};
use poortwachter_kernel::redact::{Counts, Fault, Tally};
use poortwachter_kernel::vocab::{Field, Groups, Kind};
use roxmltree::{Document, Node};

use crate::feeding::Feeding;

/// What should come out of a document; numbers in errors unmasked.
pub(crate) struct Expected {
    pub(crate) text: String,
    pub(crate) tally: Tally,
    /// Whether some error holds a number that must be masked.
    pub(crate) masks: bool,
}

/// What should come out of a document, or the first fault.
pub(crate) fn expect(feeding: &Feeding<'_>, source: &str) -> Result<Expected, Fault> {
    let document = Document::parse(source).expect("the oracle reads well-formed documents only");
    let envelope = document.root_element();
    let content = child(envelope, "Body").unwrap().first_element_child().unwrap();
    let mut oracle = Oracle {
        feeding,
        source,
        content,
        cut: Vec::new(),
        removed: [0; Kind::COUNT],
        released: [0; Kind::COUNT],
        masks: false,
    };
    let is_error = content.tag_name().name() == "Fault";
    oracle.children(content, is_error && oracle.watches())?;
    let changed = !oracle.cut.is_empty() || oracle.masks;
    let signatures = child(envelope, "Header").map(outermost_signatures).unwrap_or_default();
    if changed {
        oracle.cut.extend(signatures.iter().cloned());
    }
    let unsigned = changed && !signatures.is_empty();
    let tally = Tally { removed: oracle.removed, released: oracle.released, unsigned };
    Ok(Expected { text: oracle.output(), tally, masks: oracle.masks })
}

struct Oracle<'o, 'd> {
    feeding: &'o Feeding<'o>,
    source: &'d str,
    content: Node<'d, 'd>,
    cut: Vec<Range<usize>>,
    removed: Counts,
    released: Counts,
    masks: bool,
}

impl<'d> Oracle<'_, 'd> {
    fn opens(&self, kind: Kind) -> bool {
        let reveals = self.feeding.terms.reveals;
        match kind {
            Kind::FunctionholderName | Kind::SoleProprietorName => reveals.has(Field::FunctionholderName),
            Kind::FunctionholderInsz => reveals.has(Field::FunctionholderInsz),
            Kind::SoleProprietorAddress => reveals.has(Field::SoleProprietorAddress),
            Kind::NearFunctionholder => self.feeding.terms.groups.has(Groups::NEAR_FUNCTIONHOLDERS),
            _ => false,
        }
    }

    fn name_open(&self) -> bool {
        self.opens(Kind::FunctionholderName)
    }

    fn insz_open(&self) -> bool {
        self.opens(Kind::FunctionholderInsz)
    }

    fn all_open(&self) -> bool {
        self.name_open() && self.insz_open()
    }

    /// Whether numbers in errors are masked.
    fn watches(&self) -> bool {
        !self.feeding.program.is_empty() && !self.insz_open()
    }

    /// What stands in an element outside every personal place, or below something kept.
    fn children(&mut self, parent: Node<'d, 'd>, in_error: bool) -> Result<(), Fault> {
        let mut text = String::new();
        for node in parent.children() {
            if node.is_element() {
                self.check_text(&std::mem::take(&mut text), in_error)?;
                self.element(node, in_error)?;
            } else if let (true, Some(part)) = (node.is_text(), node.text()) {
                text.push_str(part);
            }
        }
        self.check_text(&text, in_error)
    }

    fn element(&mut self, node: Node<'d, 'd>, in_error: bool) -> Result<(), Fault> {
        let starts_error = node.tag_name().name() == "Uitzondering" && self.watches();
        let path = self.path(node);
        match path.map(|path| (path.holds, self.is_spared(path, node))) {
            Some((Holds::Person | Holds::Insz, true)) => {}
            Some((Holds::Person, _)) => self.person(node, in_error)?,
            Some((Holds::Insz, _)) => self.leaf(node, in_error)?,
            Some((Holds::Block(kind), false)) if !self.opens(kind) => self.block(node, kind),
            None if self.is_drift(node) => return Err(Fault::Drift),
            other => {
                if let Some((Holds::Block(kind), false)) = other {
                    self.released[kind.at()] += 1;
                }
                self.children(node, in_error || starts_error)?;
            }
        }
        let reports = |node: Node<'_, '_>| node.tag_name().name() == "Uitzondering";
        if starts_error && !node.ancestors().skip(1).any(reports) && self.points_into_removed(node) {
            self.removed[Kind::ErrorText.at()] += 1;
            self.cut.push(node.range());
        }
        if self.says_form_again(node) { Err(Fault::Drift) } else { Ok(()) }
    }

    fn block(&mut self, node: Node<'d, 'd>, kind: Kind) {
        self.removed[kind.at()] += 1;
        self.cut.push(node.range());
    }

    fn person(&mut self, person: Node<'d, 'd>, in_error: bool) -> Result<(), Fault> {
        let insz = person.descendants().skip(1).filter(is_insz).count();
        let insz = u32::try_from(insz).unwrap();
        let counts = if self.name_open() { &mut self.released } else { &mut self.removed };
        counts[Kind::FunctionholderName.at()] += 1;
        if self.all_open() {
            self.released[Kind::FunctionholderInsz.at()] += insz;
            return Ok(());
        }
        if !self.name_open() && !self.insz_open() {
            self.removed[Kind::FunctionholderInsz.at()] += insz;
            self.cut.push(person.range());
            return Ok(());
        }
        self.part_of_person(person, in_error)
    }

    fn part_of_person(&mut self, person: Node<'d, 'd>, in_error: bool) -> Result<(), Fault> {
        check_silent(person)?;
        let mut gaps = self.gaps(person).into_iter();
        for node in person.children().filter(is_markup) {
            self.loose_text(gaps.next().unwrap());
            match node.tag_name().name() {
                "INSZ" => self.leaf(node, in_error)?,
                "VoorNaam" | "AchterNaam" | "Straat" if self.name_open() => self.kept(node, in_error)?,
                _ => self.cut.push(node.range()),
            }
        }
        self.loose_text(gaps.next().unwrap());
        Ok(())
    }

    fn leaf(&mut self, node: Node<'d, 'd>, in_error: bool) -> Result<(), Fault> {
        if self.insz_open() {
            self.released[Kind::FunctionholderInsz.at()] += 1;
            return if self.all_open() { Ok(()) } else { self.kept(node, in_error) };
        }
        self.block(node, Kind::FunctionholderInsz);
        Ok(())
    }

    /// Something kept on the basis of one field: nothing in it may belong to the other.
    fn kept(&mut self, node: Node<'d, 'd>, in_error: bool) -> Result<(), Fault> {
        check_silent(node)?;
        let may_have_children = node.tag_name().name() == "Straat";
        for below in node.descendants().filter(Node::is_element).skip(1) {
            if !may_have_children || self.is_drift(below) || self.path(below).is_some() {
                return Err(Fault::Drift);
            }
        }
        let text: String =
            node.descendants().map(|node| if node.is_text() { node.text().unwrap() } else { "" }).collect();
        self.check_text(&text, in_error)
    }

    /// Text right in a block that goes in part: all but literal white space goes.
    fn loose_text(&mut self, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            let rest = &self.source[at..range.end];
            let len = match rest.strip_prefix("<![CDATA[") {
                Some(_) => rest.find("]]>").unwrap() + 3,
                None => rest.chars().next().unwrap().len_utf8(),
            };
            if !rest.starts_with(is_white) {
                self.cut.push(at..at + len);
            }
            at += len;
        }
    }

    /// Where text stands right in an element: around each element and comment in it.
    fn gaps(&self, parent: Node<'d, 'd>) -> Vec<Range<usize>> {
        let mut start = start_tag_end(self.source, parent);
        let mut gaps = Vec::new();
        for node in parent.children().filter(is_markup) {
            gaps.push(start..node.range().start);
            start = node.range().end;
        }
        gaps.push(start..end_tag_start(self.source, parent).max(start));
        gaps
    }

    fn names_down_to(&self, node: Node<'d, 'd>) -> Vec<&'d str> {
        let up = node.ancestors().take_while(|ancestor| *ancestor != self.content);
        let mut names: Vec<&str> = up.map(|ancestor| ancestor.tag_name().name()).collect();
        names.reverse();
        names
    }

    fn path(&self, node: Node<'d, 'd>) -> Option<&Path<'_>> {
        let names = self.names_down_to(node);
        self.feeding.program.parts().paths.iter().find(|path| ends(path.steps, &names))
    }

    fn is_drift(&self, node: Node<'_, '_>) -> bool {
        self.is_drift_name(node.tag_name().name())
    }

    fn is_drift_name(&self, name: &str) -> bool {
        self.feeding.program.parts().drift.iter().any(|drift| drift.eq_ignore_ascii_case(name))
    }

    fn check_text(&mut self, text: &str, in_error: bool) -> Result<(), Fault> {
        self.masks |= in_error && !self.insz_open() && holds_insz(text);
        if self.quotes_a_tag(text) { Err(Fault::Drift) } else { Ok(()) }
    }

    /// Whether a text quotes a tag of personal data.
    fn quotes_a_tag(&self, text: &str) -> bool {
        let is_of_name =
            |char: char| char.is_ascii_alphanumeric() || ":_-.".contains(char) || !char.is_ascii();
        text.match_indices('<').any(|(at, _)| {
            let start = text[at + 1..].trim_start_matches('/');
            let rest = start.trim_start_matches(is_of_name);
            let name = &start[..start.len() - rest.len()];
            !rest.is_empty() && self.is_drift_name(name.rsplit(':').next().unwrap())
        })
    }

    fn output(&self) -> String {
        let cut = |at: usize| self.cut.iter().any(|range| range.contains(&at));
        let kept = self.source.bytes().enumerate().filter(|(at, _)| !cut(*at)).map(|(_, byte)| byte);
        String::from_utf8(kept.collect()).unwrap()
    }
}

/// What depends on the enterprise's form.
impl<'d> Oracle<'_, 'd> {
    fn is_spared(&self, path: &Path<'_>, node: Node<'d, 'd>) -> bool {
        let Some(condition) = path.conditional.then_some(self.feeding.program.parts().condition).flatten()
        else {
            return false;
        };
        let is_scope = |up: &Node<'d, 'd>| ends(condition.scope, &self.names_down_to(*up));
        let around = node.ancestors().take_while(|up| *up != self.content);
        if around.filter(is_scope).count() > 1 {
            return false;
        }
        self.scope(node, &condition).is_some_and(|scope| match self.signs(scope, &condition).as_slice() {
            [] => false,
            [first, ..] => condition.spares.contains(&value(*first, &condition).trim()),
        })
    }

    /// The outermost scope that a node is in, or is.
    fn scope(&self, node: Node<'d, 'd>, condition: &Condition<'_>) -> Option<Node<'d, 'd>> {
        let mut up: Vec<_> = node.ancestors().take_while(|ancestor| *ancestor != self.content).collect();
        up.reverse();
        up.into_iter().find(|node| ends(condition.scope, &self.names_down_to(*node)))
    }

    /// The signs of a scope, in order: nothing the program knows stands between.
    fn signs(&self, scope: Node<'d, 'd>, condition: &Condition<'_>) -> Vec<Node<'d, 'd>> {
        scope
            .descendants()
            .skip(1)
            .filter(|node| node.is_element() && node.tag_name().name() == condition.sign[0])
            .filter(|node| {
                let between = node.ancestors().skip(1).take_while(|ancestor| *ancestor != scope);
                between.into_iter().all(|ancestor| !self.knows(ancestor.tag_name().name()))
            })
            .collect()
    }

    fn says_form_again(&self, node: Node<'d, 'd>) -> bool {
        let Some(condition) = self.feeding.program.parts().condition else { return false };
        let Some(scope) = self.scope(node, &condition) else { return false };
        self.signs(scope, &condition).iter().skip(1).any(|sign| *sign == node)
    }

    fn knows(&self, name: &str) -> bool {
        let parts = self.feeding.program.parts();
        let steps =
            parts.paths.iter().flat_map(|path| path.steps).chain(parts.drift).chain(parts.person.insz);
        let condition = parts.condition.iter().flat_map(|form| form.scope.iter().chain(&form.sign[..1]));
        [parts.root, "Fault", "Uitzondering"].contains(&name)
            || steps.chain(condition).any(|known| *known == name)
    }

    fn points_into_removed(&self, error: Node<'d, 'd>) -> bool {
        let references = error.descendants().filter(|node| node.tag_name().name() == "ElementReferentie");
        references.into_iter().any(|reference| {
            let text: String =
                reference.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect();
            let names: Vec<String> = text
                .split('/')
                .map(|step| {
                    step.split('[').next().unwrap().rsplit([':', '@']).next().unwrap().trim().to_owned()
                })
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let closed = |path: &&Path<'_>| match path.holds {
                Holds::Person => !self.all_open(),
                Holds::Insz => !self.insz_open(),
                Holds::Block(kind) => !self.opens(kind),
            };
            let paths = || self.feeding.program.parts().paths.iter().filter(closed);
            let into = |end: usize| paths().any(|path| ends(path.steps, &names[..end]));
            (1..=names.len()).any(into) || names.iter().any(|name| self.is_drift_name(name))
        })
    }
}

/// Whether the steps are among the names, in order, the last one at the end.
fn ends(steps: &[&str], names: &[&str]) -> bool {
    let (Some((last, outer)), Some((name, above))) = (steps.split_last(), names.split_last()) else {
        return false;
    };
    let mut above = above.iter();
    last == name && outer.iter().all(|step| above.any(|name| name == step))
}

/// What a sign says: the texts right in the elements at the end of its steps.
fn value(sign: Node<'_, '_>, condition: &Condition<'_>) -> String {
    let mut at = vec![sign];
    for step in &condition.sign[1..] {
        at = at
            .iter()
            .flat_map(|node| {
                node.children().filter(|child| child.is_element() && child.tag_name().name() == *step)
            })
            .collect();
    }
    at.iter().flat_map(Node::children).filter_map(|node| node.text().filter(|_| node.is_text())).collect()
}

/// Whether running text holds an INSZ, by trying each notation from each run of digits on.
pub(crate) fn holds_insz(text: &str) -> bool {
    const NOTATIONS: [&[usize]; 3] = [&[11], &[2, 2, 2, 3, 2], &[6, 3, 2]];
    let separates = |char: char| ".-/_ \t\r\n".contains(char) || !char.is_ascii();
    let is_digit = |char: char| char.is_ascii_digit();
    let fits = |mut rest: &str, notation: &[usize]| {
        notation.iter().enumerate().all(|(at, size)| {
            let group = rest.trim_start_matches(separates);
            let gap = rest.len() - group.len();
            rest = group.trim_start_matches(is_digit);
            group.len() - rest.len() == *size && (at == 0 || (1..=8).contains(&gap))
        })
    };
    let starts = |at: &usize| !text[..*at].ends_with(is_digit) && text[*at..].starts_with(is_digit);
    let mut all = text.char_indices().map(|(at, _)| at).filter(starts);
    all.any(|at| NOTATIONS.iter().any(|notation| fits(&text[at..], notation)))
}

fn check_silent(node: Node<'_, '_>) -> Result<(), Fault> {
    if node.attributes().len() > 0 { Err(Fault::Drift) } else { Ok(()) }
}

fn child<'d>(node: Node<'d, 'd>, local: &str) -> Option<Node<'d, 'd>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == local)
}

fn outermost_signatures(header: Node<'_, '_>) -> Vec<Range<usize>> {
    let is_signature = |node: &Node<'_, '_>| ["Signature", "Security"].contains(&node.tag_name().name());
    let all = header.descendants().filter(is_signature);
    all.filter(|node| !node.ancestors().skip(1).any(|up| is_signature(&up)))
        .map(|node| node.range())
        .collect()
}

fn is_insz(node: &Node<'_, '_>) -> bool {
    node.is_element() && node.tag_name().name() == "INSZ"
}

fn is_markup(node: &Node<'_, '_>) -> bool {
    node.is_element() || node.is_comment()
}

/// What counts as nothing in a block. White space by reference or in CDATA counts as something.
fn is_white(char: char) -> bool {
    [' ', '\t', '\r', '\n'].contains(&char)
}

/// Where a start tag ends: at the first `>` outside quotes.
fn start_tag_end(source: &str, node: Node<'_, '_>) -> usize {
    let mut quote = None;
    let end = source[node.range()].find(|char| match (quote, char) {
        (None, '>') => true,
        (None, '"' | '\'') => {
            quote = Some(char);
            false
        }
        (Some(open), _) if open == char => {
            quote = None;
            false
        }
        _ => false,
    });
    node.range().start + end.unwrap() + 1
}

fn end_tag_start(source: &str, node: Node<'_, '_>) -> usize {
    source[node.range()].rfind("</").map_or(node.range().end, |at| node.range().start + at)
}
