//! What goes with something that is removed, and what stays.

use crate::feeding::Feeding;
use crate::toy::Rule::{Drop, DropUnheard};

/// Each row: a document, and what leaves without `d`.
#[track_caller]
fn assert_without_d(rows: &[(&str, &str)]) {
    for rule in [Drop, DropUnheard] {
        let rules = [("*.d", rule)];
        for (document, want) in rows {
            let outcome = Feeding::document(&rules).every_way(document);
            assert_eq!(outcome.whole(), *want, "of {document}");
        }
    }
}

#[test]
fn a_removed_member_takes_one_comma_with_it() {
    assert_without_d(&[
        (r#"{"d":1,"a":2,"b":3}"#, r#"{"a":2,"b":3}"#),
        (r#"{"a":2,"d":1,"b":3}"#, r#"{"a":2,"b":3}"#),
        (r#"{"a":2,"b":3,"d":1}"#, r#"{"a":2,"b":3}"#),
        (r#"{"d":1}"#, "{}"),
    ]);
}

#[test]
fn several_removed_members_in_a_row_take_a_comma_each() {
    assert_without_d(&[
        (r#"{"d":1,"d":2,"a":3}"#, r#"{"a":3}"#),
        (r#"{"a":1,"d":2,"d":3}"#, r#"{"a":1}"#),
        (r#"{"a":1,"d":2,"d":3,"b":4}"#, r#"{"a":1,"b":4}"#),
        (r#"{"d":1,"d":2}"#, "{}"),
        (r#"{"d":1,"a":2,"d":3,"b":4,"d":5}"#, r#"{"a":2,"b":4}"#),
    ]);
}

#[test]
fn the_items_of_a_removed_array_go_and_its_brackets_stay() {
    assert_without_d(&[
        (r#"{"d":[1,2,3],"a":4}"#, r#"{"d":[],"a":4}"#),
        (r#"{"d":[ 1 , [2, 3] , {"x":4} ]}"#, r#"{"d":[  []  ]}"#),
    ]);
}

#[test]
fn an_item_is_removed_as_a_member_is() {
    let rules = [("d", Drop), ("e", Drop)];
    // Of nested arrays only the items are elements; the inner brackets stay, and keep their commas.
    let outcome = Feeding::document(&rules).every_way(r#"{"d":[[1],[2,3]],"e":[4]}"#);
    assert_eq!(outcome.whole(), r#"{"d":[[],[]],"e":[]}"#);
}

#[test]
fn a_member_within_items_is_removed_in_each() {
    assert_without_d(&[(
        r#"{"Functie":[{"d":1},{"a":2,"d":{"d":3}},{"d":[],"b":[{"d":4,"a":5}]}]}"#,
        r#"{"Functie":[{},{"a":2},{"d":[],"b":[{"a":5}]}]}"#,
    )]);
}

#[test]
fn white_space_goes_with_the_comma_before_it_and_else_stays() {
    assert_without_d(&[
        ("{\n  \"a\": 1,\n  \"d\": 2,\n  \"b\": 3\n}\n", "{\n  \"a\": 1,\n  \"b\": 3\n}\n"),
        ("{\n  \"d\": 1,\n  \"a\": 2\n}", "{\n  \"a\": 2\n}"),
        ("{\n  \"a\": 1,\n  \"d\": 2\n}", "{\n  \"a\": 1\n}"),
        ("{ \"d\" : 1 }", "{  }"),
        ("{ \"a\" : 1\t, \"d\" : 2\r, \"b\" : 3 }", "{ \"a\" : 1\t\r, \"b\" : 3 }"),
        ("{ \"d\" : 1\t,\n\"a\" : 2 }", "{ \t\"a\" : 2 }"),
    ]);
}

#[test]
fn removal_takes_whatever_the_value_is() {
    for value in [r#""x\"y}\u00e9""#, "-1.5e-7", "true", "false", "null", "{}", r#"{"a":[1,{"b":"]"}]}"#] {
        let document = format!(r#"{{"a":1,"d":{value},"b":2}}"#);
        assert_without_d(&[(&document, r#"{"a":1,"b":2}"#)]);
    }
}

#[test]
fn every_one_of_equal_keys_is_judged() {
    assert_without_d(&[(r#"{"d":1,"a":2,"d":3,"a":4,"d":5}"#, r#"{"a":2,"a":4}"#)]);
}

#[test]
fn a_key_is_known_however_it_is_escaped() {
    assert_without_d(&[
        (r#"{"\u0064":1,"a":2}"#, r#"{"a":2}"#),
        (r#"{"a":2,"\u0064":1,"\u0061":3}"#, r#"{"a":2,"\u0061":3}"#),
    ]);
    let rules = [("\u{1f600}/\"", Drop)];
    let outcome = Feeding::document(&rules).every_way(r#"{"\uD83D\ude00\/\"":1,"a":2}"#);
    assert_eq!(outcome.whole(), r#"{"a":2}"#);
}

#[test]
fn an_item_of_an_array_that_is_the_document_is_removed() {
    let rules = [("", Drop)];
    assert_eq!(Feeding::document(&rules).every_way("[ {\"a\":1} , 2]").whole(), "[  ]");
    let rules = [("d", Drop)];
    let outcome = Feeding::document(&rules).every_way(r#"[{"d":1,"a":2},{"d":3}]"#);
    assert_eq!(outcome.whole(), r#"[{"a":2},{}]"#);
}

#[test]
fn nothing_else_changes() {
    let document = "\u{feff} \t\r\n{ \"e\u{301}\\u00e9\" : [ 1e5 , -0.0,\"\\/\" ] ,\"\":{ } }\n ";
    assert_eq!(Feeding::document(&[("*.d", Drop)]).every_way(document).whole(), document);
}
