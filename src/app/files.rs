//! Law, catalogue and registry from the disk: the built-in ones unless files are named.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::audit::keys::{PseudonymKey, SigningKey};
use crate::catalogue::Catalogue;
use crate::config::{Door, Gateway};
use crate::law::Law;
use crate::proxy::tls::{self, TlsError};
use crate::registry::{self, Basis, Loaded};
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
    registry::load(&gateway.registry.directory, &basis_of(gateway)?, gateway.listener.door.consumer())
}

/// What is wrong with the certificates and keys that a configuration names: files that are not there, or that make
/// no TLS.
pub fn unusable(gateway: &Gateway) -> Faults {
    let mut faults = missing(gateway);
    if !faults.is_empty() {
        return faults;
    }
    if let Some(audit) = &gateway.audit {
        let loaded = [
            (&audit.checkpoint_key, SigningKey::load(&audit.checkpoint_key).map(drop)),
            (&audit.pseudonym_key, PseudonymKey::load(&audit.pseudonym_key).map(drop)),
        ];
        for (file, made) in loaded {
            if let Err(error) = made {
                let spot = Spot::whole(&file.display().to_string());
                faults.push(spot.fault(chain(&error), "correct the file, or the path to it"));
            }
        }
    }
    let mut tried = |file: &Path, made: Result<(), TlsError>| {
        if let Err(error) = made {
            let spot = Spot::whole(&file.display().to_string());
            faults.push(spot.fault(chain(&error), "correct the file, or the path to it"));
        }
    };
    if let Door::Mutual(files) = &gateway.listener.door {
        tried(&files.certificate, tls::server(files).map(drop));
    }
    if let Some(files) = &gateway.upstream.tls {
        let certificate = files.identity.as_ref().map_or(&files.ca, |(certificate, _)| certificate);
        tried(certificate, tls::client(files).map(drop));
    }
    faults
}

fn missing(gateway: &Gateway) -> Faults {
    let mut files: Vec<&Path> = Vec::new();
    if let Door::Mutual(tls) = &gateway.listener.door {
        files.extend([tls.certificate.as_path(), &tls.key, &tls.client_ca]);
    }
    if let Some(tls) = &gateway.upstream.tls {
        files.push(&tls.ca);
        files.extend(
            tls.identity.iter().flat_map(|(certificate, key)| [certificate.as_path(), key.as_path()]),
        );
    }
    if let Some(audit) = &gateway.audit {
        files.extend([audit.checkpoint_key.as_path(), &audit.pseudonym_key]);
    }
    let mut faults = Faults::default();
    for path in files {
        if let Err(cause) = std::fs::File::open(path) {
            faults.push(unreadable(&path.display().to_string(), &cause));
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
