//! What may be typed behind `deal`: words come in, what is to be dealt and where goes
//! out.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::input::all_exist;
use super::{Refusal, Surroundings};
use crate::commands::deal::Deal;
use crate::notes::Lang;

/// The examples that the help shows behind the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  wirenotes deal monday.pcap tuesday.pcap -w dealt --buckets 64
  wirenotes analyze dealt/bucket=00007/*.pcapng
                                             the conversations of one bucket
  wirenotes deal tuesday.pcap -w dealt --buckets 64 --base 1000000
                                             behind monday's first million

All packets of a conversation come into one bucket, each with its number in the
whole (epb_packetid); dealt/_pieces.ndjson lists what was dealt.";

#[derive(Debug, Args)]
pub(super) struct DealArgs {
    /// Captures of one recording point (- is standard input)
    #[arg(value_name = "FILE", required = true)]
    captures: Vec<PathBuf>,
    /// Write the buckets into this folder
    #[arg(short = 'w', value_name = "DIR")]
    folder: PathBuf,
    /// How many buckets: at most 65535
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u16).range(1..))]
    buckets: u16,
    /// The number in the whole of the packet before the first
    #[arg(long, value_name = "N", default_value_t = 0)]
    base: u64,
}

/// Understands the words of `deal`.
pub(super) fn deal(
    arguments: DealArgs,
    format: &str,
    lang: Lang,
    quiet: bool,
    surroundings: &Surroundings,
) -> Result<Deal, Refusal> {
    if format != "text" {
        let said = lang.pick(
            "deal writes packets alone; records are a matter of analyze",
            "deal 只写报文；记录由 analyze 给出",
        );
        return Err(Refusal::Usage(said.to_owned()));
    }
    if arguments.folder.as_os_str() == "-" {
        let said = lang.pick(
            "deal writes a folder; standard output holds but one file",
            "deal 写入一个目录；标准输出只放得下一个文件",
        );
        return Err(Refusal::Usage(said.to_owned()));
    }
    all_exist(&arguments.captures, lang)?;
    Ok(Deal {
        files: arguments.captures,
        folder: arguments.folder,
        buckets: arguments.buckets,
        base: arguments.base,
        interrupt: Arc::clone(&surroundings.signals.stop),
        lang,
        quiet,
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
