//! `audit search`: which calls were there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::out::Out;
use super::progress::Progress;
use super::{magda, rows, unread, unseen};
use crate::audit::answers::asked::{Asked, Fit};
use crate::audit::answers::joined::{Joined, NOT_ENDED, Told};
use crate::audit::answers::number::Sought;
use crate::audit::answers::period::Within;
use crate::audit::keys::{Numbered, PseudonymKey};
use crate::audit::reading::Reading;
use crate::cli::{NO_INPUT, USAGE, fail};
use crate::text::words::chain;

/// Find calls in an audit trail, and other records
///
/// A call is one row, in the order in which calls ended; one without an end says `not-ended`. All conditions must hold. Every
/// line that is read must be as it was written; whose trail it is, `audit verify` says.
///
/// Who was asked for is found by pseudonym: with --insz-prompt the number is typed unseen (or is a line on standard input) and
/// is never an argument, which other users of the machine could see.
///
/// Exits 0 when all records that are there could be searched, found or not; 1 when some could not, which is then said, as it is
/// where files are not there any more; 64 wrong words, 65 a changed trail, 66 a file that cannot be read.
///
/// Example: poortwachter audit search audit --insz-prompt --pseudonym-key keys/pseudonym.key --from 2026-01-01
#[derive(Debug, Args)]
pub(in crate::cli) struct Search {
    /// The trail's directory
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// The consumer's id
    #[arg(long, value_name = "ID")]
    consumer: Option<String>,
    /// A service, `GeefOnderneming/02.00`
    #[arg(long, value_name = "OPERATION")]
    operation: Option<String>,
    /// How it ended: allowed, refused, unreadable, failed, throttled, abandoned, or not-ended
    #[arg(long, value_name = "VERDICT", value_parser = VERDICTS, hide_possible_values = true)]
    verdict: Option<String>,
    /// Why, as in refusals and metrics
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
    /// The purpose of the sender's URI
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<String>,
    /// The rule of the law's table that decided on the call; not one that opens or closes fields (in csv and json)
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// A grant it rests on, `CONSUMER/GRANT` or the grant's id
    #[arg(long, value_name = "GRANT")]
    grant: Option<String>,
    /// An instrument it rests on, by type or by reference
    #[arg(long, value_name = "INSTRUMENT")]
    instrument: Option<String>,
    /// The call's number
    #[arg(long, value_name = "TRACE")]
    trace: Option<String>,
    /// The W3C trace that the consumer began and the call continues, as other systems know it
    #[arg(long, value_name = "TRACE-ID")]
    trace_id: Option<String>,
    /// A kind of records: call (if none is named), evaluation, revocation, reload, registry, tombstone, …, or all; may be repeated
    #[arg(long = "kind", value_name = "KIND", value_parser = KINDS, hide_possible_values = true)]
    kinds: Vec<String>,
    /// From this day in Brussels (2026-11-24) or instant (2026-11-24T10:00:00Z) on
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// To the end of this day in Brussels, or before this instant
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    /// Ask for the National Register or BIS number of a person that was asked for
    #[arg(long, requires = "pseudonym_keys", conflicts_with = "kbo")]
    insz_prompt: bool,
    /// An enterprise that was asked for
    #[arg(long, value_name = "NUMBER", requires = "pseudonym_keys")]
    kbo: Option<String>,
    /// The key of the pseudonyms; repeat it with the keys of earlier times
    #[arg(long = "pseudonym-key", value_name = "FILE")]
    pseudonym_keys: Vec<PathBuf>,
    /// How to answer
    #[arg(long, value_enum, default_value_t)]
    format: Shape,
    /// Stop after so many rows
    #[arg(long, value_name = "ROWS")]
    limit: Option<u64>,
}

const VERDICTS: [&str; 7] =
    ["allowed", "refused", "unreadable", "failed", "throttled", "abandoned", NOT_ENDED];

/// Those of docs/audit-record.schema.json. A kind that there is not would find nothing, and say so as if it had looked.
const KINDS: [&str; 15] = [
    "all",
    "call",
    "canary",
    "checkpoint",
    "evaluation",
    "issuer-keys",
    "recovery",
    "registry",
    "reload",
    "revocation",
    "segment",
    "start",
    "stop",
    "tls",
    "tombstone",
];

/// How to answer a question for calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Shape {
    /// For people
    #[default]
    Table,
    /// The records as they stand in the trail, one a line: a call is two of them
    Json,
    /// For spreadsheets (RFC 4180), all that records say
    Csv,
    /// XML with the fields of MAGDA's GeefAuditLogging-02.00
    Magda,
}

/// What could not be searched.
#[derive(Debug, Default)]
struct Missed {
    /// Calls, by the key of their pseudonyms.
    other_keys: BTreeMap<String, u64>,
    beyond: u64,
    unknown: u64,
}

impl Search {
    pub(super) fn run(&self) -> ExitCode {
        self.search().unwrap_or_else(|code| code)
    }

