//! The man page: what clap knows of a command, and a synopsis that says how it is
//! typed.

use std::io;

use clap::Command;
use clap_mangen::Man;

/// How each command is typed: words in capitals stand for others.
const SYNOPSES: &[(&str, &[&str])] = &[
    (
        "wirenotes",
        &[
            "wirenotes FILE... [OPTIONS]",
            "wirenotes COMMAND [OPTIONS]",
            "wirenotes < FILE",
        ],
    ),
    (
        "analyze",
        &[
            "wirenotes analyze FILE... [-f FILTER] [OPTIONS]",
            "wirenotes analyze -r FILE [OPTIONS] [FILTER]",
            "wirenotes analyze - < FILE",
        ],
    ),
    (
        "live",
        &[
            "wirenotes live [-i INTERFACE] [OPTIONS] [FILTER]",
            "wirenotes live -r FILE [OPTIONS] [FILTER]",
        ],
    ),
    (
        "explain",
        &[
            "wirenotes explain FILE NUMBER... [OPTIONS]",
            "wirenotes explain --hex TEXT [--link TYPE] [OPTIONS]",
            "wirenotes explain - < FILE",
        ],
    ),
    (
        "notes",
        &[
            "wirenotes notes [TOPIC|KIND]",
            "wirenotes notes --search WORDS",
        ],
    ),
];

/// The page of a command.
///
/// # Errors
/// None: a vector takes whatever is written.
pub fn page(command: Command) -> io::Result<Vec<u8>> {
    let name = command.get_name().to_owned();
    let title = command.get_display_name().unwrap_or(&name).to_owned();
    let has_commands = command.has_subcommands();
    let version = command.get_version().is_some();
    let synopsis = SYNOPSES.iter().find(|(known, _)| *known == name);
    let man = Man::new(command).title(title);
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    match synopsis {
        Some((_, lines)) => out.extend_from_slice(roff(lines).as_bytes()),
        None => man.render_synopsis_section(&mut out)?,
    }
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    if has_commands {
        man.render_subcommands_section(&mut out)?;
    }
    man.render_extra_section(&mut out)?;
    if version {
        man.render_version_section(&mut out)?;
    }
    Ok(out)
}

/// The synopsis: a line for each way, what is typed as it is in bold, what stands
/// for something else in italics.
fn roff(lines: &[&str]) -> String {
    let mut out = ".SH SYNOPSIS\n.nf\n".to_owned();
    for line in lines {
        let words: Vec<_> = line.split(' ').map(word).collect();
        out.push_str(&words.join(" "));
        out.push('\n');
    }
    out.push_str(".fi\n");
    out
}

fn word(word: &str) -> String {
    let bare = word.trim_matches(['[', ']', '.', '|']);
    let escaped = bare.replace('-', "\\-");
    let font = match bare.chars().any(|letter| letter.is_ascii_uppercase()) {
        true => 'I',
        false => 'B',
    };
    match bare.is_empty() {
        true => word.to_owned(),
        false => word.replace(bare, &format!("\\f{font}{escaped}\\fR")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::definition;
    use super::*;

    #[test]
    fn the_synopsis_says_how_a_command_is_typed() {
        let mut all = definition();
        all.build();
        for (name, _) in SYNOPSES {
            let command = match *name {
                "wirenotes" => all.clone(),
                name => all.find_subcommand(name).expect("a command").clone(),
            };
            let page = String::from_utf8(page(command).unwrap()).unwrap();
            assert_eq!(page.matches(".SH SYNOPSIS").count(), 1, "{page}");
            assert!(page.contains(".SH OPTIONS"), "{name}");
        }
        assert_eq!(
            roff(&["wirenotes live -r FILE [OPTIONS]"]),
            ".SH SYNOPSIS\n.nf\n\\fBwirenotes\\fR \\fBlive\\fR \\fB\\-r\\fR \\fIFILE\\fR \
             [\\fIOPTIONS\\fR]\n.fi\n"
        );
    }
}
