//! The tables of what is known at the end: captures, listeners, kinds, layers.

use super::column::{Column, Row};
use crate::capture::{Drops, FileInfo, LinkType};
use crate::decode::Protocol;
use crate::notes::{Kind, Severity};
use crate::report::{Summary, link_type_name};
use crate::track::Listener;

/// Captures.
pub(super) struct Captures;

/// One file.
#[derive(Default)]
pub(super) struct CaptureRow<'a> {
    name: &'a str,
    index: usize,
    info: FileInfo,
    link_types: &'a [LinkType],
    packets: u64,
    bytes: u64,
    first_ns: Option<u64>,
    last_ns: Option<u64>,
}

impl<'a> CaptureRow<'a> {
    /// Every file, in reading order.
    pub(super) fn all(summary: &'a Summary) -> impl Iterator<Item = Self> {
        summary.files.iter().enumerate().map(|(index, name)| {
            let row = Self {
                name,
                index,
                info: summary.file_infos.get(index).copied().unwrap_or_default(),
                ..Self::default()
            };
            match summary.captured.get(index) {
                Some(file) => Self {
                    link_types: &file.link_types,
                    packets: file.packets,
                    bytes: file.bytes,
                    first_ns: file.first_ns,
                    last_ns: file.last_ns,
                    ..row
                },
                // One file alone is not counted apart.
                None => Self {
                    link_types: &summary.link_types,
                    packets: summary.packets,
                    bytes: summary.bytes,
                    first_ns: summary.first_ns,
                    last_ns: summary.last_ns,
                    ..row
                },
            }
        })
    }
}

impl Row for Captures {
    type Of<'a> = CaptureRow<'a>;
}

/// Every column of captures.
pub(super) fn captures() -> Vec<Column<Captures>> {
    type C = Column<Captures>;
    vec![
        C::text(
            "capture",
            ("the file, as it was named", "文件，照给出的名字"),
            |it, text| {
                text.put(it.name);
            },
        )
        .always(),
        C::i32(
            "file_index",
            ("from 0, in reading order", "按读取的先后编号，从 0 起"),
            |it| it.index as u64,
        )
        .always(),
        C::text(
            "format",
            ("pcap or pcapng", "pcap 或 pcapng"),
            |it, text| {
                text.put(it.info.format);
            },
        ),
        C::text(
            "link_type",
            ("how its packets begin", "报文从哪种链路层开始"),
            |it, text| {
                let names: Vec<String> =
                    it.link_types.iter().map(|it| link_type_name(*it)).collect();
                text.show((!names.is_empty()).then(|| names.join(", ")));
            },
        ),
        C::i64(
            "packets",
            ("packets that passed the filter", "通过过滤器的报文数"),
            |it| it.packets,
        )
        .always(),
        C::i64(
            "bytes",
            ("their bytes on the wire", "线上的字节数"),
            |it| it.bytes,
        )
        .always(),
        C::i64(
            "first_ns",
            ("time of the earliest", "最早报文的时间"),
            |it| it.first_ns,
        ),
        C::i64(
            "last_ns",
            ("time of the latest", "最晚报文的时间"),
            |it| it.last_ns,
        ),
        C::i64(
            "recorder_dropped",
            (
                "packets that the recorder says it lost",
                "抓包程序自称丢失的报文数",
            ),
            |it| {
                let Drops {
                    by_interface,
                    by_system,
                    by_us,
                    before_packets,
                } = it.info.drops;
                let counted = by_interface.saturating_add(by_system).saturating_add(by_us);
                // Both may count the same packets.
                counted.max(before_packets)
            },
        )
        .always(),
        C::i32(
            "faults",
            (
                "how often something of it could not be read",
                "无法读取之处的个数",
            ),
            |it| u64::from(it.info.faults),
        )
        .always(),
        C::i64(
            "first_number",
            ("the number of its first packet", "首个报文的编号"),
            |it| it.info.first_number,
        ),
    ]
}

/// Listeners.
pub(super) struct Listeners;

impl Row for Listeners {
    type Of<'a> = Listener;
}

/// Every column of listeners.
pub(super) fn listeners() -> Vec<Column<Listeners>> {
    type C = Column<Listeners>;
    vec![
        C::text(
            "address",
            ("where it listens", "监听的地址"),
            |it, text| {
                text.show(Some(it.address.address));
            },
        )
        .always(),
        C::i32("port", ("its port", "监听的端口"), |it| {
            it.address.port.map(u64::from)
        }),
        C::i64(
            "connections",
            ("connections that it answered", "应答过的连接数"),
            |it| it.connections,
        )
        .always(),
        C::i64(
            "clients",
            ("different client addresses", "不同的客户端地址数"),
            |it| it.clients,
        )
        .always(),
        C::i64(
            "peak_concurrent",
            ("most of them at once", "同时最多的连接数"),
            |it| it.peak_concurrent,
        )
        .always(),
        C::i64(
            "close_wait",
            ("connections left in CLOSE_WAIT", "留在 CLOSE_WAIT 的连接数"),
            |it| it.close_wait,
        )
        .always(),
    ]
}

/// Kinds of annotations and findings.
pub(super) struct Kinds;

impl Row for Kinds {
    type Of<'a> = (Kind, Severity, u64);
}

/// Every column of kinds.
pub(super) fn kinds() -> Vec<Column<Kinds>> {
    type C = Column<Kinds>;
    vec![
        C::text("kind", ("the kind", "种类"), |(kind, ..), text| {
            text.put(kind.name())
        })
        .always(),
        C::text(
            "severity",
            ("note, warning, error", "note、warning 或 error"),
            |it, text| {
                text.put(it.1.name());
            },
        )
        .always(),
        C::i64(
            "count",
            ("how often it was said", "出现的次数"),
            |(.., count)| *count,
        )
        .always(),
    ]
}

/// Layers.
pub(super) struct Layers;

impl Row for Layers {
    type Of<'a> = (Protocol, u64, u64);
}

/// Every column of layers.
pub(super) fn layers() -> Vec<Column<Layers>> {
    type C = Column<Layers>;
    vec![
        C::text(
            "layer",
            ("the layer's protocol", "该层的协议"),
            |(layer, ..), text| {
                text.put(layer.name());
            },
        )
        .always(),
        C::i64(
            "packets",
            ("packets that have it", "含有该层的报文数"),
            |(_, packets, _)| *packets,
        )
        .always(),
        C::i64(
            "header_bytes",
            ("its header bytes", "头部字节数"),
            |(.., bytes)| *bytes,
        )
        .always(),
    ]
}
