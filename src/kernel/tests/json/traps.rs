//! What is no JSON, each by its name.

use poortwachter_kernel::json::JsonFlaw::{self, *};

use crate::feeding::Feeding;
use crate::toy::Rule::Drop;

#[track_caller]
fn assert_flaw(flaw: JsonFlaw, documents: &[&str]) {
    for document in documents {
        assert_bytes(flaw, document.as_bytes());
    }
}

#[track_caller]
fn assert_bytes(flaw: JsonFlaw, document: &[u8]) {
    let outcome = Feeding::document(&[("*.d", Drop)]).every_way(document);
    assert_eq!(outcome.flaw(), flaw, "{}", String::from_utf8_lossy(document));
}

#[test]
fn bytes_that_are_not_utf_8() {
    for bytes in [
        b"\"\xff\"".as_slice(),
        b"\"\xc3\"",
        b"\"\xc0\x80\"",
        b"\"\xed\xa0\x80\"",
        b"\"\xf4\x90\x80\x80\"",
        b"{\"\xe9\":1}",
        b"\xff\xfe{\0}\0",
    ] {
        assert_bytes(NotUtf8, bytes);
    }
}

#[test]
fn a_character_that_the_end_cuts() {
    assert_bytes(Truncated, b"\"\xe2\x82");
}

#[test]
fn control_characters_in_strings() {
    assert_flaw(ControlCharacter, &["\"\n\"", "\"\0\"", "\"a\u{1f}\"", "{\"a\tb\":1}", "{\"d\":\"\r\"}"]);
    assert_eq!(Feeding::document(&[]).every_way("\"\u{7f}\u{80}\"").whole(), "\"\u{7f}\u{80}\"");
}

