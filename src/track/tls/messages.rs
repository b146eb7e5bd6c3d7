//! The handshake, message by message: what is offered, what is chosen, whether that
//! was offered, when both sides have the keys, and what went wrong.

use std::sync::Arc;

use super::session::{AlertSeen, EarlyData, Resumed, TlsSession};
use super::{ALERTS_AT_MOST, Ended};
use crate::decode::tls::{
    Alert, Certificate, ClientHello, HandshakeType, ServerHello, TAG_AND_TYPE, Version,
    certificate_request_authorities, certificates, finished_record, handshake_name, is_grease, ja4,
    key_exchange_group,
};
use crate::track::stream::Events;
use crate::track::{
    Event, NotOffered, PacketNumber, Seen, Side, Sides, TlsAlert, TlsCertificate,
    TlsCertificateExpired, TlsCertificateName, TlsClientHello, TlsEarlyData, TlsEnd,
    TlsEstablished, TlsFailed, TlsNotOffered, TlsRetry, TlsServerHello, TlsVersionOld,
};

/// Certificates of one message that are read.
const CERTIFICATES_AT_MOST: usize = 10;

/// Records of a client behind the ServerHello among which its Finished is looked for.
const UNFINISHED_AT_MOST: u32 = 64;

/// Bytes of an alert under the keys of TLS 1.3.
const ENCRYPTED_ALERT: usize = 2 + TAG_AND_TYPE;

/// Bytes of EndOfEarlyData under the keys of TLS 1.3.
const END_OF_EARLY_DATA: usize = 4 + TAG_AND_TYPE;

/// Where a message stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    pub side: Side,
    pub first: Seen,
    pub last: Seen,
    pub packets: u32,
}

/// One handshake.
#[derive(Debug, Default)]
pub(super) struct Handshake {
    /// Whether it is that of DTLS, of which hellos have one field more.
    is_datagram: bool,
    /// Who asked for TLS.
    asker: Option<Side>,
    offered: Option<Arc<ClientHello>>,
    chosen: Option<Arc<ServerHello>>,
    /// The first byte of the first hello.
    hello: Option<Seen>,
    hello_bytes: usize,
    fingerprint: Option<String>,
    /// The packet of the hello that was answered by asking for another.
    retried: Option<PacketNumber>,
    is_retried: bool,
    /// The server has asked for a cookie, and no hello has come with it yet (DTLS).
    is_verifying: bool,
    group: Option<u16>,
    resumed: Option<Resumed>,
    early_data: EarlyData,
    certificates: Vec<Certificate>,
    has_expired: bool,
    is_for_another: bool,
    is_certificate_asked: Option<bool>,
    /// Who has changed to its keys, and who has finished.
    changed: Sides<bool>,
    finished: Sides<Option<Seen>>,
    established: Option<Seen>,
    round_trips: Option<u32>,
    /// A record of the client that may hold its Finished with what goes before.
    candidate: Option<Seen>,
    unfinished: u32,
    application: Sides<Option<Seen>>,
    /// Who sent last, and how often that changed.
    sender: Option<Side>,
    flights: u32,
    last_message: Option<(u8, Side)>,
    alerts: Vec<AlertSeen>,
    /// The client sent what has the size of an alert instead of its Finished.
    encrypted_alert: Option<Side>,
    pub is_answered_in_clear: bool,
    has_failed: bool,
}

impl Handshake {
    /// One of DTLS.
    pub fn over_datagrams() -> Self {
        Self {
            is_datagram: true,
            ..Self::default()
        }
    }

    pub fn asker(&self) -> Option<Side> {
        self.asker
    }

    pub fn has_begun(&self) -> bool {
        self.asker.is_some()
    }

    pub fn hello_seen(&self) -> Option<Seen> {
        self.hello
    }

