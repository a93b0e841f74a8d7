//! "May I?" over HTTP: the OpenID AuthZEN Authorization API 1.0, on either listener.
//!
//! A listener knows who asks and reads the body within its own bounds; the rest is the same on both. In order:
//! [`Exchange::begin`], [`Exchange::check`], the body, [`Exchange::answer`]; or [`Exchange::fail`] at any point.
//!
//! Deliberately not here: what a question means and what is said to it (`evaluation`), connections, bounds.

mod head;
mod problem;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use poortwachter_kernel::vocab::{ConsumerIx, Day, PurposeIx};
use serde_json::{Value, json};

use crate::audit::{Finding, Inquiry, Trace, Trail};
use crate::evaluation::report::{self, Manner};
use crate::evaluation::{Audience, Case, Questions};
use crate::law::telling::Language;
use crate::telemetry::Generation;

pub use head::Route;
pub use problem::Problem;

/// The longest request that is read, bytes: a batch of the most questions, each with room for `properties`.
pub const LONGEST: usize = 256 * 1024;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker {
    /// Whoever reaches the operators' listener: about every consumer.
    Operator,
    /// A consumer, about itself; `None`: nobody of the registry.
    Consumer(Option<ConsumerIx>),
}

/// What questions are judged by.
#[derive(Clone, Debug)]
pub struct Bench {
    /// The registry in service, and the meters.
    pub generation: Arc<Generation>,
    /// The legal day it is.
    pub today: Day,
    /// Whether the names of an enterprise that is a natural person stay in answers.
    pub owner_names: bool,
    /// Where verdicts are kept.
    pub trail: Trail,
}

/// One request on its way to its answer, and its record.
#[derive(Debug)]
pub struct Exchange {
    route: Route,
    language: Language,
    request_id: Option<HeaderValue>,
    inquiry: Inquiry,
}

impl Exchange {
    /// Begins with a request's head. `listener` names where it came in: `admin` or `consumers`.
    pub fn begin(
        route: Route,
        generation: Arc<Generation>,
        listener: &'static str,
        language: Language,
    ) -> Self {
        let inquiry = Inquiry::begin(generation, listener);
        Self { route, language, request_id: None, inquiry }
    }

    /// Checks what can be checked before the body is read.
    ///
    /// # Errors
    /// [`Problem`]
    pub fn check(&mut self, parts: &Parts) -> Result<(), Problem> {
        self.request_id = head::request_id(&parts.headers)?;
        head::check(self.route, parts)
    }

    /// Answers a request without a body: where the other endpoints are.
    pub fn configuration(self, parts: &Parts, scheme: &str) -> Response<Bytes> {
        let host = match head::host(parts) {
            Ok(host) => host,
            Err(problem) => return self.fail(&problem),
        };
        let [evaluation, evaluations] = [0, 1].map(|at| format!("{scheme}://{host}{}", Route::PATHS[at].0));
        let told = json!({
            "policy_decision_point": format!("{scheme}://{host}"),
            "access_evaluation_endpoint": evaluation,
            "access_evaluations_endpoint": evaluations,
        });
        let answer = json(StatusCode::OK, &told, "application/json");
        self.finish(answer, "configuration")
    }

    /// Answers a request whose body is in.
    pub async fn answer(mut self, body: &[u8], asker: Asker, bench: &Bench) -> Response<Bytes> {
        match self.judge(body, asker, bench).await {
            Ok(told) => {
                let answer = json(StatusCode::OK, &told, "application/json");
                self.finish(answer, "none")
            }
            Err(problem) => self.fail(&problem),
        }
    }

    /// Answers a request that comes to no verdict.
    pub fn fail(self, problem: &Problem) -> Response<Bytes> {
        let answer = problem.render(self.language);
        self.finish(answer, problem.name())
    }

    /// Answers a request whose exchange was lost to a panic, and has recorded that.
    pub fn lost(language: Language) -> Response<Bytes> {
        Problem::Internal.render(language)
    }

    async fn judge(&mut self, body: &[u8], asker: Asker, bench: &Bench) -> Result<Value, Problem> {
        let Bench { generation, today, owner_names, trail } = bench;
        if !trail.is_writable() {
            return Err(Problem::Unrecorded);
        }
        self.inquiry.kept_by(trail);
        let snapshot = &*generation.snapshot;
        let (own, audience) = match asker {
            Asker::Operator => (None, Audience::Operators),
            Asker::Consumer(consumer) => (Some(consumer), Audience::Consumer),
        };
        self.inquiry.asked_by(own.flatten(), generation);
        let questions = match self.route {
            Route::Evaluations => Questions::batch(body),
            _ => Questions::one(body),
        };
        let questions = questions.map_err(Problem::Unreadable)?;
        // Before anything is looked up: whether another consumer exists is none of the asker's business.
        let own = own.map(|consumer| consumer.map(|ix| snapshot.consumer(ix).id.as_str()));
        if own.is_some_and(|own| questions.all.iter().any(|asked| own != Some(asked.consumer.as_str()))) {
            return Err(Problem::NotYours);
        }
        let cases = questions.all.iter().map(|asked| Case::of(snapshot, asked, *today));
        let cases = cases.collect::<Result<Vec<_>, _>>().map_err(Problem::Unreadable)?;
        let manner = Manner { language: self.language, audience, owner_names: *owner_names };
        let mut answers = Vec::with_capacity(cases.len());
        for case in &cases {
            let verdict = case.decide(snapshot);
            self.inquiry.found(Finding {
                consumer: case.consumer,
                operation: case.operation,
                purpose: case.call.map_or(PurposeIx::NONE, |call| call.purpose),
                day: case.day,
                permit: verdict.is_permit(),
                reason: verdict.reason(),
                rule: verdict.rule(),
            });
            answers.push(report::answer(snapshot, case, &verdict, manner));
            if questions.batch.is_some_and(|semantic| semantic.ends_with(verdict.is_permit())) {
                break;
            }
            // Others on this thread, calls or probes, do not wait for a whole batch.
            tokio::task::yield_now().await;
        }
        Ok(match questions.batch {
            Some(_) => json!({ "evaluations": answers }),
            None => answers.into_iter().next().unwrap_or_default(),
        })
    }

    fn finish(mut self, mut answer: Response<Bytes>, reason: &'static str) -> Response<Bytes> {
        let headers = answer.headers_mut();
        if let Some(id) = self.request_id.take() {
            headers.insert(head::REQUEST_ID, id);
        }
        let trace = HeaderValue::from_str(&self.inquiry.trace().to_string());
        headers.insert(Trace::HEADER, trace.unwrap_or(HeaderValue::from_static("-")));
        self.inquiry.close(answer.status().as_u16(), reason);
        answer
    }
}

/// JSON as an answer. Verdicts change with the registry: nobody may keep one.
fn json(status: StatusCode, told: &Value, media: &'static str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(told.to_string()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