#[test]
fn escapes_that_are_none() {
    assert_flaw(
        BrokenEscape,
        &[r#""\x41""#, r#""\u00g0""#, r#""\u12""#, r#"{"\'":1}"#, r#""\U0041""#, "\"\\\n\""],
    );
}

#[test]
fn half_a_surrogate_pair() {
    assert_flaw(
        LoneSurrogate,
        &[
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83dx""#,
            r#""\ud83d\n""#,
            r#""\ud83d\u0041""#,
            r#""\ud83d\ud83d""#,
            r#"{"\udc00":1}"#,
        ],
    );
}

#[test]
fn numbers_that_are_none() {
    assert_flaw(
        BrokenNumber,
        &["01", "-", "-a", "1.", "1.e1", "1e", "1e+", "1-1", "[1.]", "{\"d\":00}", "1.1.1"]
            .into_iter()
            .filter(|text| !matches!(*text, "-" | "1." | "1e" | "1e+"))
            .collect::<Vec<_>>(),
    );
    assert_flaw(Truncated, &["-", "1.", "1e", "1e+"]);
    assert_flaw(
        Misplaced,
        &["+1", ".5", "NaN", "Infinity", "0x1"].into_iter().filter(|text| *text != "0x1").collect::<Vec<_>>(),
    );
    assert_flaw(AfterValue, &["0x1", "1_000"]);
}

#[test]
fn literals_that_are_none() {
    assert_flaw(BrokenLiteral, &["tru ", "nul1", "falsE", "nan", "[truth]", "{\"d\":nulL}"]);
    assert_flaw(AfterValue, &["nulll", "truefalse"]);
    assert_flaw(Misplaced, &["True", "undefined", "[truee]"]);
}

#[test]
fn brackets_commas_and_colons_out_of_place() {
    assert_flaw(
        Misplaced,
        &[
            "]",
            "}",
            ",",
            ":",
            "[1,]",
            "[,1]",
            "[1,,2]",
            "[1 2]",
            "{,}",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{\"a\"::1}",
            "{\"a\":}",
            "{a:1}",
            "{'a':1}",
            "{1:2}",
            "[1}",
            "{\"a\":1]",
            "[\"a\":1]",
            "{\"a\",1}",
            "{\"a\":1 \"b\":2}",
            "{\"d\":1,}",
            "{\"d\":[1,]}",
            "// x\n1",
            "[1/**/]",
            "\u{a0}1",
            "\u{b}1",
            "[\u{feff}]",
        ],
    );
}

#[test]
fn a_byte_order_mark_stands_at_the_start_alone() {
    assert_eq!(Feeding::document(&[]).every_way("\u{feff}1").whole(), "\u{feff}1");
    assert_flaw(Misplaced, &["\u{feff}\u{feff}1", " \u{feff}1"]);
    assert_flaw(AfterValue, &["1\u{feff}"]);
}

#[test]
fn something_behind_the_value() {
    assert_flaw(AfterValue, &["1 2", "{}{}", "[]]", "{}\n{}", "\"\"x", "null,"]);
}

#[test]
fn a_document_that_ends_too_soon() {
    let document = r#" {"a":[1,{"d":"x\u0041\ud83d\ude00"},true],"d":-1.5e3} "#;
    for end in 0..document.trim_end().len() {
        assert_flaw(Truncated, &[&document[..end]]);
    }
    Feeding::document(&[]).every_way(document).whole();
}

#[test]
fn more_levels_than_the_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(Feeding::document(&[]).every_way(nested(64)).whole(), nested(64));
    assert_flaw(TooDeep, &[&nested(65), &"{\"d\":[".repeat(40)]);
    Feeding::document(&[]).every_way(format!("{}1{}", "{\"a\":".repeat(64), "}".repeat(64))).whole();
}

#[test]
fn more_that_waits_than_the_limit() {
    let member = |waits: usize| format!("{{\"a\":1,{}\"b\":2}}", " ".repeat(waits - ",\"b\":".len()));
    let feeding = Feeding::document(&[]);
    assert_eq!(feeding.many_ways(member(4096).as_bytes(), 61).whole(), member(4096));
    assert_eq!(feeding.many_ways(member(4097).as_bytes(), 61).flaw(), TooLong);
    let key = format!("{{\"{}\":1}}", "k".repeat(5000));
    assert_eq!(feeding.many_ways(key.as_bytes(), 61).flaw(), TooLong);
    let item = format!("[1,{}2]", "\n".repeat(4096));
    assert_eq!(feeding.many_ways(item.as_bytes(), 61).flaw(), TooLong);
}

#[test]
fn too_much_that_waits_comes_before_what_is_wrong_behind_it() {
    for wrong in ["\u{1}", "\\x", "\" 1"] {
        for len in [4090, 4094, 4095, 4096, 4097, 4200] {
            let document = format!("{{\"{}{wrong}", "k".repeat(len));
            let outcome = Feeding::document(&[]).many_ways(document.as_bytes(), 7);
            assert!(outcome.end.is_err());
        }
    }
    for len in [4094, 4095, 4096, 4200] {
        let document = [format!("{{\"{}", "k".repeat(len)).as_bytes(), b"\xff"].concat();
        let outcome = Feeding::document(&[]).many_ways(&document, 7);
        assert!(outcome.end.is_err());
    }
}

#[test]
fn names_of_open_arrays_longer_together_than_the_limit() {
    let nested = |depth: usize| {
        format!("{}{}", format!("{{\"{}\":[", "k".repeat(256)).repeat(depth), "]}".repeat(depth))
    };
    let feeding = Feeding::document(&[]);
    feeding.many_ways(nested(8).as_bytes(), 61).whole();
    assert_eq!(feeding.many_ways(nested(9).as_bytes(), 61).flaw(), TooLong);
    // Names of arrays that were closed do not count.
    let one = format!("\"{}\":[[1]]", "k".repeat(256));
    let many = format!("{{{}}}", vec![one; 20].join(","));
    feeding.many_ways(many.as_bytes(), 61).whole();
}

#[test]
fn a_document_of_which_nothing_is_left() {
    let outcome = Feeding::document(&[("", Drop)]).every_way(" {\"a\":1}");
    assert_eq!((outcome.flaw(), outcome.text().as_str()), (NothingLeft, " "));
}

#[test]
fn white_space_and_strings_may_have_any_length_where_nothing_waits() {
    let white = " \n\t\r".repeat(2000);
    let long = "é".repeat(40_000);
    let document = format!("{white}{{{white}\"a\":\"{long}\"{white},\"d\":\"{long}\"{white}}}{white}");
    let outcome = Feeding::document(&[("d", Drop)]).in_sizes(document.as_bytes(), &[1000, 1, 77, 4096]);
    assert_eq!(outcome.whole(), format!("{white}{{{white}\"a\":\"{long}\"{white}{white}}}{white}"));
}

#[test]
fn every_flaw_has_its_own_name() {
    let mut names = JsonFlaw::NAMES.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), JsonFlaw::COUNT);
    assert_eq!((NotUtf8.name(), Tangled.name()), ("json-not-utf-8", "json-tangled"));
}
