//! The `poortwachter` command.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    poortwachter::cli::main()
}
