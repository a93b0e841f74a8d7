//! W3C Trace Context: what is read, what is written, and what is no trace at all.

use poortwachter::kernel::trace::{Context, State, Unfit};
use proptest::prelude::*;

const OURS: [u8; 16] =
    [0xf0, 0x5b, 0x1e, 0x77, 0x9a, 0x3c, 0x4d, 0x01, 0x8f, 0xe5, 0x2b, 0x66, 0xc0, 0x1d, 0x90, 0x4a];
const OURS_AS_PARENT: &str = "8fe52b66c01d904a";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn onward(value: impl AsRef<[u8]>) -> Option<String> {
    Context::read(value.as_ref()).map(|context| String::from_utf8(context.write(OURS).to_vec()).unwrap())
}

fn state(values: &[&str]) -> Result<String, Unfit> {
    let mut state = State::default();
    values.iter().try_for_each(|value| state.add(value.as_bytes()))?;
    Ok(String::from_utf8(state.written().to_vec()).unwrap())
}

#[test]
fn a_trace_goes_on_with_another_parent_and_the_flags_that_are_known() {
    for (flags, known) in [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("fc", "00")]
    {
        let onwards = onward(format!("00-{TRACE}-{PARENT}-{flags}"));
        assert_eq!(onwards, Some(format!("00-{TRACE}-{OURS_AS_PARENT}-{known}")), "{flags}");
    }
}

#[test]
fn a_trace_that_begins_here_has_the_number_of_its_call_and_is_not_sampled() {
    let begun = Context::begun(OURS);
    assert_eq!(begun.id().to_string(), "f05b1e779a3c4d018fe52b66c01d904a");
    let written = String::from_utf8(begun.write(OURS).to_vec()).unwrap();
    assert_eq!(written, format!("00-f05b1e779a3c4d018fe52b66c01d904a-{OURS_AS_PARENT}-02"));
    assert_eq!(Context::read(written.as_bytes()), Some(begun));
}

#[test]
fn later_versions_are_read_as_far_as_this_one_goes() {
    let expected = Some(format!("00-{TRACE}-{OURS_AS_PARENT}-01"));
    for value in ["01-T-P-01", "01-T-P-03", "cc-T-P-09-what-the-future-will-be", "fe-T-P-01-"] {
        assert_eq!(onward(value.replace('T', TRACE).replace('P', PARENT)), expected, "{value}");
    }
    for value in ["cc-T-P-01.what", "ff-T-P-01", "ff-T-P-01-x", "01-T-P-0", "01-T-P-0-1", "01-T-P"] {
        assert_eq!(onward(value.replace('T', TRACE).replace('P', PARENT)), None, "{value}");
    }
}

#[test]
fn what_is_not_written_as_it_must_be_is_no_trace() {
    let zero = "0".repeat(32);
    for (value, trace, parent) in [
        ("", "", ""),
        ("00-T-P-01", zero.as_str(), PARENT),
        ("00-T-P-01", TRACE, &zero[..16]),
        ("00-T-P-01", &TRACE.to_uppercase(), PARENT),
        ("00-T-P-01", TRACE, &PARENT.to_uppercase()),
        ("00-T-P-0A", TRACE, PARENT),
        ("00-T-P-1", TRACE, PARENT),
        ("00-T-P-001", TRACE, PARENT),
        ("00-T-P-01-", TRACE, PARENT),
        ("00-T-P-01-x", TRACE, PARENT),
        ("00-T-P-01 ", TRACE, PARENT),
        (" 00-T-P-01", TRACE, PARENT),
        ("0-T-P-001", TRACE, PARENT),
        ("0x-T-P-01", TRACE, PARENT),
        ("00_T-P-01", TRACE, PARENT),
        ("00-T_P-01", TRACE, PARENT),
        ("00-T-P_01", TRACE, PARENT),
        ("00-T-P-01", &TRACE[1..], PARENT),
        ("00-T-P-01", &format!("{TRACE}0"), &PARENT[1..]),
        ("00-T-P-01", &TRACE.replace('a', "g"), PARENT),
        ("00-T-P-01,00-T-P-01", TRACE, PARENT),
    ] {
        let value = value.replace('T', trace).replace('P', parent);
        assert_eq!(onward(&value), None, "{value}");
    }
}

#[test]
fn a_number_of_a_person_is_found_wherever_it_stands_among_the_digits() {
    let insz = "62680599650";
    for at in 0..=21 {
        let mut trace = TRACE.to_owned();
        trace.replace_range(at..at + 11, insz);
        assert_eq!(onward(format!("00-{trace}-{PARENT}-01")), None, "{trace}");
        let among_digits = "1".repeat(at) + insz + &"1".repeat(21 - at);
        assert_eq!(onward(format!("00-{among_digits}-{PARENT}-01")), None, "{among_digits}");
        // With another check digit it is nobody's.
        let harmless = trace.replace(insz, "62680599651");
        assert!(onward(format!("00-{harmless}-{PARENT}-01")).is_some(), "{harmless}");
    }
    for at in 0..=5 {
        let mut parent = PARENT.to_owned();
        parent.replace_range(at..at + 11, insz);
        assert_eq!(onward(format!("00-{TRACE}-{parent}-01")), None, "{parent}");
    }
}

