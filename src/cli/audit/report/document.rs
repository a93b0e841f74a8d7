//! A report as headings, sentences, tables and charts; how these look is not said here.

use std::collections::BTreeMap;

use crate::audit::answers::report::{AHEAD, Basis, Lapse, Report};
use crate::audit::answers::sums::Sums;

/// A report to be read by people.
pub(super) struct Document {
    pub(super) title: String,
    pub(super) blocks: Vec<Block>,
}

/// A part of it.
pub(super) enum Block {
    /// A heading of level 2 or 3.
    Heading(u8, String),
    /// A sentence or more.
    Text(String),
    /// Something that limits what the report says.
    Notice(String),
    /// A table.
    Table(Table),
    /// Bars, of one or several parts each; the table behind it says the same.
    Chart(Chart),
}

/// A table with a caption; the first column names its row.
pub(super) struct Table {
    pub(super) caption: String,
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

/// Bars, by name and by what they are made of.
pub(super) struct Chart {
    pub(super) caption: String,
    pub(super) bars: Vec<(String, BTreeMap<String, u64>)>,
}

pub(super) fn of(report: &Report) -> Document {
    let mut blocks = Vec::new();
    rests_on(report, &mut blocks);
    whole(report, &mut blocks);
    blocks.push(Block::Heading(2, "By consumer and legal basis".to_owned()));
    if report.bases.is_empty() {
        blocks.push(Block::Text("No calls.".to_owned()));
    }
    for (consumer, bases) in &report.bases {
        by_consumer(report, consumer.as_ref(), bases, &mut blocks);
    }
    gateway(report, &mut blocks);
    lapses(report, &mut blocks);
    let of = report.consumer.as_ref().map_or(String::new(), |id| format!(", calls of {id}"));
    Document { title: format!("Poortwachter: report on {}{of}", report.period.written), blocks }
}

fn rests_on(report: &Report, blocks: &mut Vec<Block>) {
    let Report { period, seen, .. } = report;
    blocks.push(Block::Text(format!(
        "Calls that began from {} to {}, both days included, in the calendar of Brussels. Persons and enterprises are counted by pseudonym.",
        period.first,
        period.last()
    )));
    if report.may_not_be_over() {
        let last = seen.ends().map_or_else(|| "none".to_owned(), |last| last.to_string());
        blocks.push(Block::Notice(format!(
            "The trail ends before the period does (latest record: {last}): the period may not be over, and what comes later is missing here."
        )));
    }
    if report.begins_late() {
        let first = seen.begins.map_or_else(|| "none".to_owned(), |first| first.to_string());
        blocks.push(Block::Notice(format!(
            "The trail does not reach back to the beginning of the period (first record that is there: {first}, number {}).",
            seen.first
        )));
    }
    for (first, last) in &seen.gaps {
        blocks.push(Block::Notice(format!(
            "Records {first} to {last} are in files that are not there any more; calls in them are missing here."
        )));
    }
    let mut rows = vec![vec!["Trail".to_owned(), report.trail.clone(), String::new()]];
    let mut mark = |name: &str, mark: Option<&crate::audit::answers::report::Mark>| {
        let (seq, hash) =
            mark.map_or_else(Default::default, |mark| (mark.seq.to_string(), mark.hash.clone()));
        rows.push(vec![name.to_owned(), seq, hash]);
    };
    mark("First record", report.rests_on.as_ref().map(|(first, _)| first));
    mark("Last record", report.rests_on.as_ref().map(|(_, last)| last));
    mark("Checkpoint that signs them", report.checkpoint.as_ref());
    let caption = "What this report rests on".to_owned();
    blocks.push(Block::Table(Table { caption, head: vec!["What", "Number", "SHA-256"], rows }));
    if report.rests_on.is_some() && report.checkpoint.is_none() {
        blocks.push(Block::Notice("No checkpoint signs the last of these records yet.".to_owned()));
    }
    blocks.push(Block::Text(
        "Each line that was read continues the one before. Whose trail it is and whether its end is there, poortwachter audit verify shows: hold its checkpoints against this one.".to_owned(),
    ));
}

fn whole(report: &Report, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, "All calls".to_owned()));
    blocks.push(Block::Table(figures("Calls in figures", &report.all)));
    keys(&report.all, blocks);
    chart(
        "Calls a day, by verdict",
        report.days.iter().map(|(day, by)| (day.to_string(), by.clone())),
        blocks,
    );
    let verdicts: Vec<String> = report.all.verdicts.keys().cloned().collect();
    let days = report.days.iter().flat_map(|(day, by)| {
        verdicts
            .iter()
            .filter_map(|verdict| Some(vec![day.to_string(), verdict.clone(), by.get(verdict)?.to_string()]))
    });
    table("Calls a day", vec!["Day", "Verdict", "Calls"], days.collect(), blocks);
    endings(&report.all, true, blocks);
    fields(&report.all, true, blocks);
}

