//! Members that leave if a question is answered with yes, later.

use poortwachter_kernel::json::JsonFlaw::Tangled;

use crate::feeding::Feeding;
use crate::toy::Rule::{self, Answers, Depends};

const RULES: &[(&str, Rule)] =
    &[("*.p", Depends(0)), ("*.q", Depends(1)), ("*.is", Answers(0)), ("*.are", Answers(1))];

#[track_caller]
fn assert_leaves(rows: &[(&str, &str)]) {
    for (document, want) in rows {
        assert_eq!(Feeding::document(RULES).every_way(document).whole(), *want, "of {document}");
    }
}

#[test]
fn a_member_leaves_or_not_by_an_answer_that_comes_later() {
    assert_leaves(&[
        (r#"{"a":0,"p":1,"is":true}"#, r#"{"a":0,"p":1,"is":true}"#),
        (r#"{"a":0,"p":1,"is":false}"#, r#"{"a":0,"is":false}"#),
        (r#"{"p":1,"is":true}"#, r#"{"p":1,"is":true}"#),
        (r#"{"p":1,"is":false}"#, r#"{"is":false}"#),
        (r#"{"p":1,"a":2,"p":3,"is":true}"#, r#"{"p":1,"a":2,"p":3,"is":true}"#),
        (r#"{"p":1,"a":2,"p":3,"is":false}"#, r#"{"a":2,"is":false}"#),
        (r#"{"p":1,"p":2}"#, "{}"),
    ]);
}

#[test]
fn an_answer_may_come_before_or_in_the_middle() {
    assert_leaves(&[
        (r#"{"is":true,"p":1}"#, r#"{"is":true,"p":1}"#),
        (r#"{"is":false,"p":1}"#, r#"{"is":false}"#),
        (r#"{"p":{"a":1,"is":true,"b":2},"c":3}"#, r#"{"p":{"a":1,"is":true,"b":2},"c":3}"#),
        (r#"{"p":{"a":1,"is":false,"b":2},"c":3}"#, r#"{"c":3}"#),
        (r#"{"q":{"a":1,"are":true,"b":2},"c":3}"#, r#"{"q":{"a":1,"are":true,"b":2},"c":3}"#),
        (r#"{"q":{"a":1,"are":false,"b":2},"c":3}"#, r#"{"c":3}"#),
        (r#"{"p":["x",{"is":"true"},"y"],"c":3}"#, r#"{"p":["x",{"is":"true"},"y"],"c":3}"#),
        (r#"{"p":["x",{"is":"no"},"y"],"c":3}"#, r#"{"p":[],"c":3}"#),
    ]);
}

#[test]
fn two_questions_at_once_are_both_asked() {
    for (is, are, want) in [
        ("true", "true", r#"{"p":1,"q":2,"is":true,"are":true}"#),
        ("true", "false", r#"{"p":1,"is":true,"are":false}"#),
        ("false", "true", r#"{"q":2,"is":false,"are":true}"#),
    ] {
        let document = format!(r#"{{"p":1,"q":2,"is":{is},"are":{are}}}"#);
        let outcome = Feeding::document(RULES).every_way(&document);
        // A comma would leave if either does: that cannot be asked.
        assert_eq!(outcome.flaw(), Tangled, "{want}");
        let document = format!(r#"{{"z":0,"p":1,"q":2,"is":{is},"are":{are}}}"#);
        let outcome = Feeding::document(RULES).every_way(&document);
        assert_eq!(outcome.whole(), want.replacen('{', r#"{"z":0,"#, 1));
    }
    assert_leaves(&[
        (
            r#"{"a":0,"p":{"q":1,"x":2},"is":true,"are":false}"#,
            r#"{"a":0,"p":{"x":2},"is":true,"are":false}"#,
        ),
        (r#"{"a":0,"p":{"q":1,"x":2},"is":false,"are":true}"#, r#"{"a":0,"is":false,"are":true}"#),
    ]);
}

#[test]
fn two_questions_in_one_object_are_no_tangle_when_they_end_it_or_are_answered_in_it() {
    assert_leaves(&[
        (r#"{"a":{"p":1,"q":2},"is":true,"are":true}"#, r#"{"a":{"p":1,"q":2},"is":true,"are":true}"#),
        (r#"{"a":{"p":1,"q":2},"is":true,"are":false}"#, r#"{"a":{"p":1},"is":true,"are":false}"#),
        (r#"{"a":{"p":1,"q":2},"is":false,"are":true}"#, r#"{"a":{"q":2},"is":false,"are":true}"#),
        (
            r#"{"a":{"p":1,"q":2,"p":3},"is":true,"are":false}"#,
            r#"{"a":{"p":1,"p":3},"is":true,"are":false}"#,
        ),
        (r#"{"a":{"p":1,"q":2,"p":3},"is":false,"are":true}"#, r#"{"a":{"q":2},"is":false,"are":true}"#),
        (r#"{"a":{"p":1,"q":{"is":true}},"are":true}"#, r#"{"a":{"p":1,"q":{"is":true}},"are":true}"#),
    ]);
}

#[test]
fn what_was_answered_is_asked_no_more() {
    let outcome = Feeding::document(RULES).every_way(r#"{"a":0,"p":1,"is":true,"p":2}"#);
    assert_eq!(outcome.certain(), r#"{"a":0,"is":true,"p":2}"#);
}
