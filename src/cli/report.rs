//! What may be typed behind `report`: words come in, which page is to be made of what
//! goes out.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::input::{FollowArgs, InputArgs};
use super::{Refusal, Surroundings};
use crate::commands::report::ReportPage;
use crate::escape::shell_word;
use crate::report::Look;

/// The examples that the help shows behind the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  wirenotes report capture.pcap -o report.html
  wirenotes report capture.pcap port:443 -o report.html
                                             of those conversations alone
  wirenotes report capture.pcap --payload -o report.html

The page needs no network and no other file, and prints well. The captures are
read twice, so that they cannot come from a pipe.";

#[derive(Debug, Args)]
pub(super) struct PageArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Write the page to this file (- is standard output)
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    output: PathBuf,
    /// Show payload, where it is text
    ///
    /// Passwords, cookies and tokens in it stay hidden, unless --secrets show is
    /// given.
    #[arg(long)]
    payload: bool,
    #[command(flatten)]
    follow: FollowArgs,
}

/// Understands the words of `report`; `words`: all of the command line.
pub(super) fn report(
    arguments: &PageArgs,
    format: &str,
    mut look: Look,
    words: &[OsString],
    surroundings: &Surroundings,
) -> Result<ReportPage, Refusal> {
    if format != "text" {
        return Err(Refusal::Usage(
            look.lang
                .pick(
                    "report writes HTML alone; records are a matter of analyze",
                    "report 只写 HTML；记录由 analyze 给出",
                )
                .to_owned(),
        ));
    }
    let (reading, selection) =
        arguments
            .input
            .reading(&arguments.follow, &mut look, false, true, surroundings)?;
    let typed = words.iter().skip(1).map(|word| shell_word(word));
    let command: Vec<String> = ["wirenotes".to_owned()]
        .into_iter()
        .chain(typed.map(|word| word.to_string()))
        .collect();
    Ok(ReportPage {
        reading,
        selection,
        path: arguments.output.clone(),
        payload: arguments.payload,
        command: command.join(" "),
        look,
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
