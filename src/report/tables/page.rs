//! `wirenotes notes tables`: every table with its columns, as text or JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::describe::{ColumnInfo, TableInfo, describe};
use crate::notes::Lang;
use crate::report::notes::Page;
use crate::report::style::Paint;
use crate::report::wrap::{hang, pad, width};

/// Columns of the names.
const NAMES: usize = 26;

/// Writes what the tables are.
///
/// # Errors
/// When it cannot be written.
pub fn list(out: &mut dyn Write, page: Page) -> io::Result<()> {
    let mut text = String::new();
    let about = page.lang.pick(
        "What wirenotes analyze FILE --parquet DIR writes for engines: DIR/TABLE/part-00000.parquet \
         for each table. Times and durations in nanoseconds end in _ns; a ? behind a type: may be \
         null, which is unknown. Packets and annotations stand in the order of the capture; a row \
         of a conversation, an exchange or a visit comes when it has ended, so that those tables \
         are not sorted.",
        "wirenotes analyze FILE --parquet DIR 为引擎写出的表：每个表在 DIR/表名/part-00000.parquet。\
         以 _ns 结尾的是以纳秒计的时间和时长；类型后的 ? 表示可以为 null，即未知。报文和注解按抓包的\
         先后排列；会话、请求和访问在结束时才写出，因此这些表没有排序。",
    );
    hang(&mut text, "", "", about, page.width);
    for table in describe() {
        one(&mut text, &table, page);
    }
    out.write_all(text.as_bytes())
}

fn one(text: &mut String, table: &TableInfo, page: Page) {
    let Page { lang, style, .. } = page;
    let meaning = table.meaning.told(lang);
    text.push('\n');
    text.push_str(&style.paint(Paint::Heading, table.name));
    text.push_str(&format!("{}{meaning}\n", lang.pick(": ", "：")));
    for ColumnInfo {
        name,
        type_name,
        nullable,
        meaning,
    } in &table.columns
    {
        let mark = if *nullable { "?" } else { "" };
        let mut head = "  ".to_owned();
        pad(&mut head, name, NAMES);
        if width(&head) > NAMES + 2 {
            head.push_str("  ");
        }
        let said = format!("{type_name}{mark}  {}", meaning.told(lang));
        let indent = " ".repeat(NAMES + 2);
        hang(text, &head, &indent, &said, page.width);
    }
}

/// What the tables are, as one document.
#[must_use]
pub fn list_json(lang: Lang) -> Value {
    let column = |column: &ColumnInfo| {
        json!({
            "name": column.name,
            "type": column.type_name,
            "nullable": column.nullable,
            "meaning": column.meaning.told(lang),
        })
    };
    let table = |table: &TableInfo| {
        json!({
            "name": table.name,
            "meaning": table.meaning.told(lang),
            "columns": table.columns.iter().map(column).collect::<Vec<_>>(),
        })
    };
    json!({"tables": describe().iter().map(table).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::style::Style;

    #[test]
    fn every_column_is_told_in_both_languages_within_the_width() {
        for lang in Lang::ALL {
            let page = Page {
                lang,
                width: 80,
                style: Style::default(),
            };
            let mut out = Vec::new();
            list(&mut out, page).unwrap();
            let text = String::from_utf8(out).unwrap();
            for line in text.lines() {
                assert!(width(line) <= 80, "{line}");
            }
            for table in describe() {
                assert!(
                    text.contains(&format!("\n{}", table.name)),
                    "{}",
                    table.name
                );
                let mut names = BTreeSet::new();
                for column in &table.columns {
                    assert!(text.contains(&format!("  {}", column.name)));
                    assert!(names.insert(&column.name), "{} twice", column.name);
                    let said = column.meaning.told(lang);
                    assert!(!said.is_empty() && !said.ends_with(['.', '。']), "{said}");
                    let is_chinese = !said.is_ascii();
                    let is_name = said.starts_with("Content-");
                    assert!(is_name || is_chinese == (lang == Lang::Zh), "{said}");
                }
            }
        }
    }
}
