//! What a registry of a thousand, a hundred thousand and a million grants costs: to compile, to hold, and
//! to ask. Beside it, in the same run, what one would write first: a hash map from texts to grants.
//!
//! `cargo bench --bench decide` runs all; `-- quick` leaves the million out.
#![allow(missing_docs, clippy::expect_used, clippy::cast_possible_truncation)]

mod harness;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use harness::{Case, compare_calls};
use poortwachter::catalogue::Catalogue;
use poortwachter::kernel::vocab::{
    CapacityIx, ConsumerIx, Day, Days, Field, FieldSet, OperationIx, PurposeIx, Sources,
};
use poortwachter::kernel::{Call, View, decide};
use poortwachter::law::terms::{ConsumerKind, Network};
use poortwachter::law::{Instrument, Law, Proof};
use poortwachter::registry::consumer::{Credentials, GrantText, Sender};
use poortwachter::registry::{Basis, Consumer, Limits, Snapshot, compile};
use poortwachter::text::{Spot, Written};

/// As many as the platform has, about.
const SERVICES: usize = 200;
const GRANTS_PER_CONSUMER: usize = 10;
/// Enough that the calls do not all find their rows in the nearest cache.
const CALLS: usize = 1 << 16;
const TODAY: Day = Day(20_781);

fn main() {
    let quick = std::env::args().any(|arg| arg == "quick");
    let (law, catalogue) = (law(), catalogue());
    for grants in [1_000, 100_000, 1_000_000].into_iter().filter(|grants| !quick || *grants < 1_000_000) {
        let mut read = Vec::new();
        let files = allocation_counter::measure(|| read = consumers(grants)).bytes_current;
        let peer = peer(&read);
        let mut snapshot = None;
        let started = Instant::now();
        let tables = allocation_counter::measure(|| snapshot = Some(compiled(read, &law, &catalogue)));
        let compile = started.elapsed().as_secs_f64() * 1_000.0;
        let snapshot = snapshot.expect("compiled");
        let each = |bytes: i64| bytes.max(0).cast_unsigned() / grants as u64;
        println!(
            "\n{grants} grants: compiled in {compile:.1} ms; bytes a grant: {} in tables, {} as written",
            each(tables.bytes_current),
            each(files)
        );
        for mix in Mix::ALL {
            compare(&snapshot, &peer, grants, mix);
        }
    }
}

fn compare(snapshot: &Snapshot, peer: &Peer, grants: usize, mix: Mix) {
    let asks = asks(snapshot, mix);
    let (mut ours, mut theirs) = (asks.iter().cycle(), asks.iter().cycle());
    let view = snapshot.view();
    compare_calls(
        &format!("{grants} grants, calls that are {}", mix.name()),
        vec![
            Case::new("decide", || ours.next().map_or(0, |ask| decided(&view, ask.call))),
            Case::new("hash map by text", || theirs.next().map_or(0, |ask| looked_up(peer, ask))),
        ],
    );
}

/// What a call is going to meet.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mix {
    Allowed,
    Refused,
    Unknown,
}

impl Mix {
    const ALL: [Self; 3] = [Self::Allowed, Self::Refused, Self::Unknown];

