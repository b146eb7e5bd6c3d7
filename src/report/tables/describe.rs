//! What the tables are, for who asks: names, types, meanings, from the columns
//! themselves.

use super::column::{Column, Meaning, Row};
use super::{annotations, conversations, dns, exchanges, packets, totals, visits};

/// A table.
#[derive(Clone, Debug)]
pub struct TableInfo {
    /// Its name, which is also that of its folder.
    pub name: &'static str,
    /// What a row is.
    pub meaning: Meaning,
    /// Its columns, in order.
    pub columns: Vec<ColumnInfo>,
}

/// A column.
#[derive(Clone, Debug)]
pub struct ColumnInfo {
    /// Its name.
    pub name: String,
    /// Its type, as in `list<str>`.
    pub type_name: String,
    /// Whether a cell may be null: unknown.
    pub nullable: bool,
    /// What it means.
    pub meaning: Meaning,
}

/// Every table, with every column that it may have.
#[must_use]
pub fn describe() -> Vec<TableInfo> {
    vec![
        table(
            "captures",
            ("a file that was read", "读取的文件"),
            &totals::captures(),
        ),
        table(
            "conversations",
            ("a conversation, when it has ended", "会话，结束时写出"),
            &conversations::columns(),
        ),
        table(
            "packets",
            ("a packet, with --packets", "报文，用 --packets 时写出"),
            &packets::columns(),
        ),
        table(
            "annotations",
            ("what is said of a packet", "对报文的注解"),
            &annotations::of_packets(true),
        ),
        table(
            "findings",
            ("what belongs to no single packet", "不属于单个报文的发现"),
            &annotations::of_findings(true),
        ),
        table(
            "dns",
            (
                "a response of DNS, or a question without one",
                "DNS 响应，或没有应答的提问",
            ),
            &dns::columns(),
        ),
        table(
            "exchanges",
            ("a request with its response", "请求及其应答"),
            &exchanges::columns(true),
        ),
        table(
            "visits",
            (
                "a visit, from the name to the last byte",
                "访问，从名称到最后一个字节",
            ),
            &visits::columns(),
        ),
        table(
            "listeners",
            (
                "a server, one of the busiest 1,000",
                "最忙的 1,000 个服务器之一",
            ),
            &totals::listeners(),
        ),
        table(
            "kinds",
            ("how often each kind was said", "每种注解出现的次数"),
            &totals::kinds(),
        ),
        table(
            "layers",
            ("a layer's packets and headers", "每层的报文与头部"),
            &totals::layers(),
        ),
    ]
}

fn table<R: Row>(
    name: &'static str,
    meaning: (&'static str, &'static str),
    columns: &[Column<R>],
) -> TableInfo {
    let columns = columns.iter().map(|column| ColumnInfo {
        name: column.name.to_string(),
        type_name: column.type_name(),
        nullable: column.nullable,
        meaning: column.meaning.clone(),
    });
    TableInfo {
        name,
        meaning: meaning.into(),
        columns: columns.collect(),
    }
}
