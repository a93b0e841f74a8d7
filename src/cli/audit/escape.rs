//! Foreign text in answers: it must not become part of what stands around it.

use crate::text::words::is_invisible;

/// What nobody sees, or what moves a terminal, becomes its number.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_invisible(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// A field of a CSV file (RFC 4180). What a spreadsheet would take for a formula begins with an apostrophe.
pub(super) fn csv(text: &str) -> String {
    let mut field = plain(text);
    if field.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        field.insert(0, '\'');
    }
    if field.contains(['"', ',', ';']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

/// Text in XML or HTML, in quoted attributes too.
pub(super) fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Text in Markdown, in a table too.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '#' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        let hostile = "=cmd|' /C calc'!A0,\"x\"\n\u{1b}[31m<script>&";
        assert_eq!(csv(hostile), r#""'=cmd|' /C calc'!A0,""x""\u{a}\u{1b}[31m<script>&""#);
        assert_eq!(markup("<a href='x'>\u{202e}"), "&lt;a href=&#39;x&#39;&gt;\\u{202e}");
        assert_eq!(markdown("a|b [x](y) `z`\n<i>"), r"a\|b \[x\](y) \`z\`\\u{a}&lt;i&gt;");
        assert_eq!(csv("1e-5"), "1e-5");
    }
}
