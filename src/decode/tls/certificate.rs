//! One certificate (RFC 5280), read by the crate `x509-parser`.

use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, Ipv6Addr};

use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo, X509Name};

/// Names that are kept of a certificate.
const NAMES_AT_MOST: usize = 100;

/// Characters of a name that are kept.
const NAME_AT_MOST: usize = 256;

/// Nanoseconds of a second.
const SECOND_NS: i64 = 1_000_000_000;

/// What a certificate says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Whom it is for.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The hosts that it is for, by name and by address.
    pub names: Vec<String>,
    /// All of them, those that are not kept too.
    pub names_count: usize,
    /// It is good from then on, in nanoseconds since 1970; `None` where that does not
    /// fit, as before 1970.
    pub not_before_ns: Option<u64>,
    /// It is good until then; `None` where that does not fit, as in the year 9999, which
    /// stands for no end.
    pub not_after_ns: Option<u64>,
    /// The key's algorithm and size: `RSA 2048`, `EC P-256`.
    pub key: String,
    /// The algorithm of the issuer's signature.
    pub signature: String,
    /// Whether the host that was asked is among the names; `None` where none was asked,
    /// or it names none.
    pub names_host: Option<bool>,
    /// Whether it has signed itself, as far as the names tell.
    pub is_self_issued: bool,
    /// Its bytes.
    pub bytes: usize,
}

impl Certificate {
    /// Reads one, all of it; `None` where it is none. `host` is the one that was asked.
    #[must_use]
    pub fn parse(der: &[u8], host: Option<&str>) -> Option<Self> {
        let (_, it) = X509Certificate::from_der(der).ok()?;
        let mut names = Vec::new();
        let mut names_count = 0;
        let mut matches = false;
        let mut take = |name: String| {
            names_count += 1;
            matches |= host.is_some_and(|host| names_host(&name, host));
            if names.len() < NAMES_AT_MOST {
                names.push(name.chars().take(NAME_AT_MOST).collect());
            }
        };
        for extension in it.extensions() {
            if let ParsedExtension::SubjectAlternativeName(all) = extension.parsed_extension() {
                all.general_names
                    .iter()
                    .filter_map(name_of)
                    .for_each(&mut take);
            }
        }
        let mut judged = host.filter(|_| names_count > 0).map(|_| matches);
        if names_count == 0
            && let Some(host) = host
            && let Some(Ok(name)) = it.subject().iter_common_name().next().map(|it| it.as_str())
            && name.contains('.')
            && !name.contains(' ')
        {
            // Before there were alternative names the common name was the host's.
            judged = Some(names_host(name, host));
        }
        Some(Self {
            is_self_issued: it.subject().as_raw() == it.issuer().as_raw(),
            names_host: judged,
            names_count,
            subject: text(it.subject()),
            issuer: text(it.issuer()),
            names,
            not_before_ns: nanoseconds(it.validity().not_before.timestamp()),
            not_after_ns: nanoseconds(it.validity().not_after.timestamp()),
            key: key(it.public_key()),
            signature: signature(&it.signature_algorithm),
            bytes: der.len(),
        })
    }
}

fn nanoseconds(seconds: i64) -> Option<u64> {
    u64::try_from(seconds.checked_mul(SECOND_NS)?).ok()
}

fn text(name: &X509Name<'_>) -> String {
    name.to_string().chars().take(NAME_AT_MOST).collect()
}

/// A name of a host, or an address; nothing for what is neither.
fn name_of(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match *bytes {
            [a, b, c, d] => Some(Ipv4Addr::new(*a, *b, *c, *d).to_string()),
            other => {
                let bytes: [u8; 16] = other.try_into().ok()?;
                Some(Ipv6Addr::from(bytes).to_string())
            }
        },
        _ => None,
    }
}

/// Whether a certificate's name is that of a host: equal without case, or with `*` for
/// the first label (RFC 9525, section 6.3).
#[must_use]
pub fn names_host(name: &str, host: &str) -> bool {
    let (name, host) = (name.trim_end_matches('.'), host.trim_end_matches('.'));
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    let Some(parent) = name.strip_prefix("*.") else {
        return false;
    };
    let above = host.split_once('.').filter(|(label, _)| !label.is_empty());
    above.is_some_and(|(_, above)| parent.eq_ignore_ascii_case(above))
}

fn key(key: &SubjectPublicKeyInfo<'_>) -> String {
    let oid = key.algorithm.algorithm.to_id_string();
    let curve = key.algorithm.parameters.as_ref();
    let curve = curve.and_then(|parameters| parameters.as_oid().ok());
    match (oid.as_str(), key.parsed()) {
        (_, Ok(PublicKey::RSA(rsa))) => format!("RSA {}", rsa.key_size()),
        ("1.2.840.10045.2.1", _) => {
            let curve = curve.map(|oid| oid.to_id_string());
            let name = match curve.as_deref() {
                Some("1.2.840.10045.3.1.7") => "P-256",
                Some("1.3.132.0.34") => "P-384",
                Some("1.3.132.0.35") => "P-521",
                Some("1.3.132.0.10") => "secp256k1",
                Some(other) => return format!("EC {other}"),
                None => return "EC".to_owned(),
            };
            format!("EC {name}")
        }
        ("1.3.101.112", _) => "Ed25519".to_owned(),
        ("1.3.101.113", _) => "Ed448".to_owned(),
        ("1.2.840.10040.4.1", _) => "DSA".to_owned(),
        ("2.16.840.1.101.3.4.3.17", _) => "ML-DSA-44".to_owned(),
        ("2.16.840.1.101.3.4.3.18", _) => "ML-DSA-65".to_owned(),
        ("2.16.840.1.101.3.4.3.19", _) => "ML-DSA-87".to_owned(),
        (other, _) => other.chars().take(NAME_AT_MOST).collect(),
    }
}

fn signature(algorithm: &AlgorithmIdentifier<'_>) -> String {
    let oid = algorithm.algorithm.to_id_string();
    let known = match oid.as_str() {
        "1.2.840.113549.1.1.2" => "md2WithRSAEncryption",
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.10040.4.3" => "dsa-with-sha1",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        _ => return oid.chars().take(NAME_AT_MOST).collect(),
    };
    known.to_owned()
}