#[test]
fn fields_of_state_are_joined_in_their_order() {
    let joined = Ok("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE,fw529a3039@dt=FfNN:3".to_owned());
    assert_eq!(state(&["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "fw529a3039@dt=FfNN:3"]), joined);
    assert_eq!(
        state(&[" rojo=00f067aa0ba902b7 ,,\tcongo=t61rcWkgMzE", "", " , fw529a3039@dt=FfNN:3,"]),
        joined
    );
    assert_eq!(state(&["", " , "]), Ok(String::new()));
    assert_eq!(state(&["0a_-*/b=a  b~"]), Ok("0a_-*/b=a  b~".to_owned()));
}

#[test]
fn state_that_is_not_as_it_must_be_goes_no_further() {
    for value in [
        "a",
        "=x",
        "a=",
        "A=x",
        "_a=x",
        "a b=x",
        "a=x=y",
        "a=\u{e9}",
        "a=x\u{7f}",
        "a=x\ty",
        "a=1,b",
        "a=1,a=2",
    ] {
        assert_eq!(state(&[value]), Err(Unfit), "{value}");
    }
    assert_eq!(state(&["a=1", "b=2", "a=3"]), Err(Unfit), "one key in two fields");
    for number in ["a=62680599650", "a=1,b=x62.68.05-996.50", "a=9962680599650"] {
        assert_eq!(state(&[number]), Err(Unfit), "{number}");
    }
}

#[test]
fn state_has_bounds() {
    let members = |count: usize| (0..count).map(|at| format!("k{at}=v")).collect::<Vec<_>>().join(",");
    assert_eq!(state(&[&members(State::MOST)]), Ok(members(State::MOST)));
    assert_eq!(state(&[&members(State::MOST + 1)]), Err(Unfit));
    let long = |value: usize, rest: usize| format!("a={},b={}", "x".repeat(value), "y".repeat(rest));
    // 512 bytes in all, and 256 of them one value.
    assert_eq!(state(&[&long(256, 251)]).map(|text| text.len()), Ok(State::LONGEST));
    assert_eq!(state(&[&long(256, 252)]), Err(Unfit));
    assert_eq!(state(&[&long(257, 1)]), Err(Unfit));
    let keyed = |key: usize| format!("{}=v", "k".repeat(key));
    assert_eq!((state(&[&keyed(256)]).is_ok(), state(&[&keyed(257)])), (true, Err(Unfit)));
}

/// Something like a `traceparent`, with a slip now and then.
fn nearly() -> impl Strategy<Value = String> {
    ("(00|01|ff|[0-9a-f]{2})", "[0-9a-f]{31,33}", "[0-9a-fA-F]{16}", "[0-9a-f]{2}", "(|-|-x|x)")
        .prop_map(|(version, trace, parent, flags, more)| format!("{version}-{trace}-{parent}-{flags}{more}"))
}

proptest! {
    #[test]
    fn what_is_read_is_written_again_as_it_was(value in nearly()) {
        if let Some(written) = onward(&value) {
            prop_assert_eq!(&written[2..36], &value[2..36]);
            prop_assert_eq!(Context::read(written.as_bytes()).map(|context| context.id()),
                Context::read(value.as_bytes()).map(|context| context.id()));
            prop_assert_eq!(onward(&written), Some(written));
        }
    }

    #[test]
    fn a_well_formed_trace_goes_on_unless_a_person_stands_in_it(
        trace in "[a-f][0-9a-f]{9}[a-f][0-9a-f]{9}[a-f][0-9a-f]{10}[a-f]", parent in "[0-9a-f]{7}[a-f][0-9a-f]{8}", flags in 0_u8..4
    ) {
        let written = onward(format!("00-{trace}-{parent}-{flags:02x}"));
        prop_assert_eq!(written, Some(format!("00-{trace}-{OURS_AS_PARENT}-{flags:02x}")));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        let _ = Context::read(&bytes);
        let mut state = State::default();
        if state.add(&bytes).is_ok() {
            let mut again = State::default();
            prop_assert_eq!(again.add(state.written()), Ok(()));
            prop_assert_eq!(again.written(), state.written());
        }
    }

    #[test]
    fn state_in_one_field_or_in_several_is_the_same(members in proptest::collection::vec("[a-c]{1,2}=[ -~]{1,9}", 1..6)) {
        let apart: Vec<&str> = members.iter().map(String::as_str).collect();
        prop_assert_eq!(state(&apart), state(&[&members.join(",")]));
    }
}
