//! What is said of TLS, in both languages.

use std::sync::Arc;

use crate::decode::tls::{Alert, Certificate, ClientHello, ServerHello, Version};
use crate::notes::Severity::{self, Error, Note, Warning};
use crate::notes::fixture::annotated;
use crate::track::{
    Event, NotOffered, Resumed, Seen, Side, TlsAlert, TlsCertificate, TlsCertificateExpired,
    TlsCertificateName, TlsClientHello, TlsEarlyData, TlsEnd, TlsEstablished, TlsFailed,
    TlsNotOffered, TlsPlaintext, TlsRetry, TlsServerHello, TlsVersionOld,
};

const DAY_NS: u64 = 86_400_000_000_000;

const fn seen(packet: u64, milliseconds: u64) -> Seen {
    Seen {
        packet,
        time_ns: 20_000 * DAY_NS + milliseconds * 1_000_000,
    }
}

fn offered() -> Arc<ClientHello> {
    Arc::new(ClientHello {
        legacy_version: 0x0303,
        session_id: vec![1; 32],
        suites: vec![0x0a0a, 0x1301, 0xc02f],
        extensions: vec![0, 43, 51],
        server_name: Some("a.example".to_owned()),
        alpn: vec!["h2".to_owned()],
        supported_versions: vec![0x0304, 0x0303],
        groups: vec![29, 23],
        key_shares: vec![29],
        bytes: 512,
        ..ClientHello::default()
    })
}

fn chosen(suite: u16, group: u16, is_retry: bool) -> Box<TlsServerHello> {
    Box::new(TlsServerHello {
        hello: Arc::new(ServerHello {
            legacy_version: 0x0303,
            selected_version: Some(0x0304),
            session_id: vec![1; 32],
            suite,
            group: Some(group),
            is_retry,
            ..ServerHello::default()
        }),
        offered: Some(offered()),
        asked: Some(seen(4, 0)),
        first: seen(6, 30),
    })
}

fn certificate() -> Certificate {
    Certificate {
        subject: "CN=a.example".to_owned(),
        issuer: "CN=authority".to_owned(),
        names: vec!["a.example".to_owned(), "b.example".to_owned()],
        names_count: 2,
        not_before_ns: Some(19_000 * DAY_NS),
        not_after_ns: Some(20_001 * DAY_NS),
        key: "EC P-256".to_owned(),
        names_host: Some(true),
        ..Certificate::default()
    }
}

#[test]
fn hellos_are_told_with_what_they_offer() {
    let mut hello = TlsClientHello {
        hello: offered(),
        first: seen(4, 0),
        last: seen(5, 1),
        packets: 2,
        before: None,
        fingerprint: "t13d0203h2_a_b".to_owned(),
    };
    let words = ["TLS 1.3", "a.example", "h2", "512"];
    annotated(
        &Event::TlsClientHello(Box::new(hello.clone())),
        Note,
        &words,
    );
    let mut with_ech = ClientHello::clone(&hello.hello);
    with_ech.encrypted_client_hello = true;
    with_ech.offers_psk = true;
    hello.hello = Arc::new(with_ech);
    hello.before = Some(2);
    annotated(&Event::TlsClientHello(Box::new(hello)), Note, &["hello"]);
    let words = ["TLS 1.3", "TLS_AES_128_GCM_SHA256", "x25519", "30.0 ms"];
    annotated(
        &Event::TlsServerHello(chosen(0x1301, 29, false)),
        Note,
        &words,
    );
    let words = ["secp256r1", "x25519"];
    let retry = TlsRetry::Hello(*chosen(0x1301, 23, true));
    annotated(&Event::TlsRetry(Box::new(retry)), Note, &words);
    let cookie = TlsRetry::Cookie {
        bytes: 20,
        asked: Some(seen(4, 0)),
        first: seen(5, 1),
    };
    let words = ["HelloVerifyRequest", "20"];
    annotated(&Event::TlsRetry(Box::new(cookie)), Note, &words);
}

#[test]
fn certificates_are_told_with_their_days() {
    let mut shown = TlsCertificate {
        of_server: true,
        certificates: vec![certificate()].into(),
        count: 2,
        bytes: 900,
        server_name: Some("a.example".to_owned()),
        in_order: Some(false),
        first: seen(6, 0),
        last: seen(7, 1),
    };
    let event = Event::TlsCertificate(Box::new(shown.clone()));
    let told = annotated(&event, Note, &["a.example", "2022-01-08", "2024-10-05"]);
    assert_eq!(told.checks.len(), 2);
    shown.certificates = Vec::new().into();
    for (count, of_server) in [(0, true), (0, false), (1, true), (2, true)] {
        shown.count = count;
        shown.of_server = of_server;
        annotated(&Event::TlsCertificate(Box::new(shown.clone())), Note, &[]);
    }
    let mut expired = TlsCertificateExpired {
        certificate: certificate(),
        place: 1,
        at_ns: 20_004 * DAY_NS,
    };
    let event = Event::TlsCertificateExpired(Box::new(expired.clone()));
    annotated(&event, Warning, &["2024-10-05", "3 d"]);
    expired.at_ns = 18_990 * DAY_NS;
    let event = Event::TlsCertificateExpired(Box::new(expired));
    annotated(&event, Warning, &["2022-01-08", "10 d"]);
    let event = Event::TlsCertificateName(Box::new(TlsCertificateName {
        certificate: certificate(),
        server_name: "c.example".to_owned(),
    }));
    annotated(&event, Warning, &["c.example", "b.example"]);
}

