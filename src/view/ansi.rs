//! The text of the reports, with the colour codes of [`crate::report::style`], made
//! lines of the screen. Nothing else that could command a terminal comes through.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::escape::escape;

/// The lines of a text.
pub(super) fn lines(text: &str) -> Vec<Line<'static>> {
    text.lines().map(line).collect()
}

/// A text without the codes.
pub(super) fn plain(text: &str) -> String {
    let spans = |line: Line<'static>| line.spans.into_iter().map(|span| span.content);
    lines(text).into_iter().flat_map(spans).collect()
}

/// One line: a code sets the style of what follows it, and `0` sets it back.
fn line(text: &str) -> Line<'static> {
    let mut spans = Vec::new();
    let mut style = Style::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\x1b[") {
        push(&mut spans, before, style);
        let end = behind.find(|c: char| !c.is_ascii_digit() && c != ';');
        let (codes, behind) = behind.split_at(end.unwrap_or(behind.len()));
        match behind.strip_prefix('m') {
            Some(behind) => {
                style = styled(style, codes);
                rest = behind;
            }
            // It is no code of ours: it shows, and does nothing.
            None => {
                push(&mut spans, "\x1b[", style);
                rest = if codes.is_empty() {
                    behind
                } else {
                    &rest[before.len() + 2..]
                };
            }
        }
    }
    push(&mut spans, rest, style);
    Line::from(spans)
}

fn push(spans: &mut Vec<Span<'static>>, text: &str, style: Style) {
    if !text.is_empty() {
        spans.push(Span::styled(escape(text).into_owned(), style));
    }
}

/// The style after a code: SGR of ECMA-48, 8.3.117.
fn styled(style: Style, codes: &str) -> Style {
    match codes.split(';').collect::<Vec<_>>().as_slice() {
        ["1"] => style.add_modifier(Modifier::BOLD),
        ["2"] => style.add_modifier(Modifier::DIM),
        ["38", "5", number] => match number.parse() {
            Ok(number) => style.fg(Color::Indexed(number)),
            Err(_) => style,
        },
        _ => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::is_dangerous;
    use crate::report::style::{Paint, Style as Paints};

    fn text(line: &Line<'_>) -> String {
        line.spans
            .iter()
            .map(|span| span.content.as_ref())
            .collect()
    }

    #[test]
    fn what_is_painted_is_styled_and_the_rest_is_plain() {
        let painted = Paints { color: true }.paint(Paint::Error, "no");
        let found = lines(&format!("a {painted} b"));
        let spans = &found[0].spans;
        assert_eq!(text(&found[0]), "a no b");
        assert_eq!(spans[1].style.fg, Some(Color::Indexed(160)));
        assert_eq!(
            (spans[0].style, spans[2].style),
            (Style::new(), Style::new())
        );
    }

    #[test]
    fn whatever_comes_nothing_commands_the_terminal() {
        for hostile in [
            "\x1b[2J",
            "\x1b]52;c;x\x07",
            "\x1b[",
            "\x1b[1;1H",
            "a\rb\u{202e}",
            "\x1b[9",
        ] {
            for line in lines(hostile) {
                assert!(!text(&line).chars().any(is_dangerous), "{hostile:?}");
            }
        }
    }
}
