//! The payload as text, where it is text and too long for its box.

use std::io;

use super::Explanation;
use crate::escape::escape;
use crate::report::preview::text_preview;
use crate::report::style::Paint;
use crate::report::text::screen::Screen;
use crate::report::wrap::width;

/// Columns of text that the box of the payload has room for.
const IN_THE_BOX: usize = 40;

/// Lines that are shown.
const MOST_LINES: usize = 24;

pub fn write(screen: &mut Screen, explanation: &Explanation<'_>) -> io::Result<()> {
    let bytes = &*explanation.shown_payload();
    let Some(preview) = text_preview(bytes, usize::MAX) else {
        return Ok(());
    };
    let is_text = explanation.quoted.is_empty() && str::from_utf8(bytes).is_ok();
    if !is_text || width(&preview) <= IN_THE_BOX {
        return Ok(());
    }
    let text = String::from_utf8_lossy(bytes);
    screen.heading(screen.words.payload_text())?;
    let mut lines = 0;
    let bar = screen.style.paint(Paint::Faint, "│ ");
    let margin = format!("  {bar}");
    for line in text.lines().take(MOST_LINES) {
        screen.paragraph(&margin, &margin, &escape(line))?;
        lines += 1;
    }
    let remaining = text.lines().count().saturating_sub(lines);
    if remaining > 0 {
        let more = match screen.words.0 {
            crate::notes::Lang::En => format!("… and {remaining} more lines"),
            crate::notes::Lang::Zh => format!("……另有 {remaining} 行"),
        };
        screen.write(&format!("    {more}\n"))?;
    }
    Ok(())
}