fn by_consumer(
    report: &Report,
    consumer: Option<&String>,
    bases: &BTreeMap<Basis, Sums>,
    blocks: &mut Vec<Block>,
) {
    blocks.push(Block::Heading(3, consumer.map_or_else(|| "Unknown consumers".to_owned(), Clone::clone)));
    if let Some(sums) = report.consumers.get(&consumer.cloned()) {
        blocks.push(Block::Table(figures("Calls in figures", sums)));
        keys(sums, blocks);
        endings(sums, false, blocks);
    }
    let row = |(basis, sums): (&Basis, &Sums)| {
        let instruments = basis.instruments.iter().map(|(kind, reference)| format!("{kind}: {reference}"));
        vec![
            named(&basis.rule),
            basis.grants.join(", "),
            instruments.collect::<Vec<_>>().join("; "),
            sums.calls.to_string(),
            counts(&sums.verdicts),
            sums.subjects.len().to_string(),
            sums.enterprises.len().to_string(),
            counts(&sums.released),
            counts(&sums.removed),
        ]
    };
    let head = vec![
        "Rule",
        "Grants",
        "Instruments",
        "Calls",
        "Verdicts",
        "Persons",
        "Enterprises",
        "Released",
        "Removed",
    ];
    table("By legal basis", head, bases.iter().map(row).collect(), blocks);
}

fn gateway(report: &Report, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, "Questions about access".to_owned()));
    let rows = report.evaluations.iter().map(|([consumer, decision, reason], asked)| {
        vec![named(consumer), decision.clone(), reason.clone(), asked.to_string()]
    });
    table(
        "Questions whether a call would be allowed",
        vec!["Consumer", "Decision", "Reason", "Questions"],
        rows.collect(),
        blocks,
    );
    blocks.push(Block::Heading(2, "The gateway".to_owned()));
    let rows = report
        .canary
        .iter()
        .map(|(result, (runs, leaks))| vec![result.clone(), runs.to_string(), leaks.to_string()]);
    table("Tests of the filter (canary)", vec!["Result", "Runs", "Leaks"], rows.collect(), blocks);
    let kinds: [(&str, &[&str]); 6] = [
        ("Changes of the registry", &["reload"]),
        ("Grants on which calls could not pass any more", &["revocation"]),
        ("Other certificates, lists of revoked ones, and keys of the token issuer", &["tls", "issuer-keys"]),
        ("Interruptions", &["recovery"]),
        ("Files of the trail that were retired", &["tombstone"]),
        ("Starts and stops", &["start", "stop"]),
    ];
    for (caption, kinds) in kinds {
        let rows = report.events.iter().filter(|event| kinds.contains(&event.kind.as_str())).map(|event| {
            vec![event.time.to_string(), event.seq.to_string(), event.kind.clone(), event.says.join("; ")]
        });
        table(caption, vec!["Time (UTC)", "Number", "Kind", "Says"], rows.collect(), blocks);
    }
}

fn lapses(report: &Report, blocks: &mut Vec<Block>) {
    blocks.push(Block::Heading(2, "Lapses ahead".to_owned()));
    let Some(mark) = report.registry() else {
        blocks.push(Block::Notice(
            "No record up to the end of the period says what the registry held: lapses cannot be told from this trail.".to_owned(),
        ));
        return;
    };
    blocks.push(Block::Text(format!(
        "Within {AHEAD} days of {}, by record {} (SHA-256 {}).",
        report.period.last(),
        mark.seq,
        mark.hash
    )));
    let row = |lapse: Lapse| {
        let within = [30, 60, AHEAD].into_iter().find(|days| lapse.days <= *days).unwrap_or(AHEAD);
        let what = lapse
            .instrument
            .map_or_else(|| "the grant".to_owned(), |(kind, reference)| format!("{kind}: {reference}"));
        vec![lapse.last, within.to_string(), format!("{}/{}", lapse.consumer, lapse.grant), what]
    };
    let rows = report.lapses().into_iter().map(row).collect();
    table(
        "Last days of grants and instruments",
        vec!["Last day", "Within days", "Grant", "What lapses"],
        rows,
        blocks,
    );
}

