//! A note cut into what stands for itself: its paragraphs, list items, rows of
//! tables and lines of code. The search goes through them, and a kind's own
//! words are found among them.

/// A part of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// The heading that the part stands under.
    pub heading: &'a str,
    /// The part's Markdown, with the line breaks of the source.
    pub text: &'a str,
    /// Whether the part is a line of code: of a drawing, or a command.
    pub is_code: bool,
}

/// The parts of a note, in order. Headings are blocks of their own.
#[must_use]
pub fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut heading = "";
    let mut in_code = false;
    // The place where the block in the making begins; it grows line by line.
    let mut open: Option<(usize, usize)> = None;
    let mut at = 0;
    for line in markdown.split_inclusive('\n') {
        let (start, text) = (at, line.trim_end());
        at += line.len();
        let end = start + text.len();
        let fence = text.starts_with("```");
        let title = text.starts_with('#') && !in_code;
        let alone = fence || title || in_code || text.is_empty() || text.starts_with('|');
        if alone || is_item(text) {
            close(markdown, &mut found, heading, &mut open);
        }
        if fence {
            in_code = !in_code;
        } else if in_code || text.starts_with('|') {
            push(&mut found, heading, text, in_code);
        } else if title {
            heading = text.trim_start_matches('#').trim();
            push(&mut found, heading, heading, false);
        } else if !text.is_empty() {
            open = Some((open.map_or(start, |(first, _)| first), end));
        }
    }
    close(markdown, &mut found, heading, &mut open);
    found
}

/// Whether a line begins an item of a list.
fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let digits = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with("- ") || digits.len() < line.len() && digits.starts_with(". ")
}

fn close<'a>(
    markdown: &'a str,
    found: &mut Vec<Block<'a>>,
    heading: &'a str,
    open: &mut Option<(usize, usize)>,
) {
    if let Some((start, end)) = open.take()
        && let Some(text) = markdown.get(start..end)
    {
        push(found, heading, text, false);
    }
}

fn push<'a>(found: &mut Vec<Block<'a>>, heading: &'a str, text: &'a str, is_code: bool) {
    if !text.trim().is_empty() && !text.starts_with("|--") {
        found.push(Block {
            heading,
            text,
            is_code,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_cut_into_its_parts() {
        let note = "# Title\n\nOne\ntwo.\n\n## Part\n\n- first\n  goes on\n1. second\n\n\
                    | a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx | y\n```\nend";
        let texts: Vec<_> = blocks(note).iter().map(|block| block.text).collect();
        assert_eq!(
            texts,
            [
                "Title",
                "One\ntwo.",
                "Part",
                "- first\n  goes on",
                "1. second",
                "| a | b |",
                "| 1 | 2 |",
                "x | y",
                "end"
            ]
        );
        let headings: Vec<_> = blocks(note).iter().map(|block| block.heading).collect();
        assert_eq!(headings[1], "Title");
        assert_eq!(headings[8], "Part");
        assert!(blocks(note)[7].is_code);
    }
}
