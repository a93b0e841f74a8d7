//! A body is read as JSON once, and names persons wherever a member says so.

use poortwachter_kernel::json::JsonFlaw;
use poortwachter_kernel::peek::rest::{Asking, Misread, Question, members};
use proptest::prelude::*;
use serde_json::Value;

const ASKING: Asking<'static> = Asking { keys: &[], persons: &["insz", "nummer"], source: None };

fn read(body: &str) -> Result<Question<'static>, Misread> {
    let mut question = Question::default();
    members(body.as_bytes(), &ASKING, &mut question).map(|()| question)
}

#[test]
fn a_member_that_names_a_person_does_so_at_any_depth_and_in_any_spelling() {
    for body in [
        r#"{"insz":"82641200757"}"#,
        r#"{"a":[{"b":{"INSZ":null}}]}"#,
        r#"[[{"insz":1}]]"#,
        r#"{"\u0069n\u0073z":"x"}"#,
        r#"{"a\"{":1,"Nummer":{}}"#,
        "{\"\u{131}N\u{17f}z\":null}",
        r#"{"\u0130n\u017fz":null}"#,
        r#"{"zoek":"naam:x insz:82.64.12-007.57"}"#,
        r#"{"zoek":["a",82641200757]}"#,
    ] {
        assert!(read(body).unwrap().names_person, "{body}");
    }
    for body in [
        r#"{"a":"insz"}"#,
        r#"["insz","nummer"]"#,
        r#"{"insz2":1}"#,
        "{\"\u{ef}nsz\":1,\"in\u{15f}z\":1}",
        r#"{"a":"0123456749","b":123456789012,"c":8264120075.7}"#,
        r#"{"a":"\"insz\":1"}"#,
        "1",
        "\"insz\"",
    ] {
        assert_eq!(read(body), Ok(Question::default()), "{body}");
    }
}

#[test]
fn bis_numbers_are_told_apart() {
    let bis = |body: &str| read(body).map(|question| (question.names_bis, question.names_other)).unwrap();
    assert_eq!(bis(r#"{"insz":"82441200763"}"#), (true, false));
    assert_eq!(bis(r#"{"insz":82441200763}"#), (true, false));
    assert_eq!(bis(r#"{"insz":["82441200763","82641200757"]}"#), (true, true));
    assert_eq!(bis(r#"{"insz":"8\u0032441200763"}"#), (true, false));
    for unclear in [
        r#"{"insz":{"waarde":"82441200763"}}"#,
        r#"{"insz":["82641200757",{"waarde":"82441200763"}]}"#,
        r#"{"insz":[["82641200757"],"82441200763"]}"#,
        r#"{"insz":"82641200757,82441200763"}"#,
        r#"{"insz":8.2441200763e10}"#,
        r#"{"insz":2410199601}"#,
    ] {
        assert_eq!(bis(unclear), (true, true), "every source is asked: {unclear}");
    }
}

#[test]
fn a_body_tells_the_record_whom_it_is_about() {
    let named = |body: &str| {
        let named = read(body).unwrap().named;
        let digits = |numbers: &poortwachter_kernel::peek::soap::Numbers| {
            numbers
                .iter()
                .map(|number| number.digits().unwrap_or("-").to_owned())
                .collect::<Vec<_>>()
                .join(" ")
        };
        (digits(&named.persons), digits(&named.enterprises))
    };
    let pair = |persons: &str, enterprises: &str| (persons.to_owned(), enterprises.to_owned());
    assert_eq!(named(r#"{"insz":["82441200763",82641200757],"a":1}"#), pair("82441200763 82641200757", ""));
    assert_eq!(
        named(r#"{"kboNummer":"0123.456.749","b":{"Rijksregisternummer":"8\u0032.44.12-007.63"}}"#),
        pair("82441200763", "0123456749")
    );
    assert_eq!(
        named(r#"{"kboNummer":{"a":"1"},"ondernemingsNummer":[200000045,"x"]}"#),
        pair("", "200000045 -")
    );
    let shown = format!("{:?}", read(r#"{"insz":"82441200763"}"#).unwrap());
    assert!(shown.contains("Numbers(1)") && !shown.contains("824412"), "{shown}");
    assert_eq!(named(r#"{"kboNummer":null,"naam":"0123456749"}"#), pair("", ""));
}

#[test]
fn a_member_that_decides_stands_once_in_its_object() {
    for body in [
        r#"{"insz":1,"insz":2}"#,
        r#"{"insz":1,"a":{"insz":3},"INSZ":2}"#,
        r#"[{"insz":1},{"nummer":1,"n\u0075mmer":2}]"#,
    ] {
        assert_eq!(read(body), Err(Misread::MemberTwice), "{body}");
    }
    for body in [r#"[{"insz":1},{"insz":2}]"#, r#"{"insz":{"insz":1},"nummer":2}"#, r#"{"a":1,"a":2}"#] {
        assert!(read(body).is_ok(), "{body}");
    }
}

#[test]
fn what_is_no_json_is_not_read() {
    for (body, flaw) in [
        ("", JsonFlaw::Truncated),
        ("{", JsonFlaw::Truncated),
        ("{}{}", JsonFlaw::AfterValue),
        ("\u{feff}{}", JsonFlaw::Misplaced),
        ("{'a':1}", JsonFlaw::Misplaced),
        ("{\"a\":01}", JsonFlaw::BrokenNumber),
        ("\"\u{1}\"", JsonFlaw::ControlCharacter),
    ] {
        assert_eq!(read(body), Err(Misread::Flaw(flaw)), "{body}");
    }
}

/// By a reader that builds a tree.
fn names_person(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| {
            ["insz", "nummer"].contains(&name.to_ascii_lowercase().as_str()) || names_person(value)
        }),
        Value::Array(items) => items.iter().any(names_person),
        Value::String(text) => text == "82441200763",
        Value::Number(number) => number.to_string().trim_start_matches('-').len() == 11,
        _ => false,
    }
}

fn value() -> impl Strategy<Value = Value> {
    let text =
        prop::sample::select(vec!["insz", "a", "{\"insz\":1}", "\\", "\"", "é", "82441200763", "", "Nummer"]);
    let leaf = prop_oneof![
        text.clone().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..5).prop_map(|members| Value::Object(
                members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn a_tree_says_the_same(value in value()) {
        prop_assert_eq!(read(&value.to_string()).map(|question| question.names_person), Ok(names_person(&value)));
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(read(&pretty).map(|question| question.names_person), Ok(names_person(&value)));
    }

    #[test]
    fn nothing_it_is_given_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = members(&bytes, &ASKING, &mut Question::default());
    }
}
