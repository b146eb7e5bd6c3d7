//! The table of exchanges: a request with its response, when it is complete or never
//! will be. Columns and fields are those of the record.

use super::annotations::{Alone, shared};
use super::column::{Column, Row};
use crate::decode::http::FieldLine;
use crate::report::ExchangeReport;
use crate::track::{Exchange, HttpMessage, Informational};

/// Exchanges.
pub(super) struct Exchanges;

impl Row for Exchanges {
    type Of<'a> = ExchangeReport<'a>;
}

/// Messages of exchanges.
pub(super) struct Messages;

impl Row for Messages {
    type Of<'a> = (&'a Exchange, &'a HttpMessage);
}

/// Fields of heads.
pub(super) struct Headers;

impl Row for Headers {
    type Of<'a> = FieldLine<'a>;
}

/// Answers before the answer.
pub(super) struct Informationals;

impl Row for Informationals {
    type Of<'a> = Informational;
}

/// Secrets that are hidden.
pub(super) struct Hidden;

impl Row for Hidden {
    type Of<'a> = (&'a str, Option<u32>);
}

/// What the time of an exchange went to.
pub(super) struct Timing;

impl Row for Timing {
    type Of<'a> = &'a Exchange;
}

/// Every column; with the texts of annotations if these are wanted.
pub(super) fn columns(with_texts: bool) -> Vec<Column<Exchanges>> {
    type C = Column<Exchanges>;
    vec![
        C::i64(
            "number",
            (
                "from 1, in the order in which they became complete",
                "按完成的先后编号，从 1 起",
            ),
            |it| it.exchange.number,
        )
        .always(),
        C::i64(
            "conversation",
            ("the conversation's key", "所属会话的键"),
            |it| it.exchange.first_packet,
        )
        .always(),
        C::i64(
            "visit",
            ("the number of its visit", "所属访问的编号"),
            |it| it.exchange.visit,
        ),
        C::text(
            "client_address",
            ("who asked", "请求方的地址"),
            |it, text| text.show(Some(it.exchange.ends.client.address)),
        ),
        C::i32("client_port", ("its port", "请求方的端口"), |it| {
            it.exchange.ends.client.port.map(u64::from)
        }),
        C::text(
            "server_address",
            ("who was asked", "被请求方的地址"),
            |it, text| text.show(Some(it.exchange.ends.server.address)),
        ),
        C::i32("server_port", ("its port", "被请求方的端口"), |it| {
            it.exchange.ends.server.port.map(u64::from)
        }),
        C::text(
            "protocol",
            ("as in http/1.1", "如 http/1.1"),
            |it, text| text.show(Some(it.exchange.protocol())),
        )
        .always(),
        C::i64(
            "stream",
            ("the stream, where there are streams", "流的编号（有流时）"),
            |_| None,
        ),
        C::i64(
            "index",
            (
                "which one of its connection, from 1",
                "在连接中是第几个，从 1 起",
            ),
            |it| it.exchange.index,
        )
        .always(),
        C::bool(
            "complete",
            ("whether both messages are", "双方的消息是否完整"),
            |it| it.exchange.is_complete,
        )
        .always(),
        C::bool(
            "certain",
            (
                "whether it is sure that both belong together",
                "请求与应答是否确定对应",
            ),
            |it| it.exchange.is_certain,
        )
        .always(),
        C::structure::<Messages>(
            "request",
            ("the request, where it was captured", "请求（捕获到时）"),
            request(),
            |it, put| {
                let message = it.exchange.request.iter();
                message.for_each(|message| put(&(it.exchange, message)));
            },
        ),
        C::structure::<Messages>(
            "response",
            ("the response, where there was one", "应答（有应答时）"),
            response(),
            |it, put| {
                let message = it.exchange.response.iter();
                message.for_each(|message| put(&(it.exchange, message)));
            },
        ),
        C::structure::<Timing>(
            "timing_ns",
            ("what its time went to", "时间用在哪里"),
            timing(),
            |it, put| put(&it.exchange),
        )
        .always(),
        C::structs::<Alone>(
            "annotations",
            (
                "what is said of it; counted on the packets",
                "对它的注解；计数在报文上",
            ),
            shared(with_texts),
            |it, put| it.annotations.iter().for_each(put),
        ),
    ]
}

type M = Column<Messages>;

fn request() -> Vec<M> {
    let mut fields = vec![
        M::text("method", ("method", "方法"), |(_, it), text| {
            text.put(it.head.request().unwrap_or_default().0);
        }),
        M::text("target", ("target", "目标"), |(_, it), text| {
            text.put(it.head.request().unwrap_or_default().1);
        }),
        M::text("scheme", ("scheme", "协议方案"), |_, text| {
            text.put("http")
        }),
        M::text("host", ("host", "主机"), |(exchange, _), text| {
            text.put(exchange.host());
        }),
    ];
    fields.extend(message());
    fields
}

