//! The filter once more, plainly: a DOM in memory, and ranges of it cut out.
//!
//! Slow and simple on purpose, and written from the rules alone. Expects a well-formed SOAP message
//! with the program's element in its Body.

use std::ops::Range;

use poortwachter_kernel::redact::program::Holds;
use poortwachter_kernel::redact::xml::{Counts, Fault};
use poortwachter_kernel::vocab::Field;
use roxmltree::{Document, Node};

use crate::feeding::Feeding;

/// What should come out of a document: the text and the counts, or the first fault.
pub(crate) fn expect(feeding: &Feeding<'_>, source: &str) -> Result<(String, Counts, Counts), Fault> {
    let document = Document::parse(source).expect("the oracle reads well-formed documents only");
    let envelope = document.root_element();
    let body = child(envelope, "Body").unwrap();
    let content = body.first_element_child().unwrap();
    let mut oracle = Oracle {
        feeding,
        source,
        content,
        signed: child(envelope, "Header").is_some_and(|header| header.descendants().any(is_signature)),
        cut: Vec::new(),
        removed: [0; Field::COUNT],
        released: [0; Field::COUNT],
    };
    oracle.children(content, content.tag_name().name() == "Fault")?;
    Ok((oracle.output(), oracle.removed, oracle.released))
}

struct Oracle<'o, 'd> {
    feeding: &'o Feeding<'o>,
    source: &'d str,
    content: Node<'d, 'd>,
    signed: bool,
    cut: Vec<Range<usize>>,
    removed: Counts,
    released: Counts,
}

impl<'d> Oracle<'_, 'd> {
    fn name_open(&self) -> bool {
        self.feeding.reveals.has(Field::FunctionholderName)
    }

    fn insz_open(&self) -> bool {
        self.feeding.reveals.has(Field::FunctionholderInsz)
    }

    fn all_open(&self) -> bool {
        self.name_open() && self.insz_open()
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
        let in_error = in_error || node.tag_name().name() == "Uitzondering";
        match self.holds(node) {
            Some(Holds::Person) => self.person(node, in_error),
            Some(Holds::Insz) => self.leaf(node, self.insz_open(), Field::FunctionholderInsz, in_error),
            None if self.is_drift(node) => Err(Fault::Drift),
            None => self.children(node, in_error),
        }
    }

    fn person(&mut self, person: Node<'d, 'd>, in_error: bool) -> Result<(), Fault> {
        let insz = person.children().filter(is_insz).count();
        let others = person.children().any(|node| is_markup(&node) && !is_insz(&node))
            || self.gaps(person).into_iter().any(|gap| !self.source[gap].chars().all(is_white));
        if self.all_open() {
            self.released[Field::FunctionholderInsz.at()] += u32::try_from(insz).unwrap();
            self.released[Field::FunctionholderName.at()] += u32::from(others);
            return Ok(());
        }
        if !self.name_open() && !self.insz_open() {
            self.removed[Field::FunctionholderInsz.at()] += u32::try_from(insz).unwrap();
            self.removed[Field::FunctionholderName.at()] += u32::from(others || insz == 0);
            return self.remove(person.range());
        }
        self.part_of_person(person, in_error)
    }

    fn part_of_person(&mut self, person: Node<'d, 'd>, in_error: bool) -> Result<(), Fault> {
        check_silent(person)?;
        let (mut kept, mut gone) = (false, false);
        let mut gaps = self.gaps(person).into_iter();
        for node in person.children().filter(is_markup) {
            gone |= self.loose_text(gaps.next().unwrap())?;
            match node.tag_name().name() {
                "INSZ" => self.leaf(node, self.insz_open(), Field::FunctionholderInsz, in_error)?,
                "VoorNaam" | "AchterNaam" | "Straat" if self.name_open() => {
                    kept = true;
                    self.kept(node, in_error)?;
                }
                _ => {
                    gone = true;
                    self.remove(node.range())?;
                }
            }
        }
        gone |= self.loose_text(gaps.next().unwrap())?;
        self.removed[Field::FunctionholderName.at()] += u32::from(gone);
        self.released[Field::FunctionholderName.at()] += u32::from(kept);
        Ok(())
    }

    fn leaf(&mut self, node: Node<'d, 'd>, open: bool, field: Field, in_error: bool) -> Result<(), Fault> {
        if open {
            self.released[field.at()] += 1;
            return if self.all_open() { Ok(()) } else { self.kept(node, in_error) };
        }
        self.removed[field.at()] += 1;
        self.remove(node.range())
    }

    /// Something kept on the basis of one field: nothing in it may belong to the other.
    fn kept(&mut self, node: Node<'d, 'd>, in_error: bool) -> Result<(), Fault> {
        check_silent(node)?;
        let may_have_children = node.has_tag_name("Straat") || node.tag_name().name() == "Straat";
        for below in node.descendants().filter(Node::is_element).skip(1) {
            if !may_have_children || self.is_drift(below) || self.holds(below).is_some() {
                return Err(Fault::Drift);
            }
        }
        self.kept_texts(node, in_error)
    }

    fn kept_texts(&self, node: Node<'d, 'd>, in_error: bool) -> Result<(), Fault> {
        let text: String =
            node.descendants().map(|node| if node.is_text() { node.text().unwrap() } else { "" }).collect();
        self.check_text(&text, in_error)
    }

    /// Text right in a block that goes in part: all but literal white space goes.
    fn loose_text(&mut self, range: Range<usize>) -> Result<bool, Fault> {
        let mut at = range.start;
        let mut any = false;
        while at < range.end {
            let rest = &self.source[at..range.end];
            let len = match rest.strip_prefix("<![CDATA[") {
                Some(_) => rest.find("]]>").unwrap() + 3,
                None => rest.chars().next().unwrap().len_utf8(),
            };
            if !rest.starts_with(is_white) {
                any = true;
                self.remove(at..at + len)?;
            }
            at += len;
        }
        Ok(any)
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

    fn remove(&mut self, range: Range<usize>) -> Result<(), Fault> {
        if self.signed {
            return Err(Fault::SignedAnswer);
        }
        self.cut.push(range);
        Ok(())
    }

    fn holds(&self, node: Node<'d, 'd>) -> Option<Holds> {
        let steps: Vec<&str> = node
            .ancestors()
            .take_while(|ancestor| *ancestor != self.content)
            .map(|ancestor| ancestor.tag_name().name())
            .collect();
        let is_at = |path: &&[&str]| steps.len() >= path.len() && path.iter().rev().eq(&steps[..path.len()]);
        self.feeding.program.paths.iter().find(|path| is_at(&path.steps)).map(|path| path.holds)
    }

    fn is_drift(&self, node: Node<'_, '_>) -> bool {
        self.feeding.program.drift.iter().any(|name| name.eq_ignore_ascii_case(node.tag_name().name()))
    }

    fn check_text(&self, text: &str, in_error: bool) -> Result<(), Fault> {
        let number = if in_error && !self.insz_open() { insz_ends(text) } else { None };
        let tag = self.quoted_tag_ends(text);
        match (number, tag) {
            (Some(number), Some(tag)) if tag <= number => Err(Fault::Drift),
            (Some(_), _) => Err(Fault::PersonalInError),
            (None, Some(_)) => Err(Fault::Drift),
            (None, None) => Ok(()),
        }
    }

    /// Where the name of the first quoted tag of personal data ends.
    fn quoted_tag_ends(&self, text: &str) -> Option<usize> {
        let is_of_name =
            |char: char| char.is_ascii_alphanumeric() || ":_-.".contains(char) || !char.is_ascii();
        text.match_indices('<').find_map(|(at, _)| {
            let start = text[at + 1..].trim_start_matches('/');
            let rest = start.trim_start_matches(is_of_name);
            let name = &start[..start.len() - rest.len()];
            let local = name.rsplit(':').next().unwrap();
            let drift = self.feeding.program.drift.iter().any(|known| known.eq_ignore_ascii_case(local));
            (drift && !rest.is_empty()).then_some(text.len() - rest.len())
        })
    }

    fn output(&self) -> String {
        let cut = |at: usize| self.cut.iter().any(|range| range.contains(&at));
        let kept = self.source.bytes().enumerate().filter(|(at, _)| !cut(*at)).map(|(_, byte)| byte);
        String::from_utf8(kept.collect()).unwrap()
    }
}

