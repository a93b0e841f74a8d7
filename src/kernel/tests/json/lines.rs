//! Documents that hold a value a line, and arrays without end.

use poortwachter_kernel::json::JsonFlaw::{AfterValue, BrokenLine, Misplaced, TooLong, Truncated};

use crate::feeding::Feeding;
use crate::toy::Rule::Drop;

#[test]
fn each_line_holds_a_value_or_nothing() {
    let document = "{\"d\":1,\"a\":2}\n\n \r\n[{\"d\":3}] \r\n4\n\"x\"\nnull";
    let outcome = Feeding::lines(&[("d", Drop)]).every_way(document);
    assert_eq!(outcome.whole(), "{\"a\":2}\n\n \r\n[{}] \r\n4\n\"x\"\nnull");
    assert_eq!(outcome.told, "<<d`1`><a`2`>><<d`3`>><`4`><`x`><`null`>");
}

#[test]
fn there_may_be_no_line_at_all() {
    for document in ["", "\n", "\u{feff}", "\u{feff}\n", "1\n"] {
        assert_eq!(Feeding::lines(&[]).every_way(document).whole(), document);
    }
}

#[test]
fn a_line_of_which_nothing_is_left_is_empty() {
    assert_eq!(Feeding::lines(&[("", Drop)]).every_way(" {\"a\":1} \n2\n[3,4]").whole(), "  \n\n[]");
}

#[test]
fn two_values_on_a_line_or_a_value_on_two_are_refused() {
    for (document, flaw) in [
        ("1 2", AfterValue),
        ("{} {}\n", AfterValue),
        ("{\n}", BrokenLine),
        ("{\"a\"\n:1}", BrokenLine),
        ("{\"a\":\n1}", BrokenLine),
        ("[1\n]", BrokenLine),
        ("[1,\n2]", BrokenLine),
        ("[\n]", BrokenLine),
        ("1\n]", Misplaced),
        ("1\n\u{feff}2", Misplaced),
        ("1\n{\"a\":", Truncated),
        ("-", Truncated),
    ] {
        assert_eq!(Feeding::lines(&[]).every_way(document).flaw(), flaw, "{document}");
    }
}

#[test]
fn an_array_has_any_number_of_items() {
    let item = |at: usize| format!(r#"{{"a":{at},"d":"x"}}"#);
    let want = |at: usize| format!(r#"{{"a":{at}}}"#);
    let all =
        |one: &dyn Fn(usize) -> String| format!("[{}]", (0..20_000).map(one).collect::<Vec<_>>().join(","));
    let outcome = Feeding::document(&[("d", Drop)]).in_sizes(all(&item).as_bytes(), &[8191, 3]);
    assert_eq!(outcome.whole(), all(&want));
}

#[test]
fn a_long_gap_in_a_line_is_too_long_before_the_line_breaks_in_it() {
    for (len, flaw) in [(4000, BrokenLine), (5000, TooLong)] {
        let document = format!("{{\"a\":\"x\",{}\n\"b\":2}}", " ".repeat(len));
        assert_eq!(Feeding::lines(&[]).many_ways(document.as_bytes(), 61).flaw(), flaw);
    }
}

#[test]
fn a_gap_that_cannot_wait_is_too_long_in_one_piece_as_in_many() {
    for gap in [4090, 4200] {
        let document = format!("{{\"a\":\"x\",{}\"b\":\"y\",\"c\":\"z\"}}", " ".repeat(gap));
        let outcome = Feeding::document(&[]).many_ways(document.as_bytes(), 97);
        if gap > 4096 { assert_eq!(outcome.flaw(), TooLong) } else { assert_eq!(outcome.whole(), document) }
    }
}
