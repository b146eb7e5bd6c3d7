//! The list of what can be captured on: a table, or records.

use std::io::{self, Write};

use comfy_table::Table;
use serde_json::{Value, json};

use super::Look;
use super::json::value_line;
use super::style::Paint;
use super::text::link_type_name;
use super::text::screen::{Screen, lay_out};
use super::words::Words;
use super::wrap::width;
use crate::capture::live::{Interface, Openable};
use crate::escape::escape;

/// A table for people.
///
/// # Errors
/// When it cannot be written.
pub fn text(out: Box<dyn Write + Send>, interfaces: &[Interface], look: &Look) -> io::Result<()> {
    let mut screen = Screen::new(out, look.clone());
    let words = screen.words;
    let (network, other): (Vec<_>, Vec<_>) = interfaces
        .iter()
        .enumerate()
        .partition(|(_, interface)| interface.is_network);
    let rows: Vec<_> = network
        .iter()
        .map(|(index, interface)| Row::new(*index, interface, &screen))
        .collect();
    let room = screen.width.saturating_sub(2);
    let table = lay_out(table(&rows, words), &[0]);
    if table.lines().all(|line| width(line.trim_end()) <= room) {
        screen.table(&table, 1)?;
    } else {
        for row in &rows {
            row.list(&mut screen)?;
        }
    }
    if !other.is_empty() {
        let names: Vec<_> = other.iter().map(|(_, it)| escape(&it.name)).collect();
        let line = format!("{} {}", words.not_network(), names.join(", "));
        screen.write("\n")?;
        screen.paragraph("  ", "  ", &line)?;
    }
    if network
        .iter()
        .any(|(_, it)| it.openable == Openable::NoPermission)
    {
        screen.write("\n")?;
        screen.paragraph("  ", "  ", words.how_to_capture())?;
    }
    screen.flush()
}

struct Row {
    number: String,
    name: String,
    state: String,
    link: String,
    openable: String,
    addresses: Vec<String>,
}

impl Row {
    fn new(index: usize, interface: &Interface, screen: &Screen) -> Self {
        let (words, style) = (screen.words, screen.style);
        let state = words.state(interface);
        let paint = if interface.up {
            Paint::Good
        } else {
            Paint::Faint
        };
        let openable = match &interface.openable {
            Openable::Yes => style.paint(Paint::Good, words.may_open()),
            Openable::NoPermission => style.paint(Paint::Warning, words.no_permission()),
            Openable::No(_) | Openable::NotTried => "–".to_owned(),
        };
        Self {
            number: (index + 1).to_string(),
            name: style.paint(Paint::Heading, &escape(&interface.name)),
            state: style.paint(paint, &state),
            link: interface
                .link_type
                .map_or_else(|| "–".to_owned(), link_type_name),
            openable,
            addresses: addresses(interface),
        }
    }

    /// Lists the interfaces line by line, where the table is too wide.
    fn list(&self, screen: &mut Screen) -> io::Result<()> {
        let first = format!("  {:>2}  ", self.number);
        let rest = " ".repeat(first.len());
        let mut facts = vec![
            self.name.clone(),
            self.state.clone(),
            self.link.clone(),
            self.openable.clone(),
        ];
        facts.retain(|fact| fact != "–");
        screen.paragraph(&first, &rest, &facts.join(" · "))?;
        if self.addresses.is_empty() {
            return Ok(());
        }
        screen.paragraph(&rest, &rest, &self.addresses.join(", "))
    }
}

fn table(rows: &[Row], words: Words) -> Table {
    let mut table = Table::new();
    table.set_header([
        words.number(),
        words.interface(),
        words.state_of_interface(),
        words.link_type(),
        words.you_may_capture(),
        words.address(),
    ]);
    for row in rows {
        table.add_row([
            row.number.clone(),
            row.name.clone(),
            row.state.clone(),
            row.link.clone(),
            row.openable.clone(),
            row.addresses.join("\n"),
        ]);
    }
    table
}

fn addresses(interface: &Interface) -> Vec<String> {
    let shown = interface
        .addresses
        .iter()
        .map(|(address, prefix)| match prefix {
            Some(prefix) => format!("{address}/{prefix}"),
            None => address.to_string(),
        });
    shown.collect()
}

impl Words {
    fn state(self, interface: &Interface) -> String {
        match (interface.up, interface.running) {
            (false, _) => self.0.pick("down", "未启用"),
            (true, Some(false)) => self.0.pick("up, no carrier", "已启用，无载波"),
            (true, _) => self.0.pick("up", "已启用"),
        }
        .to_owned()
    }

    fn interface(self) -> &'static str {
        self.0.pick("interface", "接口")
    }

    fn state_of_interface(self) -> &'static str {
        self.0.pick("state", "状态")
    }

    fn link_type(self) -> &'static str {
        self.0.pick("link type", "链路类型")
    }

    fn you_may_capture(self) -> &'static str {
        self.0.pick("you may", "可否抓包")
    }

    fn may_open(self) -> &'static str {
        self.0.pick("capture", "可以")
    }

    fn no_permission(self) -> &'static str {
        self.0.pick("not capture", "无权限")
    }

    fn not_network(self) -> &'static str {
        self.0.pick(
            "Not of the network, though libpcap knows them:",
            "libpcap 还知道这些非网络来源：",
        )
    }

    fn how_to_capture(self) -> &'static str {
        self.0.pick(
            "To capture, run wirenotes with sudo; wirenotes live says how to allow it to every user.",
            "抓包需要用 sudo 运行 wirenotes；wirenotes live 会说明如何授权给普通用户。",
        )
    }
}

/// Records, one a line, or all in one document.
///
/// # Errors
/// When they cannot be written.
pub fn json(
    mut out: Box<dyn Write + Send>,
    interfaces: &[Interface],
    document: bool,
) -> io::Result<()> {
    let records: Vec<_> = interfaces.iter().map(record).collect();
    if document {
        out.write_all(&value_line(&json!({ "interfaces": records })))?;
    } else {
        for record in records {
            out.write_all(&value_line(&record))?;
        }
    }
    out.flush()
}

fn record(interface: &Interface) -> Value {
    let (openable, reason) = match &interface.openable {
        Openable::Yes => (Some(true), None),
        Openable::NoPermission => (Some(false), Some("no permission")),
        Openable::No(reason) => (Some(false), Some(reason.as_str())),
        Openable::NotTried => (None, None),
    };
    json!({
        "record": "interface",
        "name": interface.name,
        "description": interface.description,
        "addresses": addresses(interface),
        "network": interface.is_network,
        "up": interface.up,
        "carrier": interface.running,
        "loopback": interface.loopback,
        "link_type": interface.link_type.map(|link_type| link_type.0),
        "openable": openable,
        "reason": reason,
    })
}
