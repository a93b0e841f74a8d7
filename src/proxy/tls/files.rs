//! The files of one side of TLS, and what is wrong with them.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read at all.
    #[error("cannot read `{path}`; put the file there, or correct the path in gateway.toml")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// Files change while they are read, again and again.
    #[error("`{path}` changes faster than it can be read; write it elsewhere and move it in place")]
    Restless {
        /// The first of the files.
        path: PathBuf,
    },
    /// A file cannot be read as PEM.
    #[error("cannot read `{path}`; it must be a PEM file with {wanted}")]
    File {
        /// The file.
        path: PathBuf,
        /// What should be in it.
        wanted: &'static str,
        /// Why not.
        #[source]
        cause: pem::Error,
    },
    /// A bundle of authorities holds none that can be used.
    #[error(
        "`{path}` holds no certificate authority that can be used; put the authority's certificate in it"
    )]
    Authorities {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key do not make an identity.
    #[error(
        "the certificate in `{certificate}` and the key in `{key}` do not go together; put both of one identity in place"
    )]
    Identity {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why not.
        #[source]
        cause: rustls::Error,
    },
    /// The authorities cannot verify anybody.
    #[error(
        "the authorities in `{path}` cannot verify client certificates; put the consumers' authorities in it"
    )]
    Verifier {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: rustls::server::VerifierBuilderError,
    },
    /// A list of revoked certificates cannot be used.
    #[error(
        "`{path}` holds a list of revoked certificates that cannot be used; fetch the issuer's full list, in PEM or DER"
    )]
    Revocations {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Two versions of one list: only one of them would be looked at.
    #[error("`{path}` holds another list of an issuer whose list was read already; keep the newer one")]
    TwoLists {
        /// The second file.
        path: PathBuf,
    },
    /// A list that its issuer did not sign.
    #[error(
        "the list in `{path}` was not signed by the authority of its issuer's name in `{authorities}`; fetch it anew from the issuer"
    )]
    Forged {
        /// The list's file.
        path: PathBuf,
        /// The authorities' file.
        authorities: PathBuf,
    },
    /// The library refuses the protocol versions.
    #[error("cannot set up TLS")]
    Library(#[from] rustls::Error),
}

/// Files with what was in them at one moment.
#[derive(Debug)]
pub struct Files(Vec<(PathBuf, Vec<u8>)>);

/// What the file system says of files without their being read: device, inode, size and change time of what links lead
/// to. It changes when they do, Kubernetes' swap of a link included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen(Vec<(u64, u64, u64, i64, i64)>);

/// The longest file that is read. Lists of revoked certificates can be some tens of megabytes long.
const LENGTH_MAX: u64 = 64 << 20;

impl Seen {
    /// The files as they are now.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`].
    pub fn of(paths: &[PathBuf]) -> Result<Self, TlsError> {
        let seen = paths.iter().map(|path| {
            let meta = fs::metadata(path).map_err(|cause| unreadable(path, cause))?;
            // A pipe would make the gateway wait for whoever writes into it; a device has no end.
            if !meta.is_file() || meta.size() > LENGTH_MAX {
                return Err(unreadable(path, io::Error::other("it is no file, or is larger than 64 MiB")));
            }
            Ok((meta.dev(), meta.ino(), meta.size(), meta.ctime(), meta.ctime_nsec()))
        });
        seen.collect::<Result<_, _>>().map(Self)
    }
}

impl Files {
    /// Reads them in a state in which they stood together: what changes meanwhile is read again.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`], [`TlsError::Restless`].
    pub fn read(paths: &[PathBuf]) -> Result<(Self, Seen), TlsError> {
        let mut before = Seen::of(paths)?;
        for _ in 0..10 {
            let contents = paths.iter().map(|path| content(path).map(|bytes| (path.clone(), bytes)));
            let files = Self(contents.collect::<Result<_, _>>()?);
            let after = Seen::of(paths)?;
            if before == after {
                return Ok((files, after));
            }
            before = after;
        }
        Err(TlsError::Restless { path: paths.first().cloned().unwrap_or_default() })
    }

    /// SHA-256 over all of them.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (_, bytes) in &self.0 {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
        hash.finalize().into()
    }

    fn bytes(&self, path: &Path) -> &[u8] {
        self.0.iter().find(|(known, _)| known == path).map_or(&[], |(_, bytes)| bytes)
    }

    /// All certificates in a PEM file.
    ///
    /// # Errors
    /// [`TlsError::File`], also when there is none.
    pub(super) fn certificates(&self, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let unreadable = |cause| TlsError::File { path: path.to_owned(), wanted: "certificates", cause };
        let found: Vec<_> =
            CertificateDer::pem_slice_iter(self.bytes(path)).collect::<Result<_, _>>().map_err(unreadable)?;
        if found.is_empty() { Err(unreadable(pem::Error::NoItemsFound)) } else { Ok(found) }
    }

    pub(super) fn key(&self, path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
        PrivateKeyDer::from_pem_slice(self.bytes(path)).map_err(|cause| TlsError::File {
            path: path.to_owned(),
            wanted: "an unencrypted private key",
            cause,
        })
    }

    pub(super) fn authorities(&self, path: &Path) -> Result<RootCertStore, TlsError> {
        let mut store = RootCertStore::empty();
        let (added, _) = store.add_parsable_certificates(self.certificates(path)?);
        if added == 0 { Err(TlsError::Authorities { path: path.to_owned() }) } else { Ok(store) }
    }

    /// All lists of revoked certificates in a file: one in DER, or any number in PEM.
    pub(super) fn revocations(
        &self,
        path: &Path,
    ) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
        const SEQUENCE: u8 = 0x30;
        let bytes = self.bytes(path);
        if bytes.first() == Some(&SEQUENCE) {
            return Ok(vec![CertificateRevocationListDer::from(bytes.to_vec())]);
        }
        let unusable =
            |cause: pem::Error| TlsError::Revocations { path: path.to_owned(), cause: cause.into() };
        let found: Vec<_> = CertificateRevocationListDer::pem_slice_iter(bytes)
            .collect::<Result<_, _>>()
            .map_err(unusable)?;
        if found.is_empty() { Err(unusable(pem::Error::NoItemsFound)) } else { Ok(found) }
    }
}

fn content(path: &Path) -> Result<Vec<u8>, TlsError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LENGTH_MAX).read_to_end(&mut bytes))
        .map_err(|cause| unreadable(path, cause))?;
    Ok(bytes)
}

fn unreadable(path: &Path, cause: io::Error) -> TlsError {
    TlsError::Unreadable { path: path.to_owned(), cause }
}
