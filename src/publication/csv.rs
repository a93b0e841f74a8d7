//! A publication as CSV loses the cells that are personal; every other byte stays as it was.
//!
//! The header decides (`columns`): it says which columns hold what the service's program calls personal. `records` finds the
//! cells, strictly, after RFC 4180. What two readers could split or name differently is a [`Fault`], never a guess, and an
//! INSZ in a cell that would stay is one too: nothing of such a file leaves. A fault names its line and never quotes the file.
//!
//! The whole file is in memory: a fault in the last line withholds the first. Deliberately not here: files, character sets
//! other than UTF-8, and field groups, which are paths that a header does not show.

mod columns;
mod records;

use core::fmt;
use std::borrow::Cow;
use std::ops::Range;

use poortwachter_kernel::redact::program::Program;
use poortwachter_kernel::redact::{Sink, Tally, Terms};
use poortwachter_kernel::tripwire::{Mode, Tripwire};
use poortwachter_kernel::vocab::Kind;

use columns::{Column, Header};
use records::Records;

/// The byte order mark that spreadsheets write before UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What is wrong with a file of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not UTF-8.
    Encoding,
    /// Nothing in it.
    Empty,
    /// The first line has neither semicolon nor comma between cells, or has both.
    Delimiter,
    /// The first line is no line of names: nobody knows what stands below it.
    NoHeader,
    /// No column is one that the service's program knows: another service's file, or names of another kind.
    UnknownHeader,
    /// More or fewer cells than the header has.
    CellCount,
    /// A quote in a cell that does not begin with one, or something between a closing quote and the delimiter.
    BareQuote,
    /// The file ends in a quoted cell.
    OpenQuote,
    /// A carriage return that is no part of a line's end: some readers end the line there.
    BareReturn,
    /// A control character.
    Control,
    /// Something in a column that the header gives no name.
    NamelessCell,
    /// An INSZ where the header tells of none.
    Tripwire,
}

impl Fault {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encoding => "broken-charset",
            Self::Empty => "empty",
            Self::Delimiter => "delimiter",
            Self::NoHeader => "no-header",
            Self::UnknownHeader => "unknown-header",
            Self::CellCount => "cell-count",
            Self::BareQuote => "bare-quote",
            Self::OpenQuote => "open-quote",
            Self::BareReturn => "bare-return",
            Self::Control => "control-character",
            Self::NamelessCell => "nameless-cell",
            Self::Tripwire => "tripwire",
        }
    }
}

/// Why nothing of a file leaves, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// The line, from 1, as an editor counts them; of a cell of several lines the one where the fault is or the cell begins.
    pub line: usize,
    /// What is wrong there.
    pub fault: Fault,
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.fault.name())
    }
}

/// A fault at a byte of the file.
type Found = (usize, Fault);

/// What may leave of a file of rows, and how many cells that held something did not.
///
/// # Errors
/// [`Withheld`]: nothing of it may leave.
pub fn filter(program: &Program<'_>, terms: Terms, text: &[u8]) -> Result<(Vec<u8>, Tally), Withheld> {
    filtered(program, terms, text).map_err(|(at, fault)| Withheld { line: line(text, at), fault })
}

fn filtered(program: &Program<'_>, terms: Terms, text: &[u8]) -> Result<(Vec<u8>, Tally), Found> {
    core::str::from_utf8(text).map_err(|broken| (broken.valid_up_to(), Fault::Encoding))?;
    let start = if text.starts_with(MARK) { MARK.len() } else { 0 };
    let mut records = Records::new(text, start)?;
    let mut cells = Vec::new();
    records.next(&mut cells)?;
    let names: Vec<Cow<'_, str>> = cells.iter().map(|cell| content(&text[cell.clone()])).collect();
    let header = Header::read(program.parts(), &names).map_err(|fault| (start, fault))?;
    let mut rows = Rows { text, terms, header, kept: 0, out: Vec::new(), tally: Tally::NOTHING };
    while let Some(at) = records.next(&mut cells)? {
        rows.row(at, &cells)?;
    }
    rows.out.extend_from_slice(&text[rows.kept..]);
    Ok((rows.out, rows.tally))
}

/// The rows below the header on their way out.
struct Rows<'a> {
    text: &'a [u8],
    terms: Terms,
    header: Header<'a>,
    /// Up to where the text was dealt with.
    kept: usize,
    out: Vec<u8>,
    tally: Tally,
}

impl Rows<'_> {
    fn row(&mut self, at: usize, cells: &[Range<usize>]) -> Result<(), Found> {
        if cells.len() != self.header.columns.len() {
            return Err((at, Fault::CellCount));
        }
        let spared = self.header.spares(|column| content(&self.text[cells[column].clone()]));
        for (place, cell) in cells.iter().enumerate() {
            let bytes = &self.text[cell.clone()];
            // What holds nothing has nothing to lose, and is not counted.
            if content(bytes).is_empty() {
                continue;
            }
            let column = &self.header.columns[place];
            match column.closed(self.terms, spared) {
                Some(kind) => self.empty(cell, kind),
                None => self.keep(cell, place, spared)?,
            }
        }
        Ok(())
    }

    fn empty(&mut self, cell: &Range<usize>, kind: Kind) {
        self.out.extend_from_slice(&self.text[self.kept..cell.start]);
        self.kept = cell.end;
        count(&mut self.tally.removed[kind.at()]);
    }

    /// Lets a cell stay, once it has been looked at.
    fn keep(&mut self, cell: &Range<usize>, place: usize, spared: bool) -> Result<(), Found> {
        let (column, bytes) = (&self.header.columns[place], &self.text[cell.clone()]);
        if column.nameless {
            return Err((cell.start, Fault::NamelessCell));
        }
        let open = self.terms.opens(Kind::FunctionholderInsz);
        if !open && !is_telephone(column, bytes) && holds_insz(bytes) {
            return Err((cell.start, Fault::Tripwire));
        }
        if let Some(kind) = column.released(self.terms, spared) {
            count(&mut self.tally.released[kind.at()]);
        }
        Ok(())
    }
}

fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}

/// What a cell says, without the quotes around it.
fn content(cell: &[u8]) -> Cow<'_, str> {
    let quoted = cell.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let text = String::from_utf8_lossy(quoted.unwrap_or(cell));
    if quoted.is_some() && text.contains("\"\"") { text.replace("\"\"", "\"").into() } else { text }
}

/// A Belgian number with its country's before it has eleven digits, and one mobile number in some hundreds the check digits of an
/// INSZ: in a column of telephone numbers, and written as one, it is none.
fn is_telephone(column: &Column, cell: &[u8]) -> bool {
    let text = content(cell);
    column.telephone && (text.starts_with('+') || text.starts_with("32"))
}

/// Whether the tripwire finds a number in a cell. Each is read by itself: no number runs from one cell into the next.
fn holds_insz(cell: &[u8]) -> bool {
    let mut tripwire = Tripwire::new(Mode::Report);
    let read = tripwire.feed(&[], cell, &mut Nowhere).and_then(|()| tripwire.finish(&[], &mut Nowhere));
    read != Ok(0)
}

/// Takes nothing: the tripwire only looks.
struct Nowhere;

impl Sink for Nowhere {
    fn keep(&mut self, _: Range<usize>) {}
    fn carried(&mut self, _: &[u8]) {}
}

/// The line that a byte stands in, from 1.
fn line(text: &[u8], at: usize) -> usize {
    1 + text.iter().take(at).filter(|byte| **byte == b'\n').count()
}
