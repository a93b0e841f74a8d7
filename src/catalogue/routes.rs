//! The routes of REST services: method, path and the keys a query may have.
//!
//! Which of two routes a path takes never hangs on their order in the file: where neither is the narrower one, or
//! only capitals and small letters tell them apart, that is a fault of the catalogue.

use poortwachter_kernel::peek::rest::{Asking, Form, Relation, Segment, Target, Template, Unclear, find};
use poortwachter_kernel::vocab::OperationIx;

use super::{Dialect, Service};
use crate::text::{Source, Spot, Table, Written};

/// What a route's request does (RFC 9110 §9). `HEAD` is allowed where `GET` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Adds, or asks with a body.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Takes away.
    Delete,
}

/// One route of a service.
#[derive(Clone, Debug)]
pub struct Route {
    /// What it does.
    pub method: Method,
    /// What its path looks like, as it is written: without parameters' values it may stand anywhere.
    pub path: String,
    /// The same, to be matched.
    pub template: Template<'static>,
    /// The keys its query may have; any other is refused.
    pub query: &'static [&'static str],
    spot: Spot,
}

/// The routes of all services.
#[derive(Clone, Debug, Default)]
pub struct Routes {
    /// Every path once.
    templates: Vec<Template<'static>>,
    /// By the place of the path.
    places: Vec<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    /// For `Allow` (RFC 9110 §10.2.1).
    methods: &'static str,
    /// By method: the service, and the place among its routes.
    routes: Vec<(Method, OperationIx, usize)>,
}

/// The route that a request takes.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'c, 't> {
    /// The service it asks.
    pub operation: OperationIx,
    /// Its route.
    pub route: &'c Route,
    /// The path behind the base, which the route is about.
    pub path: &'t str,
}

/// Why a request takes no route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoute {
    /// Its target has no single meaning.
    Unclear(Unclear),
    /// No route has its path.
    Unknown,
    /// Its path has routes, with other methods.
    Method {
        /// Which ones.
        allow: &'static str,
    },
}

impl From<Unclear> for NoRoute {
    fn from(unclear: Unclear) -> Self {
        Self::Unclear(unclear)
    }
}

impl Method {
    /// Every one with its name.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("GET", Self::Get),
        ("POST", Self::Post),
        ("PUT", Self::Put),
        ("PATCH", Self::Patch),
        ("DELETE", Self::Delete),
    ];

    /// The one with that name, `HEAD` as `GET`.
    pub fn named(name: &str) -> Option<Self> {
        let name = if name == "HEAD" { "GET" } else { name };
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, method)| *method)
    }

    /// Whether its requests have a body.
    pub const fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

impl Routes {
    /// The route of a target below one of these bases: the path before a route's own, empty or `/…`.
    ///
    /// # Errors
    /// [`NoRoute`], also where two bases lead to two routes.
    pub fn take<'c, 't>(
        &'c self,
        services: &'c [Service],
        bases: &[String],
        target: &Target<'t>,
        method: &str,
    ) -> Result<Taken<'c, 't>, NoRoute> {
        let mut found = None;
        for base in bases {
            let Some(path) = target.path().strip_prefix(base.as_str()).filter(|path| path.starts_with('/'))
            else {
                continue;
            };
            let Some(at) = find(&self.templates, path)? else { continue };
            if found.replace((at, path)).is_some() {
                return Err(NoRoute::Unknown);
            }
        }
        let (at, path) = found.ok_or(NoRoute::Unknown)?;
        let place = &self.places[at];
        let method = Method::named(method);
        let route = place.routes.iter().find(|(known, ..)| Some(*known) == method);
        let (_, operation, own) = route.ok_or(NoRoute::Method { allow: place.methods })?;
        Ok(Taken { operation: *operation, route: &services[operation.at()].routes[*own], path })
    }

    /// Gathers the routes of all services; notes those that stand twice or cross.
    pub(super) fn of(source: &Source<'_>, services: &[Service]) -> Self {
        let mut routes = Self::default();
        for (service, ix) in services.iter().zip((0..).map(OperationIx)) {
            for (own, route) in service.routes.iter().enumerate() {
                routes.add(source, route, ix, own);
            }
        }
        for place in &mut routes.places {
            place.methods = allow(&place.routes);
        }
        routes
    }

