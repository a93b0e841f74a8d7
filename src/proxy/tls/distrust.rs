//! Why a consumer's certificate is not relied on: the one list, with the name each reason has in logs and metrics.

use rustls::CertificateError;

use crate::identity::certificate::Invalid;
use crate::identity::forwarded::Malformed;
use crate::registry::Ambiguous;

/// Why a certificate proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// Its first second is still to come, or the clock was set back before it.
    NotYetValid,
    /// Its last second is past.
    Expired,
    /// Its issuer's list has it.
    Revoked,
    /// Lists are configured, and none is its issuer's.
    UnknownRevocation,
    /// Its issuer's list is overdue.
    OverdueList,
    /// None of the authorities vouches for it.
    UnknownIssuer,
    /// Anything else that verification found: a signature, a purpose, a critical extension.
    Unverified,
    /// Its subject cannot be read as text.
    Illegible,
    /// Pins of two consumers fit it.
    Ambiguous,
    /// A trusted hop passed a call on without saying whose.
    NotForwarded,
    /// What a trusted hop said cannot be read.
    Malformed(Malformed),
}

impl Distrust {
    /// All names, in the order of the reasons.
    pub const NAMES: [&'static str; 11] = [
        "not-yet-valid",
        "expired",
        "revoked",
        "no-crl",
        "crl-expired",
        "unknown-issuer",
        "unverified",
        "illegible",
        "two-consumers",
        "not-forwarded",
        "malformed-header",
    ];

    /// Its name in logs and metrics.
    pub fn name(self) -> &'static str {
        let at = match self {
            Self::NotYetValid => 0,
            Self::Expired => 1,
            Self::Revoked => 2,
            Self::UnknownRevocation => 3,
            Self::OverdueList => 4,
            Self::UnknownIssuer => 5,
            Self::Unverified => 6,
            Self::Illegible => 7,
            Self::Ambiguous => 8,
            Self::NotForwarded => 9,
            Self::Malformed(_) => 10,
        };
        Self::NAMES[at]
    }

    /// What to do about it, where its name does not say.
    pub fn remedy(self) -> String {
        match self {
            Self::UnknownRevocation => "add its issuer's list to `crls`".to_owned(),
            Self::OverdueList => "renew its issuer's list".to_owned(),
            Self::UnknownIssuer => "put its issuing authority in `client-ca`, if it may vouch".to_owned(),
            Self::Ambiguous => Ambiguous.to_string(),
            Self::NotForwarded => {
                "let the hop set the header of `listener.forwarded` on every call".to_owned()
            }
            Self::Malformed(why) => format!("in the header of `listener.forwarded`, {why}"),
            _ => "a new certificate is needed".to_owned(),
        }
    }

    /// What a verification that failed means.
    pub fn of(error: &rustls::Error) -> Self {
        let rustls::Error::InvalidCertificate(why) = error else { return Self::Unverified };
        match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::Revoked => Self::Revoked,
            CertificateError::UnknownRevocationStatus => Self::UnknownRevocation,
            CertificateError::ExpiredRevocationList
            | CertificateError::ExpiredRevocationListContext { .. } => Self::OverdueList,
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            _ => Self::Unverified,
        }
    }

    /// What a handshake that failed says of the client's certificate; `None`: it did not fail for that.
    pub fn of_handshake(error: &std::io::Error) -> Option<Self> {
        let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
        matches!(error, rustls::Error::InvalidCertificate(_)).then(|| Self::of(error))
    }
}

impl From<Invalid> for Distrust {
    fn from(invalid: Invalid) -> Self {
        match invalid {
            Invalid::NotYet => Self::NotYetValid,
            Invalid::Expired => Self::Expired,
        }
    }
}

impl From<Malformed> for Distrust {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<Ambiguous> for Distrust {
    fn from(_: Ambiguous) -> Self {
        Self::Ambiguous
    }
}
