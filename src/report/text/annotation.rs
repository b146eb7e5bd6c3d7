//! An annotation in lines: sign and kind, what it says, its checks with the
//! numbers put in.

use crate::escape::escape;
use crate::notes::{Annotation, Check, Lang, Severity, Value};
use crate::report::style::{Paint, Style, sign};
use crate::report::words::Words;
use crate::report::wrap::hang;

use super::screen::Screen;

/// Appends the lines of an annotation, `margin` columns from the left.
pub fn annotation(out: &mut String, screen: &Screen, margin: usize, annotation: &Annotation) {
    let (words, style) = (screen.words, screen.style);
    let first = " ".repeat(margin);
    let rest = " ".repeat(margin + 2);
    let head = head_line(annotation, words, style);
    hang(out, &first, &rest, &head, screen.width);
    for check in &annotation.checks {
        let line = check_line(check, words, style, Base::Decimal);
        let deeper = " ".repeat(margin + 4);
        hang(out, &rest, &deeper, &line, screen.width);
    }
}

/// Whether a rule does not hold.
pub fn fails(annotation: &Annotation) -> bool {
    let mut checks = annotation.checks.iter();
    checks.any(|check| check.holds == Some(false))
}

/// Appends the same, plain and with lines of any length.
pub fn unfolded(out: &mut String, words: Words, annotation: &Annotation) {
    let style = Style::default();
    out.push_str(&head_line(annotation, words, style));
    out.push('\n');
    for check in &annotation.checks {
        out.push_str("  ");
        out.push_str(&check_line(check, words, style, Base::Decimal));
        out.push('\n');
    }
}

/// `· tcp.handshake.syn  Asks for a connection…`.
pub fn head_line(annotation: &Annotation, words: Words, style: Style) -> String {
    let severity = annotation.severity;
    let mut head = format!("{} ", sign(severity));
    if severity > Severity::Note {
        head.push_str(words.severity(severity));
        head.push(' ');
    }
    head.push_str(annotation.kind.name());
    let head = style.severity(severity, &head);
    let said = if annotation.text.is_empty() {
        annotation.kind.title(words.0).into()
    } else {
        escape(&annotation.text)
    };
    format!("{head}  {said}")
}

/// How the numbers of a check are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Decimal, as amounts are written.
    Decimal,
    /// Hexadecimal with four digits, as checksums are written.
    Hexadecimal,
}

/// `✓ acknowledgment = client sequence + 1: expected 1001, saw 1001`.
pub fn check_line(check: &Check, words: Words, style: Style, base: Base) -> String {
    let rule = match words.0 {
        Lang::En => check.rule.id,
        Lang::Zh => check.rule.zh,
    };
    let value = |given: &Value| match (given, base) {
        (Value::Number(number), Base::Hexadecimal) => format!("0x{number:04x}"),
        _ => value(given),
    };
    let observed = value(&check.observed);
    let (mark, paint) = match check.holds {
        Some(true) => (words.holds(), Paint::Good),
        Some(false) => (words.fails(), Paint::Error),
        None => (words.cannot_tell(), Paint::Faint),
    };
    let mark = style.paint(paint, mark);
    let compared = match &check.expected {
        Some(expected) => words.expected_saw(&value(expected), &observed),
        None => words.saw(&observed),
    };
    let colon = words.0.pick(": ", "：");
    format!("{mark} {rule}{colon}{compared}")
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => escape(text).into_owned(),
        Value::List(list) => list.iter().map(self::value).collect::<Vec<_>>().join(", "),
    }
}
