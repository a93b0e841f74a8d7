//! The certificates that a trusted hop passes on, and one worker's memory of those that were found right.
//!
//! Deliberately not here: whether whoever sent the header is a trusted hop (`connection`), how a header is read
//! (`identity::forwarded`).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use rustls::pki_types::CertificateDer;

use crate::config::Header;
use crate::identity::Certificate;
use crate::identity::forwarded::xfcc::Elements;
use crate::identity::forwarded::{Malformed, client_cert, xfcc};
use crate::proxy::shown::Shown;
use crate::proxy::tls::{Distrust, Inward};

/// Certificates by the header value that held them.
#[derive(Debug, Default)]
pub(super) struct Forwarded {
    known: RefCell<HashMap<Box<[u8]>, Rc<Shown>>>,
}

/// How many are remembered at most; beyond, all are read anew.
const KNOWN: usize = 256;

const CLIENT_CERT: HeaderName = HeaderName::from_static("client-cert");
const XFCC: HeaderName = HeaderName::from_static("x-forwarded-client-cert");

impl Forwarded {
    /// The certificate in a request's head, if it stands at that second since 1970.
    ///
    /// # Errors
    /// Why it does not, or is none.
    pub(super) fn certificate(
        &self,
        header: Header,
        headers: &HeaderMap,
        inward: &Inward,
        now: i64,
    ) -> Result<Arc<Certificate>, Distrust> {
        let value = only(header, headers)?.as_bytes();
        let known = self.known.borrow().get(value).cloned();
        let shown = match known {
            Some(shown) => shown,
            None => Rc::new(read(header, value, inward, now)?),
        };
        shown.stands(inward, now)?;
        self.remember(value, &shown);
        Ok(Arc::clone(shown.certificate()))
    }

    fn remember(&self, value: &[u8], shown: &Rc<Shown>) {
        let mut known = self.known.borrow_mut();
        if known.contains_key(value) {
            return;
        }
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(value.into(), Rc::clone(shown));
    }
}

/// The one line of that header; two could be told apart by nobody.
fn only(header: Header, headers: &HeaderMap) -> Result<&HeaderValue, Distrust> {
    let name = if header == Header::ClientCert { CLIENT_CERT } else { XFCC };
    let mut lines = headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Err(Distrust::NotForwarded),
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(Malformed::Several.into()),
    }
}

fn read(header: Header, value: &[u8], inward: &Inward, now: i64) -> Result<Shown, Distrust> {
    let der = match header {
        Header::ClientCert => client_cert::der(value)?,
        Header::Xfcc { appended: false } => xfcc::der(value, Elements::Only)?,
        Header::Xfcc { appended: true } => xfcc::der(value, Elements::Last)?,
    };
    let chain = vec![CertificateDer::from(der)];
    // Nothing is read from a certificate that nobody vouches for.
    inward.clients.check(&chain, now)?;
    let certificate = Certificate::read(&chain[0]).map_err(|_| Distrust::Illegible)?;
    Ok(Shown::new(Arc::new(certificate), chain))
}
