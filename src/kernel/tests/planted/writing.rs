//! How an answer is written: every odd way that is still, or nearly, XML or JSON.

use std::ops::Range;

use crate::answers::{Answer, Content, Node, Says, Service};
use crate::chance::Chance;

/// A written answer, and where names stand that announce secrets.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) bytes: Vec<u8>,
    pub(crate) marks: Vec<(Range<usize>, Says)>,
    /// Whether it was written with damage to one of the marks.
    pub(crate) slipped: bool,
}

const WHITE: [&str; 8] = ["", "", "", "", " ", "\n  ", "\r\n\t", " \t \n\n "];

/// Writes it as SOAP.
pub(crate) fn xml(answer: &Answer, chance: &mut Chance) -> Document {
    // A comment mark that loses its end would make an address behind it ordinary text.
    let remarks = !answer.has_addresses;
    let mut writer = Writer::new(chance, remarks);
    let start = writer.chance.pick(&["", "", "\u{feff}", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"]);
    writer.put(start);
    writer.put("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:p='urn:p' xmlns:q=\"urn:q\"><s:Body>");
    writer.element(&answer.root, false);
    writer.put("</s:Body></s:Envelope>");
    writer.document
}

/// Writes it as JSON.
pub(crate) fn json(answer: &Answer, chance: &mut Chance) -> Document {
    let mut writer = Writer::new(chance, false);
    let start = writer.chance.pick(&["", "", "", "\u{feff}"]);
    writer.put(start);
    let bare = answer.service != Service::ZoekOnderneming && writer.chance.once_in(2);
    match &answer.root.content {
        Content::Parts(parts) if bare => writer.object(parts),
        _ => writer.object(std::slice::from_ref(&answer.root)),
    }
    writer.document
}

struct Writer<'c> {
    chance: &'c mut Chance,
    document: Document,
    /// Whether comments and CDATA may stand everywhere.
    remarks: bool,
}

impl<'c> Writer<'c> {
    fn new(chance: &'c mut Chance, remarks: bool) -> Self {
        Self {
            chance,
            document: Document { bytes: Vec::with_capacity(2048), marks: Vec::new(), slipped: false },
            remarks,
        }
    }

    fn put(&mut self, text: &str) {
        self.document.bytes.extend_from_slice(text.as_bytes());
    }

    fn white(&mut self) {
        let white = self.chance.pick(&WHITE);
        self.put(white);
    }

    fn mark(&mut self, from: usize, says: Says) {
        if says != Says::Nothing {
            self.document.marks.push((from..self.document.bytes.len(), says));
        }
    }
}

/// XML.
impl Writer<'_> {
    /// `inside`: something around it goes whole, so that no comment can hide what follows.
    fn element(&mut self, node: &Node, inside: bool) {
        let inside = inside || matches!(node.name, "Persoon" | "Adressen" | "Bijhuis");
        let prefix = self.chance.pick(&["", "", "", "p:", "q:"]);
        let name = format!("{prefix}{}", node.name);
        let from = self.document.bytes.len();
        self.put("<");
        self.put(&name);
        self.attributes();
        self.put(">");
        if node.name != "Onderneming" {
            self.mark(from, node.says);
        }
        match &node.content {
            Content::Text(text) if node.name == "Code" => self.put(text),
            Content::Text(text) => self.text(text, inside),
            Content::Parts(parts) => parts.iter().for_each(|part| self.child(part, inside)),
        }
        self.put("</");
        self.put(&name);
        if self.chance.once_in(10) {
            self.white();
        }
        self.put(">");
        match node.name {
            // Together with what stands in it.
            "Code" | "SoortOnderneming" => self.mark(from, node.says),
            _ => {}
        }
    }

    fn child(&mut self, node: &Node, inside: bool) {
        self.white();
        if self.chance.once_in(12) && (self.remarks || inside) {
            let remark =
                self.chance.pick(&["<!-- x -->", "<!---->", "<!-- <a> ' -->", "<!-- </Functie> -->"]);
            self.put(remark);
        }
        self.element(node, inside);
    }

    fn attributes(&mut self) {
        if self.chance.once_in(8) {
            let attribute =
                self.chance.pick(&[" a='1'", " b=\"x 'y' >\"", "\n xmlns:n='urn:n'", " c = '/>'", "\t"]);
            self.put(attribute);
        }
        if self.chance.once_in(400) {
            let length = self.chance.pick(&[100, 1000, 7000, 9000]);
            self.put(&format!(" groot='{}'", "x".repeat(length)));
        }
        if !self.document.slipped && self.chance.once_in(300) {
            self.document.slipped = true;
            self.put("<!-- in a tag -->");
        }
    }

    fn text(&mut self, text: &str, inside: bool) {
        let cut = text.char_indices().map(|(at, _)| at).nth(text.len().div_ceil(2)).unwrap_or(0);
        let (head, tail) = text.split_at(cut);
        let kinds = if self.remarks || inside { 9 } else { 5 };
        let (kind, plain) = (self.chance.below(kinds), !self.chance.once_in(3));
        match kind {
            _ if plain => self.put(text),
            0 => self.put(&format!("\n {text} \t")),
            1 => self.put(&format!("{head}&#x20;{tail}")),
            2 => self.put(&format!("{head}&amp;{tail}&lt;")),
            3 => {
                for char in head.chars() {
                    let code = u32::from(char);
                    let coded = self.chance.once_in(3);
                    self.put(&if coded { format!("&#{code};") } else { char.to_string() });
                }
                self.put(tail);
            }
            4 => self.put(&format!("{head}&onbekend;{tail}")),
            5 => self.put(&format!("{head}<!-- x -->{tail}")),
            6 => self.put(&format!("<![CDATA[{text}]]>")),
            7 => self.put(&format!("{head}<![CDATA[ < ]] > ]]>{tail}")),
            8 => self.put(&format!("<!-- {text} -->{tail}")),
            _ => self.put(text),
        }
    }
}