fn figures(caption: &str, sums: &Sums) -> Table {
    let Sums {
        calls,
        verdicts,
        refusals,
        unfinished: _,
        removed,
        released,
        subjects,
        enterprises,
        beyond,
        ..
    } = sums;
    let all = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>();
    let figures = [
        ("Calls", *calls),
        ("Answered whole", verdicts.get("allowed").copied().unwrap_or(0)),
        ("Not forwarded", refusals.values().sum()),
        ("Without an end on record", verdicts.get("not-ended").copied().unwrap_or(0)),
        ("Persons asked for", subjects.len() as u64),
        ("Enterprises asked for", enterprises.len() as u64),
        ("Numbers beyond what records hold", *beyond),
        ("Values released", all(released)),
        ("Values removed", all(removed)),
        ("Answers withheld", all(&sums.withheld)),
        ("Answers without their signature", sums.unsigned),
        ("Numbers found by the tripwire", all(&sums.tripwire)),
        ("Bytes answered", sums.bytes),
    ];
    let rows = figures.into_iter().map(|(name, figure)| vec![name.to_owned(), figure.to_string()]).collect();
    Table { caption: caption.to_owned(), head: vec!["What", "How many"], rows }
}

/// Where the key of pseudonyms was changed, persons cannot be counted across it.
fn keys(sums: &Sums, blocks: &mut Vec<Block>) {
    if sums.keys.len() > 1 {
        let keys: Vec<&str> = sums.keys.iter().map(String::as_str).collect();
        blocks.push(Block::Notice(format!(
            "The pseudonyms are of {} keys ({}): whoever was asked for under several of them counts once for each.",
            keys.len(),
            keys.join(", ")
        )));
    }
}

fn endings(sums: &Sums, chart_too: bool, blocks: &mut Vec<Block>) {
    let bar = |((verdict, reason), calls): (&(String, String), &u64)| {
        (reason.clone(), [(verdict.clone(), *calls)].into())
    };
    if chart_too {
        chart("Calls that were not forwarded, by reason", sums.refusals.iter().map(bar), blocks);
    }
    let rows = |counts: &BTreeMap<(String, String), u64>| {
        let row = |((verdict, reason), calls): (&(String, String), &u64)| {
            vec![named(reason), verdict.clone(), calls.to_string()]
        };
        counts.iter().map(row).collect::<Vec<_>>()
    };
    table("Not forwarded", vec!["Reason", "Verdict", "Calls"], rows(&sums.refusals), blocks);
    table(
        "Forwarded, and not answered whole",
        vec!["Reason", "Verdict", "Calls"],
        rows(&sums.unfinished),
        blocks,
    );
}

fn fields(sums: &Sums, chart_too: bool, blocks: &mut Vec<Block>) {
    let mut kinds: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (what, counts) in [("released", &sums.released), ("removed", &sums.removed)] {
        for (kind, values) in counts {
            kinds.entry(kind.clone()).or_default().insert(what.to_owned(), *values);
        }
    }
    if chart_too {
        chart(
            "Values released and removed, by kind",
            kinds.iter().map(|(kind, by)| (kind.clone(), by.clone())),
            blocks,
        );
    }
    let row = |(kind, by): (&String, &BTreeMap<String, u64>)| {
        let of = |what| by.get(what).copied().unwrap_or(0).to_string();
        vec![kind.clone(), of("released"), of("removed")]
    };
    table("Values by kind", vec!["Kind", "Released", "Removed"], kinds.iter().map(row).collect(), blocks);
}

/// Nothing is said to be nothing.
fn table(caption: &str, head: Vec<&'static str>, rows: Vec<Vec<String>>, blocks: &mut Vec<Block>) {
    if rows.is_empty() {
        blocks.push(Block::Text(format!("{caption}: none.")));
    } else {
        blocks.push(Block::Table(Table { caption: caption.to_owned(), head, rows }));
    }
}

fn chart(
    caption: &str,
    bars: impl Iterator<Item = (String, BTreeMap<String, u64>)>,
    blocks: &mut Vec<Block>,
) {
    let bars: Vec<_> = bars.collect();
    if !bars.is_empty() {
        blocks.push(Block::Chart(Chart { caption: caption.to_owned(), bars }));
    }
}

fn counts(counts: &BTreeMap<String, u64>) -> String {
    counts.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

fn named(name: &str) -> String {
    if name.is_empty() { "none".to_owned() } else { name.to_owned() }
}
