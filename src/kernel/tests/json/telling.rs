//! What a judge is told.

use crate::feeding::Feeding;
use crate::toy::Fault;
use crate::toy::Rule::{Drop, DropUnheard, KeepUnheard, Refuse, Watch};

#[test]
fn members_and_items_are_elements_with_their_texts() {
    let document = r#"{"a":"x","b":{"c":12.5,"d":null},"e":""}"#;
    let told = Feeding::document(&[]).every_way(document).told;
    assert_eq!(told, "<<a`x`><b<c`12.5`><d`null`>><e>>");
}

#[test]
fn the_items_of_an_array_each_bear_its_name_and_the_array_is_no_element() {
    let document = r#"{"Functie":[{"x":1},"y",[true,[false]]],"leeg":[],"z":[{"w":[0]},7]}"#;
    let told = Feeding::document(&[]).every_way(document).told;
    assert_eq!(told, "<<Functie<x`1`>><Functie`y`><Functie`true`><Functie`false`><z<w`0`>><z`7`>>");
}

#[test]
fn the_items_of_a_document_that_is_an_array_have_no_name() {
    assert_eq!(Feeding::document(&[]).every_way(r#"[1,{"a":2}]"#).told, "<`1`><<a`2`>>");
}

#[test]
fn escapes_in_texts_are_resolved() {
    let document = r#"{"a":"\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00 é"}"#;
    let told = Feeding::document(&[]).every_way(document).told;
    assert_eq!(told, "<<a`\"\\/\u{8}\u{c}\n\r\tAé\u{1f600} é`>>");
}

#[test]
fn a_judge_hears_of_what_is_dropped_unless_it_wants_nothing() {
    let document = r#"{"a":{"b":[1]},"c":2}"#;
    assert_eq!(Feeding::document(&[("a", Drop)]).every_way(document).told, "<<a<b`1`>><c`2`>>");
    assert_eq!(Feeding::document(&[("a", DropUnheard)]).every_way(document).told, "<<a><c`2`>>");
    assert_eq!(Feeding::document(&[("a", KeepUnheard)]).every_way(document).told, "<<a><c`2`>>");
}

#[test]
fn nothing_within_something_dropped_leaves_whatever_the_judge_says_of_it() {
    let rules = [("a", Drop), ("a.b", KeepUnheard), ("a.c", Watch)];
    assert_eq!(Feeding::document(&rules).every_way(r#"{"a":{"b":1,"c":[2]},"e":3}"#).whole(), r#"{"e":3}"#);
}

#[test]
fn a_key_too_long_to_be_known_is_told_as_no_name_and_leaves_as_it_came() {
    let (fits, too_long) = ("k".repeat(256), "k".repeat(257));
    let document = format!(r#"{{"{fits}":1,"{too_long}":[2,[3]],"a":4}}"#);
    let outcome = Feeding::document(&[]).every_way(&document);
    assert_eq!(outcome.whole(), document);
    assert_eq!(outcome.told, format!("<<{fits}`1`><(too long)`2`><(too long)`3`><a`4`>>"));
    let escaped = "\\u006b".repeat(257);
    let document = format!(r#"{{"{escaped}":1}}"#);
    assert_eq!(Feeding::document(&[]).every_way(&document).told, "<<(too long)`1`>>");
}

#[test]
fn text_of_an_error_is_given_as_such() {
    let outcome = Feeding::document(&[("fout", Watch)]).every_way(r#"{"a":1,"fout":["x", {"y":2}],"b":3}"#);
    assert_eq!(outcome.whole(), r#"{"a":1,"fout":["x", {"y":2}],"b":3}"#);
    assert_eq!(outcome.watched(), r#""x", {"y":2}"#);
}

#[test]
fn what_the_judge_refuses_ends_the_answer() {
    let outcome = Feeding::document(&[("a.b", Refuse)]).every_way(r#"{"x":1,"a":{"b":2}}"#);
    assert_eq!(outcome.end, Err(Fault::Refused));
    assert_eq!(outcome.text(), r#"{"x":1,"a":{"#);
}
