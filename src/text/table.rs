//! A file's tables, asked key by key; what is wrong is noted on the way.

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use poortwachter_kernel::vocab::Day;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::words::{is_invisible, nearest, one_of};
use super::{Fault, Faults, Limit, Spot};

/// One file: its name, its text, and the faults found in it so far.
pub struct Source<'a> {
    file: Arc<str>,
    text: &'a str,
    line_starts: Vec<usize>,
    root: Spanned<DeTable<'a>>,
    faults: RefCell<Faults>,
}

impl<'a> Source<'a> {
    /// Reads the text as TOML; where it is not, every place that is not is noted as a fault.
    pub fn new(file: &str, text: &'a str) -> Self {
        let (root, errors) = DeTable::parse_recoverable(text);
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let source = Self { file: file.into(), text, line_starts, root, faults: RefCell::default() };
        for error in errors {
            let spot = source.spot(error.span().unwrap_or(0..0), String::new());
            source.note(
                spot.fault(format!("not TOML: {}", error.message()), "correct the line (https://toml.io)"),
            );
        }
        source
    }

    /// The keys that stand in no table.
    pub fn root(&self) -> Table<'_> {
        Table::new(self, String::new(), self.root.span(), self.root.get_ref())
    }

    /// Notes a fault.
    pub fn note(&self, fault: Fault) {
        self.faults.borrow_mut().push(fault);
    }

    /// What was made of the file, when nothing was wrong with it.
    ///
    /// # Errors
    /// Every fault that was noted.
    pub fn finish<T>(self, meant: Option<T>) -> Result<T, Faults> {
        let faults = self.faults.into_inner();
        match meant {
            Some(meant) => faults.or(meant),
            None if faults.is_empty() => {
                Err(Spot::whole(&self.file).fault("cannot be understood", "report this").into())
            }
            None => Err(faults.sorted()),
        }
    }

    fn spot(&self, span: Range<usize>, key: String) -> Spot {
        let line = self.line_starts.partition_point(|start| *start <= span.start).max(1);
        let before = self.text.get(self.line_starts[line - 1]..span.start).unwrap_or_default();
        // An editor shows no column for the byte order mark that some put before the first.
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Spot { file: self.file.clone(), line: count(line), column: count(before.chars().count() + 1), key }
    }
}

/// A value together with the place it was written at.
#[derive(Clone, Debug)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub spot: Spot,
}