#[test]
fn round_trips_are_checked() {
    let mut stands = TlsEstablished {
        version: Version::TLS12,
        suite: 0xc02f,
        alpn: None,
        resumed: Some(Resumed::No),
        hello: seen(4, 0),
        end: seen(9, 60),
        round_trips: 2,
        expected: Some(2),
        is_retried: false,
        is_certain: true,
    };
    let event = |stands: &TlsEstablished| Event::TlsEstablished(Box::new(stands.clone()));
    annotated(&event(&stands), Note, &["TLS 1.2", "60.0 ms", "2"]);
    for resumed in [Resumed::Ticket, Resumed::Id, Resumed::Psk] {
        stands.resumed = Some(resumed);
        annotated(&event(&stands), Note, &["60.0 ms"]);
    }
    stands.expected = Some(1);
    annotated(&event(&stands), Error, &["60.0 ms"]);
    stands.round_trips = 0;
    stands.expected = None;
    stands.is_retried = true;
    annotated(&event(&stands), Note, &["60.0 ms"]);
    for is_accepted in [None, Some(true)] {
        let event = Event::TlsEarlyData(TlsEarlyData {
            hello: 4,
            is_accepted,
        });
        annotated(&event, Note, &["0-RTT"]);
    }
}

#[test]
fn every_alert_has_a_meaning() {
    for description in 0..=u8::MAX {
        let Some(alert) = Alert::parse(&[2, description]) else {
            continue;
        };
        for after in ["ClientHello", "Certificate"] {
            let event = Event::TlsAlert(TlsAlert {
                of_server: true,
                alert,
                after,
            });
            let severity = match description {
                Alert::CLOSE_NOTIFY => Note,
                _ => Warning,
            };
            annotated(&event, severity, &[alert.name()]);
        }
    }
    let alert = Alert::parse(&[1, 112]).unwrap();
    let event = Event::TlsAlert(TlsAlert {
        of_server: false,
        alert,
        after: "ClientHello",
    });
    annotated(&event, Note, &["unrecognized_name"]);
}

fn failed(how: TlsEnd, alert: Option<(Alert, bool)>, by_server: Option<bool>) -> Event {
    Event::TlsFailed(Box::new(TlsFailed {
        server_name: Some("a.example".to_owned()).filter(|_| by_server.is_some()),
        after: "ServerHello",
        after_server: true,
        alert,
        by_server,
        how,
        hello: seen(4, 0),
        took_ns: Some(5_000_000),
    }))
}

#[test]
fn what_failed_says_after_which_step_and_by_whom() {
    let alert = Alert::parse(&[2, 48]).map(|alert| (alert, false));
    let event = failed(TlsEnd::Alert, alert, Some(false));
    annotated(&event, Warning, &["a.example", "ServerHello", "unknown_ca"]);
    for how in [TlsEnd::Closed, TlsEnd::Reset] {
        for by in [None, Some(true), Some(false)] {
            annotated(&failed(how, None, by), Warning, &["ServerHello"]);
        }
    }
}

#[test]
fn what_should_not_be_is_told() {
    let old = |version, offered| Event::TlsVersionOld(TlsVersionOld { version, offered });
    annotated(
        &old(Version::TLS10, Some(Version::TLS10)),
        Warning,
        &["TLS 1.0"],
    );
    annotated(&old(Version::TLS10, None), Warning, &["RFC 8996"]);
    let event = old(Version::TLS11, Some(Version::TLS13));
    annotated(&event, Warning, &["TLS 1.1", "TLS 1.3"]);
    for (tls, other) in [(Side::Client, Some("HTTP")), (Side::Server, None)] {
        let event = Event::TlsPlaintext(Box::new(TlsPlaintext {
            tls,
            packet: 4,
            other,
        }));
        annotated(&event, Warning, &["TLS", "4"]);
    }
    let all: [(NotOffered, &str); 4] = [
        (NotOffered::Suite(0x1303), "TLS_CHACHA20_POLY1305_SHA256"),
        (NotOffered::Group(24), "secp384r1"),
        (NotOffered::Version(Version::TLS11), "TLS 1.1"),
        (NotOffered::Alpn("h3".to_owned()), "h3"),
    ];
    for (chosen, word) in all {
        let event = Event::TlsNotOffered(Box::new(TlsNotOffered {
            chosen,
            offered: offered(),
            hello: 4,
        }));
        let told = annotated(&event, Severity::Error, &[word, "4"]);
        assert_eq!(told.checks[0].holds, Some(false));
    }
}
