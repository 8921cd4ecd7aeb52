//! The listeners' certificate: read from PEM files, exchanged without dropping a connection.

use crate::config::TlsFiles;
use crate::limits;
use crate::model::Timestamp;
use arc_swap::ArcSwap;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, ServerConfig};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Why a pair of files makes no TLS.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TlsError {
    /// A file is not there, too large, or not ours to read.
    #[error("`{0}` cannot be read: {1}")]
    Unreadable(String, String),
    /// No certificate in the file.
    #[error("`{0}` holds no certificate in PEM form (`-----BEGIN CERTIFICATE-----`)")]
    NoCertificate(String),
    /// No key in the file.
    #[error("`{0}` holds no private key in PEM form (`-----BEGIN PRIVATE KEY-----`)")]
    NoKey(String),
    /// They are not a pair.
    #[error("the key in `{1}` does not belong to the certificate in `{0}`")]
    NoPair(String, String),
    /// The certificate is damaged.
    #[error("the certificate in `{0}` cannot be understood")]
    Damaged(String),
    /// X.509 version 1 or 2.
    #[error("the certificate in `{0}` is of an old version of X.509; make one of version 3")]
    OldVersion(String),
    /// A kind of key that ring does not know.
    #[error("TLS cannot be set up with `{0}`: {1}")]
    Setup(String, String),
}

/// TLS for the listeners. A clone shares its certificate.
#[derive(Debug, Clone)]
pub struct Tls {
    files: TlsFiles,
    config: Arc<ServerConfig>,
    current: Arc<Current>,
}

/// The pair in force. Written by [`Tls::reread`], read by every handshake.
#[derive(Debug)]
struct Current(ArcSwap<Pair>);

#[derive(Debug)]
struct Pair {
    key: Arc<CertifiedKey>,
    /// Unix seconds.
    begins_at: i64,
    /// Unix seconds.
    expires_at: i64,
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.load().key))
    }
}

impl Tls {
    /// Reads the pair of files.
    ///
    /// # Errors
    /// What is wrong with which file.
    pub fn open(files: TlsFiles) -> Result<Tls, TlsError> {
        let current = Arc::new(Current(ArcSwap::from_pointee(Pair::read(&files)?)));
        let provider = Arc::new(ring::default_provider());
        let setup = |why: rustls::Error| TlsError::Setup(shown(&files.cert), why.to_string());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(setup)?
            .with_no_client_auth();
        let mut config = config.with_cert_resolver(Arc::clone(&current) as Arc<_>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Tls { files, config: Arc::new(config), current })
    }

    /// Reads the files again: whether the certificate changed. New connections get the new one.
    ///
    /// # Errors
    /// What is wrong with which file; the old pair stays in force.
    pub fn reread(&self) -> Result<bool, TlsError> {
        let read = Pair::read(&self.files)?;
        let changed = read.key.cert != self.current.0.load().key.cert;
        if changed {
            self.current.0.store(Arc::new(read));
        }
        Ok(changed)
    }

    /// When the certificate in force ends, in Unix seconds.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.current.0.load().expires_at
    }

    /// What is wrong with the time of the certificate in force: it has ended, or not begun.
    #[must_use]
    pub fn outside_its_time(&self, now: Timestamp) -> Option<String> {
        let pair = self.current.0.load();
        let why = outside(pair.begins_at, pair.expires_at, now.millis() / 1_000)?;
        let cert = shown(&self.files.cert);
        Some(format!("the certificate in `{cert}` {why}: callers refuse it, and so does WhatsApp"))
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

/// The first certificate of a PEM file: the one that a listener shows.
///
/// # Errors
/// The file cannot be read, or holds none.
pub fn first_certificate(path: &Path) -> Result<CertificateDer<'static>, TlsError> {
    let none = || TlsError::NoCertificate(shown(path));
    certificates(path)?.into_iter().next().ok_or_else(none)
}

impl Pair {
    fn read(files: &TlsFiles) -> Result<Pair, TlsError> {
        let (cert, key) = (shown(&files.cert), shown(&files.key));
        let chain = certificates(&files.cert)?;
        let times = validity(chain.first()).ok_or(TlsError::Damaged(cert.clone()))?;
        let (begins_at, expires_at) = times;
        let secret = PrivateKeyDer::from_pem_slice(&bytes(&files.key)?);
        let secret = secret.map_err(|_| TlsError::NoKey(key.clone()))?;
        let pair = CertifiedKey::from_der(chain, secret, &ring::default_provider());
        let pair = pair.map_err(|why| match why {
            rustls::Error::InconsistentKeys(_) => TlsError::NoPair(cert, key),
            // Seen with certificates of X.509 version 1.
            rustls::Error::InvalidCertificate(CertificateError::Other(why))
                if why.to_string().contains("UnsupportedCertVersion") =>
            {
                TlsError::OldVersion(cert)
            }
            other => TlsError::Setup(cert, other.to_string()),
        })?;
        Ok(Pair { key: Arc::new(pair), begins_at, expires_at })
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = bytes(path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(TlsError::NoCertificate(shown(path))),
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |why: String| TlsError::Unreadable(shown(path), why);
    let about = std::fs::metadata(path).map_err(|why| unreadable(why.to_string()))?;
    if !about.is_file() || about.len() > limits::PEM_FILE_BYTES_MAX {
        return Err(unreadable("it is no small file".to_owned()));
    }
    std::fs::read(path).map_err(|why| unreadable(why.to_string()))
}

/// From when until when it holds, in Unix seconds.
fn validity(certificate: Option<&CertificateDer<'_>>) -> Option<(i64, i64)> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate?).ok()?;
    let validity = parsed.validity();
    Some((validity.not_before.timestamp(), validity.not_after.timestamp()))
}

fn outside(begins_at: i64, expires_at: i64, now: i64) -> Option<&'static str> {
    match now {
        _ if now < begins_at => Some("is not valid yet"),
        _ if now > expires_at => Some("has expired"),
        _ => None,
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_holds_in_its_time_alone() {
        for (now, expected) in
            [(9, Some("is not valid yet")), (10, None), (20, None), (21, Some("has expired"))]
        {
            assert_eq!(outside(10, 20, now), expected, "{now}");
        }
    }
}
