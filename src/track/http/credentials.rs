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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::http::Secrets;

    fn head(first: &str, fields: &[&str]) -> Arc<Head> {
        let fields: String = fields.iter().map(|field| format!("{field}\r\n")).collect();
        let text = format!("{first}\r\n{fields}\r\n");
        Arc::new(Head::parse(text.as_bytes(), Secrets::Hide).unwrap())
    }

    fn ends(client: [u8; 4], server: [u8; 4]) -> Sides<Endpoint> {
        let end = |address: [u8; 4], port| Endpoint {
            address: Address::Ip(address.into()),
            port: Some(port),
        };
        Sides {
            client: end(client, 40_000),
            server: end(server, 80),
        }
    }

    const APART: [[u8; 4]; 2] = [[192, 0, 2, 1], [203, 0, 113, 80]];

    /// What requests and responses of one connection tell.
    struct Connection {
        credentials: Credentials,
        ends: Sides<Endpoint>,
        packet: PacketNumber,
    }

    impl Connection {
        fn between([client, server]: [[u8; 4]; 2]) -> Self {
            Self {
                credentials: Credentials::default(),
                ends: ends(client, server),
                packet: 0,
            }
        }

        fn asks(&mut self, target: &str, fields: &[&str]) -> Vec<Event> {
            let head = head(&format!("GET {target} HTTP/1.1"), fields);
            let mut told = Vec::new();
            self.packet += 1;
            self.credentials.request(1, &head, self.ends, &mut told);
            told
        }

        fn answers(&mut self, fields: &[&str]) -> Vec<Event> {
            let mut told = Vec::new();
            self.packet += 1;
            let head = head("HTTP/1.1 200 OK", fields);
            self.credentials.response(1, &head, self.packet, &mut told);
            told
        }
    }

    fn unprotected(told: &[Event]) -> Option<(Vec<&str>, Exposure)> {
        told.iter().find_map(|event| match event {
            Event::CookieUnprotected(event) => {
                let names = event.names.iter().map(|name| &**name).collect();
                Some((names, event.exposure))
            }
            _ => None,
        })
    }

    #[test]
    fn a_cookie_that_comes_back_is_the_one_that_was_set() {
        let mut connection = Connection::between(APART);
        connection.asks("/", &[]);
        let told = connection.answers(&["Set-Cookie: a=1", "Set-Cookie: b=1"]);
        assert!(matches!(told.as_slice(), [Event::CookieSet(_)]), "{told:?}");
        let mut set_by = |cookies: &str| match connection.asks("/", &[cookies]).as_slice() {
            [Event::CookieSent(sent)] => sent.set_by.clone(),
            told => panic!("{told:?}"),
        };
        assert_eq!(set_by("Cookie: a=1; b=1"), [2]);
        assert_eq!(set_by("Cookie: a=2; c=1"), [0; 0]);
    }

    #[test]
    fn a_secure_cookie_is_warned_of_once_a_connection() {
        let mut connection = Connection::between(APART);
        connection.asks("/", &[]);
        let set = ["Set-Cookie: a=1; Secure", "Set-Cookie: b=2"];
        let told = connection.answers(&set);
        assert_eq!(unprotected(&told), Some((vec!["a"], Exposure::Network)));
        assert_eq!(unprotected(&connection.answers(&set)), None);
        assert_eq!(unprotected(&connection.asks("/", &["Cookie: a=1"])), None);
    }

    #[test]
    fn a_cookie_shows_by_its_name_that_it_is_for_tls() {
        let mut connection = Connection::between(APART);
        let told = connection.asks("/", &["Cookie: a=1; __Secure-b=2"]);
        let expected = Some((vec!["__Secure-b"], Exposure::Network));
        assert_eq!(unprotected(&told), expected);
    }

    #[test]
    fn what_is_deleted_or_harmless_is_no_matter() {
        let mut connection = Connection::between(APART);
        connection.asks("/", &[]);
        let told = connection.answers(&["Set-Cookie: a=; Secure; Max-Age=0", "Set-Cookie: b=2"]);
        assert_eq!(unprotected(&told), None);
        assert_eq!(unprotected(&connection.asks("/", &["Cookie: b=2"])), None);
        assert_eq!(connection.asks("/a?page=2", &["Accept: */*"]), []);
    }

    #[test]
    fn who_can_read_it_is_known_from_addresses_and_proxies() {
        let local = [[127, 0, 0, 1], [127, 0, 0, 1]];
        for (between, field, exposure) in [
            (APART, "Accept: */*", Exposure::Network),
            (local, "Accept: */*", Exposure::Loopback),
            (APART, "X-Forwarded-Proto: https", Exposure::BehindProxy),
            (APART, "Forwarded: for=x;Proto=HTTPS", Exposure::BehindProxy),
            (APART, "X-Forwarded-Proto: http", Exposure::Network),
        ] {
            let mut connection = Connection::between(between);
            let told = connection.asks("/", &[field, "Authorization: Bearer abc"]);
            let [Event::TokenInClear(token)] = told.as_slice() else {
                panic!("{field}: {told:?}");
            };
            assert_eq!(token.exposure, exposure, "{field}");
            connection.answers(&[]);
        }
    }

    #[test]
    fn only_what_can_be_used_again_is_a_token_in_clear() {
        let tells = |field: &str| {
            let told = Connection::between(APART).asks("/", &[field]);
            matches!(told.as_slice(), [Event::TokenInClear(_)])
        };
        assert!(tells("Authorization: basic YTpi"));
        assert!(tells("Proxy-Authorization: Bearer abc"));
        assert!(!tells(
            "Authorization: Digest username=\"a\", response=\"b\""
        ));
        assert!(!tells("Authorization: Negotiate YII"));
        assert!(!tells("Authorization: Bearer "));
        let mut connection = Connection::between(APART);
        let field = "Authorization: Bearer abc";
        assert_eq!(connection.asks("/", &[field]).len(), 1);
        assert_eq!(connection.asks("/", &[field]), []);
    }

    #[test]
    fn a_secret_in_the_address_is_told_once_and_codes_and_signatures_are_meant() {
        let is_meant = |target: &str| match Connection::between(APART).asks(target, &[]).as_slice()
        {
            [Event::TokenInUrl(token)] => Some(token.is_meant),
            _ => None,
        };
        assert_eq!(is_meant("/a?access_token=abc"), Some(false));
        assert_eq!(is_meant("/a?password=abc&code=1"), Some(false));
        assert_eq!(is_meant("/a?code=abc&state=x"), Some(true));
        assert_eq!(
            is_meant("/a?X-Amz-Security-Token=t&X-Amz-Signature=s"),
            Some(true)
        );
        assert_eq!(is_meant("/a?page=1"), None);
        let mut connection = Connection::between(APART);
        assert_eq!(connection.asks("/a?token=abc", &[]).len(), 1);
        assert_eq!(connection.asks("/a?token=abc", &[]), []);
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let mut connection = Connection::between(APART);
        for number in 0..1_000 {
            connection.answers(&[&format!("Set-Cookie: c{number}=v")]);
        }
        assert_eq!(connection.credentials.set.len(), REMEMBERED_AT_MOST);
    }
}