/// One table of a file. Each question notes its fault itself and then answers `None`, so that a
/// reader asks for everything first and gives up last. [`Table::close`] notes keys nobody asked for.
pub struct Table<'s> {
    source: &'s Source<'s>,
    key: String,
    span: Range<usize>,
    entries: &'s DeTable<'s>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'s> Table<'s> {
    fn new(source: &'s Source<'_>, key: String, span: Range<usize>, entries: &'s DeTable<'_>) -> Self {
        Self { source, key, span, entries, asked: RefCell::default() }
    }

    /// Where the table starts.
    pub fn spot(&self) -> Spot {
        self.source.spot(self.span.clone(), self.key.clone())
    }

    /// Where the key's value stands; the table's start when the key is absent.
    pub fn spot_of(&self, key: &'static str) -> Spot {
        let span = self.entries.get(key).map_or(self.span.clone(), Spanned::span);
        self.source.spot(span, self.path(key))
    }

    /// Notes a fault at a key.
    pub fn fault(&self, key: &'static str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.source.note(self.spot_of(key).fault(problem, remedy));
    }

    /// Notes a fault at a place inside the table.
    pub fn note(&self, fault: Fault) {
        self.source.note(fault);
    }

    /// Whether the key is written at all.
    pub fn has(&self, key: &'static str) -> bool {
        self.find(key).is_some()
    }

    /// A text that must be there, not be empty, and hold nothing that cannot be seen.
    pub fn text(&self, key: &'static str) -> Option<String> {
        self.required(key, "write it as a text in quotes")?;
        self.maybe_text(key)
    }

    /// A text that may be left out but not be empty.
    pub fn maybe_text(&self, key: &'static str) -> Option<String> {
        let value = self.find(key)?;
        match value.get_ref() {
            DeValue::String(text) => match unclean(text) {
                Some((problem, remedy)) => self.wrong(key, problem, remedy),
                None => Some(text.clone().into_owned()),
            },
            other => self.wrong(key, not_a("a text", other), "put it in quotes"),
        }
    }

    /// A list of texts, none empty; an absent key is an empty list.
    pub fn texts(&self, key: &'static str) -> Vec<Written<String>> {
        let Some(value) = self.find(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.fault(key, not_a("a list", value.get_ref()), "write [\"…\", \"…\"]");
            return Vec::new();
        };
        items.iter().enumerate().filter_map(|(at, item)| self.text_item(key, at, item)).collect()
    }

    /// Whether the key is left out or its list holds nothing; not so where something else was written.
    pub fn is_empty_list(&self, key: &'static str) -> bool {
        self.find(key)
            .is_none_or(|value| matches!(value.get_ref(), DeValue::Array(items) if items.is_empty()))
    }

    fn text_item(&self, key: &str, at: usize, item: &Spanned<DeValue<'_>>) -> Option<Written<String>> {
        let spot = self.source.spot(item.span(), format!("{}[{at}]", self.path(key)));
        let fault = match item.get_ref() {
            DeValue::String(text) => match unclean(text) {
                Some((problem, remedy)) => spot.fault(problem, remedy),
                None => return Some(Written { value: text.clone().into_owned(), spot }),
            },
            other => spot.fault(not_a("a text", other), "put it in quotes"),
        };
        self.source.note(fault);
        None
    }

    /// One of a closed list of names, which must be there.
    pub fn choice<T: Copy>(&self, key: &'static str, names: &[(&'static str, T)]) -> Option<T> {
        self.required(key, format!("write {}", one_of(names.iter().map(|(name, _)| *name))))?;
        self.maybe_choice(key, names)
    }

    /// One of a closed list of names, which may be left out.
    pub fn maybe_choice<T: Copy>(&self, key: &'static str, names: &[(&'static str, T)]) -> Option<T> {
        let written = self.maybe_text(key)?;
        self.chosen(&Written { value: written, spot: self.spot_of(key) }, names)
    }

    /// Several of a closed list of names; an absent key is an empty list.
    pub fn choices<T: Copy>(&self, key: &'static str, names: &[(&'static str, T)]) -> Vec<T> {
        self.texts(key).iter().filter_map(|written| self.chosen(written, names)).collect()
    }

    fn chosen<T: Copy>(&self, written: &Written<String>, names: &[(&'static str, T)]) -> Option<T> {
        let found = names.iter().find(|(name, _)| *name == written.value);
        if found.is_none() {
            let remedy = format!("write {}", one_of(names.iter().map(|(name, _)| *name)));
            self.source.note(written.spot.fault(format!("`{}` is not known here", written.value), remedy));
        }
        found.map(|(_, meant)| *meant)
    }

    /// A day that must be there.
    pub fn day(&self, key: &'static str) -> Option<Day> {
        self.required(key, "write it as a date, 2026-01-31")?;
        self.maybe_day(key)
    }

    /// A day that may be left out.
    pub fn maybe_day(&self, key: &'static str) -> Option<Day> {
        let value = self.find(key)?;
        let remedy = "write it as a date without quotes, 2026-01-31";
        match value.get_ref() {
            // Told already, as what is no TOML.
            DeValue::Datetime(written) if written.date.is_none() && written.time.is_none() => None,
            DeValue::Datetime(written) => {
                let date = written.date.filter(|_| written.time.is_none());
                let day = date.and_then(|date| calendar_day(date.year, date.month, date.day));
                day.or_else(|| self.wrong(key, format!("`{written}` is not a day"), remedy))
            }
            other => self.wrong(key, not_a("a date", other), remedy),
        }
    }

    /// The legal day of a moment that must be there: a date, or a date and time with an offset, whose day is
    /// that of Brussels.
    pub fn moment(&self, key: &'static str) -> Option<Day> {
        self.required(key, "write a date, 2026-01-31, or a moment, 2026-01-31T14:00:00+01:00")?;
        let written = match self.find(key)?.get_ref() {
            DeValue::Datetime(written) if written.time.is_some() => written.to_string(),
            _ => return self.maybe_day(key),
        };
        match written.parse::<jiff::Timestamp>() {
            Ok(moment) => Some(super::date::legal_day(moment)),
            Err(_) => self.wrong(
                key,
                format!("`{written}` is no moment"),
                "write it with its offset: 2026-01-31T14:00:00+01:00",
            ),
        }
    }

    /// A yes or no; absent means `default`.
    pub fn flag(&self, key: &'static str, default: bool) -> bool {
        self.maybe_flag(key).unwrap_or(default)
    }

    /// A yes or no that may be left out.
    pub fn maybe_flag(&self, key: &'static str) -> Option<bool> {
        let value = self.find(key)?;
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            other => self.wrong(key, not_a("true or false", other), "write true or false without quotes"),
        }
    }

    /// A whole number within bounds; absent means `default`.
    pub fn number(
        &self,
        key: &'static str,
        default: usize,
        bounds: std::ops::RangeInclusive<usize>,
    ) -> usize {
        let Some(value) = self.find(key) else { return default };
        let written = match value.get_ref() {
            DeValue::Integer(number) => usize::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        written.filter(|number| bounds.contains(number)).unwrap_or_else(|| {
            let (low, high) = bounds.into_inner();
            let remedy = format!("write a whole number from {low} to {high}, or leave it out for {default}");
            self.fault(key, "is not such a number", remedy);
            default
        })
    }

    /// A whole number from 1 to `most`, or `"off"`; `None` where it is left out, or wrong and told.
    pub fn maybe_limit(&self, key: &'static str, most: u32) -> Option<Limit> {
        let value = self.find(key)?;
        if matches!(value.get_ref(), DeValue::String(text) if text == "off") {
            return Some(Limit::Off);
        }
        let remedy = || format!("write a whole number from 1 to {most}, or \"off\" for none");
        count(value, most).map(Limit::At).or_else(|| self.wrong(key, "is no limit", remedy()))
    }

    /// A whole number from 1 to `most`; `None` where it is left out, or wrong and told.
    pub fn maybe_count(&self, key: &'static str, most: u32) -> Option<NonZeroU32> {
        let value = self.find(key)?;
        let remedy = || format!("write a whole number from 1 to {most}, or leave it out");
        count(value, most).or_else(|| self.wrong(key, "is not such a number", remedy()))
    }

    /// A table that may be left out.
    pub fn table(&self, key: &'static str) -> Option<Table<'s>> {
        let value = self.find(key)?;
        match value.get_ref() {
            DeValue::Table(entries) => Some(Table::new(self.source, self.path(key), value.span(), entries)),
            other => self.wrong(key, not_a("a table", other), format!("write [{key}] on a line of its own")),
        }
    }

    /// The tables of `[[key]]`, in their order.
    pub fn tables(&self, key: &'static str) -> Vec<Table<'s>> {
        let Some(value) = self.find(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.fault(
                key,
                not_a("a list of tables", value.get_ref()),
                format!("write [[{}]]", self.path(key)),
            );
            return Vec::new();
        };
        items.iter().enumerate().filter_map(|(at, item)| self.table_item(key, at, item)).collect()
    }

    fn table_item(&self, key: &'static str, at: usize, item: &'s Spanned<DeValue<'s>>) -> Option<Table<'s>> {
        let path = format!("{}[{at}]", self.path(key));
        match item.get_ref() {
            DeValue::Table(entries) => Some(Table::new(self.source, path, item.span(), entries)),
            other => self.wrong(key, not_a("a table", other), format!("write [[{key}]]")),
        }
    }

    /// Notes every key that nobody asked for.
    pub fn close(self) {
        let asked = self.asked.borrow();
        let names = || asked.iter().copied();
        for (key, _) in self.entries.iter().filter(|(key, _)| !names().any(|name| name == key.get_ref())) {
            let spot = self.source.spot(key.span(), self.path(key.get_ref()));
            let remedy = match nearest(key.get_ref(), names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", names().collect::<Vec<_>>().join(", ")),
            };
            self.source.note(spot.fault("is not a key that is known here", remedy));
        }
    }

    fn find(&self, key: &'static str) -> Option<&'s Spanned<DeValue<'s>>> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        self.entries.get(key)
    }

    fn required(&self, key: &'static str, remedy: impl Into<String>) -> Option<()> {
        if self.has(key) { Some(()) } else { self.wrong(key, "is missing", remedy) }
    }

    fn wrong<T>(
        &self,
        key: &'static str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Option<T> {
        self.fault(key, problem, remedy);
        None
    }

    fn path(&self, key: &str) -> String {
        if self.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.key) }
    }
}

/// What is wrong with a text that people cannot tell from another, and what would be right.
fn unclean(text: &str) -> Option<(String, &'static str)> {
    if text.trim().is_empty() {
        return Some(("is empty".to_owned(), "write the text, or leave it out"));
    }
    if let Some(c) = text.chars().find(|c| is_invisible(*c)) {
        return Some((
            format!("holds {}, which cannot be seen", c.escape_unicode()),
            "take it out; write the text on one line",
        ));
    }
    (text.trim() != text).then(|| (format!("`{text}` starts or ends with white space"), "take it out"))
}

fn count(value: &Spanned<DeValue<'_>>, most: u32) -> Option<NonZeroU32> {
    let DeValue::Integer(number) = value.get_ref() else { return None };
    let number = u32::from_str_radix(number.as_str(), number.radix()).ok()?;
    NonZeroU32::new(number).filter(|number| number.get() <= most)
}

fn not_a(wanted: &str, found: &DeValue<'_>) -> String {
    format!("is not {wanted} (found: {})", found.type_str())
}

/// The number of a calendar day, where there is such a day.
fn calendar_day(year: u16, month: u8, day: u8) -> Option<Day> {
    let date =
        jiff::civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    Some(super::date::day_of(date))
}

#[cfg(test)]
mod tests {
    use super::{Source, Table};
    use crate::text::Faults;

    fn faults_of(text: &str, read: impl Fn(&Table<'_>)) -> Faults {
        let source = Source::new("a.toml", text);
        let table = source.root();
        read(&table);
        table.close();
        source.finish(None::<()>).err().unwrap_or_default()
    }

    #[test]
    fn every_fault_is_told_with_its_line_and_remedy() {
        let text = "name = 3\nkind = \"stad\"\nuntil = \"2026-01-01\"\npurpsoe = \"x\"\n";
        let faults = faults_of(text, |table| {
            table.text("name");
            table.choice("kind", &[("gemeente", 1), ("provincie", 2)]);
            table.day("until");
            table.text("purpose");
        });
        assert_eq!(
            faults.to_string(),
            "a.toml:1:1: `purpose`: is missing; write it as a text in quotes\n\
             a.toml:1:8: `name`: is not a text (found: integer); put it in quotes\n\
             a.toml:2:8: `kind`: `stad` is not known here; write `gemeente` or `provincie`\n\
             a.toml:3:9: `until`: is not a date (found: string); write it as a date without quotes, 2026-01-31\n\
             a.toml:4:1: `purpsoe`: is not a key that is known here; did you mean `purpose`?"
        );
    }

    #[test]
    fn a_file_that_is_no_toml_says_where() {
        let faults = faults_of("a = 1\nb = \n", |table| {
            table.number("a", 0, 0..=9);
            table.has("b");
        });
        assert!(faults.to_string().starts_with("a.toml:2:"), "{faults}");
    }

    #[test]
    fn keys_inside_lists_of_tables_are_named_with_their_place() {
        let faults = faults_of("[[grant]]\nid = \"a\"\n[[grant]]\n", |table| {
            for grant in table.tables("grant") {
                grant.text("id");
                grant.close();
            }
        });
        assert_eq!(faults.to_string(), "a.toml:3:1: `grant[1].id`: is missing; write it as a text in quotes");
    }
}