fn response() -> Vec<M> {
    let mut fields = vec![
        M::i16("status", ("status code", "状态码"), |(_, it)| {
            it.head.status().map(|(code, _)| u64::from(code))
        }),
        M::text(
            "reason",
            ("reason phrase", "原因短语"),
            |(_, it), text| {
                text.put(it.head.status().map(|(_, reason)| reason));
            },
        ),
        M::structs::<Informationals>(
            "informational",
            (
                "answers before the answer (1xx)",
                "正式应答之前的应答（1xx）",
            ),
            informational(),
            |(exchange, _), put| exchange.informational.iter().for_each(put),
        ),
        M::text(
            "content_type",
            ("Content-Type", "Content-Type"),
            |(_, it), text| {
                text.put(it.head.value("Content-Type"));
            },
        ),
        M::text(
            "content_encoding",
            ("Content-Encoding", "Content-Encoding"),
            |(_, it), text| text.put(it.head.value("Content-Encoding")),
        ),
    ];
    fields.extend(message());
    fields
}

/// What both messages have.
fn message() -> Vec<M> {
    vec![
        M::text(
            "version",
            ("version of HTTP", "HTTP 版本"),
            |(_, it), text| {
                text.put(it.head.version().name());
            },
        ),
        M::structs::<Headers>(
            "headers",
            (
                "its header fields; the value of a secret is null",
                "头部字段；秘密值为 null",
            ),
            headers(),
            |(_, it), put| it.head.fields().for_each(|field| put(&field)),
        ),
        M::structs::<Hidden>(
            "hidden",
            (
                "secrets in what is shown; equal ones have equal numbers",
                "所示内容中隐藏的秘密值；相同的编号相同",
            ),
            hidden(),
            |(_, it), put| {
                let secrets = it.head.secrets_beside();
                secrets.for_each(|(name, secret)| put(&(name, secret.number())));
            },
        ),
        M::text(
            "body_ends_by",
            ("how its body ends", "正文如何结束"),
            |(_, it), text| text.put(it.body_ends_by.name()),
        ),
        M::i64(
            "head_bytes",
            ("bytes of its head", "头部字节数"),
            |(_, it)| u64::from(it.head.length()),
        ),
        M::i64(
            "body_bytes",
            ("bytes of its body", "正文字节数"),
            |(_, it)| it.body_bytes,
        ),
        M::i64(
            "missing_bytes",
            ("those that were not captured", "其中没有捕获到的字节数"),
            |(_, it)| it.missing_bytes,
        ),
        M::numbers(
            "packets",
            ("its first and last packet", "首末报文"),
            |(_, it), put| super::first_and_last(it.first, it.last, put),
        ),
        M::i64(
            "start_ns",
            ("when it began", "开始的时间"),
            |(_, it)| it.first.time_ns,
        ),
        M::i64("end_ns", ("when it ended", "结束的时间"), |(_, it)| {
            it.last.time_ns
        }),
    ]
}

fn headers() -> Vec<Column<Headers>> {
    vec![
        Column::<Headers>::text(
            "name",
            ("its name, as sent", "字段名（原样）"),
            |it, text| {
                text.put(it.name);
            },
        )
        .always(),
        Column::<Headers>::text("value", ("its value", "字段值"), |it, text| {
            if it.hidden.is_none() {
                text.put(it.value);
            }
        }),
    ]
}

fn informational() -> Vec<Column<Informationals>> {
    vec![
        Column::<Informationals>::i16("status", ("status code", "状态码"), |it| {
            u64::from(it.status)
        })
        .always(),
        Column::<Informationals>::i64("packet", ("its packet", "所在的报文"), |it| {
            it.seen.packet
        })
        .always(),
        Column::<Informationals>::i64("time_ns", ("when it came", "到来的时间"), |it| {
            it.seen.time_ns
        })
        .always(),
    ]
}

fn hidden() -> Vec<Column<Hidden>> {
    vec![
        Column::<Hidden>::text(
            "name",
            ("what it is called", "名称"),
            |(name, _), text| {
                text.put(*name);
            },
        )
        .always(),
        Column::<Hidden>::i64("secret", ("its number", "编号"), |(_, number)| {
            number.map(u64::from)
        }),
    ]
}

fn timing() -> Vec<Column<Timing>> {
    let time = |name: &'static str, meaning, of: fn(&Exchange) -> Option<u64>| {
        Column::<Timing>::i64(name, meaning, move |it: &&Exchange| of(it))
    };
    vec![
        time(
            "blocked",
            ("it waited for answers before its own", "等待前面的应答"),
            |it| it.blocked_ns,
        ),
        time(
            "dns",
            (
                "resolving the name, where it paid for it",
                "解析名称（由它承担时）",
            ),
            |it| it.dns_ns,
        ),
        time(
            "connect",
            ("opening the connection, likewise", "建立连接（由它承担时）"),
            |it| it.opening.map(|opening| opening.took_ns()),
        ),
        time(
            "tls",
            ("the handshake of TLS, likewise", "TLS 握手（由它承担时）"),
            |_| None,
        ),
        time(
            "send",
            ("sending the request", "发送请求"),
            Exchange::send_ns,
        ),
        time(
            "wait",
            (
                "from the request's last byte to the response's first",
                "从请求末字节到应答首字节",
            ),
            Exchange::wait_ns,
        ),
        time(
            "receive",
            ("receiving the response", "接收应答"),
            Exchange::receive_ns,
        ),
    ]
}
