//! A report as one JSON object, for programs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::audit::answers::report::{Lapse, Mark, Report};
use crate::audit::answers::sums::Sums;

pub(super) fn write(report: &Report) -> String {
    let mark = |mark: &Mark| json!({"seq": mark.seq, "hash": mark.hash});
    let bases = report.bases.iter().map(|(consumer, bases)| {
        let bases = bases.iter().map(|(basis, sums)| {
            json!({
                "rule": basis.rule,
                "grants": basis.grants,
                "instruments": basis.instruments.iter().map(|(kind, reference)| json!({"type": kind, "reference": reference})).collect::<Vec<_>>(),
                "sums": of_sums(sums),
            })
        });
        json!({
            "consumer": consumer,
            "sums": report.consumers.get(consumer).map(of_sums),
            "bases": bases.collect::<Vec<_>>(),
        })
    });
    let days: BTreeMap<String, _> = report.days.iter().map(|(day, by)| (day.to_string(), by)).collect();
    let evaluations = report.evaluations.iter().map(|([consumer, decision, reason], asked)| {
        json!({"consumer": consumer, "decision": decision, "reason": reason, "questions": asked})
    });
    let canary = report
        .canary
        .iter()
        .map(|(result, (runs, leaks))| json!({"result": result, "runs": runs, "leaks": leaks}));
    let events = report.events.iter().map(|event| {
        json!({"time": event.time.to_string(), "seq": event.seq, "kind": event.kind, "says": event.says})
    });
    let lapse = |lapse: Lapse| {
        json!({
            "last": lapse.last,
            "days": lapse.days,
            "consumer": lapse.consumer,
            "grant": lapse.grant,
            "instrument": lapse.instrument.map(|(kind, reference)| json!({"type": kind, "reference": reference})),
        })
    };
    let lapses: Option<Vec<Value>> =
        report.registry().is_some().then(|| report.lapses().into_iter().map(lapse).collect());
    let whole = json!({
        "period": report.period.written,
        "first_day": report.period.first.to_string(),
        "last_day": report.period.last().to_string(),
        "only_consumer": report.consumer,
        "may_not_be_over": report.may_not_be_over(),
        "begins_late": report.begins_late(),
        "gaps": report.seen.gaps.iter().map(|(first, last)| json!({"first": first, "last": last})).collect::<Vec<_>>(),
        "trail": report.trail,
        "first": report.rests_on.as_ref().map(|(first, _)| mark(first)),
        "last": report.rests_on.as_ref().map(|(_, last)| mark(last)),
        "checkpoint": report.checkpoint.as_ref().map(mark),
        "all": of_sums(&report.all),
        "consumers": bases.collect::<Vec<_>>(),
        "days": days,
        "evaluations": evaluations.collect::<Vec<_>>(),
        "canary": canary.collect::<Vec<_>>(),
        "events": events.collect::<Vec<_>>(),
        "registry": report.registry().as_ref().map(mark),
        "lapses": lapses,
    });
    format!("{whole:#}\n")
}

fn of_sums(sums: &Sums) -> Value {
    let reasons = |counts: &BTreeMap<(String, String), u64>| {
        let reason = |((verdict, reason), calls): (&(String, String), &u64)| json!({"verdict": verdict, "reason": reason, "calls": calls});
        counts.iter().map(reason).collect::<Vec<_>>()
    };
    json!({
        "calls": sums.calls,
        "verdicts": sums.verdicts,
        "refusals": reasons(&sums.refusals),
        "unfinished": reasons(&sums.unfinished),
        "subjects": sums.subjects.len(),
        "enterprises": sums.enterprises.len(),
        "beyond": sums.beyond,
        "pseudonym_keys": sums.keys,
        "released": sums.released,
        "removed": sums.removed,
        "withheld": sums.withheld,
        "unsigned": sums.unsigned,
        "tripwire": sums.tripwire,
        "bytes": sums.bytes,
    })
}