/// Where the first INSZ in running text ends, by trying each notation from each run of digits on.
fn insz_ends(text: &str) -> Option<usize> {
    const NOTATIONS: [&[usize]; 3] = [&[11], &[2, 2, 2, 3, 2], &[6, 3, 2]];
    let separates = |char: char| ".-/_ \t\r\n".contains(char) || !char.is_ascii();
    let is_digit = |char: char| char.is_ascii_digit();
    let fits = |mut rest: &str, notation: &[usize]| {
        let fits = notation.iter().enumerate().all(|(at, size)| {
            let group = rest.trim_start_matches(separates);
            let gap = rest.len() - group.len();
            rest = group.trim_start_matches(is_digit);
            group.len() - rest.len() == *size && (at == 0 || (1..=8).contains(&gap))
        });
        fits.then_some(rest.len())
    };
    let starts = |at: &usize| !text[..*at].ends_with(is_digit) && text[*at..].starts_with(is_digit);
    let all = text.char_indices().map(|(at, _)| at).filter(starts);
    let ends = all.flat_map(|at| NOTATIONS.iter().filter_map(move |notation| fits(&text[at..], notation)));
    ends.map(|left| text.len() - left).min()
}

fn check_silent(node: Node<'_, '_>) -> Result<(), Fault> {
    if node.attributes().len() > 0 { Err(Fault::Drift) } else { Ok(()) }
}

fn child<'d>(node: Node<'d, 'd>, local: &str) -> Option<Node<'d, 'd>> {
    node.children().find(|child| child.is_element() && child.tag_name().name() == local)
}

fn is_signature(node: Node<'_, '_>) -> bool {
    node.is_element() && ["Signature", "Security"].contains(&node.tag_name().name())
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
