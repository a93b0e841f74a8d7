//! Which field groups a grant is for, service by service: what it names, or all (GDPR art. 5.1.c).

use poortwachter_kernel::vocab::Groups;

use super::consumer::{FieldList, GrantText};
use crate::catalogue::{EVERYTHING, NEAR_FUNCTIONHOLDERS, Service};
use crate::text::Fault;
use crate::text::words::{nearest, one_of};

/// The groups of a service's answer that a grant is for. `keeps_near`: whether "all" takes in what is near to
/// functionholders, too.
///
/// A name that the service does not have opens nothing; [`misfits`] has told it.
pub(super) fn groups(grant: &GrantText, service: &Service, keeps_near: bool) -> Groups {
    let everything = if keeps_near { Groups::ALL } else { Groups::ORDINARY };
    let Some(FieldList { names, .. }) = &grant.fields else { return everything };
    names.iter().fold(Groups::NONE, |all, name| match name.value.as_str() {
        EVERYTHING => all.union(everything),
        name => service.groups.place(name).map_or(all, |place| all.with(place)),
    })
}

/// What a grant's `fields` names that one of its services does not have.
pub(super) fn misfits(grant: &GrantText, services: &[&Service]) -> Vec<Fault> {
    let Some(fields) = &grant.fields else { return Vec::new() };
    let mut faults = Vec::new();
    for service in services {
        if service.origin.is_kbo_vkbo_alone() {
            let problem = format!("does not go with `{}`, which gives KBO/VKBO data", service.label);
            let remedy =
                "name the personal fields that stay in `opens`; put other services in a grant of their own";
            faults.push(fields.spot.fault(problem, remedy));
            continue;
        }
        let strange = fields.names.iter().filter(|name| service.groups.place(&name.value).is_none());
        faults.extend(strange.map(|name| {
            let problem = format!("`{}` is no field group of `{}`", name.value, service.label);
            name.spot.fault(problem, remedy(&name.value, service))
        }));
    }
    faults
}

fn remedy(written: &str, service: &Service) -> String {
    if written == NEAR_FUNCTIONHOLDERS {
        return "leave it out: the service's answers hold no such block".to_owned();
    }
    let all = one_of(service.groups.names());
    let meant = nearest(written, service.groups.names()).filter(|meant| *meant != EVERYTHING);
    let choice = match meant {
        Some(meant) => format!("did you mean `{meant}`? There are {all}"),
        None => format!("write {all}"),
    };
    format!("{choice}; or add groups in your own catalogue with extends = \"built-in\"")
}
