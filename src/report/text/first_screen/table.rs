//! The conversations that matter, a line each: those that fared worst, or the
//! largest where nothing was wrong with any.

use super::Page;
use crate::notes::grouping::family_title;
use crate::notes::{Lang, units};
use crate::report::digest::{Trouble, Troubled};
use crate::report::numbers::grouped;
use crate::report::style::{Paint, Style};
use crate::report::text::conversations::{ended, protocol};
use crate::report::wrap::{cut, pad, width};
use crate::track::{Conversation, Endpoint};

/// Columns of both ends at the most; longer ones are cut in their middle.
const WIDEST_PAIR: usize = 47;

/// Narrower than this nothing is said of a conversation.
const LEAST_WORDS: usize = 8;

impl Page<'_> {
    /// So many rows at most, with their head.
    pub(super) fn table(&self, rows: usize) -> Vec<String> {
        if rows == 0 {
            return Vec::new();
        }
        let worst = self.digest.worst();
        let (shown, all): (Vec<(&Conversation, String)>, u64) = match worst.is_empty() {
            false => (
                worst
                    .iter()
                    .take(rows)
                    .map(|troubled| (&troubled.conversation, self.trouble(troubled)))
                    .collect(),
                self.digest.troubled(),
            ),
            true => {
                let of = |it| (it, self.summing_up(it));
                let shown = self.largest.iter().take(rows).map(of).collect();
                (shown, self.summary.conversations)
            }
        };
        let Some((first, _)) = shown.first() else {
            return Vec::new();
        };
        let lang = self.lang();
        let words = self.screen.words;
        let same = shown.iter().all(|(it, _)| it.server == first.server);
        let server = first.server.filter(|_| same && shown.len() > 1);
        let pair = |it: &Conversation| pair([it.client, it.server], server, WIDEST_PAIR);
        let pairs: Vec<String> = shown.iter().map(|(it, _)| pair(it)).collect();
        let head = match server {
            Some(server) => format!("{} → {server}", words.client()),
            None => format!("{} → {}", words.client(), words.server()),
        };
        let head = cut_in_middle(&head, WIDEST_PAIR);
        let numbers: Vec<_> = shown.iter().map(|(it, _)| it.number.to_string()).collect();
        let packets: Vec<_> = shown.iter().map(|(it, _)| grouped(it.packets())).collect();
        let widest = |cells: &[String], head: &str| {
            let widths = cells.iter().map(|cell| width(cell));
            widths.max().unwrap_or(0).max(width(head))
        };
        let number = widest(&numbers, words.number()).max(5);
        let ends = widest(&pairs, &head);
        let count = widest(&packets, words.packets());
        let room = self
            .screen
            .width
            .saturating_sub(number + 2 + ends + 2 + count + 2);
        let line = |cells: [&str; 4]| {
            let mut line = " ".repeat(number.saturating_sub(width(cells[0])));
            line.push_str(cells[0]);
            line.push_str("  ");
            pad(&mut line, cells[1], ends);
            line.push_str(&" ".repeat(2 + count.saturating_sub(width(cells[2]))));
            line.push_str(cells[2]);
            if room >= LEAST_WORDS {
                line.push_str("  ");
                line.push_str(&cut(cells[3], room));
            }
            line
        };
        let what = lang.pick("what", "情况");
        let title = line([words.number(), &head, words.packets(), what]);
        let mut lines = vec![self.paint(Paint::Faint, title.trim_end())];
        let cells = shown
            .iter()
            .zip(numbers.iter().zip(pairs.iter().zip(&packets)));
        for ((_, said), (number, (pair, packets))) in cells {
            lines.push(line([number, pair, packets, said]));
        }
        let more = all.saturating_sub(shown.len() as u64);
        if more > 0 && !self.screen.look.command.is_empty() {
            self.say_more(&mut lines, more);
        }
        lines
    }

    /// Says how many rows there would be more, behind the last where there is
    /// room.
    fn say_more(&self, lines: &mut [String], more: u64) {
        let more = grouped(more);
        let text = match self.lang() {
            Lang::En => format!("{more} more"),
            Lang::Zh => format!("另有 {more} 个"),
        };
        if let Some(last) = lines.last_mut() {
            let between = self.screen.width.saturating_sub(width(last) + width(&text));
            if between >= 2 {
                last.push_str(&" ".repeat(between));
                last.push_str(&self.paint(Paint::Faint, &text));
            }
        }
    }

    /// What was wrong with a conversation, in a cell.
    fn trouble(&self, it: &Troubled) -> String {
        trouble(&it.trouble, self.lang(), self.screen.style)
    }

    /// How long a conversation lasted and how it ended, in a cell.
    fn summing_up(&self, it: &Conversation) -> String {
        let words = self.screen.words;
        let name = protocol(it.protocol, words.0);
        let ended = it
            .tcp
            .as_ref()
            .map(|tcp| ended(tcp, words, self.screen.style));
        let mut said = match ended {
            Some(ended) => format!("{name} {ended}"),
            None => name.to_owned(),
        };
        if it.packets() > 1
            && let Some(duration_ns) = it.duration_ns
        {
            let lasted = units::duration(duration_ns);
            said = format!("{lasted} {said}");
        }
        said
    }
}

/// What was wrong with a conversation, in a cell.
pub fn trouble(it: &Trouble, lang: Lang, style: Style) -> String {
    let mut said = match it.severity > it.kind.severity() {
        true => it.kind.name().to_owned(),
        false => family_title(it.kind, lang).to_owned(),
    };
    if it.times > 1 {
        said.push_str(&format!(" ×{}", grouped(it.times)));
    }
    if it.span_ns > 0 {
        said = format!("{} {said}", units::duration(it.span_ns));
    }
    style.severity(it.severity, &said)
}

/// Both ends of a conversation in so many columns, or its client alone where the
/// server stands in the head.
pub fn pair(ends: [Option<Endpoint>; 2], server: Option<Endpoint>, columns: usize) -> String {
    let [client, of_it] = ends.map(|end| end.map_or("–".to_owned(), |end| end.to_string()));
    let pair = match server {
        Some(_) => client.clone(),
        None => format!("{client} → {of_it}"),
    };
    if server.is_some() || width(&pair) <= columns {
        return cut_in_middle(&pair, columns);
    }
    let half = columns.saturating_sub(3) / 2;
    let [client, server] = [client, of_it].map(|end| cut_in_middle(&end, half));
    format!("{client} → {server}")
}

/// A text with an ellipsis in its middle where it is too long.
pub fn cut_in_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let half = columns.saturating_sub(1) / 2;
    let behind = letters.len().saturating_sub(half);
    let before = letters.iter().take(half);
    let mut out: String = before.collect();
    out.push('…');
    out.extend(letters.iter().skip(behind));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_in_its_middle_keeps_both_ends() {
        assert_eq!(cut_in_middle("short", 9), "short");
        let cut = cut_in_middle("[2001:db8::1]:1234 → [2001:db8::2]:443", 21);
        assert_eq!(width(&cut), 21);
        assert!(cut.starts_with("[2001") && cut.ends_with(":443"), "{cut}");
    }
}
