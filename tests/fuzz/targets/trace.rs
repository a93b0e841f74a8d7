//! The values of `traceparent` and `tracestate`: never panic, and what is read is written again as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use poortwachter::kernel::trace::{Context, State};

fuzz_target!(|data: &[u8]| {
    let Some((choice, value)) = data.split_first() else { return };
    if choice % 2 == 0 {
        let Some(context) = Context::read(value) else { return };
        let written = context.write([0x8f; 16]);
        assert_eq!(written[2..36], value[2..36]);
        assert!(written[3..35].iter().any(|digit| *digit != b'0'));
        assert_eq!(Context::read(&written), Some(context));
        return;
    }
    // Fields end at line feeds, which no header can hold.
    let mut state = State::default();
    if value.split(|byte| *byte == b'\n').try_for_each(|field| state.add(field)).is_ok() {
        let mut again = State::default();
        assert_eq!(again.add(state.written()), Ok(()));
        assert_eq!(again.written(), state.written());
        assert!(state.written().len() <= State::LONGEST);
    }
});
