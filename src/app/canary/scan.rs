//! Looks for a planted value in an answer. Owes nothing to the filter or the tripwire, and reads no markup beyond `<`,
//! `>`, `&` and `;`.

/// Whether the value stands in the text: as it was planted, or with case, punctuation, white space, markup or character
/// references in between.
pub(super) fn holds(text: &str, value: &str) -> bool {
    let value = bare(value);
    let whole = resolved(text);
    bare(&whole).contains(&value) || bare(&without_tags(&whole)).contains(&value)
}

/// Letters and digits alone, in one case.
fn bare(text: &str) -> String {
    text.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn without_tags(text: &str) -> String {
    text.split('<').enumerate().map(|(at, part)| if at == 0 { part } else { after_tag(part) }).collect()
}

fn after_tag(part: &str) -> &str {
    part.split_once('>').map_or("", |(_, text)| text)
}

/// With `&#…;` read; other references stay.
fn resolved(text: &str) -> String {
    let mut parts = text.split("&#");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let read = part.split_once(';').and_then(|(code, rest)| Some((character(code)?, rest)));
        match read {
            Some((char, rest)) => {
                whole.push(char);
                whole.push_str(rest);
            }
            None => whole.push_str(part),
        }
    }
    whole
}

fn character(code: &str) -> Option<char> {
    let hex = code.strip_prefix(['x', 'X']);
    let code = hex.map_or_else(|| code.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
    char::from_u32(code?)
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_value_is_found_however_it_is_wrapped() {
        for text in [
            "<A>62681210057</A>",
            "<A b=\"62.68.12-100.57\"/>",
            "<A>6268<!-- -->1210057</A>",
            "626&#56;12100&#x35;7",
        ] {
            assert!(holds(text, "62681210057"), "{text}");
        }
        assert!(holds("<A>KANARIEABC</A>", "Kanarieabc"));
        for text in ["", "<A>6268121008</A><B>x0</B>", "&#56", "&#x110000;", "&#;"] {
            assert!(!holds(text, "62681210057"), "{text}");
        }
    }
}
