//! Cookies and tokens of one connection, as its heads show them: which are set and
//! sent, and which go in clear text that should not. What is to be warned of is told
//! once a connection, as every request repeats it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use crate::decode::http::{CookieAttributes, Head, Hidden, has_secure_prefix};
use crate::track::{
    Address, CookieSent, CookieSet, CookieUnprotected, Endpoint, Event, Exposure, PacketNumber,
    Sides, TokenInClear, TokenInUrl,
};

/// So many cookies that were set on a connection are remembered.
const REMEMBERED_AT_MOST: usize = 64;

/// Fields with a password or a token behind a scheme.
const CREDENTIALS: [&str; 2] = ["Authorization", "Proxy-Authorization"];

/// What is known of one connection.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    set: Vec<Remembered>,
    /// Who can read what the last request brought.
    exposure: Exposure,
    told: Told,
}

/// A cookie that was set on the connection.
#[derive(Debug)]
struct Remembered {
    name: Box<str>,
    fingerprint: u64,
    packet: PacketNumber,
    is_secure: bool,
}

/// What was told already, by who can read it where that differs.
#[derive(Debug, Default)]
struct Told {
    unprotected: Once,
    in_clear: Once,
    in_url: Once,
    meant_in_url: Once,
}

/// To whom something was told to be open already.
#[derive(Debug, Default)]
struct Once(u8);

impl Once {
    /// Whether it is the first time.
    fn is_first(&mut self, exposure: Exposure) -> bool {
        let bit = 1 << exposure as u8;
        let before = self.0;
        self.0 |= bit;
        before & bit == 0
    }
}

impl Credentials {
    /// What a request brings.
    pub fn request(
        &mut self,
        index: u64,
        head: &Arc<Head>,
        ends: Sides<Endpoint>,
        told: &mut Vec<Event>,
    ) {
        self.exposure = exposure(head, ends);
        let exposure = self.exposure;
        let cookies: Vec<_> = head.credentials("Cookie").collect();
        if !cookies.is_empty() {
            self.sent(index, head, &cookies, told);
        }
        let bare = CREDENTIALS.into_iter().find(|name| {
            let mut fields = head.credentials(name);
            fields.any(|field| can_be_used_again(&field))
        });
        if let Some(field) = bare
            && self.told.in_clear.is_first(exposure)
        {
            told.push(Event::TokenInClear(Box::new(TokenInClear {
                index,
                head: Arc::clone(head),
                field,
                exposure,
            })));
        }
        let secrets = head.secrets_of_target();
        if secrets.is_empty() {
            return;
        }
        let is_meant = secrets.iter().any(|(name, _)| is_signature(name))
            || secrets.iter().all(|(name, _)| is_public(name));
        let known = match is_meant {
            true => &mut self.told.meant_in_url,
            false => &mut self.told.in_url,
        };
        if known.is_first(exposure) {
            told.push(Event::TokenInUrl(Box::new(TokenInUrl {
                index,
                head: Arc::clone(head),
                exposure,
                is_meant,
            })));
        }
    }

    fn sent(
        &mut self,
        index: u64,
        head: &Arc<Head>,
        cookies: &[Cow<'_, Hidden>],
        told: &mut Vec<Event>,
    ) {
        let named = cookies.iter().flat_map(|field| &field.named);
        let mut set_by = Vec::new();
        let mut unprotected: Vec<Box<str>> = Vec::new();
        for (name, secret) in named {
            let known = self
                .set
                .iter()
                .find(|known| known.fingerprint == secret.fingerprint() && known.name == *name);
            if let Some(known) = known
                && !set_by.contains(&known.packet)
            {
                set_by.push(known.packet);
            }
            if has_secure_prefix(name) || known.is_some_and(|known| known.is_secure) {
                unprotected.push(name.clone());
            }
        }
        told.push(Event::CookieSent(Box::new(CookieSent {
            index,
            head: Arc::clone(head),
            set_by,
        })));
        self.unprotected(index, false, unprotected, told);
    }

    /// What a response sets.
    pub fn response(
        &mut self,
        index: u64,
        head: &Arc<Head>,
        packet: PacketNumber,
        told: &mut Vec<Event>,
    ) {
        let mut unprotected: Vec<Box<str>> = Vec::new();
        let mut sets = false;
        for field in head.credentials("Set-Cookie") {
            sets = true;
            let Some((name, secret)) = field.named.first() else {
                continue;
            };
            let attributes = CookieAttributes::read(&field.attributes);
            self.set.retain(|known| known.name != *name);
            if attributes.is_deleted {
                continue;
            }
            if self.set.len() >= REMEMBERED_AT_MOST {
                self.set.remove(0);
            }
            self.set.push(Remembered {
                name: name.clone(),
                fingerprint: secret.fingerprint(),
                packet,
                is_secure: attributes.is_secure,
            });
            if attributes.is_secure {
                unprotected.push(name.clone());
            }
        }
        if sets {
            told.push(Event::CookieSet(Box::new(CookieSet {
                index,
                head: Arc::clone(head),
            })));
            self.unprotected(index, true, unprotected, told);
        }
    }

    /// Tells once of cookies that are for TLS alone.
    fn unprotected(
        &mut self,
        index: u64,
        of_response: bool,
        names: Vec<Box<str>>,
        told: &mut Vec<Event>,
    ) {
        let exposure = self.exposure;
        if !names.is_empty() && self.told.unprotected.is_first(exposure) {
            told.push(Event::CookieUnprotected(Box::new(CookieUnprotected {
                index,
                of_response,
                names,
                exposure,
            })));
        }
    }
}

/// Who can read what a request brings.
fn exposure(request: &Head, ends: Sides<Endpoint>) -> Exposure {
    let is_local = |end: Endpoint| match end.address {
        Address::Ip(IpAddr::V4(address)) => address.is_loopback(),
        Address::Ip(IpAddr::V6(address)) => address.to_canonical().is_loopback(),
        _ => false,
    };
    let came_by_tls = request.lists("X-Forwarded-Proto", "https")
        || request
            .value("Forwarded")
            .is_some_and(|value| value.to_ascii_lowercase().contains("proto=https"));
    if is_local(ends.client) && is_local(ends.server) {
        Exposure::Loopback
    } else if came_by_tls {
        Exposure::BehindProxy
    } else {
        Exposure::Network
    }
}

/// Whether who reads it can use it: other schemes prove that the secret is known
/// without sending it.
fn can_be_used_again(field: &Hidden) -> bool {
    let Some(scheme) = &field.scheme else {
        return false;
    };
    let is = |other: &str| scheme.eq_ignore_ascii_case(other);
    (is("Basic") || is("Bearer")) && field.bytes as usize > scheme.len() + 1
}

/// Whether a name is that of a link's signature.
fn is_signature(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("signature") || name == "sig" || name.ends_with("-sig")
}

/// Whether what has this name is often no secret, or serves only once.
fn is_public(name: &str) -> bool {
    ["code", "key"]
        .iter()
        .any(|public| name.eq_ignore_ascii_case(public))
}
