//! Writes small SOAP messages; all text is escaped.

/// A message being written.
#[derive(Debug)]
pub(super) struct Xml(String);

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>";
const TAIL: &str = "</soapenv:Body></soapenv:Envelope>\n";

impl Xml {
    /// Begins an envelope; what follows stands in its Body.
    pub(super) fn envelope() -> Self {
        Self(HEAD.to_owned())
    }

    /// An element with others in it.
    pub(super) fn within(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.0.extend(["<", name, ">"]);
        content(self);
        self.0.extend(["</", name, ">"]);
    }

    /// The root in the Body: a local name in a namespace, given as the attribute value it was read from.
    pub(super) fn root(&mut self, name: &str, namespace: &str, content: impl FnOnce(&mut Self)) {
        let (prefix, declaration) = if namespace.is_empty() {
            ("", String::new())
        } else {
            ("web:", format!(" xmlns:web=\"{}\"", namespace.replace('"', "&quot;")))
        };
        self.0.extend(["<", prefix, name, &declaration, ">"]);
        content(self);
        self.0.extend(["</", prefix, name, ">"]);
    }

    /// An element with text in it.
    pub(super) fn leaf(&mut self, name: &str, text: &str) {
        self.0.extend(["<", name, ">"]);
        for c in text.chars() {
            match c {
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '&' => self.0.push_str("&amp;"),
                '\r' => self.0.push_str("&#13;"),
                c => self.0.push(c),
            }
        }
        self.0.extend(["</", name, ">"]);
    }

    /// Ends the envelope.
    pub(super) fn finish(mut self) -> String {
        self.0.push_str(TAIL);
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let mut xml = Xml::envelope();
        xml.leaf("Naam", "</Naam><Persoon>&\r");
        assert!(xml.finish().contains("<Naam>&lt;/Naam&gt;&lt;Persoon&gt;&amp;&#13;</Naam>"));
    }

    #[test]
    fn a_namespace_from_single_quotes_cannot_leave_double_ones() {
        let mut xml = Xml::envelope();
        xml.root("AResponse", "urn:a\" b=\"c&amp;d", |_| {});
        assert!(
            xml.finish()
                .contains("<web:AResponse xmlns:web=\"urn:a&quot; b=&quot;c&amp;d\"></web:AResponse>")
        );
    }
}
