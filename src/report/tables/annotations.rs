//! The tables of annotations, a row for each on a packet, and of findings. Exchanges
//! have annotations of their own, with the columns that all of them have.

use super::column::{Column, Row};
use crate::notes::{Annotation, Check, Value};
use crate::report::json;

/// Whatever an annotation stands in.
pub(super) trait Annotated: Row {
    /// The annotation of a row.
    fn annotation<'r>(row: &'r Self::Of<'_>) -> &'r Annotation;
}

/// Annotations by themselves.
pub(super) struct Alone;

impl Row for Alone {
    type Of<'a> = Annotation;
}

impl Annotated for Alone {
    fn annotation(row: &Annotation) -> &Annotation {
        row
    }
}

/// Annotations of packets.
pub(super) struct Annotations;

/// An annotation with its place.
pub(super) struct AnnotationRow<'a> {
    /// The packet's number.
    pub packet: u64,
    /// Its place among those of the packet, from 0.
    pub position: usize,
    /// The conversation's first packet.
    pub conversation: Option<u64>,
    pub annotation: &'a Annotation,
}

impl Row for Annotations {
    type Of<'a> = AnnotationRow<'a>;
}

impl Annotated for Annotations {
    fn annotation<'r>(row: &'r AnnotationRow<'_>) -> &'r Annotation {
        row.annotation
    }
}

/// Findings.
pub(super) struct Findings;

/// A finding with its place.
pub(super) struct FindingRow<'a> {
    /// From 1, in the order in which they became certain.
    pub ordinal: u64,
    /// The conversation's first packet.
    pub conversation: Option<u64>,
    pub annotation: &'a Annotation,
}

impl Row for Findings {
    type Of<'a> = FindingRow<'a>;
}

impl Annotated for Findings {
    fn annotation<'r>(row: &'r FindingRow<'_>) -> &'r Annotation {
        row.annotation
    }
}

/// Checks of an annotation.
pub(super) struct Checks;

impl Row for Checks {
    type Of<'a> = Check;
}

/// The columns of annotations; with their text if that is wanted.
pub(super) fn of_packets(with_text: bool) -> Vec<Column<Annotations>> {
    let mut columns = vec![
        Column::<Annotations>::i64(
            "packet",
            ("the packet's number", "所在报文的编号"),
            |row| row.packet,
        )
        .always(),
        Column::<Annotations>::i16(
            "position",
            (
                "its place among those of the packet, from 0",
                "在该报文的注解中的位置，从 0 起",
            ),
            |row| row.position as u64,
        )
        .always(),
        Column::<Annotations>::i64(
            "conversation",
            ("the conversation's key", "所属会话的键"),
            |row| row.conversation,
        ),
    ];
    columns.extend(shared(with_text));
    columns
}

/// The columns of findings; with their text if that is wanted.
pub(super) fn of_findings(with_text: bool) -> Vec<Column<Findings>> {
    let mut columns = vec![
        Column::<Findings>::i64(
            "ordinal",
            (
                "from 1, in the order in which they became certain",
                "按确定的先后编号，从 1 起",
            ),
            |row| row.ordinal,
        )
        .always(),
        Column::<Findings>::i64(
            "conversation",
            (
                "the conversation's key, where it is about one",
                "所说会话的键（只说一个会话时）",
            ),
            |row| row.conversation,
        ),
    ];
    columns.extend(shared(with_text));
    columns
}

/// What all annotations have.
pub(super) fn shared<R: Annotated>(with_text: bool) -> Vec<Column<R>> {
    let of = R::annotation;
    let mut columns = vec![
        Column::text(
            "kind",
            (
                "which kind; wirenotes notes KIND says what it means",
                "种类；含义见 wirenotes notes KIND",
            ),
            move |row, text| text.put(of(row).kind.name()),
        )
        .always(),
        Column::text(
            "severity",
            ("note, warning, error", "note、warning 或 error"),
            move |row, text| text.put(of(row).severity.name()),
        )
        .always(),
        Column::text(
            "topic",
            ("the note to read", "相关的笔记"),
            move |row, text| text.put(of(row).kind.topic()),
        )
        .always(),
        Column::numbers(
            "related",
            ("other packets that it concerns", "涉及的其他报文"),
            move |row, put| of(row).related.iter().for_each(|packet| put(*packet)),
        ),
        Column::bool(
            "holds",
            (
                "whether its checks hold; null: none was made",
                "各项检验是否成立；null：没有检验",
            ),
            move |row| holds(&of(row).checks),
        ),
        Column::structs::<Checks>(
            "checks",
            (
                "the rules with the packet's numbers, as text",
                "代入报文数字的规则，以文本表示",
            ),
            checks(),
            move |row, put| of(row).checks.iter().for_each(put),
        ),
        Column::text(
            "values",
            ("its numbers by name, as JSON", "各个数值，JSON 格式"),
            move |row, text| text.put(json::values(of(row)).as_str()),
        )
        .always(),
    ];
    if with_text {
        columns.push(
            Column::text(
                "text",
                (
                    "what it says, with --texts; its language is in the footer",
                    "讲解全文（用 --texts 时）；语言见文件尾",
                ),
                move |row, text| text.put(of(row).text.as_str()),
            )
            .always(),
        );
    }
    columns
}

fn checks() -> Vec<Column<Checks>> {
    vec![
        Column::<Checks>::text("rule", ("the rule", "规则"), |check, text| {
            text.put(check.rule.id);
        })
        .always(),
        Column::<Checks>::text(
            "expected",
            ("what the rule asks for", "规则要求的值"),
            |check, text| text.show(check.expected.as_ref().and_then(shown)),
        ),
        Column::<Checks>::text(
            "observed",
            ("what the packet has", "报文中的值"),
            |check, text| text.show(shown(&check.observed)),
        ),
        Column::<Checks>::bool("holds", ("whether they agree", "是否相符"), |check| {
            check.holds
        }),
    ]
}

/// Whether all that was judged holds; `None`: nothing was.
fn holds(checks: &[Check]) -> Option<bool> {
    let judged = checks.iter().filter_map(|check| check.holds);
    judged.reduce(|all, one| all && one)
}

/// A value as text: texts as they are, all else as JSON.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text.to_string()),
        other => Some(json::value(other)),
    }
}