/// JSON.
impl Writer<'_> {
    fn object(&mut self, parts: &[Node]) {
        self.put("{");
        for (at, group) in self.grouped(parts).into_iter().enumerate() {
            if at > 0 {
                self.put(",");
            }
            self.white();
            self.member(&group);
        }
        self.white();
        self.put("}");
    }

    /// Members of one name as one array, or beside one another, as equal keys.
    fn grouped<'n>(&mut self, parts: &'n [Node]) -> Vec<Vec<&'n Node>> {
        let mut groups: Vec<Vec<&Node>> = Vec::new();
        for part in parts {
            let same = groups.iter_mut().find(|group| group[0].name == part.name);
            match same {
                Some(group) if !self.chance.once_in(4) => group.push(part),
                _ => groups.push(vec![part]),
            }
        }
        groups
    }

    fn member(&mut self, group: &[&Node]) {
        let from = self.document.bytes.len();
        self.key(group[0].name);
        self.white();
        self.put(":");
        self.mark(from, group[0].says);
        self.white();
        let array = group.len() > 1 || (self.chance.once_in(6) && group[0].name != "Code");
        if array {
            self.put("[");
        }
        for (at, node) in group.iter().enumerate() {
            if at > 0 {
                self.put(",");
                self.white();
            }
            match &node.content {
                Content::Text(text) => self.string(text),
                Content::Parts(parts) => self.object(parts),
            }
        }
        if array {
            self.put("]");
        }
        if matches!(group[0].name, "Code" | "SoortOnderneming") {
            self.mark(from, group[0].says);
        }
    }

    fn key(&mut self, name: &str) {
        let prefix = self.chance.pick(&["", "", "", "", "", "p:", "@", "ns1:", "\\u0070:"]);
        let escapes = self.chance.once_in(6);
        self.put("\"");
        self.put(prefix);
        for char in name.chars() {
            if escapes && self.chance.once_in(3) {
                self.put(&format!("\\u{:04x}", u32::from(char)));
            } else {
                self.put(char.encode_utf8(&mut [0; 4]));
            }
        }
        self.put("\"");
    }

    fn string(&mut self, text: &str) {
        let text = match self.chance.below(8) {
            0 => format!("\\n{text}\\\""),
            1 => format!("\\ud83d\\ude00{text}"),
            2 => format!("{text} }}]"),
            _ => text.to_owned(),
        };
        self.put(&format!("\"{text}\""));
        if self.chance.once_in(400) {
            let length = self.chance.pick(&[100, 5000, 20000]);
            self.put(&format!(",\"groot\":\"{}\"", "x".repeat(length)));
        }
    }
}
