//! Law, catalogue and registry from the disk: the built-in ones unless files are named.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::clock::clock;
use crate::app::{fetch, jwks};
use crate::audit::keys::{PseudonymKey, SigningKey};
use crate::catalogue::Catalogue;
use crate::config::{Audit, Exports, Gateway, Jwks, Tokens};
use crate::law::Law;
use crate::proxy::tls::{Inward, Outward, TlsError};
use crate::registry::{self, Basis, Loaded, Snapshot};
use crate::text::words::{chain, nearest};
use crate::text::{Fault, Faults, Spot};

/// The law in that file, or the built-in one.
///
/// # Errors
/// Every fault in the file.
pub fn law(file: Option<&Path>) -> Result<Arc<Law>, Faults> {
    let (name, text) = text_of(file, "built-in law.toml", Law::BUILT_IN)?;
    Law::parse(&name, &text).map(Arc::new)
}

/// The catalogue in that file, or the built-in one.
///
/// # Errors
/// Every fault in the file.
pub fn catalogue(file: Option<&Path>) -> Result<Arc<Catalogue>, Faults> {
    let (name, text) = text_of(file, "built-in catalogue.toml", Catalogue::BUILT_IN)?;
    Catalogue::parse(&name, &text).map(Arc::new)
}

/// What grants are held against: law and catalogue, from files or built in, the disclaimer's grace in days, and
/// whether a grant that names no field groups opens what is near to functionholders.
///
/// # Errors
/// Every fault in both files.
pub fn basis(
    law_file: Option<&Path>,
    catalogue_file: Option<&Path>,
    disclaimer_grace: u16,
    keeps_near_functionholders: bool,
) -> Result<Basis, Faults> {
    let (law, catalogue) = both(law(law_file), catalogue(catalogue_file))?;
    Ok(Basis { law, catalogue, disclaimer_grace, keeps_near_functionholders })
}

/// What a gateway's configuration holds grants against.
///
/// # Errors
/// As [`basis`].
pub fn basis_of(gateway: &Gateway) -> Result<Basis, Faults> {
    let keeps_near = gateway.filter.keeps_near_functionholders;
    basis(gateway.law.as_deref(), gateway.catalogue.as_deref(), gateway.disclaimer_grace, keeps_near)
}

/// The registry that a gateway's configuration names.
///
/// # Errors
/// Every fault in every file; a `plain-consumer` that the registry does not have.
pub fn load_registry(gateway: &Gateway) -> Result<Loaded, Faults> {
    let required = gateway.listener.door.consumer();
    let mut loaded = registry::load(&gateway.registry.directory, &basis_of(gateway)?, required)?;
    loaded.warnings.extend(without_verification(gateway, &loaded.snapshot));
    Ok(loaded)
}

/// Consumers whose calls must bring a token, at a gateway that verifies none.
pub fn without_verification(gateway: &Gateway, snapshot: &Snapshot) -> Faults {
    let mut faults = Faults::default();
    let shut = gateway.tokens.is_none() && gateway.listener.door.consumer().is_none();
    for consumer in snapshot.consumers().iter().filter(|one| shut && !one.credentials.takes_certificate()) {
        let problem = format!("`{}` must call with a token, and none is verified", consumer.id);
        faults.push(
            consumer.spot.fault(problem, "add [tokens] to gateway.toml, or write another `credentials`"),
        );
    }
    faults
}