    fn add(&mut self, source: &Source<'_>, route: &Route, service: OperationIx, own: usize) {
        let note = |problem: &str, remedy: &str| {
            source.note(route.spot.fault(format!("`{}` {problem}", route.path), remedy));
        };
        let (mut same, mut crosses) = (None, false);
        for (at, other) in self.templates.iter().enumerate() {
            match route.template.relation(other) {
                Relation::Same if *other != route.template => {
                    note(
                        "names its parameters otherwise than another route with this path",
                        "write the same names",
                    );
                }
                Relation::Same => same = Some(at),
                Relation::Crossing => crosses = true,
                Relation::Apart | Relation::Within | Relation::Around => {}
            }
        }
        if crosses {
            let problem = "and another route have paths in common, and neither is the narrower one";
            note(problem, "give a parameter its form, {name:digits}, so that they lie apart");
        }
        let at = same.unwrap_or_else(|| {
            self.templates.push(route.template);
            self.places.push(Place { methods: "", routes: Vec::new() });
            self.templates.len() - 1
        });
        let known = &mut self.places[at].routes;
        if known.iter().any(|(method, ..)| *method == route.method) {
            note("stands twice with this method", "give each path and method to one service only");
        }
        known.push((route.method, service, own));
    }
}

/// The methods as `Allow` lists them.
fn allow(routes: &[(Method, OperationIx, usize)]) -> &'static str {
    let has = |method: Method| routes.iter().any(|(known, ..)| *known == method);
    let mut names: Vec<&str> =
        Method::NAMES.iter().filter(|(_, method)| has(*method)).map(|(name, _)| *name).collect();
    if has(Method::Get) {
        names.insert(1, "HEAD");
    }
    names.join(", ").leak()
}

impl Service {
    /// What a request of one of its routes can state.
    pub fn asking<'c>(&'c self, route: &'c Route) -> Asking<'c> {
        let persons = self.person_question.as_ref().map_or(&[][..], |question| &question.elements);
        Asking { keys: route.query, persons, source: self.source_key }
    }
}

/// `routes` of a service; none: it is listed for the law and for `redact`, and no route leads to it.
pub(super) fn routes(table: &Table<'_>, dialect: Dialect) -> Vec<Route> {
    let tables = table.tables("routes");
    if !tables.is_empty() && dialect != Dialect::Rest {
        table.fault("routes", "is for REST services", "write dialect = \"rest\", or `paths`");
    }
    tables.into_iter().filter_map(route).collect()
}

fn route(table: Table<'_>) -> Option<Route> {
    let spot = table.spot();
    let method = table.choice("method", Method::NAMES);
    let path = table.text("path");
    let segments = path.as_deref().and_then(|path| {
        let segments =
            path.strip_prefix('/').and_then(|rest| rest.split('/').map(segment).collect::<Option<Vec<_>>>());
        if segments.is_none() {
            let problem = format!("`{path}` is no path of a route");
            table.fault(
                "path",
                problem,
                "write words and {parameters} with slashes between: /v1/things/{id:digits}",
            );
        }
        segments
    });
    let keys = table.texts("query");
    for Written { value, spot } in keys.iter().filter(|key| !is_key(&key.value)) {
        table.note(
            spot.fault(format!("`{value}` is no key of a query"), "write letters, digits, `.`, `-` and `_`"),
        );
    }
    table.close();
    let query: Vec<&str> = keys.into_iter().map(|key| &*key.value.leak()).collect();
    let template = Template { segments: segments?.leak() };
    Some(Route { method: method?, path: path?, template, query: query.leak(), spot })
}

fn is_key(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

/// A word, `{name}` or `{name:form}`. Names live as long as the process, as the programs' do.
fn segment(written: &str) -> Option<Segment<'static>> {
    let leaked = |text: &str| -> &'static str { text.to_owned().leak() };
    let Some(inner) = written.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return Form::Word.fits(written).then(|| Segment::Literal(leaked(written)));
    };
    let (name, form) = inner.split_once(':').unwrap_or((inner, "word"));
    let form = Form::NAMES.iter().find(|(known, _)| *known == form)?.1;
    (!name.is_empty() && is_key(name)).then(|| Segment::Parameter { name: leaked(name), form })
}
