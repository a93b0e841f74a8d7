//! What is asked: reads a request whole and either gives exactly one meaning or a reason why not.

mod namespaces;
mod numbers;
mod question;
pub mod rest;
pub mod soap;
mod spread;
mod value;
