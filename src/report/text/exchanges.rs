//! The slowest exchanges as a table: when, what was asked, what came, and how long
//! each step took.

use comfy_table::Table;

use super::screen::{Screen, lay_out};
use crate::escape::escape;
use crate::notes::units;
use crate::report::exchanges::{Exchanges, Slow};
use crate::report::wrap::cut;

/// Columns that everything but what was asked takes.
const OTHER_COLUMNS: usize = 54;

/// What was asked is cut to no less.
const LEAST: usize = 16;

/// The table, with one line of heads.
pub fn table(screen: &Screen, exchanges: &Exchanges, first_ns: Option<u64>) -> Table {
    let lang = screen.words.0;
    let mut table = Table::new();
    table.set_header([
        lang.pick("time", "时间"),
        screen.words.number(),
        lang.pick("asked", "请求"),
        lang.pick("status", "状态"),
        lang.pick("body", "消息体"),
        lang.pick("wait", "等待"),
        lang.pick("receive", "接收"),
    ]);
    let room = screen.width.saturating_sub(OTHER_COLUMNS).max(LEAST);
    for slow in &exchanges.slowest {
        let none = || "–".to_owned();
        let since = slow
            .start_ns
            .saturating_sub(first_ns.unwrap_or(slow.start_ns));
        table.add_row([
            units::duration(since),
            slow.conversation.to_string(),
            cut(&asked(slow), room),
            slow.status.map_or_else(none, |status| status.to_string()),
            slow.bytes.map_or_else(none, units::bytes),
            slow.wait_ns.map_or_else(none, units::duration),
            slow.receive_ns
                .filter(|ns| *ns > 0)
                .map_or_else(none, units::duration),
        ]);
    }
    lay_out(table, &[0, 1, 3, 4, 5, 6])
}

/// `GET example.com/index.html`.
fn asked(slow: &Slow) -> String {
    let host = slow.host.as_deref().unwrap_or_default();
    let is_whole = slow.target.contains("://") || slow.method == "CONNECT";
    let host = if is_whole { "" } else { host };
    escape(&format!("{} {host}{}", slow.method, slow.target)).into_owned()
}
