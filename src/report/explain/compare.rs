//! Two packets side by side: every field, those that differ marked by sign
//! and word.

use std::io::{self, Write};

use super::one_field::same;
use super::value::{is_head, value};
use super::{Explanation, heading};
use crate::notes::fields::{ExplainedField, ExplainedLayer};
use crate::notes::protocol_name;
use crate::report::Look;
use crate::report::style::Paint;
use crate::report::text::screen::Screen;
use crate::report::wrap::{pad, width, wrap};

/// Columns of a field's name, and of the sign before it.
const LABEL: usize = 22;
const SIGN: usize = 4;

/// A field of both, or of one.
struct Pair<'a> {
    depth: usize,
    first: Option<&'a ExplainedField>,
    second: Option<&'a ExplainedField>,
}

/// Writes the comparison.
///
/// # Errors
/// When it cannot be written.
pub fn compare(
    out: Box<dyn Write + Send>,
    look: Look,
    first: &Explanation<'_>,
    second: &Explanation<'_>,
) -> io::Result<()> {
    let mut screen = Screen::new(out, look);
    let words = screen.words;
    for (label, explanation) in [(words.first(), first), (words.second(), second)] {
        let which = heading::which(words, explanation);
        let sentence = heading::sentence(explanation, words);
        let colon = words.0.pick(": ", "：");
        let label = screen.style.paint(Paint::Heading, label);
        screen.paragraph("", "  ", &format!("{label}{colon}{which}"))?;
        screen.paragraph("  ", "  ", &sentence)?;
    }
    let mut different = 0;
    for (index, (one, other)) in layers(&first.layers, &second.layers)
        .into_iter()
        .enumerate()
    {
        different += layer(&mut screen, (one, first), (other, second), index)?;
    }
    different += payload(&mut screen, first, second)?;
    screen.write("\n")?;
    let sum = match (different, words.0) {
        (0, _) => words.all_alike().to_owned(),
        (1, crate::notes::Lang::En) => "1 field differs (≠).".to_owned(),
        (count, crate::notes::Lang::En) => format!("{count} fields differ (≠)."),
        (count, crate::notes::Lang::Zh) => format!("有 {count} 个字段不同（≠）。"),
    };
    screen.paragraph("", "", &sum)?;
    screen.flush()
}

/// Layers of the same protocol beside each other; the n-th of one with the
/// n-th of the other.
fn layers<'a>(
    first: &'a [ExplainedLayer],
    second: &'a [ExplainedLayer],
) -> Vec<(Option<&'a ExplainedLayer>, Option<&'a ExplainedLayer>)> {
    let mut pairs = Vec::new();
    let mut rest: Vec<&ExplainedLayer> = second.iter().collect();
    for layer in first {
        let place = rest
            .iter()
            .position(|other| other.protocol == layer.protocol);
        match place {
            Some(place) => {
                // Layers that only the second packet has come before the common
                // one.
                pairs.extend(rest.drain(..place).map(|other| (None, Some(other))));
                let other = (!rest.is_empty()).then(|| rest.remove(0));
                pairs.push((Some(layer), other));
            }
            None => pairs.push((Some(layer), None)),
        }
    }
    pairs.extend(rest.into_iter().map(|other| (None, Some(other))));
    pairs
}

fn layer(
    screen: &mut Screen,
    (first, one): (Option<&ExplainedLayer>, &Explanation<'_>),
    (second, other): (Option<&ExplainedLayer>, &Explanation<'_>),
    index: usize,
) -> io::Result<usize> {
    let Some(protocol) = first.or(second).map(|layer| layer.protocol) else {
        return Ok(0);
    };
    let name = screen
        .style
        .layer(index, protocol_name(protocol, screen.words.0));
    let only = match (first, second) {
        (Some(_), None) => format!(" {}", screen.words.in_brackets(screen.words.only_first())),
        (None, Some(_)) => format!(" {}", screen.words.in_brackets(screen.words.only_second())),
        _ => String::new(),
    };
    screen.write(&format!(
        "\n{}{only}\n",
        screen.style.paint(Paint::Heading, &name)
    ))?;
    let none = [];
    let mut pairs = Vec::new();
    pair(
        first.map_or(&none[..], |layer| &layer.fields),
        second.map_or(&none[..], |layer| &layer.fields),
        0,
        &mut pairs,
    );
    let mut different = 0;
    for pair in &pairs {
        different += usize::from(row(screen, pair, one, other)?);
    }
    Ok(different)
}

/// Fields of the same name beside each other.
fn pair<'a>(
    first: &'a [ExplainedField],
    second: &'a [ExplainedField],
    depth: usize,
    pairs: &mut Vec<Pair<'a>>,
) {
    let mut rest: Vec<&ExplainedField> = second.iter().filter(|field| !is_head(field)).collect();
    for field in first.iter().filter(|field| !is_head(field)) {
        let place = rest.iter().position(|other| other.name == field.name);
        let other = place.map(|place| rest.remove(place));
        push(Some(field), other, depth, pairs);
    }
    for other in rest {
        push(None, Some(other), depth, pairs);
    }
}

fn push<'a>(
    first: Option<&'a ExplainedField>,
    second: Option<&'a ExplainedField>,
    depth: usize,
    pairs: &mut Vec<Pair<'a>>,
) {
    pairs.push(Pair {
        depth,
        first,
        second,
    });
    pair(
        first.map_or(&[], |field| &field.fields),
        second.map_or(&[], |field| &field.fields),
        depth + 1,
        pairs,
    );
}

