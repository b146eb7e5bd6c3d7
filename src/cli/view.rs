//! What may be typed behind `view`: words come in, what is to be looked at goes out.

use std::ffi::OsString;

use clap::Args;

use super::habits::ZoneArgs;
use super::input::{FollowArgs, InputArgs};
use super::{Refusal, Surroundings, words};
use crate::commands::view::View;
use crate::notes::Lang;
use crate::report::Look;
use crate::report::selection::Selection;

/// The examples that the help shows behind the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  wirenotes view capture.pcap                ? shows the keys, q ends it
  wirenotes view capture.pcap port:443 rtt:50ms..
  wirenotes view capture.pcap tcp port 3001
  ssh gateway cat capture.pcap.gz | wirenotes view -

y copies the command that prints what is shown.";

#[derive(Debug, Args)]
pub(super) struct ViewArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    zone: ZoneArgs,
    #[command(flatten)]
    follow: FollowArgs,
}

/// Understands the words of `view`.
pub(super) fn view(
    arguments: &ViewArgs,
    format: &str,
    mut look: Look,
    surroundings: &Surroundings,
) -> Result<View, Refusal> {
    if format != "text" {
        return Err(Refusal::Usage(no_other_format(look.lang)));
    }
    look.utc = arguments.zone.utc;
    let follow = &arguments.follow;
    let (reading, _) = arguments
        .input
        .reading(follow, &mut look, true, false, surroundings)?;
    Ok(View {
        reading,
        words: std::mem::take(&mut look.selecting),
        utc: look.utc,
        look,
        select,
    })
}

/// A format is asked for that is not for reading.
pub(super) fn no_other_format(lang: Lang) -> String {
    lang.pick("the viewer has no other format", "查看器没有别的格式")
        .to_owned()
}

/// Understands the words that are typed in the viewer.
fn select(typed: &str, utc: bool, lang: Lang) -> Result<Selection, String> {
    let typed: Vec<OsString> = typed.split_whitespace().map(unquoted).collect();
    let words = words::divide(&typed, utc, lang).map_err(|wrong| wrong.message.clone())?;
    match (words.files.is_empty(), words.filter) {
        (true, None) => Ok(words.selection),
        _ => Err(lang
            .pick(
                "only words that select are understood here, as in port:443 host:10.0.0.1",
                "这里只认选择会话的词，如 port:443 host:10.0.0.1",
            )
            .to_owned()),
    }
}

/// A word as a shell gives it on that took it in simple quotes.
fn unquoted(word: &str) -> OsString {
    word.replace('\'', "").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_selects_or_says_why_it_does_not() {
        assert!(select("", false, Lang::En).unwrap().is_empty());
        assert!(
            !select("port:80 kind:'tcp.*'", false, Lang::En)
                .unwrap()
                .is_empty()
        );
        for wrong in ["tcp port 80", "port:eighty", "Cargo.toml"] {
            assert!(select(wrong, false, Lang::En).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_examples_fit_a_terminal() {
        assert!(EXAMPLES.lines().all(|line| line.chars().count() <= 80));
    }
}
