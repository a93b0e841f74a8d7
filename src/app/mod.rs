//! Assembly: from files and a clock to a gateway that runs.

pub mod clock;
pub mod files;
