//! Exchanges and visits as records.

use super::write::{Json, Plain, list, members, object};
use crate::decode::http::{FieldLine, Head, Hidden, StatusClass};
use crate::report::ExchangeReport;
use crate::report::exchanges::{Exchanges, Slow};
use crate::track::{Exchange, HttpMessage, HttpTotals, Informational, Phase, Seen, Visit};

/// An `exchange` record.
impl Json for ExchangeReport<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let it = self.exchange;
        object(out, |out| {
            members!(
                out,
                "record": Plain("exchange"),
                "number": it.number,
                "conversation": it.conversation,
                "visit": it.visit,
                "protocol": it.protocol(),
                "stream": (),
                "index": it.index,
                "complete": it.is_complete,
                "certain": it.is_certain,
                "request": it.request.as_ref().map(|message| Request(it, message)),
                "response": it.response.as_ref().map(|message| Response(it, message)),
                "timing_ns": Timing(it),
                "annotations": self.annotations,
            );
        });
    }
}

struct Request<'a>(&'a Exchange, &'a HttpMessage);

impl Json for Request<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Self(exchange, message) = *self;
        let head = &message.head;
        let (method, target) = head.request().unwrap_or_default();
        object(out, |out| {
            members!(
                out,
                "method": method,
                "target": target,
                "scheme": Plain("http"),
                "host": exchange.host(),
                "version": Plain(head.version().name()),
            );
            shared(message, out);
        });
    }
}

struct Response<'a>(&'a Exchange, &'a HttpMessage);

impl Json for Response<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Self(exchange, message) = *self;
        let head = &message.head;
        object(out, |out| {
            members!(
                out,
                "status": head.status().map(|(code, _)| code),
                "reason": head.status().map(|(_, reason)| reason),
                "version": Plain(head.version().name()),
                "informational": exchange.informational.as_slice(),
                "content_type": head.value("Content-Type"),
                "content_encoding": head.value("Content-Encoding"),
            );
            shared(message, out);
        });
    }
}

/// What both messages have.
fn shared(message: &HttpMessage, out: &mut Vec<u8>) {
    members!(
        out,
        "headers": Fields(&message.head),
        "hidden": Beside(&message.head),
        "body_ends_by": Plain(message.body_ends_by.name()),
        "head_bytes": message.head.length(),
        "body_bytes": message.body_bytes,
        "missing_bytes": message.missing_bytes,
        "packets": Packets(message.first, message.last),
        "start_ns": message.first.time_ns,
        "end_ns": message.last.time_ns,
    );
}

/// The first packet and the last; one where they are the same.
struct Packets(Seen, Seen);

impl Json for Packets {
    fn write(&self, out: &mut Vec<u8>) {
        let both = [self.0.packet, self.1.packet];
        let packets = match both {
            [first, last] if first == last => &both[..1],
            _ => &both[..],
        };
        packets.write(out);
    }
}

struct Fields<'a>(&'a Head);

impl Json for Fields<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, self.0.fields(), |out, field| field.write(out));
    }
}

impl Json for FieldLine<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| match self.hidden {
            None => members!(out, "name": self.name, "value": self.value),
            Some(hidden) => members!(out, "name": self.name, "value": (), "hidden": hidden),
        });
    }
}

impl Json for Hidden {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "scheme": self.scheme.as_deref(),
                "names": Names(self),
                "bytes": self.bytes,
                "secret": self.secret.number(),
            );
        });
    }
}

struct Names<'a>(&'a Hidden);

impl Json for Names<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, &self.0.named, |out, (name, _)| name.write(out));
    }
}

/// The secrets of the target and of values that are shown but for them.
struct Beside<'a>(&'a Head);

impl Json for Beside<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, self.0.secrets_beside(), |out, (name, secret)| {
            object(out, |out| {
                members!(out, "name": name, "secret": secret.number());
            });
        });
    }
}

impl Json for Informational {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "status": self.status,
                "packet": self.seen.packet,
                "time_ns": self.seen.time_ns,
            );
        });
    }
}

struct Timing<'a>(&'a Exchange);

impl Json for Timing<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let it = self.0;
        object(out, |out| {
            members!(
                out,
                "blocked": it.blocked_ns,
                "dns": it.dns_ns,
                "connect": it.opening.map(|opening| opening.took_ns()),
                "tls": (),
                "send": it.send_ns(),
                "wait": it.wait_ns(),
                "receive": it.receive_ns(),
            );
        });
    }
}

/// The member `http` of a conversation.
impl Json for HttpTotals {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "version": self.version.map(|version| version.name()),
                "exchanges": self.exchanges,
                "requests_by_method": Methods(self),
                "responses_by_class": Classes(&self.responses_by_class),
                "longest_wait_ns": self.longest_wait_ns,
            );
        });
    }
}

struct Methods<'a>(&'a HttpTotals);

impl Json for Methods<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            for (method, count) in &self.0.requests_by_method {
                out.push(b',');
                method.write(out);
                out.push(b':');
                count.write(out);
            }
        });
    }
}

/// Responses by class, those that there are.
struct Classes<'a>(&'a [u64; StatusClass::ALL.len()]);

impl Json for Classes<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let counted = StatusClass::ALL.into_iter().zip(self.0);
        object(out, |out| {
            for (class, count) in counted.filter(|(_, count)| **count > 0) {
                super::write::member(out, class.name(), count);
            }
        });
    }
}

/// The member `exchanges` of a summary.
impl Json for Exchanges {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "count": self.count,
                "complete": self.complete,
                "failed": self.failed(),
                "unanswered": self.unanswered,
                "responses_by_class": Classes(&self.by_class),
                "slowest": Slowest(self.slowest.get(..5).unwrap_or(&self.slowest)),
            );
        });
    }
}

struct Slowest<'a>(&'a [Slow]);

impl Json for Slowest<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, self.0, |out, slow| {
            object(out, |out| {
                members!(
                    out,
                    "number": slow.number,
                    "conversation": slow.conversation,
                    "packet": slow.packet,
                    "method": slow.method,
                    "host": slow.host,
                    "target": slow.target,
                    "status": slow.status,
                    "wait_ns": slow.wait_ns,
                    "receive_ns": slow.receive_ns,
                );
            });
        });
    }
}

/// A `visit` record.
impl Json for Visit {
    fn write(&self, out: &mut Vec<u8>) {
        let joined = self.joined_by.iter().map(|by| by.name());
        let joined: Vec<&str> = joined.collect();
        let longest = self.longest().map(|(phase, _)| Plain(phase.name.name()));
        object(out, |out| {
            members!(
                out,
                "record": Plain("visit"),
                "number": self.number,
                "client": self.client,
                "server": self.server,
                "client_address": self.client.address,
                "client_port": self.client.port,
                "server_address": self.server.address,
                "server_port": self.server.port,
                "name": self.name,
                "other_name": self.other_name,
                "conversations": self.conversations.as_slice(),
                "joined_by": joined.as_slice(),
                "phases": Phases(self),
                "total_ns": self.total_ns,
                "longest": longest,
                "exchanges": self.exchanges,
                "certain": self.is_certain,
            );
        });
    }
}

struct Phases<'a>(&'a Visit);

impl Json for Phases<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, &self.0.phases, |out, phase| phase.write(out));
    }
}

impl Json for Phase {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "name": Plain(self.name.name()),
                "start_ns": self.start.time_ns,
                "end_ns": self.end.time_ns,
                "packets": Packets(self.start, self.end),
            );
        });
    }
}
