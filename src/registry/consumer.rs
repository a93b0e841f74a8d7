//! A consumer as its file says: who it is, how it is known, and what was granted to it.

use std::num::NonZeroU32;

use poortwachter_kernel::vocab::{Days, FieldSet};

use crate::identity::San;
use crate::law::Instrument;
use crate::law::terms::{ConsumerKind, Mediation, Network};
use crate::text::{Faults, Limit, Source, Spot, Written};

use super::read;

/// A consumer (afnemer): one file of the registry.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// Its name in metrics, records and on the command line: lower case, digits, hyphens.
    pub id: String,
    /// The organisation, for people.
    pub organisation: String,
    /// What kind of administration it is (legal guide, section 0).
    pub kind: ConsumerKind,
    /// Its place in the social-security network.
    pub network: Network,
    /// The client certificates it is known by; any one of them identifies it.
    pub certificates: Vec<Written<Pin>>,
    /// The clients whose tokens it calls with: values of the configured identity claim.
    pub clients: Vec<Written<String>>,
    /// What its calls must bring.
    pub credentials: Credentials,
    /// The URIs it may call with.
    pub senders: Vec<Sender>,
    /// The VKBO disclaimer, where accepted.
    pub disclaimer: Option<Written<Instrument>>,
    /// What was granted to it.
    pub grants: Vec<GrantText>,
    /// How much of the gateway it may take, where that differs from what everybody may.
    pub limits: Limits,
    /// Where it is written.
    pub spot: Spot,
}

/// How much of the gateway a consumer may take; `None`: as the gateway's configuration says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Calls per second.
    pub calls_per_second: Option<Limit>,
    /// Calls at once after a pause.
    pub burst: Option<NonZeroU32>,
    /// Calls under way.
    pub concurrent_calls: Option<Limit>,
}

/// How a client certificate is recognised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pin {
    /// By its subject, as RFC 4514 writes it: `CN=…,O=…,C=BE`.
    Subject(String),
    /// By the SHA-256 of the whole certificate (DER).
    Sha256([u8; 32]),
    /// By one of its subject alternative names.
    San(San),
}

/// By what a consumer proves that a call is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// The connection's client certificate.
    Certificate,
    /// A bearer token of one of its clients.
    Token,
    /// Either.
    Either,
    /// Its certificate, and a token of one of its clients that is bound to that certificate (RFC 8705).
    Both,
}

impl Credentials {
    /// Each with its name in files.
    pub const NAMES: &[(&'static str, Self)] = &[
        ("certificate", Self::Certificate),
        ("token", Self::Token),
        ("either", Self::Either),
        ("both", Self::Both),
    ];

    /// Whether a certificate alone is enough.
    pub fn takes_certificate(self) -> bool {
        matches!(self, Self::Certificate | Self::Either)
    }

    /// Whether a token alone is enough.
    pub fn takes_token(self) -> bool {
        matches!(self, Self::Token | Self::Either)
    }
}

/// A URI the consumer may call with: `Context/Bericht/Afzender/Identificatie`. The platform gives one
/// URI one purpose (MAGDA page 485982282).
#[derive(Clone, Debug)]
pub struct Sender {
    /// Compared byte for byte.
    pub uri: String,
    /// The purpose (doeleinde) it stands for.
    pub purpose: String,
    /// Where it is written.
    pub spot: Spot,
}

/// A grant as written, before law and catalogue were held against it.
#[derive(Clone, Debug)]
pub struct GrantText {
    /// Its name within the consumer.
    pub id: String,
    /// The services, `GeefOnderneming/02.00`.
    pub services: Vec<Written<String>>,
    /// The purpose it is for.
    pub purpose: Written<String>,
    /// The capacity (hoedanigheid) the message must name; none: any, or none.
    pub capacity: Option<String>,
    /// The way of delivery it was made for; none: whatever the service's is.
    pub mediation: Option<Mediation>,
    /// The days it is valid, both included.
    pub valid: Days,
    /// The personal fields it opens.
    pub opens: FieldSet,
    /// The field groups it is limited to; none: all of each answer.
    pub fields: Option<FieldList>,
    /// How long the consumer may keep what it receives: an ISO 8601 period, `P5Y`.
    pub retention: String,
    /// The instruments under it.
    pub instruments: Vec<Instrument>,
    /// Where it is written.
    pub spot: Spot,
    /// Where its `opens` is written.
    pub opens_spot: Spot,
}

/// The field groups that a grant names, at least one, each once.
#[derive(Clone, Debug)]
pub struct FieldList {
    /// As written; the catalogue knows what they open.
    pub names: Vec<Written<String>>,
    /// Where the list is written.
    pub spot: Spot,
}

impl Consumer {
    /// Reads one consumer's file; `file` is how faults name it.
    ///
    /// # Errors
    /// Every fault in the file. What concerns law, catalogue or other consumers is found later, by
    /// [`super::compile`].
    pub fn parse(file: &str, text: &str) -> Result<Self, Faults> {
        let source = Source::new(file, text);
        let consumer = read::consumer(&source);
        source.finish(consumer)
    }
}
