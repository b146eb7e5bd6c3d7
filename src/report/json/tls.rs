//! The TLS of a conversation, as a member of its record.

use super::write::{Json, Plain, list, members, object};
use crate::decode::tls::{Certificate, Version, group_name, suite_name};
use crate::report::tls::TlsTotals;
use crate::track::{AlertSeen, Side, TlsSession};

/// The member `tls` of a conversation.
impl Json for TlsSession {
    fn write(&self, out: &mut Vec<u8>) {
        let ech = self.encrypted_client_hello.map(|offered| match offered {
            true => Plain("offered"),
            false => Plain("none"),
        });
        object(out, |out| {
            members!(
                out,
                "version": self.version,
                "versions_offered": self.versions_offered.as_slice(),
                "cipher_suite": self.suite.map(|number| Named(number, suite_name)),
                "group": self.group.map(|number| Named(number, group_name)),
                "server_name": self.server_name,
                "alpn": self.alpn,
                "alpn_offered": self.alpn_offered.as_slice(),
                "resumed": self.resumed.map(|resumed| Plain(resumed.name())),
                "early_data": self.early_data.map(|it| Plain(it.name())),
                "encrypted_client_hello": ech,
                "client_certificate_asked": self.client_certificate_asked,
                "handshake_ns": self.handshake_ns(),
                "round_trips": self.round_trips,
                "hello_bytes": self.hello_bytes.map(|bytes| bytes as u64),
                "certificates": self.certificates.as_slice(),
                "alerts": self.alerts.as_slice(),
                "fingerprint": self.fingerprint,
            );
        });
    }
}

impl Json for Version {
    fn write(&self, out: &mut Vec<u8>) {
        self.name().write(out);
    }
}

/// A number with its name, where it has one.
struct Named(u16, fn(u16) -> Option<&'static str>);

impl Json for Named {
    fn write(&self, out: &mut Vec<u8>) {
        let Self(number, name) = *self;
        match name(number) {
            Some(name) => name.write(out),
            None => format!("0x{number:04x}").write(out),
        }
    }
}

impl Json for Certificate {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "subject": self.subject,
                "issuer": self.issuer,
                "names": self.names.as_slice(),
                "not_before_ns": self.not_before_ns,
                "not_after_ns": self.not_after_ns,
                "key": self.key,
                "signature": self.signature,
                "bytes": self.bytes as u64,
            );
        });
    }
}

impl Json for AlertSeen {
    fn write(&self, out: &mut Vec<u8>) {
        let side = match self.side {
            Side::Client => "client",
            Side::Server => "server",
        };
        let level = match self.alert.is_fatal() {
            true => "fatal",
            false => "warning",
        };
        object(out, |out| {
            members!(
                out,
                "side": Plain(side),
                "level": Plain(level),
                "name": Plain(self.alert.name()),
                "packet": self.packet,
            );
        });
    }
}

/// The TLS of all conversations, as a member of the summary.
impl Json for TlsTotals {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "connections": self.connections,
                "established": self.established,
                "resumed": self.resumed,
                "failed": self.failed,
                "certificates_expired": self.expired,
                "certificates_for_another_name": self.for_another,
                "versions": Versions(self),
            );
        });
    }
}

struct Versions<'a>(&'a TlsTotals);

impl Json for Versions<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, &self.0.versions, |out, (version, count)| {
            object(out, |out| {
                members!(out, "version": version, "count": count);
            });
        });
    }
}
