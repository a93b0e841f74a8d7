//! What stands between the bytes of an answer and its text: codings, parts, character sets.
//!
//! As bytes come by: [`Wrapping`] is what the head says of them; [`Opener`] undoes it, piece by piece: `unpack`
//! takes content codings off within a [`Budget`], `parts` finds the document among the parts of a message,
//! [`Transcoder`] makes UTF-8 of its text and its XML declaration true. [`Accept`] is what the reader of the
//! filtered answer accepts, [`Packer`] codes it again.
//!
//! Whatever two readers could understand differently is a [`Fault`], never a guess. Memory does not depend on the
//! length of the answer. Deliberately not here: connections, statuses, and what may leave of the text.

mod accept;
mod budget;
mod charset;
mod coding;
mod declaration;
mod fault;
mod media;
mod opener;
mod pack;
mod parts;
mod text;
mod unpack;
mod wrapping;

pub use accept::Accept;
pub use budget::Budget;
pub use charset::Charset;
pub use coding::Coding;
pub use fault::Fault;
pub use opener::{Attachments, Opener, Piece};
pub use pack::Packer;
pub use text::Transcoder;
pub use wrapping::Wrapping;
