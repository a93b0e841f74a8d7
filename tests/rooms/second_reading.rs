//! The decision table once more, deliberately naive: written from the legal guide's section 2, row by row, and
//! neither from the code nor from `config/law.toml`. Every word in it is a text. It knows nothing of days but
//! how to compare them as they are written.

/// What is on file, valid today.
#[derive(Debug, Default)]
pub struct Papers {
    /// The days of the general authorizations acceded to.
    pub accessions: Vec<String>,
    /// The issuers of authorizations for the National Register.
    pub authorizations: Vec<&'static str>,
    /// Chamber, day, and whether the papers of the failed protocol are there.
    pub deliberations: Vec<(&'static str, String, bool)>,
    /// Their days.
    pub protocols: Vec<String>,
    /// The days of the ratified protocols.
    pub ratified: Vec<String>,
    pub basis: bool,
    pub disclaimer: bool,
}

impl Papers {
    fn deliberation(&self, chamber: &str) -> bool {
        self.deliberations.iter().any(|(of, _, _)| *of == chamber)
    }
}

const FO: &str = "federal-government";
const SSG: &str = "social-security-health";
const UNITED: &str = "united";

/// The rule by which a call passes.
#[expect(clippy::too_many_lines, reason = "a table, and as long as one")]
pub fn lawful(
    source: &str,
    kind: &str,
    network: &str,
    mediation: &str,
    held: &Papers,
) -> Option<&'static str> {
    let federal = kind == "federal-agency";
    let outside_primary = network == "secondary";
    match source {
        "national-register" => {
            if federal {
                None
            } else if held.accessions.iter().any(|general| general.as_str() < "2019") {
                Some("1a-1")
            } else if held.authorizations.contains(&"fod-biza") {
                Some("1a-2")
            } else {
                None
            }
        }
        "cadastre" => {
            if federal {
                None
            } else if !held.accessions.is_empty() {
                Some("1b-1")
            } else if outside_primary {
                if held.deliberation(UNITED) { Some("1b-2") } else { None }
            } else if !held.protocols.is_empty() {
                Some("1b-3")
            } else if held.deliberations.iter().any(|(of, _, papers)| *of == FO && *papers) {
                Some("1b-4")
            } else {
                None
            }
        }
        "federal-social" => {
            if federal {
                None
            } else if !held.accessions.is_empty() {
                Some("1c-1")
            } else if held.deliberation(SSG) {
                Some("1c-2")
            } else {
                None
            }
        }
        "federal-health" => {
            if !federal && held.deliberation(SSG) {
                Some("1d-1")
            } else {
                None
            }
        }
        "federal-other" => {
            if federal {
                None
            } else if !held.accessions.is_empty() {
                Some("1e-1")
            } else if outside_primary {
                if held.deliberation(UNITED) { Some("1e-2") } else { None }
            } else if held.protocols.iter().any(|on| on.as_str() >= "2019-04-01") {
                Some("1e-3")
            } else if held
                .deliberations
                .iter()
                .any(|(of, on, papers)| *of == FO && *papers && on.as_str() >= "2019-04-01")
            {
                Some("1e-4")
            } else if held.ratified.iter().any(|on| on.as_str() < "2019-04-01") {
                Some("1e-5")
            } else {
                None
            }
        }
        "bis-register" => {
            // Of the Sectoral Committee or of FOD BiZa: either will do.
            if !federal && !held.authorizations.is_empty() && held.deliberation(SSG) {
                Some("1f-1")
            } else {
                None
            }
        }
        "kbo-vkbo" => {
            if held.disclaimer {
                Some("1g-1")
            } else {
                None
            }
        }
        "flemish-social" => {
            if federal {
                if network == "none" {
                    if held.deliberation(UNITED) { Some("2a-4") } else { None }
                } else if held.deliberation(SSG) {
                    Some("2a-3")
                } else {
                    None
                }
            } else if mediation == "ksz" {
                if held.deliberation(SSG) { Some("2a-2") } else { None }
            } else if !held.protocols.is_empty() {
                Some("2a-1")
            } else {
                None
            }
        }
        "ocmw-social" => {
            if !federal || network != "none" {
                if held.deliberation(SSG) { Some("2b-1") } else { None }
            } else if held.deliberation(UNITED) {
                Some("2b-2")
            } else {
                None
            }
        }
        "flemish-health" => {
            if federal {
                if held.deliberation(SSG) { Some("2c-3") } else { None }
            } else if mediation == "ehealth" {
                if held.deliberation(SSG) { Some("2c-2") } else { None }
            } else if !held.protocols.is_empty() {
                Some("2c-1")
            } else {
                None
            }
        }
        "flemish-other" => {
            if !held.accessions.is_empty() {
                Some("2d-1")
            } else if !held.protocols.is_empty() {
                Some("2d-2")
            } else {
                None
            }
        }
        other => panic!("the guide has no category {other}"),
    }
}

/// The rule that decides on functionholders' fields, all of them asked for.
pub fn fields(source: &str, held: &Papers) -> Option<&'static str> {
    match source {
        "kbo-vkbo" if held.basis => Some("1g-2"),
        "kbo-vkbo" => Some("1g-3"),
        _ => None,
    }
}

/// The rule that says what to ask for: (kind, network, mediation), (a general authorization covers the purpose,
/// a protocol failed, a register authorization is held, functionholders' fields are wanted), the instrument's day.
pub fn advised(
    source: &str,
    (kind, network, mediation): (&str, &str, &str),
    (general, failed, register, fields): (bool, bool, bool, bool),
    dated: &str,
) -> Option<&'static str> {
    let federal = kind == "federal-agency";
    let rule = match source {
        "kbo-vkbo" => return Some(if fields { "1g-2" } else { "1g-1" }),
        "flemish-social" if federal => return Some(if network == "none" { "2a-4" } else { "2a-3" }),
        "flemish-social" => return Some(if mediation == "ksz" { "2a-2" } else { "2a-1" }),
        "ocmw-social" => return Some(if federal && network == "none" { "2b-2" } else { "2b-1" }),
        "flemish-health" if federal => return Some("2c-3"),
        "flemish-health" => return Some(if mediation == "ehealth" { "2c-2" } else { "2c-1" }),
        "flemish-other" => return Some(if general { "2d-1" } else { "2d-2" }),
        "national-register" => {
            if general {
                "1a-1"
            } else {
                "1a-2"
            }
        }
        "cadastre" if general => "1b-1",
        "cadastre" if network == "secondary" => "1b-2",
        "cadastre" => {
            if failed {
                "1b-4"
            } else {
                "1b-3"
            }
        }
        "federal-social" => {
            if general {
                "1c-1"
            } else {
                "1c-2"
            }
        }
        "federal-health" => "1d-1",
        "federal-other" if general => "1e-1",
        "federal-other" if network == "secondary" => "1e-2",
        "federal-other" if dated < "2019-04-01" => "1e-5",
        "federal-other" => {
            if failed {
                "1e-4"
            } else {
                "1e-3"
            }
        }
        "bis-register" => {
            if register {
                "1f-1"
            } else {
                "1f-2"
            }
        }
        other => panic!("the guide has no category {other}"),
    };
    // What is left are federal sources: for them the page speaks to Flemish and local consumers only.
    if federal { None } else { Some(rule) }
}
