//! What is asked: reads a request whole and either gives exactly one meaning or a reason why not.
pub mod soap;
