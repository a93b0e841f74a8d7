//! Keeps the issuer's keys, on the control thread: looks at their source ahead of time and when a token asks for it,
//! and publishes what was found whole. Workers only read.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};

use crate::app::fetch::{self, Fetched, Unfetched};
use crate::audit::Trail;
use crate::clock::Clock;
use crate::config::{self, Jwks};
use crate::identity::keys::Unusable;
use crate::identity::{KeySet, Keyring, Tokens};
use crate::proxy::bearer::Verification;
use crate::telemetry::{House, Recorder, TokenMeters};
use crate::text::{Faults, Spot};

/// Keeps the keys of one issuer.
#[derive(Debug)]
pub(super) struct Keeper {
    settings: config::Tokens,
    clock: Clock,
    tokens: Arc<Tokens>,
    publish: watch::Sender<Arc<Keyring>>,
    wanted: Arc<Notify>,
    meters: Arc<TokenMeters>,
    trail: Trail,
}

/// A keeper, and what the workers need to verify with its keys.
///
/// # Errors
/// Where the keys are in a file: that none of it can be used.
pub(super) fn prepare(
    settings: &config::Tokens,
    clock: &Clock,
    recorder: &Arc<Recorder>,
    house: &House,
    trail: &Trail,
) -> Result<(Keeper, Verification), Faults> {
    usable(settings)?;
    tell_expiry(settings, house);
    let (publish, rings) = watch::channel(Arc::default());
    let tokens = Arc::new(Tokens::new(settings.rules.clone()));
    let (wanted, meters) = (Arc::new(Notify::new()), Arc::new(TokenMeters::new(recorder)));
    let verification = Verification {
        tokens: Arc::clone(&tokens),
        rings,
        wanted: Arc::clone(&wanted),
        meters: Arc::clone(&meters),
        forward: settings.forward,
        refetch: settings.refetch,
        wait: settings.timeout,
    };
    let (clock, trail) = (clock.clone(), trail.clone());
    let since = clock.now().as_second();
    let mut keeper = Keeper { settings: settings.clone(), clock, tokens, publish, wanted, meters, trail };
    if let Jwks::File(path) = &settings.jwks {
        keeper.found(since, file(path));
    }
    Ok((keeper, verification))
}

/// What is wrong with a file of keys, where they are in one. An issuer that is away is no reason not to start.
///
/// # Errors
/// That it cannot be read, or holds nothing that can be used.
pub(super) fn usable(settings: &config::Tokens) -> Result<(), Faults> {
    let Jwks::File(path) = &settings.jwks else { return Ok(()) };
    let spot = Spot::whole(&path.display().to_string());
    let text = std::fs::read(path)
        .map_err(|cause| spot.unreadable(&cause, "put the issuer's JWK Set there, or correct the path"))?;
    let read = KeySet::read(&text, &settings.rules.algorithms);
    let fault = |unusable: Unusable| spot.fault(unusable.to_string(), "put the issuer's JWK Set there");
    read.map(drop).map_err(|unusable| fault(unusable).into())
}

/// Puts the day the last of the issuer's authorities expires in the metrics. Files that cannot be read are told of at each look.
fn tell_expiry(settings: &config::Tokens, house: &House) {
    let Jwks::Url { ca, .. } = &settings.jwks else { return };
    let ends = fetch::tls(ca).map(|outward| outward.ends.clone()).unwrap_or_default();
    for end in &ends {
        house.certificate_expires("jwks-ca", end.at);
    }
}

/// How often remembered tokens that are of no use any more are forgotten.
const TIDY: Duration = Duration::from_secs(30);

