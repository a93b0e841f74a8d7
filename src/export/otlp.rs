//! A batch of lines as an OTLP `ExportLogsServiceRequest` in JSON: names in camel case, 64-bit numbers as texts, trace and
//! span ids as hexadecimal digits (OTLP 1.x, "JSON Protobuf Encoding").
//!
//! One log record a line, its body the line itself, so that the receiver holds the evidence and not a tale of it. For
//! readers of the Logboek Dataverwerkingen (Logius) a record says which activity it belongs to and whose data it is about,
//! by pseudonym.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::severity::Severity;
use crate::audit::reading::Entry;
use crate::audit::trail::frame::shown;

/// What is the same for all lines of a trail.
#[derive(Clone, Debug)]
pub struct Source {
    /// `service.name`.
    pub service: String,
    /// `service.version`.
    pub version: String,
    /// The trail's number.
    pub trail: String,
    /// What stands before consumer and purpose in `dpl.core.processing_activity_id`.
    pub activities: Option<String>,
}

impl Source {
    /// The body of the request that sends these lines, seen at that time.
    pub fn request<'e>(&self, entries: impl IntoIterator<Item = &'e Entry>, seen: Timestamp) -> Vec<u8> {
        let records: Vec<_> = entries.into_iter().map(|entry| self.record(entry, seen)).collect();
        let resource = [
            ("service.name", &self.service),
            ("service.version", &self.version),
            ("poortwachter.trail", &self.trail),
        ];
        let resource = resource.map(|(key, value)| attribute(key, json!({ "stringValue": value })));
        json!({
            "resourceLogs": [{
                "resource": { "attributes": resource },
                "scopeLogs": [{
                    "scope": { "name": "poortwachter.audit", "version": self.version },
                    "logRecords": records,
                }],
            }],
        })
        .to_string()
        .into_bytes()
    }

    /// A line as `LogRecord`.
    pub fn record(&self, entry: &Entry, seen: Timestamp) -> Value {
        let (number, text) = Severity::of(entry).in_otlp();
        let mut attributes = Vec::new();
        attributes.push(attribute("poortwachter.seq", json!({ "intValue": entry.seq.to_string() })));
        attributes.push(attribute("poortwachter.hash", json!({ "stringValue": shown(&entry.hash) })));
        flatten("poortwachter", entry.members(), &mut attributes);
        if let Some(activity) = self.activity(entry) {
            let value = json!({ "stringValue": activity });
            attributes.push(attribute("dpl.core.processing_activity_id", value));
        }
        let subjects: Vec<_> = entry.texts("subjects").map(|one| json!({ "stringValue": one })).collect();
        let subject = match subjects.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            _ => Some(json!({ "arrayValue": { "values": subjects } })),
        };
        attributes.extend(subject.map(|subject| attribute("dpl.core.data_subject_id", subject)));
        let mut record = json!({
            "timeUnixNano": nanoseconds(entry.time().unwrap_or(seen)),
            "observedTimeUnixNano": nanoseconds(seen),
            "severityNumber": number,
            "severityText": text,
            "body": { "stringValue": entry.line },
            "attributes": attributes,
        });
        if let Some((trace, span)) = ids(entry) {
            record["traceId"] = trace.into();
            record["spanId"] = span.into();
        }
        record
    }

    /// The activity in the register of processing activities: where that register's URI is configured, the consumer's, by
    /// purpose where one is known; otherwise the URI under which the consumer is registered with MAGDA for its purpose.
    fn activity(&self, entry: &Entry) -> Option<String> {
        let Some(prefix) = &self.activities else { return entry.text("sender").map(str::to_owned) };
        let mut activity = prefix.clone();
        escape(entry.text("consumer")?, &mut activity);
        if let Some(purpose) = entry.text("purpose") {
            activity.push('/');
            escape(purpose, &mut activity);
        }
        Some(activity)
    }
}

/// RFC 3986 §2.1.
fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push('%');
            out.push_str(&shown(&[byte]).to_ascii_uppercase());
        }
    }
}

