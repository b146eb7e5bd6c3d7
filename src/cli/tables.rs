//! What may be typed behind `conversations` and `hosts`: words come in, which
//! table is to be made of what goes out.

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::habits::ZoneArgs;
use super::input::{FollowArgs, InputArgs};
use super::said::Said;
use super::{HAR, Refusal, Surroundings, no_format};
use crate::commands::conversations::Conversations;
use crate::commands::hosts::Hosts;
use crate::commands::visits::Visits;
use crate::notes::Lang;
use crate::report::Look;
use crate::report::conversations::{Sort, Table};
use crate::report::table::{FORMS, Form, Top};

/// Rows of a table for reading, where nothing is said.
const ROWS: usize = 20;

/// The examples that the help of `conversations` shows behind the flags.
pub(super) const CONVERSATIONS: &str = "\
Examples:
  wirenotes conversations capture.pcap       those that fared worst
  wirenotes conversations capture.pcap --sort rtt --top 5
  wirenotes conversations capture.pcap state:close_wait port:3001
  wirenotes conversations capture.pcap host:10.9.0.0/16 sent-again:1..
  wirenotes conversations capture.pcap kind:'tcp.handshake.*' --top all
  wirenotes conversations capture.pcap time:11:26:15 --sort start
  wirenotes conversations capture.pcap --format csv > conversations.csv

All words must hold. time is in seconds since the first packet, a time of the
day here (with --utc in UTC), or a date with it, as in
2026-11-30T11:26:15+08:00.";

/// The examples that the help of `hosts` shows behind the flags.
pub(super) const HOSTS: &str = "\
Examples:
  wirenotes hosts capture.pcap               who was asked, and who asked
  wirenotes hosts capture.pcap port:53
  wirenotes hosts capture.pcap --top all --format csv > hosts.csv";

/// The examples that the help of `visits` shows behind the flags.
pub(super) const VISITS: &str = "\
Examples:
  wirenotes visits capture.pcap              name, connection, wait, answer
  wirenotes visits capture.pcap host:10.0.0.1
  wirenotes visits capture.pcap --top all --format ndjson > visits.ndjson";

#[derive(Debug, Args)]
pub(super) struct TableArgs {
    #[command(flatten)]
    input: InputArgs,
    /// How many rows: 20 without it, in formats for scripts all
    #[arg(long, value_name = "N|all", value_parser = top)]
    top: Option<Top>,
    #[command(flatten)]
    zone: ZoneArgs,
    #[command(flatten)]
    follow: FollowArgs,
}

#[derive(Debug, Args)]
pub(super) struct ConversationsArgs {
    #[command(flatten)]
    pub(super) table: TableArgs,
    /// What comes first
    ///
    /// The worst harm, the earliest start, or the most of the others (rtt: the
    /// median round trip; wait: the longest for an answer).
    #[arg(long, value_name = "ORDER", default_value = "harm")]
    #[arg(value_parser = PossibleValuesParser::new(Sort::NAMED.map(|(name, _)| name)))]
    sort: String,
}

/// `20`, or `all`.
fn top(text: &str) -> Result<Top, Said> {
    match text.parse() {
        Ok(rows @ 1..) => Ok(Top::Rows(rows)),
        _ if text == "all" => Ok(Top::All),
        _ => Err(Said::new("a number of rows, or all", "应为行数或 all")),
    }
}

impl TableArgs {
    fn top(&self, form: Form) -> Top {
        self.top.unwrap_or(match form {
            Form::Text => Top::Rows(ROWS),
            _ => Top::All,
        })
    }
}

fn form(name: &str, lang: Lang) -> Result<Form, Refusal> {
    let known = FORMS.iter().find(|(known, _)| *known == name);
    known.map(|(_, form)| *form).ok_or_else(|| match name {
        HAR => Refusal::Usage(
            lang.pick("har is a format of analyze alone", "har 格式只用于 analyze")
                .to_owned(),
        ),
        _ => Refusal::Usage(no_format(name, lang)),
    })
}

/// Understands the words of `conversations`.
pub(super) fn conversations(
    arguments: &ConversationsArgs,
    format: &str,
    mut look: Look,
    quiet: bool,
    surroundings: &Surroundings,
) -> Result<Conversations, Refusal> {
    let table = &arguments.table;
    let form = form(format, look.lang)?;
    look.utc = table.zone.utc;
    let (reading, selection) =
        table
            .input
            .reading(&table.follow, &mut look, !quiet, false, surroundings)?;
    let sort = Sort::NAMED.iter().find(|(name, _)| *name == arguments.sort);
    Ok(Conversations {
        reading,
        selection,
        table: Table {
            sort: sort.map(|(_, sort)| *sort).unwrap_or_default(),
            top: table.top(form),
            form,
        },
        look,
    })
}

/// Understands the words of `hosts`.
pub(super) fn hosts(
    arguments: &TableArgs,
    format: &str,
    mut look: Look,
    quiet: bool,
    surroundings: &Surroundings,
) -> Result<Hosts, Refusal> {
    let form = form(format, look.lang)?;
    look.utc = arguments.zone.utc;
    let follow = &arguments.follow;
    let (reading, selection) =
        arguments
            .input
            .reading(follow, &mut look, !quiet, false, surroundings)?;
    Ok(Hosts {
        reading,
        selection,
        top: arguments.top(form),
        form,
        look,
    })
}

/// Understands the words of `visits`.
pub(super) fn visits(
    arguments: &TableArgs,
    format: &str,
    mut look: Look,
    quiet: bool,
    surroundings: &Surroundings,
) -> Result<Visits, Refusal> {
    let form = form(format, look.lang)?;
    let follow = &arguments.follow;
    let (reading, selection) =
        arguments
            .input
            .reading(follow, &mut look, !quiet, false, surroundings)?;
    Ok(Visits {
        reading,
        selection,
        top: arguments.top(form),
        form,
        look,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_fit_a_terminal() {
        let mut lines = CONVERSATIONS
            .lines()
            .chain(HOSTS.lines())
            .chain(VISITS.lines());
        assert!(lines.all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn rows_are_a_number_or_all() {
        assert_eq!(top("5"), Ok(Top::Rows(5)));
        assert_eq!(top("all"), Ok(Top::All));
        for wrong in ["", "0", "-1", "most"] {
            assert!(top(wrong).is_err(), "{wrong}");
        }
    }
}