/// Writes a field; gives whether it differs.
fn row(
    screen: &mut Screen,
    pair: &Pair<'_>,
    one: &Explanation<'_>,
    other: &Explanation<'_>,
) -> io::Result<bool> {
    let words = screen.words;
    let (one, other) = (
        one.report.packet.frame.bytes,
        other.report.packet.frame.bytes,
    );
    let is_same = match (pair.first, pair.second) {
        (Some(first), Some(second)) => same((first, one), (second, other)),
        _ => false,
    };
    let Some(field) = pair.first.or(pair.second) else {
        return Ok(false);
    };
    let show = |field: Option<&ExplainedField>, bytes: &[u8]| {
        field.map_or("–".to_owned(), |field| {
            let shown = value(field, bytes, words);
            // A group without a value of its own, and single bits, speak
            // through what is in them.
            match shown.is_empty() {
                true => "…".to_owned(),
                false => shown,
            }
        })
    };
    let room = screen.width.saturating_sub(SIGN + LABEL + 2);
    let mark = if is_same { "" } else { words.differs() };
    let cell = (room.saturating_sub(width(words.differs()) + 4) / 2).max(6);
    let first = wrap(&show(pair.first, one), cell);
    let second = wrap(&show(pair.second, other), cell);
    let label = format!("{}{}", "  ".repeat(pair.depth), field.label);
    let labels = wrap(&label, LABEL);
    let mut out = String::new();
    for index in 0..first.len().max(second.len()).max(labels.len()) {
        let mut line = String::new();
        let sign = if index == 0 && !is_same {
            "  ≠ "
        } else {
            "    "
        };
        pad(&mut line, sign, SIGN);
        pad(
            &mut line,
            labels.get(index).map_or("", String::as_str),
            LABEL + 2,
        );
        pad(
            &mut line,
            first.get(index).map_or("", String::as_str),
            cell + 2,
        );
        pad(
            &mut line,
            second.get(index).map_or("", String::as_str),
            cell + 2,
        );
        if index == 0 {
            line.push_str(mark.trim_start_matches("≠ "));
        }
        let line = line.trim_end();
        match is_same {
            true => out.push_str(&screen.style.paint(Paint::Faint, line)),
            false => out.push_str(line),
        }
        out.push('\n');
    }
    screen.write(&out)?;
    Ok(!is_same && field.fields.is_empty())
}

/// The payloads: how long, and from which byte on they differ.
fn payload(
    screen: &mut Screen,
    first: &Explanation<'_>,
    second: &Explanation<'_>,
) -> io::Result<usize> {
    let words = screen.words;
    let (one, other) = (first.report.packet, second.report.packet);
    let (bytes, others) = (one.payload_bytes(), other.payload_bytes());
    if one.payload.length == 0 && other.payload.length == 0 {
        return Ok(0);
    }
    let (a, b) = (
        words.count_bytes(one.payload.length.into()),
        words.count_bytes(other.payload.length.into()),
    );
    let colon = words.0.pick(": ", "：");
    let differ = bytes.iter().zip(others).position(|(a, b)| a != b);
    let differ = differ.or((bytes.len() != others.len()).then(|| bytes.len().min(others.len())));
    let line = match (differ, words.0) {
        (None, _) => format!("    {}{colon}{a}, {}", words.payload(), words.same_fields()),
        (Some(at), crate::notes::Lang::En) => {
            format!(
                "  ≠ {}{colon}{a} and {b}; they differ from byte {at} on",
                words.payload()
            )
        }
        (Some(at), crate::notes::Lang::Zh) => {
            format!(
                "  ≠ {}{colon}{a}与 {b}，从第 {at} 字节起不同",
                words.payload()
            )
        }
    };
    screen.write("\n")?;
    screen.paragraph("", "    ", &line)?;
    Ok(usize::from(differ.is_some()))
}