/// The call's place in a distributed trace: its own number, unless it came with one.
fn ids(entry: &Entry) -> Option<(String, String)> {
    let own = entry.text("trace")?.replace('-', "");
    let trace = entry.text("trace_id").unwrap_or(&own).to_owned();
    let span = own.get(16..)?.to_owned();
    let right = |id: &str, length| {
        id.len() == length
            && id.bytes().all(|digit| digit.is_ascii_hexdigit())
            && id.bytes().any(|digit| digit != b'0')
    };
    (right(&trace, 32) && right(&span, 16)).then_some((trace, span))
}

fn nanoseconds(at: Timestamp) -> String {
    at.as_nanosecond().max(0).to_string()
}

fn attribute(key: &str, value: Value) -> Value {
    let mut pair = Map::new();
    pair.insert("key".to_owned(), key.into());
    pair.insert("value".to_owned(), value);
    Value::Object(pair)
}

fn flatten(prefix: &str, members: &Map<String, Value>, out: &mut Vec<Value>) {
    for (key, value) in members {
        let key = format!("{prefix}.{key}");
        match value {
            Value::Object(members) => flatten(&key, members, out),
            value => out.push(attribute(&key, any(value))),
        }
    }
}

/// `AnyValue`.
fn any(value: &Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(flag) => json!({ "boolValue": flag }),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => json!({ "intValue": whole.to_string() }),
            (None, Some(other)) => json!({ "doubleValue": other }),
            (None, None) => json!({ "stringValue": number.to_string() }),
        },
        Value::String(text) => json!({ "stringValue": text }),
        Value::Array(items) => {
            json!({ "arrayValue": { "values": items.iter().map(any).collect::<Vec<_>>() } })
        }
        Value::Object(members) => {
            let values: Vec<_> = members.iter().map(|(key, value)| attribute(key, any(value))).collect();
            json!({ "kvlistValue": { "values": values } })
        }
    }
}

/// How many records an answer says were turned away (`partialSuccess`), and why.
pub fn rejected(answer: &[u8]) -> Option<u64> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let count = answer.get("partialSuccess")?.get("rejectedLogRecords")?;
    let count = count.as_u64().or_else(|| count.as_str()?.parse().ok())?;
    (count > 0).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_become_attributes_whatever_they_are() {
        let members = json!({
            "a": 1, "b": true, "c": {"d": 18_446_744_073_709_551_615u64, "e": {}}, "f": ["x", {"g": -2}], "h": 0.5,
        });
        let mut out = Vec::new();
        flatten("p", members.as_object().expect("an object"), &mut out);
        let value = |key: &str| out.iter().find(|pair| pair["key"] == key).map(|pair| pair["value"].clone());
        assert_eq!(value("p.a"), Some(json!({ "intValue": "1" })));
        assert_eq!(value("p.b"), Some(json!({ "boolValue": true })));
        // What no 64 bits with a sign hold is not wrapped around.
        assert_eq!(value("p.c.d"), Some(json!({ "doubleValue": 18_446_744_073_709_551_615.0 })));
        assert_eq!(value("p.h"), Some(json!({ "doubleValue": 0.5 })));
        let listed = json!({ "arrayValue": { "values": [
            { "stringValue": "x" },
            { "kvlistValue": { "values": [{ "key": "g", "value": { "intValue": "-2" } }] } },
        ] } });
        assert_eq!(value("p.f"), Some(listed));
        assert_eq!(out.len(), 5);
    }

    #[test]
    fn an_answer_says_how_many_were_turned_away() {
        for (answer, count) in [
            ("", None),
            ("{}", None),
            ("no JSON", None),
            (r#"{"partialSuccess":{"errorMessage":"a warning"}}"#, None),
            (r#"{"partialSuccess":{"rejectedLogRecords":"0"}}"#, None),
            (r#"{"partialSuccess":{"rejectedLogRecords":"7"}}"#, Some(7)),
            (r#"{"partialSuccess":{"rejectedLogRecords":7}}"#, Some(7)),
        ] {
            assert_eq!(rejected(answer.as_bytes()), count, "{answer}");
        }
    }

    #[test]
    fn what_a_uri_does_not_hold_is_escaped() {
        let mut out = String::new();
        escape("Gent/a b\u{e9}", &mut out);
        assert_eq!(out, "Gent%2Fa%20b%C3%A9");
    }
}