    fn search(&self) -> Result<ExitCode, ExitCode> {
        let asked = self.asked()?;
        let reading = Reading::of(&self.directory).map_err(|error| unread(&error))?;
        let mut joined = Joined::of(reading, &asked);
        let (mut out, mut progress) = (Out::new(), Progress::beside(&self.directory));
        let (mut missed, mut found) = (Missed::default(), 0);
        out.say(&self.format.head())?;
        while let Some(told) = joined.next() {
            let told = told.map_err(|error| unread(&error))?;
            progress.at(joined.bytes());
            match asked.fits(&told) {
                Fit::No => {}
                Fit::Yes if self.limit == Some(found) => {
                    out.say(self.format.foot())?;
                    out.finish()?;
                    eprintln!("{found} found; there are more");
                    super::tell_missing(joined.seen(), &asked.within);
                    return Ok(ExitCode::SUCCESS);
                }
                Fit::Yes => {
                    found += 1;
                    out.say(&self.format.row(&told))?;
                }
                Fit::OtherKey => missed.count_key(&told),
                Fit::Beyond => missed.beyond += 1,
                Fit::Unknown => missed.unknown += 1,
            }
        }
        out.say(self.format.foot())?;
        out.finish()?;
        eprintln!("{found} found");
        super::tell_missing(joined.seen(), &asked.within);
        Ok(missed.tell())
    }

    fn asked(&self) -> Result<Asked, ExitCode> {
        let within = Within::parse(self.from.as_deref(), self.to.as_deref());
        let within = within.map_err(|error| fail(USAGE, &error))?;
        let (of, grant) = self.grant.as_deref().map_or((None, None), split_grant);
        if let (Some(one), Some(other)) = (of, &self.consumer)
            && one != *other
        {
            return Err(fail(USAGE, &format!("grant and consumer disagree: `{one}` is not `{other}`")));
        }
        let texts = [
            ("consumer", self.consumer.clone().or(of.map(str::to_owned))),
            ("operation", self.operation.clone()),
            ("purpose", self.purpose.clone()),
            ("rule", self.rule.clone()),
            ("trace", self.trace.as_ref().map(|trace| trace.to_ascii_lowercase())),
            ("trace_id", self.trace_id.as_ref().map(|trace| trace.to_ascii_lowercase())),
        ];
        let every_kind = self.kinds.iter().any(|kind| kind == "all");
        Ok(Asked {
            kinds: self.kinds.clone(),
            every_kind,
            always: &[],
            within,
            texts: texts.into_iter().filter_map(|(key, text)| Some((key, text?))).collect(),
            verdict: self.verdict.clone(),
            reason: self.reason.clone(),
            grant: grant.map(str::to_owned),
            instrument: self.instrument.clone(),
            number: self.number()?,
        })
    }

    fn number(&self) -> Result<Option<Sought>, ExitCode> {
        let keys = self.pseudonym_keys.iter().map(|file| PseudonymKey::load(file));
        let keys = keys.collect::<Result<Vec<_>, _>>().map_err(|error| fail(NO_INPUT, &chain(&error)))?;
        let sought = match (&self.kbo, self.insz_prompt) {
            (Some(number), _) => Sought::number(Numbered::Enterprise, number, &keys),
            (None, true) => {
                Sought::number(Numbered::Person, &unseen::line("National Register number: ")?, &keys)
            }
            (None, false) => return Ok(None),
        };
        sought.map(Some).map_err(|error| fail(USAGE, &error))
    }
}

/// Consumer, where it is named, and id of a grant.
pub(super) fn split_grant(written: &str) -> (Option<&str>, Option<&str>) {
    written.split_once('/').map_or((None, Some(written)), |(of, grant)| (Some(of), Some(grant)))
}

impl Shape {
    fn head(self) -> String {
        match self {
            Self::Table => rows::TABLE.to_owned() + "\n",
            Self::Json => String::new(),
            Self::Csv => rows::csv_head(&[]),
            Self::Magda => magda::HEAD.to_owned(),
        }
    }

    fn row(self, told: &Told) -> String {
        match (self, told) {
            (Self::Table, _) => rows::table(told),
            (Self::Json, _) => json(told),
            (Self::Csv, _) => rows::csv(&[], told),
            (Self::Magda, Told::Call(call)) => magda::logging(call),
            // The field list is of calls.
            (Self::Magda, Told::Other(_)) => String::new(),
        }
    }

    fn foot(self) -> &'static str {
        if self == Self::Magda { magda::FOOT } else { "" }
    }
}

/// The records, as they stand there.
pub(super) fn json(told: &Told) -> String {
    match told {
        Told::Call(call) => call.records().map(|entry| entry.line.clone() + "\n").collect(),
        Told::Other(entry) => entry.line.clone() + "\n",
    }
}

impl Missed {
    fn count_key(&mut self, told: &Told) {
        if let Told::Call(call) = told {
            let key = call.text("pseudonym_key").unwrap_or("unknown");
            *self.other_keys.entry(key.to_owned()).or_default() += 1;
        }
    }

    /// Says what could not be searched, if anything.
    fn tell(&self) -> ExitCode {
        let Self { other_keys, beyond, unknown } = self;
        for (key, calls) in other_keys {
            let key = super::escape::plain(key);
            eprintln!(
                "not searched: {calls} calls whose pseudonyms are of key {key}; give it with --pseudonym-key"
            );
        }
        if *beyond > 0 {
            eprintln!("not searched: {beyond} calls that asked for more numbers than a record holds");
        }
        if *unknown > 0 {
            eprintln!(
                "not searched: {unknown} calls whose beginning is in files that are not there any more"
            );
        }
        ExitCode::from(u8::from(!other_keys.is_empty() || *beyond > 0 || *unknown > 0))
    }
}
