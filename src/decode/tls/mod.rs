//! TLS 1.0 to 1.3, SSL 3.0 and the hello of SSL 2.0 (RFC 8446, RFC 5246, RFC 6101):
//! records, the handshake messages that go in clear, and alerts; of DTLS too (RFC
//! 6347, RFC 9147). Bytes come in, values go out; whatever does not read as TLS gives
//! `None`, never a guess.

mod alert;
mod bytes;
mod certificate;
mod certificates;
mod client_hello;
pub(super) mod datagram;
mod extension;
mod fields;
mod fingerprint;
mod handshake;
mod names;
mod outline;
mod record;
mod server_hello;
#[cfg(test)]
pub(crate) mod tests;
mod version;

pub use alert::{Alert, alert_name};
pub use certificate::{Certificate, names_host};
pub use certificates::{certificate_request_authorities, certificates, key_exchange_group};
pub use client_hello::ClientHello;
pub use datagram::{DatagramRecord, HandshakeFragment, ciphertext_epochs, verify_request_cookie};
pub(in crate::decode) use fields::{begins_with_records, fields};
pub use fingerprint::ja4;
pub use handshake::{HandshakeHeader, HandshakeType, handshake_name};
pub use names::{extension_name, group_name, is_grease, scheme_name, suite_name};
pub use outline::{datagram_outline, outline};
pub use record::{ContentType, Record, begins_with_alert, begins_with_client_hello, may_begin};
pub use server_hello::ServerHello;
pub use version::Version;

/// Bytes that authenticate a record of TLS 1.3, and the one that names its type.
pub const TAG_AND_TYPE: usize = 17;

/// Bytes of a Finished message under the keys of TLS 1.3, by the hash of the suite.
#[must_use]
pub fn finished_record(suite: u16) -> usize {
    let hash = match names::suite_name(suite) {
        Some(name) if name.ends_with("SHA384") => 48,
        Some(name) if name.ends_with("SHA512") => 64,
        _ => 32,
    };
    handshake::HEADER + hash + TAG_AND_TYPE
}
