//! The table of DNS: a row for each response, and for each question that got none.

use super::column::{Column, Row};
use crate::decode::Packet;
use crate::decode::dns::{Message, Record, type_name};
use crate::track::{DnsBytes, DnsPairing, DnsUnanswered, Event};

/// Questions and responses.
pub(super) struct Dns;

/// A response, or a question without one.
#[derive(Default)]
pub(super) struct DnsRow<'a> {
    /// The conversation's first packet.
    conversation: Option<u64>,
    query: Option<u64>,
    response: Option<u64>,
    id: u16,
    name: Option<String>,
    record_type: Option<u16>,
    message: Option<Message<'a>>,
    latency_ns: Option<u64>,
    attempts: Option<u32>,
}

impl<'a> DnsRow<'a> {
    /// What happened on a packet, if it is a response.
    pub(super) fn of_event(
        event: &'a Event,
        packet: &Packet<'a>,
        conversation: Option<u64>,
    ) -> Option<Self> {
        let (id, pairing, bytes): (u16, DnsPairing, &DnsBytes) = match event {
            Event::DnsResponse(it) => (it.id, it.pairing, &it.message),
            Event::DnsError(it) => (it.id, it.pairing, &it.message),
            Event::DnsTruncated(it) => {
                let pairing = DnsPairing {
                    query: it.query,
                    ..DnsPairing::default()
                };
                (it.id, pairing, &it.message)
            }
            _ => return None,
        };
        let message = Message::parse(bytes.of(packet)).ok();
        let question = message.as_ref().and_then(Message::question);
        Some(Self {
            conversation,
            query: pairing.query,
            response: Some(packet.frame.number),
            id,
            name: question.as_ref().map(|question| question.name.to_string()),
            record_type: question.map(|question| question.record_type),
            message,
            latency_ns: pairing.latency_ns,
            attempts: (pairing.attempts > 0).then_some(pairing.attempts),
        })
    }

    /// A question without a response.
    pub(super) fn unanswered(it: &DnsUnanswered, conversation: Option<u64>) -> Self {
        Self {
            conversation,
            query: it.queries.first().copied(),
            id: it.id,
            name: Some(it.name.to_string()),
            record_type: Some(it.record_type),
            attempts: Some(it.attempts),
            ..Self::default()
        }
    }
}

impl Row for Dns {
    type Of<'a> = DnsRow<'a>;
}

/// Answers in a response.
pub(super) struct Answers;

impl Row for Answers {
    type Of<'a> = Record<'a>;
}

/// Every column.
pub(super) fn columns() -> Vec<Column<Dns>> {
    type C = Column<Dns>;
    vec![
        C::i64(
            "conversation",
            ("the conversation's key", "所属会话的键"),
            |row| row.conversation,
        ),
        C::i64(
            "query_packet",
            (
                "the packet that asked; of one without a response, the first that did",
                "提问的报文；没有应答时为第一次提问的报文",
            ),
            |row| row.query,
        ),
        C::i64(
            "response_packet",
            ("the packet that answered", "应答的报文"),
            |row| row.response,
        ),
        C::i32("id", ("transaction id", "事务编号"), |row| {
            u64::from(row.id)
        })
        .always(),
        C::text(
            "name",
            ("the name asked for", "所问的名称"),
            |row, text| {
                text.put(row.name.as_deref());
            },
        ),
        C::text(
            "type",
            ("the type asked for", "所问的类型"),
            |row, text| {
                text.show(row.record_type.map(type_name));
            },
        ),
        C::i16(
            "response_code",
            (
                "response code, 0 where all is well, 3 where there is no such name",
                "应答码：0 正常，3 没有这个名称",
            ),
            |row| {
                let message = row.message.as_ref();
                message.map(|message| u64::from(message.response_code()))
            },
        ),
        C::i64(
            "latency_ns",
            ("from the question to the response", "从提问到应答的时间"),
            |row| row.latency_ns,
        ),
        C::i32(
            "attempts",
            ("how many times it was asked by then", "到那时为止问了几次"),
            |row| row.attempts.map(u64::from),
        ),
        C::structs::<Answers>(
            "answers",
            ("the records of the answer section", "应答部分的记录"),
            answers(),
            |row, put| {
                let message = row.message.iter();
                message
                    .flat_map(Message::answers)
                    .for_each(|record| put(&record));
            },
        ),
    ]
}

fn answers() -> Vec<Column<Answers>> {
    type C = Column<Answers>;
    vec![
        C::text(
            "name",
            ("whose record it is", "记录属于哪个名称"),
            |it, text| {
                text.show(Some(&it.name));
            },
        )
        .always(),
        C::text("type", ("its type", "类型"), |it, text| {
            text.show(Some(type_name(it.record_type)));
        })
        .always(),
        C::i64(
            "ttl",
            ("how many seconds it may be kept", "可以保存的秒数"),
            |it| u64::from(it.ttl),
        )
        .always(),
        C::text("data", ("what it says", "内容"), |it, text| {
            text.show(it.data().ok());
        }),
    ]
}
