//! "May I?" on the operators' listener: bounded so that metrics and health never wait for it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use tokio::sync::Semaphore;

use crate::authzen::{Asker, Bench, Exchange, LONGEST, Problem, Route};
use crate::law::telling::Language;

/// Questions about access, for whoever may reach this listener.
pub struct Evaluations {
    /// What they are judged by now, and whether that is too old to be relied on.
    pub bench: Box<dyn Fn() -> (Bench, bool)>,
    places: Arc<Semaphore>,
}

/// Requests read or answered at once.
const AT_ONCE: usize = 8;
/// How long a body may take.
const PATIENCE: Duration = Duration::from_secs(10);

impl Evaluations {
    /// Judged by what `bench` gives.
    pub fn new(bench: Box<dyn Fn() -> (Bench, bool)>) -> Self {
        Self { bench, places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Answers one request.
    pub(super) async fn answer(&self, route: Route, request: Request<Incoming>) -> Response<Bytes> {
        let (bench, _) = (self.bench)();
        // Operators read English unless they look at `reason_user`.
        let mut exchange = Exchange::begin(route, bench.generation, "admin", Language::English);
        let (parts, body) = request.into_parts();
        if let Err(problem) = exchange.check(&parts) {
            // Or the connection would be reset under an answer that nobody has read yet.
            let _ = whole(body).await;
            return exchange.fail(&problem);
        }
        if !route.asks() {
            return exchange.configuration(&parts, "http");
        }
        let Ok(_place) = self.places.try_acquire() else { return exchange.fail(&Problem::Busy) };
        let body = match whole(body).await {
            Ok(body) => body,
            Err(problem) => return exchange.fail(&problem),
        };
        match (self.bench)() {
            (_, true) => exchange.fail(&Problem::StaleRegistry),
            (bench, false) => exchange.answer(&body, Asker::Operator, &bench).await,
        }
    }
}

async fn whole(body: Incoming) -> Result<Bytes, Problem> {
    let read = tokio::time::timeout(PATIENCE, Limited::new(body, LONGEST).collect()).await;
    match read {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::TooLarge { limit: LONGEST }),
        Ok(Err(_)) | Err(_) => Err(Problem::TooSlow),
    }
}

impl fmt::Debug for Evaluations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Evaluations")
    }
}
