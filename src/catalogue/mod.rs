//! The services the gateway knows: what each is called on the wire, whose data it gives, and where
//! personal data stands in its answers, and which named parts of them a grant may be limited to.
//!
//! Read from `catalogue.toml`, once, at start. A service that is not in it does not exist for the
//! gateway.
//! Deliberately not here: who may call what.

mod groups;
mod read;
mod routes;
mod service;

use std::collections::HashMap;

use poortwachter_kernel::peek::rest::Target;
use poortwachter_kernel::redact::allow::Allow;
use poortwachter_kernel::redact::program::Program;
use poortwachter_kernel::view;
use poortwachter_kernel::vocab::OperationIx;

pub use groups::{EVERYTHING, FieldGroups, GroupPath, NEAR_FUNCTIONHOLDERS};
pub use routes::{Method, NoRoute, Route, Routes, Taken};
pub use service::{Dialect, Origin, PersonQuestion, Service, Signs};

/// All services; their place is their [`OperationIx`].
#[derive(Clone, Debug)]
pub struct Catalogue {
    version: String,
    services: Vec<Service>,
    by_label: HashMap<String, OperationIx>,
    paths: HashMap<String, Stated>,
    routes: Routes,
    /// By the root element of a question: its service in each version.
    roots: HashMap<String, Vec<OperationIx>>,
    person_elements: Vec<&'static str>,
}

/// What the path of a request states about the service asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stated {
    /// This service.
    Service(OperationIx),
    /// Nothing: the path serves all of them, as at the platform's mocks.
    AnyService,
    /// No service of the catalogue has this path.
    Unknown,
}

impl Catalogue {
    /// The catalogue this gateway ships with.
    pub const BUILT_IN: &'static str = include_str!("../../config/catalogue.toml");

    /// What a path states. Matched byte for byte: a path that needs normalising is no service's.
    pub fn path(&self, path: &str) -> Stated {
        self.paths.get(path).copied().unwrap_or(Stated::Unknown)
    }

    /// The REST route that a target takes below one of these bases, empty or `/…`, with a method, `GET`.
    ///
    /// # Errors
    /// [`NoRoute`]: no single one.
    pub fn route<'c, 't>(
        &'c self,
        bases: &[String],
        target: &Target<'t>,
        method: &str,
    ) -> Result<Taken<'c, 't>, NoRoute> {
        self.routes.take(&self.services, bases, target, method)
    }

    /// The service with that root element in the request's Body, in that version (`02.00`).
    pub fn asked_by(&self, root: &str, version: &str) -> Option<OperationIx> {
        self.roots.get(root)?.iter().copied().find(|ix| self.service(*ix).version == version)
    }

    /// The service with that label, `GeefOnderneming/02.00`.
    pub fn labelled(&self, label: &str) -> Option<OperationIx> {
        self.by_label.get(label).copied()
    }

    /// Whether a service with that root element exists in any version.
    pub fn knows(&self, root: &str) -> bool {
        self.roots.contains_key(root)
    }

    /// The service at that place.
    ///
    /// # Panics
    /// When the index is not of this catalogue.
    pub fn service(&self, ix: OperationIx) -> &Service {
        &self.services[ix.at()]
    }

    /// All services.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// Where personal data stands in the answers of a service.
    ///
    /// # Panics
    /// When the index is not of this catalogue.
    pub fn program(&self, ix: OperationIx) -> &Program<'static> {
        &self.service(ix).program
    }

    /// Which paths of the answers of a service its field groups allow.
    ///
    /// # Panics
    /// When the index is not of this catalogue.
    pub fn allow(&self, ix: OperationIx) -> &Allow<'static> {
        self.service(ix).groups.allow()
    }

    /// Every element name by which some service's question names a person.
    pub fn person_elements(&self) -> &[&'static str] {
        &self.person_elements
    }

    /// The version the file gives itself.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What the decision needs to know, in the services' order.
    pub fn operations(&self) -> Vec<view::Operation> {
        self.services.iter().map(Service::operation).collect()
    }
}
