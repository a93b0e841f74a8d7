//! The `poortwachter` binary: hands over to [`poortwachter::cli`].
fn main() {}
