//! The meters of legal bases: what calls were let pass on, what they lacked, what opened and closed their fields.

use std::fmt;
use std::sync::{Arc, OnceLock};

use metrics::Counter;
use poortwachter_kernel::vocab::{GrantIx, Kind, RuleIx};

use crate::law::terms::InstrumentKind;
use crate::registry::Snapshot;
use crate::telemetry::families::{BY_BASIS, Family, MISSING, NONE, RELEASED_BY, REMOVED_BY};
use crate::telemetry::meters::Ended;
use crate::telemetry::recorder::Recorder;

/// Handles by index, each made when it is first needed.
pub(super) struct Bases {
    recorder: Arc<Recorder>,
    snapshot: Arc<Snapshot>,
    /// By grant, then rule.
    calls: Box<[OnceLock<Row>]>,
    /// By kind of instrument.
    missing: [OnceLock<Counter>; InstrumentKind::NAMES.len()],
    /// By rule, and at the end where there is none.
    fields: Box<[Fields]>,
}

/// By rule.
type Row = Box<[OnceLock<Counter>]>;

/// By kind of field.
#[derive(Default)]
struct Fields {
    removed: [OnceLock<Counter>; Kind::COUNT],
    released: [OnceLock<Counter>; Kind::COUNT],
}

impl Bases {
    pub(super) fn new(recorder: &Arc<Recorder>, snapshot: &Arc<Snapshot>) -> Self {
        Self {
            recorder: Arc::clone(recorder),
            calls: snapshot.grants().iter().map(|_| OnceLock::new()).collect(),
            missing: Default::default(),
            fields: (0..=snapshot.law().rules().len()).map(|_| Fields::default()).collect(),
            snapshot: Arc::clone(snapshot),
        }
    }

    /// Counts a call that ended.
    pub(super) fn count(&self, ended: &Ended) {
        for kind in ended.missing.iter() {
            let handle = || MISSING.counter(&self.recorder, [kind.name()]);
            self.missing[kind as usize].get_or_init(handle).increment(1);
        }
        let Some(basis) = ended.basis else { return };
        if let Some(calls) = self.calls.get(basis.grant.at()) {
            self.pass(calls, basis.grant, basis.rule);
        }
        for kind in Kind::ALL {
            let at = kind.at();
            self.field(&REMOVED_BY, basis.closing, |fields| &fields.removed[at], kind, ended.removed[at]);
            self.field(&RELEASED_BY, basis.opening, |fields| &fields.released[at], kind, ended.released[at]);
        }
    }

    fn pass(&self, calls: &OnceLock<Row>, grant: GrantIx, rule: RuleIx) {
        let calls = calls.get_or_init(|| self.fields.iter().map(|_| OnceLock::new()).collect());
        let handle = || {
            let instruments = self.snapshot.kinds_under(grant, rule).joined();
            BY_BASIS.counter(&self.recorder, [self.name(rule), &instruments])
        };
        calls[self.row(rule)].get_or_init(handle).increment(1);
    }

    fn field(
        &self,
        family: &Family<2>,
        rule: RuleIx,
        slot: impl Fn(&Fields) -> &OnceLock<Counter>,
        kind: Kind,
        count: u32,
    ) {
        if count > 0 {
            let handle = || family.counter(&self.recorder, [kind.name(), self.name(rule)]);
            slot(&self.fields[self.row(rule)]).get_or_init(handle).increment(count.into());
        }
    }

    fn row(&self, rule: RuleIx) -> usize {
        rule.at().min(self.fields.len() - 1)
    }

    fn name(&self, rule: RuleIx) -> &str {
        self.snapshot.law().rule(rule).map_or(NONE, |rule| rule.id.as_str())
    }
}

impl fmt::Debug for Bases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bases").finish_non_exhaustive()
    }
}
