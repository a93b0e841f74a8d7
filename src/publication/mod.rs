//! Publications in other clothes than an answer's: files of rows, that the filter of documents cannot read.
//!
//! [`csv`] removes from a file of rows what the service's program calls personal, going by the header. Deliberately not here:
//! publications in XML and JSON, which the kernel's filter reads as it does answers; reading and writing files.

pub mod csv;
