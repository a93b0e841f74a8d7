//! By what a call's consumer was known.

/// By what a call's consumer was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The door stands for one consumer.
    Door,
    /// Its certificate, shown or passed on by a hop.
    Certificate,
    /// Its token.
    Token,
    /// Both, of the same consumer.
    Both,
}

impl Means {
    /// In records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Door => "door",
            Self::Certificate => "certificate",
            Self::Token => "token",
            Self::Both => "certificate-and-token",
        }
    }
}