    /// The name of the last message that was seen.
    pub fn last_message(&self) -> &'static str {
        let last = self.last_message.map_or(0, |(kind, _)| kind);
        match last {
            CHANGE => "ChangeCipherSpec",
            kind => handshake_name(kind).unwrap_or("?"),
        }
    }

    fn version(&self) -> Option<Version> {
        self.chosen.as_ref().map(|chosen| chosen.version())
    }

    fn is_13(&self) -> bool {
        !self.is_waiting_for_hello() && self.version().is_some_and(Version::is_13)
    }

    /// Another hello was asked for and has not been answered.
    fn is_waiting_for_hello(&self) -> bool {
        self.chosen.as_ref().is_some_and(|chosen| chosen.is_retry)
    }

    /// A side sends something of the handshake.
    fn flight(&mut self, side: Side) {
        if self.established.is_none() && self.sender.replace(side) != Some(side) {
            self.flights += 1;
        }
    }

    /// Reads a message; false where it is none, or is out of place.
    pub fn message(&mut self, kind: u8, body: &[u8], at: &At, events: &mut Events<'_>) -> bool {
        let of_server = self.asker.is_some_and(|asker| asker != at.side);
        let reads = match HandshakeType::of(kind) {
            HandshakeType::ClientHello if !of_server => {
                let Some(hello) = ClientHello::parse(body, self.is_datagram) else {
                    return false;
                };
                self.client_hello(hello, at, events);
                return true;
            }
            HandshakeType::ServerHello if self.asker != Some(at.side) => {
                let Some(hello) = ServerHello::parse(body) else {
                    return false;
                };
                self.server_hello(hello, at, events);
                return true;
            }
            _ if !self.has_begun() => return false,
            HandshakeType::Certificate => self.certificate(body, at, events),
            HandshakeType::ServerKeyExchange if of_server => {
                self.group = key_exchange_group(body).or(self.group);
                true
            }
            HandshakeType::CertificateRequest if of_server => {
                let has_schemes = self
                    .version()
                    .is_some_and(|it| it.rank() >= Version::TLS12.rank());
                let reads = certificate_request_authorities(body, has_schemes).is_some();
                self.is_certificate_asked = Some(true);
                reads
            }
            HandshakeType::ServerHelloDone if of_server => {
                self.is_certificate_asked.get_or_insert(false);
                self.resumed.get_or_insert(Resumed::No);
                body.is_empty()
            }
            _ => handshake_name(kind).is_some(),
        };
        if reads {
            self.flight(at.side);
            self.last_message = Some((kind, at.side));
        }
        reads
    }

    pub fn client_hello(&mut self, hello: ClientHello, at: &At, events: &mut Events<'_>) {
        self.asker = Some(at.side);
        let is_verified = std::mem::take(&mut self.is_verifying);
        let is_asked_again = is_verified || self.is_waiting_for_hello();
        self.flight(at.side);
        self.last_message = Some((CLIENT_HELLO, at.side));
        let hello = Arc::new(hello);
        let fingerprint = ja4(&hello);
        if hello.early_data && !self.is_retried {
            self.early_data = EarlyData::Offered;
        }
        if self.hello.is_none() {
            self.hello = Some(at.first);
            self.hello_bytes = hello.bytes;
            self.fingerprint = Some(fingerprint.clone());
        }
        events.push(Event::TlsClientHello(Box::new(TlsClientHello {
            hello: Arc::clone(&hello),
            first: at.first,
            last: at.last,
            packets: at.packets,
            before: self.retried.filter(|_| is_asked_again),
            fingerprint,
        })));
        if self.early_data == EarlyData::Offered {
            events.push(Event::TlsEarlyData(TlsEarlyData {
                hello: at.first.packet,
                is_accepted: None,
            }));
        }
        self.offered = Some(hello);
    }

    /// The server asks for the hello once more, with a cookie that shows that the client
    /// is where it says (DTLS).
    pub fn verify_request(&mut self, cookie: usize, at: &At, events: &mut Events<'_>) {
        self.asker.get_or_insert(at.side.other());
        self.flight(at.side);
        self.last_message = Some((HELLO_VERIFY_REQUEST, at.side));
        self.is_retried = true;
        self.is_verifying = true;
        self.retried = self.hello.map(|hello| hello.packet);
        events.push(Event::TlsRetry(Box::new(TlsRetry::Cookie {
            bytes: cookie,
            asked: self.hello,
            first: at.first,
        })));
    }

    fn server_hello(&mut self, hello: ServerHello, at: &At, events: &mut Events<'_>) {
        self.asker.get_or_insert(at.side.other());
        self.flight(at.side);
        self.last_message = Some((SERVER_HELLO, at.side));
        let hello = Arc::new(hello);
        let version = hello.version();
        let told = TlsServerHello {
            hello: Arc::clone(&hello),
            offered: self.offered.clone(),
            asked: self.hello,
            first: at.first,
        };
        self.group = hello.group.or(self.group);
        if hello.is_retry {
            self.is_retried = true;
            self.retried = self.hello.map(|hello| hello.packet);
            if self.early_data == EarlyData::Offered {
                self.early_data = EarlyData::Rejected;
            }
            events.push(Event::TlsRetry(Box::new(TlsRetry::Hello(told))));
        } else {
            events.push(Event::TlsServerHello(Box::new(told)));
            if version.is_13() {
                self.resumed = Some(match hello.takes_psk {
                    true => Resumed::Psk,
                    false => Resumed::No,
                });
                if !hello.takes_psk && self.early_data == EarlyData::Offered {
                    // They are under a key of the session before.
                    self.early_data = EarlyData::Rejected;
                }
            }
            if version.is_old() {
                let offered = self.offered.as_ref();
                events.push(Event::TlsVersionOld(TlsVersionOld {
                    version,
                    offered: offered.and_then(|offered| offered.versions().first().copied()),
                }));
            }
        }
        self.not_offered(&hello, version, events);
        self.chosen = Some(hello);
    }

    /// Tells of what was chosen and not offered.
    fn not_offered(&self, hello: &ServerHello, version: Version, events: &mut Events<'_>) {
        let (Some(offered), Some(asked)) = (&self.offered, self.hello) else {
            return;
        };
        let suite =
            (!offered.suites.contains(&hello.suite)).then_some(NotOffered::Suite(hello.suite));
        let group = hello.group.filter(|group| {
            let groups = match hello.is_retry {
                true => &offered.groups,
                false => &offered.key_shares,
            };
            !groups.contains(group)
        });
        let version = (!offered.offers_version(version)).then_some(NotOffered::Version(version));
        let alpn = hello.alpn.as_ref();
        let alpn = alpn.filter(|alpn| !offered.alpn.contains(alpn));
        let all = [
            suite,
            version,
            group.map(NotOffered::Group),
            alpn.map(|alpn| NotOffered::Alpn(alpn.clone())),
        ];
        for chosen in all.into_iter().flatten() {
            events.push(Event::TlsNotOffered(Box::new(TlsNotOffered {
                chosen,
                offered: Arc::clone(offered),
                hello: asked.packet,
            })));
        }
    }

    fn certificate(&mut self, body: &[u8], at: &At, events: &mut Events<'_>) -> bool {
        let Some(all) = certificates(body) else {
            return false;
        };
        let of_server = self.asker != Some(at.side);
        let server_name = self.offered.as_ref().and_then(|it| it.server_name.clone());
        let host = server_name.as_deref().filter(|_| of_server);
        let read = all.iter().take(CERTIFICATES_AT_MOST);
        let read: Vec<Certificate> = read
            .filter_map(|der| Certificate::parse(der, host))
            .collect();
        let pairs = read.windows(2).map(|pair| match pair {
            [one, next] => one.issuer == next.subject,
            _ => true,
        });
        let in_order = (read.len() > 1).then(|| pairs.clone().all(|fits| fits));
        events.push(Event::TlsCertificate(Box::new(TlsCertificate {
            of_server,
            certificates: read.clone().into(),
            count: all.len(),
            bytes: body.len() + crate::decode::tls::HandshakeHeader::LENGTH,
            server_name: server_name.clone().filter(|_| of_server),
            in_order,
            first: at.first,
            last: at.last,
        })));
        if of_server {
            self.resumed.get_or_insert(Resumed::No);
            self.judge(&read, server_name, at.last.time_ns, events);
            self.certificates = read;
        }
        true
    }

    /// Whether the server's own certificate is good at this time and for this host.
    fn judge(
        &mut self,
        all: &[Certificate],
        server_name: Option<String>,
        at_ns: u64,
        events: &mut Events<'_>,
    ) {
        let Some(own) = all.first() else { return };
        let is_early = own.not_before_ns.is_some_and(|start| at_ns < start);
        let is_late = own.not_after_ns.is_some_and(|end| at_ns > end);
        if is_early || is_late {
            self.has_expired = true;
            events.push(Event::TlsCertificateExpired(Box::new(
                TlsCertificateExpired {
                    certificate: own.clone(),
                    place: 1,
                    at_ns,
                },
            )));
        }
        if let Some(server_name) = server_name.filter(|_| own.names_host == Some(false)) {
            self.is_for_another = true;
            events.push(Event::TlsCertificateName(Box::new(TlsCertificateName {
                certificate: own.clone(),
                server_name,
            })));
        }
    }

    /// A side says that it changes to its keys; gives whether it does.
    pub fn changes(&mut self, side: Side) -> bool {
        let Some(version) = self.version() else {
            return false;
        };
        if version.is_13() || self.changed[side] {
            // A formality, for what stands on the way.
            return false;
        }
        self.flight(side);
        self.last_message = Some((CHANGE, side));
        self.changed[side] = true;
        if self.asker != Some(side) && self.resumed.is_none() {
            self.resumed = self.resumed_by();
            self.is_certificate_asked.get_or_insert(false);
        }
        true
    }

    /// How a session goes on of which the server changes to the keys without having
    /// shown a certificate.
    fn resumed_by(&self) -> Option<Resumed> {
        let (offered, chosen) = (self.offered.as_ref()?, self.chosen.as_ref()?);
        let by_ticket = offered.ticket.is_some_and(|bytes| bytes > 0);
        let by_id = !chosen.session_id.is_empty() && chosen.session_id == offered.session_id;
        match (by_ticket, by_id) {
            (true, _) => Some(Resumed::Ticket),
            (false, true) => Some(Resumed::Id),
            (false, false) => None,
        }
    }

    /// A handshake message under the new keys: the Finished (TLS 1.2 and older).
    pub fn finished(&mut self, side: Side, seen: Seen, events: &mut Events<'_>) {
        if self.finished[side].is_some() {
            return;
        }
        self.flight(side);
        self.finished[side] = Some(seen);
        if let Sides {
            client: Some(client),
            server: Some(server),
        } = self.finished
        {
            let end = if client.packet > server.packet {
                client
            } else {
                server
            };
            self.establish(end, true, events);
        }
    }

    /// A record of application data, by its type; gives whether nothing more of the
    /// side is of interest.
    pub fn encrypted(
        &mut self,
        side: Side,
        length: usize,
        seen: Seen,
        events: &mut Events<'_>,
    ) -> bool {
        if self.version().is_none() || self.is_waiting_for_hello() {
            // Early data, or the answer was not captured.
            return false;
        }
        if self.is_13() && self.established.is_none() {
            match self.asker == Some(side) {
                true => self.unfinished(side, length, seen, events),
                false => {
                    self.flight_unless_finished(side, events);
                    false
                }
            }
        } else {
            self.application[side].get_or_insert(seen);
            self.established.is_some()
        }
    }

    /// A record under the keys of DTLS 1.3, with the lowest two bits of its epoch: 2 has
    /// the handshake, 3 the data behind it.
    pub fn ciphertext(&mut self, side: Side, epoch: u8, seen: Seen, events: &mut Events<'_>) {
        const OF_HANDSHAKE: u8 = 2;
        const OF_DATA: u8 = 3;
        let is_client = self.asker == Some(side);
        match (is_client, epoch) {
            _ if !self.is_13() || self.established.is_some() => {}
            (true, OF_HANDSHAKE) => {
                // The last before its data ends with its Finished.
                self.flight(side);
                self.candidate = Some(seen);
            }
            (true, OF_DATA) => {
                let end = self.candidate.take().unwrap_or(seen);
                self.establish(end, false, events);
            }
            (true, _) => {}
            (false, _) => self.flight_unless_finished(side, events),
        }
    }

    /// The server goes on: what the client sent before ended the handshake.
    fn flight_unless_finished(&mut self, side: Side, events: &mut Events<'_>) {
        match self.candidate.take() {
            Some(candidate) => {
                self.establish(candidate, false, events);
            }
            None => self.flight(side),
        }
    }

    /// A record of the client behind the ServerHello of TLS 1.3.
    fn unfinished(
        &mut self,
        side: Side,
        length: usize,
        seen: Seen,
        events: &mut Events<'_>,
    ) -> bool {
        let suite = self.chosen.as_ref().map_or(0, |chosen| chosen.suite);
        if length == END_OF_EARLY_DATA && self.early_data == EarlyData::Offered {
            self.early_data = EarlyData::Accepted;
            let hello = self.hello.map_or(0, |hello| hello.packet);
            events.push(Event::TlsEarlyData(TlsEarlyData {
                hello,
                is_accepted: Some(true),
            }));
            return false;
        }
        if length == finished_record(suite) {
            self.flight(side);
            self.establish(seen, true, events);
            return false;
        }
        if length == ENCRYPTED_ALERT {
            self.encrypted_alert.get_or_insert(side);
            return false;
        }
        if self.early_data != EarlyData::Offered {
            // Its certificate, and what else goes before its Finished or with it.
            self.flight(side);
            self.candidate = Some(seen);
        }
        self.unfinished += 1;
        self.unfinished > UNFINISHED_AT_MOST
    }

    /// Both sides have the keys.
    fn establish(&mut self, end: Seen, is_certain: bool, events: &mut Events<'_>) {
        if self.established.is_some() {
            return;
        }
        let (Some(hello), Some(chosen)) = (self.hello, self.chosen.clone()) else {
            self.established = Some(end);
            return;
        };
        let version = chosen.version();
        let is_early = self.early_data == EarlyData::Accepted;
        let round_trips = match is_early {
            true => 0,
            false => self.flights / 2,
        };
        let expected = match (version.is_13(), self.resumed) {
            (true, _) if self.early_data != EarlyData::None => None,
            (true, _) => Some(1 + u32::from(self.is_retried)),
            (false, Some(Resumed::No)) => Some(2 + u32::from(self.is_retried)),
            (false, Some(_)) => Some(1 + u32::from(self.is_retried)),
            (false, None) => None,
        };
        self.established = Some(end);
        self.round_trips = Some(round_trips);
        events.push(Event::TlsEstablished(Box::new(TlsEstablished {
            version,
            suite: chosen.suite,
            alpn: chosen.alpn.clone(),
            resumed: self.resumed,
            hello,
            end,
            round_trips,
            expected,
            is_retried: self.is_retried,
            is_certain,
        })));
        if let Some(session) = self.session(events) {
            events.session(session);
        }
    }

    /// An alert in clear: it is told, unless there were too many.
    pub fn alert(&mut self, side: Side, alert: Alert, seen: Seen, events: &mut Events<'_>) {
        if self.alerts.len() >= ALERTS_AT_MOST {
            return;
        }
        self.alerts.push(AlertSeen {
            side,
            alert,
            packet: seen.packet,
        });
        events.push(Event::TlsAlert(TlsAlert {
            of_server: self.asker != Some(side),
            alert,
            after: self.last_message(),
        }));
    }

    /// The connection ended: tells so, where both sides have no keys yet.
    pub fn fail(&mut self, ended: Option<Ended>, events: &mut Events<'_>) {
        let (Some(hello), Some(asker)) = (self.hello, self.asker) else {
            return;
        };
        if self.established.is_some() || self.has_failed || self.is_answered_in_clear {
            return;
        }
        // What is said to a peer that has left already is not why it left.
        let is_cause = |it: &&AlertSeen| {
            it.alert.is_fatal()
                && ended.is_none_or(|end| {
                    it.packet <= end.seen.packet || end.by.is_none_or(|by| by == it.side)
                })
        };
        let fatal = self.alerts.iter().find(is_cause);
        if fatal.is_none() && ended.is_none() {
            // The capture ends first.
            return;
        }
        self.has_failed = true;
        let of_server = |side: Side| side != asker;
        let by = fatal
            .map(|seen| seen.side)
            .or(self.encrypted_alert)
            .or(ended.and_then(|ended| ended.by));
        let after_server = self.last_message.is_some_and(|(_, side)| of_server(side));
        events.push_finding(Event::TlsFailed(Box::new(TlsFailed {
            server_name: self.offered.as_ref().and_then(|it| it.server_name.clone()),
            after: self.last_message(),
            after_server,
            alert: fatal.map(|seen| (seen.alert, of_server(seen.side))),
            by_server: by.map(of_server),
            how: ended.map_or(TlsEnd::Alert, |ended| ended.how),
            hello,
            took_ns: ended.map(|ended| ended.seen.time_ns.saturating_sub(hello.time_ns)),
        })));
    }

    /// What it came to, once nothing more of it is looked at.
    pub fn whole_session(&self, events: &Events<'_>) -> Option<TlsSession> {
        let session = self.session(events)?;
        Some(TlsSession {
            is_over: true,
            ..session
        })
    }

    /// What it comes to so far; `None` where no hello was read.
    fn session(&self, events: &Events<'_>) -> Option<TlsSession> {
        let asker = self.asker?;
        let (offered, chosen) = (self.offered.as_deref(), self.chosen.as_deref());
        let chosen = chosen.filter(|chosen| !chosen.is_retry);
        let version = chosen.map(ServerHello::version);
        let is_certificate_asked = match version {
            Some(version) if version.is_13() => None,
            _ => self.is_certificate_asked,
        };
        let in_clear = |group: &u16| !is_grease(*group);
        Some(TlsSession {
            conversation: events.conversation,
            ends: events.ends,
            opening: events.opening,
            asker,
            version,
            versions_offered: offered.map_or_else(Vec::new, ClientHello::versions),
            suite: chosen.map(|chosen| chosen.suite),
            group: self.group.filter(in_clear).filter(|_| chosen.is_some()),
            server_name: offered.and_then(|it| it.server_name.clone()),
            alpn: chosen.and_then(|chosen| chosen.alpn.clone()),
            alpn_offered: offered.map_or_else(Vec::new, |it| it.alpn.clone()),
            resumed: self.resumed,
            early_data: offered.map(|_| self.early_data),
            encrypted_client_hello: offered.map(|it| it.encrypted_client_hello),
            client_certificate_asked: is_certificate_asked,
            hello: self.hello,
            hello_bytes: self.hello.map(|_| self.hello_bytes),
            established: self.established,
            round_trips: self.round_trips,
            certificates: self.certificates.clone(),
            alerts: self.alerts.clone(),
            fingerprint: self.fingerprint.clone(),
            has_failed: self.has_failed,
            has_expired: self.has_expired,
            is_for_another: self.is_for_another,
            request: self.application[asker],
            answer: self.application[asker.other()],
            is_over: false,
        })
    }
}

pub(super) const CLIENT_HELLO: u8 = 1;
pub(super) const SERVER_HELLO: u8 = 2;
pub(super) const HELLO_VERIFY_REQUEST: u8 = 3;

/// Stands for a ChangeCipherSpec, which is no handshake message.
const CHANGE: u8 = 255;