    const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// One call: as integers for us, as texts for the peer.
struct Ask {
    call: Call,
    consumer: String,
    service: String,
    purpose: &'static str,
}

fn decided(view: &View<'_>, call: Call) -> usize {
    match decide(view, call) {
        Ok(permit) => permit.grant().at() + permit.removes().iter().count(),
        Err(denial) => denial.at(),
    }
}

fn asks(snapshot: &Snapshot, mix: Mix) -> Vec<Ask> {
    let mut dice = Dice(7);
    let consumers = snapshot.consumers().len();
    (0..CALLS)
        .map(|_| ask(snapshot, mix, dice.below(consumers), dice.below(GRANTS_PER_CONSUMER), dice.below(2)))
        .collect()
}

fn ask(snapshot: &Snapshot, mix: Mix, consumer: usize, grant: usize, coin: usize) -> Ask {
    let consumer_ix = ConsumerIx(consumer as u32);
    let Consumer { id, grants, .. } = snapshot.consumer(consumer_ix);
    let unknown = mix == Mix::Unknown;
    let service = match &grants[grant].services[0].value {
        _ if unknown && coin == 0 => label(SERVICES - 1),
        granted => granted.clone(),
    };
    let stranger = unknown && coin == 1;
    let purpose = if mix == Mix::Refused && coin == 0 { "p1" } else { "p0" };
    let day = if mix == Mix::Refused && coin == 1 { Day(TODAY.0 + 9_000) } else { TODAY };
    let call = Call {
        consumer: if stranger { ConsumerIx::NONE } else { consumer_ix },
        operation: snapshot.catalogue().labelled(&service).unwrap_or(OperationIx::NONE),
        sources: Sources::first(1),
        purpose: snapshot.purpose_named(purpose).unwrap_or(PurposeIx::NONE),
        capacity: CapacityIx::NONE,
        names_person: false,
        day,
    };
    let consumer = if stranger { "nobody".to_owned() } else { id.clone() };
    Ask { call, consumer, service, purpose }
}

/// A small linear congruential generator: the same calls at every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// What one would write first: texts as keys, dates as texts.
type Peer = HashMap<String, Vec<Simple>>;

struct Simple {
    from: String,
    until: String,
    accepted: String,
    opens: Vec<String>,
}

fn peer(consumers: &[Consumer]) -> Peer {
    let mut peer = Peer::new();
    for consumer in consumers {
        for grant in &consumer.grants {
            let simple = || Simple {
                from: "2026-01-01".to_owned(),
                until: "2030-12-31".to_owned(),
                accepted: "2025-01-01".to_owned(),
                opens: grant.opens.iter().map(|field| field.name().to_owned()).collect(),
            };
            for service in &grant.services {
                let key = format!("{}|{}|{}", consumer.id, service.value, grant.purpose.value);
                peer.entry(key).or_default().push(simple());
            }
        }
    }
    peer
}

fn looked_up(peer: &Peer, ask: &Ask) -> usize {
    let today = if ask.call.day == TODAY { "2026-11-24" } else { "2051-07-16" };
    let key = format!("{}|{}|{}", ask.consumer, ask.service, ask.purpose);
    let grants = peer.get(&key).map_or(&[][..], Vec::as_slice);
    let fits = grants.iter().filter(|grant| {
        grant.from.as_str() <= today && today <= grant.until.as_str() && grant.accepted.as_str() <= today
    });
    let mut open: Vec<&str> = fits.flat_map(|grant| grant.opens.iter().map(String::as_str)).collect();
    open.sort_unstable();
    open.len()
}

fn compiled(consumers: Vec<Consumer>, law: &Arc<Law>, catalogue: &Arc<Catalogue>) -> Snapshot {
    let basis = Basis {
        law: Arc::clone(law),
        catalogue: Arc::clone(catalogue),
        disclaimer_grace: 30,
        keeps_near_functionholders: false,
    };
    compile(consumers, &basis, 1, String::new()).expect("right").snapshot
}

fn law() -> Arc<Law> {
    Arc::new(Law::parse("law.toml", Law::BUILT_IN).expect("right"))
}

fn label(at: usize) -> String {
    format!("Dienst{at:03}/02.00")
}

fn catalogue() -> Arc<Catalogue> {
    let mut text = "version = \"bench\"\n".to_owned();
    for at in 0..SERVICES {
        let _ = writeln!(
            text,
            "[[service]]\nname = \"Dienst{at:03}\"\nversion = \"02.00\"\ndomain = \"D\"\nsource = \"kbo-vkbo\"\n\
             contact = \"c\"\npersonal = [{{ path = \"Functies/Functie/Persoon\", holds = \"person\" }}]"
        );
    }
    Arc::new(Catalogue::parse("catalogue.toml", &text).expect("right"))
}

fn consumers(grants: usize) -> Vec<Consumer> {
    (0..grants / GRANTS_PER_CONSUMER).map(consumer).collect()
}

fn consumer(at: usize) -> Consumer {
    let spot = Spot::whole("bench.toml");
    let sender = |purpose: &str| Sender {
        uri: format!("afnemer-{at:06}.be/{purpose}"),
        purpose: purpose.to_owned(),
        spot: spot.clone(),
    };
    Consumer {
        id: format!("afnemer-{at:06}"),
        organisation: "Afnemer".to_owned(),
        kind: ConsumerKind::FlemishAgency,
        network: Network::None,
        certificates: Vec::new(),
        clients: Vec::new(),
        credentials: Credentials::Certificate,
        senders: vec![sender("p0"), sender("p1")],
        disclaimer: Some(Written { value: accepted(), spot: spot.clone() }),
        grants: (0..GRANTS_PER_CONSUMER).map(|grant| self::grant(at, grant, &spot)).collect(),
        limits: Limits::default(),
        spot: spot.clone(),
    }
}

fn accepted() -> Instrument {
    let proof = Proof::Disclaimer { version: "2024-1".to_owned(), accepted_by: "directeur".to_owned() };
    Instrument::new(Days { first: Day(20_000), last: Day::MAX }, proof)
}

/// Every second grant opens the functionholders' data, on a basis that ends within the grant.
fn grant(consumer: usize, at: usize, spot: &Spot) -> GrantText {
    let opens = at % 2 == 1;
    let proof = Proof::StatutoryBasis { citation: "Decreet van 1 januari 2020, artikel 12, § 1".to_owned() };
    let basis = Instrument::new(Days { first: Day(19_000), last: Day(21_500) }, proof);
    let service = label((consumer * 7 + at * 13) % (SERVICES - 1));
    GrantText {
        id: format!("grant-{at}"),
        services: vec![Written { value: service, spot: spot.clone() }],
        purpose: Written { value: "p0".to_owned(), spot: spot.clone() },
        capacity: None,
        mediation: None,
        valid: Days { first: Day(20_454), last: Day(22_279) },
        opens: if opens { Field::ALL.into_iter().take(2).collect() } else { FieldSet::EMPTY },
        fields: None,
        retention: "P5Y".to_owned(),
        instruments: if opens { vec![basis] } else { Vec::new() },
        spot: spot.clone(),
        opens_spot: spot.clone(),
    }
}
