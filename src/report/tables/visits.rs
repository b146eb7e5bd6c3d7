//! The table of visits: a row when one has ended. Columns and fields are those of the
//! record.

use super::column::{Column, Row};
use crate::track::{Phase, Visit};

/// Visits.
pub(super) struct Visits;

impl Row for Visits {
    type Of<'a> = Visit;
}

/// Phases of visits.
pub(super) struct Phases;

impl Row for Phases {
    type Of<'a> = Phase;
}

/// Every column.
pub(super) fn columns() -> Vec<Column<Visits>> {
    type C = Column<Visits>;
    vec![
        C::i64(
            "number",
            (
                "from 1, in the order in which their first exchanges ended",
                "按首个请求完成的先后编号，从 1 起",
            ),
            |it| it.number,
        )
        .always(),
        C::text(
            "client_address",
            ("who visits", "访问方的地址"),
            |it, text| {
                text.show(Some(it.client.address));
            },
        )
        .always(),
        C::i32("client_port", ("its port", "访问方的端口"), |it| {
            it.client.port.map(u64::from)
        }),
        C::text(
            "server_address",
            ("whom", "被访问方的地址"),
            |it, text| {
                text.show(Some(it.server.address));
            },
        )
        .always(),
        C::i32("server_port", ("its port", "被访问方的端口"), |it| {
            it.server.port.map(u64::from)
        }),
        C::text(
            "name",
            ("the name that was asked", "所请求的名称"),
            |it, text| text.put(it.name.as_str()),
        )
        .always(),
        C::text(
            "other_name",
            (
                "what else the address was asked for under",
                "该地址的另一个名称",
            ),
            |it, text| text.put(it.other_name.as_deref()),
        ),
        C::numbers(
            "conversations",
            ("the keys of its conversations", "所含会话的键"),
            |it, put| it.first_packets.iter().for_each(|packet| put(*packet)),
        ),
        C::texts(
            "joined_by",
            ("by which evidence they belong together", "依据什么归在一起"),
            |it, put| it.joined_by.iter().for_each(|by| put(&by.name())),
        ),
        C::structs::<Phases>(
            "phases",
            ("what the time went to, in order", "时间依次用在哪里"),
            phases(),
            |it, put| it.phases.iter().for_each(put),
        ),
        C::i64(
            "total_ns",
            (
                "from the first phase's start to the last's end",
                "从首个阶段开始到末个阶段结束的时间",
            ),
            |it| it.total_ns,
        )
        .always(),
        C::text(
            "longest",
            ("the longest phase", "最长的阶段"),
            |it, text| {
                text.put(it.longest().map(|(phase, _)| phase.name.name()));
            },
        ),
        C::i64(
            "exchanges",
            ("how many exchanges it has", "请求的个数"),
            |it| it.exchanges,
        )
        .always(),
        C::bool(
            "certain",
            (
                "whether the first exchange is complete and certain",
                "首个请求是否完整而确定",
            ),
            |it| it.is_certain,
        )
        .always(),
    ]
}

fn phases() -> Vec<Column<Phases>> {
    type C = Column<Phases>;
    vec![
        C::text("name", ("which", "哪个阶段"), |it, text| {
            text.put(it.name.name());
        })
        .always(),
        C::i64("start_ns", ("when it began", "开始的时间"), |it| {
            it.start.time_ns
        })
        .always(),
        C::i64("end_ns", ("when it ended", "结束的时间"), |it| {
            it.end.time_ns
        })
        .always(),
        C::numbers(
            "packets",
            ("its first and last packet", "首末报文"),
            |it, put| super::first_and_last(it.start, it.end, put),
        ),
    ]
}
