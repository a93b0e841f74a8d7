//! Keeps the numbers behind `metrics` handles, and writes them as Prometheus text.
//!
//! A handle is an `Arc` of atomics: counting asks for no lock and no memory. Only registering a handle
//! and writing the text take the lock. Never installed globally: several gateways can live in one
//! process, each with its own numbers.

mod cells;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, SharedString, Unit};

use cells::{Count, Level, Spread};

/// The numbers of one gateway.
#[derive(Debug, Default)]
pub struct Recorder {
    families: Mutex<BTreeMap<String, Family>>,
}

/// What one metric is.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// Its name.
    pub name: &'static str,
    /// What it counts, for whoever reads the page.
    pub help: &'static str,
    /// Upper bounds of a histogram's buckets, ascending; empty for counters and gauges.
    pub buckets: &'static [f64],
}

/// All series of one metric.
#[derive(Debug, Default)]
struct Family {
    help: String,
    buckets: &'static [f64],
    /// By labels as written.
    series: BTreeMap<String, Series>,
}

#[derive(Clone, Debug)]
enum Series {
    Counter(Arc<Count>),
    Gauge(Arc<Level>),
    Histogram(Arc<Spread>),
}

impl Recorder {
    /// Says what a metric is; to be done before its first handle is registered.
    pub fn describe(&self, description: &Description) {
        let mut families = self.families();
        let family = families.entry(description.name.to_owned()).or_default();
        description.help.clone_into(&mut family.help);
        family.buckets = description.buckets;
    }

    /// The counter `name` with these labels.
    pub fn counter(&self, name: &'static str, labels: &[(&str, &str)]) -> Counter {
        metrics::Recorder::register_counter(self, &key(name, labels), &OWN)
    }

    /// The gauge `name` with these labels.
    pub fn gauge(&self, name: &'static str, labels: &[(&str, &str)]) -> Gauge {
        metrics::Recorder::register_gauge(self, &key(name, labels), &OWN)
    }

    /// The histogram `name` with these labels.
    pub fn histogram(&self, name: &'static str, labels: &[(&str, &str)]) -> Histogram {
        metrics::Recorder::register_histogram(self, &key(name, labels), &OWN)
    }

    /// Forgets every series of a metric, for those whose labels go out of existence.
    pub fn clear(&self, name: &str) {
        if let Some(family) = self.families().get_mut(name) {
            family.series.clear();
        }
    }

    /// Forgets the series of a metric with one label whose value is not to be kept.
    pub fn retain(&self, name: &str, label: &str, keep: impl Fn(&str) -> bool) {
        if let Some(family) = self.families().get_mut(name) {
            family.series.retain(|labels, _| {
                let value = labels.strip_prefix(label).and_then(|rest| rest.strip_prefix("=\""));
                value.and_then(|rest| rest.strip_suffix('"')).is_some_and(&keep)
            });
        }
    }

    /// The names of the metrics of which it is said what they are.
    pub fn described(&self) -> Vec<String> {
        let families = self.families();
        families.iter().filter(|(_, family)| !family.help.is_empty()).map(|(name, _)| name.clone()).collect()
    }

    /// The values of a gauge's series.
    pub fn levels(&self, name: &str) -> Vec<f64> {
        let families = self.families();
        let series = families.get(name).into_iter().flat_map(|family| family.series.values());
        let level =
            |series: &Series| if let Series::Gauge(level) = series { Some(level.get()) } else { None };
        series.filter_map(level).collect()
    }

    /// Everything, in the Prometheus text format, in an order that does not change.
    pub fn render(&self) -> String {
        let mut page = String::new();
        for (name, family) in self.families().iter().filter(|(_, family)| !family.series.is_empty()) {
            family.render(name, &mut page);
        }
        page
    }

    /// A panic while the lock was held can only have been one of memory: the map itself is whole.
    fn families(&self) -> MutexGuard<'_, BTreeMap<String, Family>> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn series(&self, key: &Key, make: impl FnOnce(&'static [f64]) -> Series) -> Series {
        let mut families = self.families();
        let family = families.entry(key.name().to_owned()).or_default();
        let buckets = family.buckets;
        family.series.entry(labels(key)).or_insert_with(|| make(buckets)).clone()
    }
}

/// The trait through which libraries could register metrics of their own.
impl metrics::Recorder for Recorder {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, help: SharedString) {
        self.families().entry(key.as_str().to_owned()).or_default().help = help.into_owned();
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe_counter(key, unit, help);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe_counter(key, unit, help);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        match self.series(key, |_| Series::Counter(Arc::default())) {
            Series::Counter(count) => Counter::from_arc(count),
            _ => Counter::noop(),
        }
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        match self.series(key, |_| Series::Gauge(Arc::default())) {
            Series::Gauge(level) => Gauge::from_arc(level),
            _ => Gauge::noop(),
        }
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        match self.series(key, |buckets| Series::Histogram(Arc::new(Spread::new(buckets)))) {
            Series::Histogram(spread) => Histogram::from_arc(spread),
            _ => Histogram::noop(),
        }
    }
}

