//! The header of handshake messages (RFC 8446, section 4), and their names.

use super::bytes::Bytes;

/// Bytes of the header.
pub(super) const HEADER: usize = 4;

/// Type and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeHeader {
    /// The message's type.
    pub kind: u8,
    /// Bytes behind the header.
    pub length: usize,
}

impl HandshakeHeader {
    /// Bytes of the header.
    pub const LENGTH: usize = HEADER;

    /// Reads it; `None` where it is not whole.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Bytes(bytes);
        let (kind, length) = (bytes.u8()?, bytes.u24()? as usize);
        Some(Self { kind, length })
    }
}

/// The messages that something is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeType {
    /// The server asks for a new handshake.
    HelloRequest,
    /// The client's hello.
    ClientHello,
    /// The server's.
    ServerHello,
    /// A ticket for resuming the session.
    NewSessionTicket,
    /// The sender's certificates.
    Certificate,
    /// The server's part of the key exchange.
    ServerKeyExchange,
    /// The server asks for the client's certificate.
    CertificateRequest,
    /// The server has said all.
    ServerHelloDone,
    /// The client's part of the key exchange.
    ClientKeyExchange,
    /// Any other.
    Other,
}

impl HandshakeType {
    /// By its number.
    #[must_use]
    pub const fn of(number: u8) -> Self {
        match number {
            0 => Self::HelloRequest,
            1 => Self::ClientHello,
            2 => Self::ServerHello,
            4 => Self::NewSessionTicket,
            11 => Self::Certificate,
            12 => Self::ServerKeyExchange,
            13 => Self::CertificateRequest,
            14 => Self::ServerHelloDone,
            16 => Self::ClientKeyExchange,
            _ => Self::Other,
        }
    }
}

/// The name of a message in the standard.
#[must_use]
pub const fn handshake_name(number: u8) -> Option<&'static str> {
    Some(match number {
        0 => "HelloRequest",
        1 => "ClientHello",
        2 => "ServerHello",
        3 => "HelloVerifyRequest",
        4 => "NewSessionTicket",
        5 => "EndOfEarlyData",
        8 => "EncryptedExtensions",
        11 => "Certificate",
        12 => "ServerKeyExchange",
        13 => "CertificateRequest",
        14 => "ServerHelloDone",
        15 => "CertificateVerify",
        16 => "ClientKeyExchange",
        20 => "Finished",
        21 => "CertificateURL",
        22 => "CertificateStatus",
        23 => "SupplementalData",
        24 => "KeyUpdate",
        25 => "CompressedCertificate",
        67 => "NextProtocol",
        254 => "MessageHash",
        _ => return None,
    })
}
