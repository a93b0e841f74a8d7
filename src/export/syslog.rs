//! A line as a syslog message: RFC 5424, framed by its length (RFC 5425 §4.3, RFC 6587 §3.4.1).
//!
//! The message is the line itself, without a byte-order mark: RFC 5424 lets it be any octets then, and it is JSON in UTF-8
//! to whoever reads it as such. The structured data hold what one filters by.

use super::severity::Severity;
use crate::audit::reading::Entry;
use crate::audit::trail::frame::shown;

/// What is the same for all lines of a trail.
#[derive(Clone, Debug)]
pub struct Source {
    /// The facility's number.
    pub facility: u8,
    /// The private enterprise number in the name of the structured data.
    pub enterprise: u32,
    /// HOSTNAME; `-` where it is not known.
    pub hostname: String,
    /// APP-NAME.
    pub app: String,
    /// PROCID.
    pub process: u32,
    /// The trail's number.
    pub trail: String,
}

/// The record's members that stand in the structured data, too.
const PARAMETERS: [&str; 6] = ["phase", "trace", "consumer", "operation", "verdict", "reason"];

impl Source {
    /// Appends the line's frame: its length, a space, the message.
    pub fn frame(&self, entry: &Entry, out: &mut Vec<u8>) {
        let message = self.message(entry);
        out.extend_from_slice(format!("{} ", message.len()).as_bytes());
        out.extend_from_slice(message.as_bytes());
    }

    fn message(&self, entry: &Entry) -> String {
        let priority = u16::from(self.facility) * 8 + u16::from(Severity::of(entry).in_syslog());
        let time = entry.time().and_then(|_| entry.text("time")).unwrap_or("-");
        let Self { enterprise, hostname, app, process, trail, .. } = self;
        let mut message = format!(
            "<{priority}>1 {time} {hostname} {app} {process} {} [poortwachter@{enterprise}",
            name(entry.kind())
        );
        parameter("seq", &entry.seq.to_string(), &mut message);
        parameter("hash", &shown(&entry.hash), &mut message);
        parameter("trail", trail, &mut message);
        for key in PARAMETERS {
            if let Some(value) = entry.text(key) {
                parameter(key, value, &mut message);
            }
        }
        message.push_str("] ");
        message.push_str(&entry.line);
        message
    }
}

/// MSGID: what is no name in syslog is left out.
fn name(kind: &str) -> &str {
    let right = (1..=32).contains(&kind.len()) && kind.bytes().all(|byte| byte.is_ascii_graphic());
    if right { kind } else { "-" }
}

/// RFC 5424 §6.3.3: a quote, a backslash and a closing bracket have a backslash before them.
fn parameter(name: &str, value: &str, out: &mut String) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for c in value.chars() {
        if matches!(c, '"' | '\\' | ']') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a value as RFC 5424's grammar has it; gives it and what stands behind.
    fn read(written: &str) -> Option<(String, &str)> {
        let mut value = String::new();
        let mut rest = written.char_indices();
        while let Some((at, c)) = rest.next() {
            match c {
                '"' => return Some((value, &written[at + 1..])),
                '\\' => value.push(rest.next()?.1),
                ']' => return None,
                other => value.push(other),
            }
        }
        None
    }

    proptest! {
        #[test]
        fn a_value_ends_where_it_was_meant_to(value in any::<String>()) {
            let mut out = String::new();
            parameter("a", &value, &mut out);
            let written = out.strip_prefix(" a=\"").unwrap();
            prop_assert_eq!(read(written), Some((value, "")));
        }
    }
}
