//! Generated documents, as trees that know every byte they are written with.

use proptest::prelude::*;

#[derive(Clone, Debug)]
pub(crate) enum Tree {
    /// As written, and the text a judge hears.
    Scalar(String, String),
    Array {
        inner: String,
        items: Vec<Part>,
    },
    Object {
        inner: String,
        members: Vec<(Key, Part)>,
    },
}

/// A value, and the white space before and after it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) before: String,
    pub(crate) value: Tree,
    pub(crate) after: String,
}

/// A key as written, what it means, and the white space before and after it.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) before: String,
    pub(crate) written: String,
    pub(crate) name: String,
    pub(crate) after: String,
}

/// Documents whose keys are among a few, so that rules by name hit often.
pub(crate) fn trees() -> impl Strategy<Value = Tree> {
    scalar().prop_recursive(5, 48, 6, |inner| {
        let part = (white(), inner, white()).prop_map(|(before, value, after)| Part { before, value, after });
        let member = (key(), part.clone());
        prop_oneof![
            (white(), prop::collection::vec(part, 0..5))
                .prop_map(|(inner, items)| Tree::Array { inner, items }),
            (white(), prop::collection::vec(member, 0..7))
                .prop_map(|(inner, members)| Tree::Object { inner, members }),
        ]
    })
}

fn white() -> impl Strategy<Value = String> + Clone {
    prop_oneof![4 => Just(String::new()), 2 => Just(" ".to_owned()), 1 => "[ \t\r\n]{0,12}"]
}

fn scalar() -> impl Strategy<Value = Tree> {
    let plain =
        ["true", "false", "null", "0", "-12.50e+3", "7E2"].map(|text| (text.to_owned(), text.to_owned()));
    let texts = prop::collection::vec(text_piece(), 0..5).prop_map(|pieces| {
        let written: String = pieces.iter().map(|(written, _)| written.as_str()).collect();
        let means: String = pieces.iter().map(|(_, means)| means.as_str()).collect();
        (format!("\"{written}\""), means)
    });
    prop_oneof![prop::sample::select(plain.to_vec()), texts]
        .prop_map(|(written, means)| Tree::Scalar(written, means))
}

fn text_piece() -> impl Strategy<Value = (String, String)> {
    let escapes = [("\\n", "\n"), ("\\\"", "\""), ("\\\\", "\\"), ("\\u00E9", "é"), ("\\ud83D\\uDE00", "😀")]
        .map(|(written, means)| (written.to_owned(), means.to_owned()));
    prop_oneof![
        "[a-z{}:,é€😀 \\[\\]]{1,20}".prop_map(|text| (text.clone(), text)),
        prop::sample::select(escapes.to_vec()),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    let names = prop::sample::select(vec!["a", "b", "c", "d", "p", "q", "is", "are", "w", "", "é"]);
    (white(), names, any::<bool>(), white()).prop_map(|(before, name, escaped, after)| {
        let escape = |char: char| format!("\\u{:04x}", u32::from(char));
        let written = if escaped { name.chars().map(escape).collect() } else { name.to_owned() };
        Key { before, written, name: name.to_owned(), after }
    })
}