/// What is wrong with the certificates, keys and lists that a configuration names: files that are not there, or that
/// make no TLS.
pub fn unusable(gateway: &Gateway) -> Faults {
    let door = &gateway.listener.door;
    let outward = gateway.upstream.tls.as_ref();
    let mut files = [Inward::paths(door), outward.map_or_else(Vec::new, Outward::paths)].concat();
    if let Some(Tokens { jwks: Jwks::Url { ca: path, .. } | Jwks::File(path), .. }) = &gateway.tokens {
        files.push(path.clone());
    }
    if let Some(audit) = &gateway.audit {
        files.extend([audit.checkpoint_key.clone(), audit.pseudonym_key.clone()]);
    }
    let Exports { otlp, syslog } = &gateway.exports;
    let receivers = otlp.iter().map(|otlp| &otlp.place).chain(syslog.iter().map(|syslog| &syslog.place));
    let vouchers: Vec<_> = receivers.filter_map(|place| place.ca.clone()).collect();
    files.extend(vouchers.iter().cloned());
    files.extend(otlp.iter().filter_map(|otlp| otlp.authorization.clone()));
    let mut faults = Faults::default();
    for path in &files {
        if let Err(cause) = std::fs::File::open(path) {
            faults.push(unreadable(&path.display().to_string(), &cause));
        }
    }
    if !faults.is_empty() {
        return faults;
    }
    faults.extend(gateway.audit.as_ref().map(unusable_keys).into_iter().flatten());
    let mut tried = |file: Option<PathBuf>, made: Result<(), TlsError>| {
        if let Err(error) = made {
            let spot = Spot::whole(&file.unwrap_or_default().display().to_string());
            faults.push(spot.fault(chain(&error), "correct the file, or the path to it"));
        }
    };
    if let Some(Tokens { jwks: Jwks::Url { ca, .. }, .. }) = &gateway.tokens {
        tried(Some(ca.clone()), fetch::tls(ca).map(drop));
    }
    for ca in &vouchers {
        tried(Some(ca.clone()), fetch::tls(ca).map(drop));
    }
    if door.clients().is_some() {
        tried(Inward::paths(door).into_iter().next(), Inward::load(door, &clock()).map(drop));
    }
    if let Some(tls) = outward {
        let file = tls.identity.as_ref().map_or(&tls.ca, |(certificate, _)| certificate);
        tried(Some(file.clone()), Outward::load(tls).map(drop));
    }
    faults
        .extend(gateway.tokens.as_ref().and_then(|tokens| jwks::usable(tokens).err()).into_iter().flatten());
    faults
}

/// What is wrong with the keys of an audit trail.
fn unusable_keys(audit: &Audit) -> Faults {
    let loaded = [
        (&audit.checkpoint_key, SigningKey::load(&audit.checkpoint_key).map(drop)),
        (&audit.pseudonym_key, PseudonymKey::load(&audit.pseudonym_key).map(drop)),
    ];
    let mut faults = Faults::default();
    for (file, made) in loaded {
        if let Err(error) = made {
            let spot = Spot::whole(&file.display().to_string());
            faults.push(spot.fault(chain(&error), "correct the file, or the path to it"));
        }
    }
    faults
}

/// What to say to an operation that the catalogue does not have.
pub fn unknown_operation(catalogue: &Catalogue, written: &str) -> String {
    let labels = || catalogue.services().iter().map(|service| service.label.as_str());
    let hint = nearest(written, labels()).map_or_else(
        || format!("the catalogue has {}", labels().collect::<Vec<_>>().join(", ")),
        |meant| format!("did you mean `{meant}`?"),
    );
    format!("no operation `{written}` in the catalogue; {hint}")
}

fn text_of(
    file: Option<&Path>,
    built_in_name: &str,
    built_in: &'static str,
) -> Result<(String, String), Faults> {
    let Some(path) = file else { return Ok((built_in_name.to_owned(), built_in.to_owned())) };
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((name, text)),
        Err(cause) => Err(unreadable(&name, &cause).into()),
    }
}

fn unreadable(file: &str, cause: &io::Error) -> Fault {
    Spot::whole(file).unreadable(cause, "put the file there, or correct the path")
}

/// Both, or the faults of both.
fn both<A, B>(a: Result<A, Faults>, b: Result<B, Faults>) -> Result<(A, B), Faults> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(mut faults), Err(more)) => {
            faults.extend(more);
            Err(faults)
        }
        (Err(faults), Ok(_)) | (Ok(_), Err(faults)) => Err(faults),
    }
}