impl Keeper {
    /// Keeps the keys until it is dropped.
    pub(super) async fn keep(mut self) {
        let mut tidy = tokio::time::interval(TIDY);
        tidy.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut next = Instant::now();
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(next.into()) => next = Instant::now() + self.look().await,
                () = self.wanted.notified() => if self.is_due() {
                    next = Instant::now() + self.look().await;
                },
                _ = tidy.tick() => self.tidy(),
            }
        }
    }

    /// Looks at the source of the keys; gives back how long until the next look.
    async fn look(&mut self) -> Duration {
        let since = self.clock.now().as_second();
        let found = match &self.settings.jwks {
            Jwks::File(path) => file(path),
            Jwks::Url { host, port, path, ca } => {
                fetch::get(host, *port, path, ca, self.settings.timeout).await
            }
        };
        // Whoever asked meanwhile waits for what is published now.
        tokio::select! { biased; () = self.wanted.notified() => {} () = std::future::ready(()) => {} }
        self.found(since, found)
    }

    /// Publishes what a look that began at `since` found; gives back how long until the next.
    fn found(&mut self, since: i64, found: Result<Fetched, Unfetched>) -> Duration {
        let read =
            found.map_err(|unfetched| self.failed(&unfetched, None)).and_then(|Fetched { text, max_age }| {
                let read = KeySet::read(&text, &self.settings.rules.algorithms);
                read.map(|(set, skipped)| (set, skipped, max_age)).map_err(|unusable| {
                    self.failed(&"unusable", Some(unusable));
                })
            });
        let mut ring = Keyring::clone(&self.publish.borrow());
        ring.looked = Some(Instant::now());
        ring.reached = Some(read.is_ok());
        let next = match read {
            Err(()) => self.settings.refetch,
            Ok((set, skipped, max_age)) => {
                let same = ring.set.as_ref().is_some_and(|old| old.is_same_as(&set));
                self.meters.count_look(if same { "unchanged" } else { "swapped" });
                if !same {
                    for skipped in &skipped {
                        tracing::warn!(
                            key = skipped.at,
                            reason = skipped.reason,
                            "a key of the issuer is passed over"
                        );
                    }
                    tracing::info!(keys = set.count(), "the issuer's keys are in service");
                    self.trail.act("issuer-keys", |line| line.number("keys", set.count() as u64));
                    #[expect(clippy::cast_precision_loss, reason = "at most 64")]
                    self.meters.keys.set(set.count() as f64);
                    ring.set = Some(Arc::new(set));
                }
                ring.good_until =
                    since.saturating_add(i64::try_from(self.settings.keep.as_secs()).unwrap_or(0));
                #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
                self.meters.confirmed.set(since as f64);
                ahead_of(max_age.unwrap_or(self.settings.refresh))
                    .min(self.settings.refresh)
                    .max(self.settings.refetch)
            }
        };
        self.publish.send_replace(Arc::new(ring));
        self.tidy();
        next
    }

    fn failed(&self, kind: &dyn ToString, unusable: Option<Unusable>) {
        let kind = kind.to_string();
        tracing::error!(
            kind,
            problem = unusable.map(|unusable| unusable.to_string()),
            "the issuer's keys cannot be had; those in service are kept until tokens.jwks-keep has passed"
        );
        self.meters.count_look(&kind);
    }

    fn is_due(&self) -> bool {
        self.publish.borrow().looked.is_none_or(|looked| looked.elapsed() >= self.settings.refetch)
    }

    fn tidy(&self) {
        let ring = Arc::clone(&self.publish.borrow());
        self.tokens.tidy(&ring, self.clock.now().as_second());
        #[expect(clippy::cast_precision_loss, reason = "a million at most")]
        self.meters.kept.set(self.tokens.remembered() as f64);
    }
}

/// Four fifths of the time: new keys are there before the old ones may no longer be used.
fn ahead_of(age: Duration) -> Duration {
    age / 5 * 4
}

fn file(path: &Path) -> Result<Fetched, Unfetched> {
    let file = std::fs::File::open(path).map_err(|_| Unfetched::Unreachable)?;
    let mut text = Vec::new();
    let most = fetch::LONGEST as u64;
    file.take(most + 1).read_to_end(&mut text).map_err(|_| Unfetched::BrokeOff)?;
    if text.len() as u64 > most {
        return Err(Unfetched::TooLong);
    }
    Ok(Fetched { text: text.into(), max_age: None })
}