impl Family {
    fn render(&self, name: &str, page: &mut String) {
        let kind = match self.series.values().next() {
            Some(Series::Counter(_)) | None => "counter",
            Some(Series::Gauge(_)) => "gauge",
            Some(Series::Histogram(_)) => "histogram",
        };
        let help = self.help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, series) in &self.series {
            match series {
                Series::Counter(count) => line(page, name, labels, &count.get().to_string()),
                Series::Gauge(level) => line(page, name, labels, &number(level.get())),
                Series::Histogram(spread) => buckets(page, name, labels, spread),
            }
        }
    }
}

const OWN: Metadata<'static> = Metadata::new("poortwachter", metrics::Level::INFO, None);

fn key(name: &'static str, labels: &[(&str, &str)]) -> Key {
    let labels: Vec<metrics::Label> = labels
        .iter()
        .map(|(label, value)| metrics::Label::new((*label).to_owned(), (*value).to_owned()))
        .collect();
    Key::from_parts(name, labels)
}

fn labels(key: &Key) -> String {
    let pairs: Vec<String> =
        key.labels().map(|label| format!("{}=\"{}\"", label.key(), escaped(label.value()))).collect();
    pairs.join(",")
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn line(page: &mut String, name: &str, labels: &str, value: &str) {
    let _ = if labels.is_empty() {
        writeln!(page, "{name} {value}")
    } else {
        writeln!(page, "{name}{{{labels}}} {value}")
    };
}

fn buckets(page: &mut String, name: &str, labels: &str, spread: &Spread) {
    let comma = if labels.is_empty() { "" } else { "," };
    let mut below = 0;
    for (bound, count) in spread.buckets() {
        below += count;
        let labels = format!("{labels}{comma}le=\"{}\"", number(bound));
        line(page, &format!("{name}_bucket"), &labels, &below.to_string());
    }
    line(page, &format!("{name}_sum"), labels, &number(spread.sum()));
    line(page, &format!("{name}_count"), labels, &below.to_string());
}

fn number(value: f64) -> String {
    if value == f64::INFINITY { "+Inf".to_owned() } else { format!("{value}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder() -> Recorder {
        let recorder = Recorder::default();
        recorder.describe(&Description { name: "b_total", help: "Second.\nA \\ line.", buckets: &[] });
        recorder.describe(&Description { name: "a_seconds", help: "First.", buckets: &[0.5, 1.0] });
        recorder
    }

    #[test]
    fn the_page_has_help_type_and_a_stable_order() {
        let recorder = recorder();
        recorder.counter("b_total", &[("x", "2")]).increment(2);
        recorder.counter("b_total", &[("x", "1")]).increment(1);
        recorder.histogram("a_seconds", &[("v", "ok")]).record(0.75);
        recorder.histogram("a_seconds", &[("v", "ok")]).record(7.0);
        assert_eq!(
            recorder.render(),
            "# HELP a_seconds First.\n# TYPE a_seconds histogram\n\
             a_seconds_bucket{v=\"ok\",le=\"0.5\"} 0\na_seconds_bucket{v=\"ok\",le=\"1\"} 1\n\
             a_seconds_bucket{v=\"ok\",le=\"+Inf\"} 2\na_seconds_sum{v=\"ok\"} 7.75\na_seconds_count{v=\"ok\"} 2\n\
             # HELP b_total Second.\\nA \\\\ line.\n# TYPE b_total counter\n\
             b_total{x=\"1\"} 1\nb_total{x=\"2\"} 2\n"
        );
    }

    #[test]
    fn a_label_value_cannot_break_out_of_its_quotes() {
        let recorder = recorder();
        recorder.counter("b_total", &[("x", "a\"b\\c\nd")]).increment(1);
        assert!(recorder.render().contains("b_total{x=\"a\\\"b\\\\c\\nd\"} 1\n"));
    }

    #[test]
    fn the_same_name_and_labels_are_the_same_number() {
        let recorder = recorder();
        recorder.counter("b_total", &[("x", "1")]).increment(1);
        recorder.counter("b_total", &[("x", "1")]).increment(1);
        assert!(recorder.render().contains("b_total{x=\"1\"} 2\n"));
    }

    #[test]
    fn a_gauge_goes_up_and_down_and_can_be_forgotten() {
        let recorder = recorder();
        let gauge = recorder.gauge("g", &[]);
        gauge.increment(3.0);
        gauge.decrement(1.0);
        assert!(recorder.render().contains("\ng 2\n"));
        recorder.clear("g");
        assert_eq!(recorder.render(), "");
    }
}
