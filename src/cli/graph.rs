//! What may be typed behind `graph`: words come in, which conversation is to be
//! drawn and how goes out.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::follow::named;
use super::input::{FollowArgs, InputArgs};
use super::{Refusal, Surroundings};
use crate::commands::graph::{Graph, Shown};
use crate::report::Look;
use crate::report::graph::GraphKind;
use crate::track::Side;

/// The examples that the help shows behind the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  wirenotes graph capture.pcap 3             bytes, acknowledgments, window
  wirenotes graph capture.pcap 10.0.0.1:3572 --kind rtt
  wirenotes graph capture.pcap 3 --side client --kind flight
  wirenotes graph capture.pcap 3 --svg graph.svg
  wirenotes graph capture.pcap 3 --kind ladder --svg ladder.svg

Each letter is a packet of which something is said: T was sent again after a
timeout, F by fast retransmission, and so on; the legend has those that occur.";

#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    #[command(flatten)]
    input: InputArgs,
    /// What is drawn over time
    ///
    /// sequence: what was sent, acknowledged, sent again, and the window; rtt: round
    /// trips; flight: bytes in flight; throughput: bits per second; window: the
    /// receiver's window. ladder: the packets as arrows between both sides.
    #[arg(
        long = "kind",
        id = "graph_kind",
        value_name = "KIND",
        default_value = "sequence"
    )]
    #[arg(value_parser = PossibleValuesParser::new(NAMES))]
    kind: String,
    /// Whose bytes; without it, those of the side that sent most
    #[arg(long, value_name = "SIDE")]
    side: Option<GraphSide>,
    /// Write the picture to this file as SVG (- is standard output)
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    follow: FollowArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum GraphSide {
    Client,
    Server,
}

impl GraphArgs {
    /// Whether what is written is no text.
    pub(super) fn is_picture(&self) -> bool {
        self.svg.is_some()
    }
}

/// What can be drawn.
const NAMES: [&str; 6] = [
    GraphKind::NAMED[0].0,
    GraphKind::NAMED[1].0,
    GraphKind::NAMED[2].0,
    GraphKind::NAMED[3].0,
    GraphKind::NAMED[4].0,
    LADDER,
];
const LADDER: &str = "ladder";

/// Rows of a terminal that does not say how many it has.
const ROWS: usize = 24;

/// Understands the words of `graph`.
pub(super) fn graph(
    mut arguments: GraphArgs,
    format: &str,
    look: Look,
    quiet: bool,
    surroundings: &Surroundings,
) -> Result<Graph, Refusal> {
    if format != "text" {
        return Err(Refusal::Usage(
            look.lang
                .pick(
                    "graph draws on the terminal, or as a picture with --svg FILE",
                    "graph 画在终端上，或用 --svg FILE 画成图片",
                )
                .to_owned(),
        ));
    }
    let kind = arguments.kind.as_str();
    let shown = match GraphKind::NAMED.iter().find(|(name, _)| *name == kind) {
        Some((_, kind)) => Shown::Graph(*kind),
        None => Shown::Ladder,
    };
    let side = arguments.side.map(|side| match side {
        GraphSide::Client => Side::Client,
        GraphSide::Server => Side::Server,
    });
    Ok(Graph {
        named: named(
            &mut arguments.input,
            &arguments.follow,
            look,
            quiet,
            surroundings,
        )?,
        shown,
        side,
        rows: surroundings.rows.unwrap_or(ROWS),
        svg: arguments.svg,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_fit_a_terminal() {
        assert!(EXAMPLES.lines().all(|line| line.chars().count() <= 80));
    }
}
