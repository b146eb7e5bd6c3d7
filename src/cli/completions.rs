//! What completions know beside the flags: topics and kinds, which are fixed, and
//! interfaces, for which a shell that can asks when it completes.

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use crate::notes::{Kind, TOPICS};

/// Stands for the interfaces that there are when a word is completed.
const INTERFACES: &str = "WIRENOTES_INTERFACES";

/// The definition with the values that words can have.
pub fn with_values(definition: Command) -> Command {
    let kinds = || Kind::ALL.iter().map(|kind| kind.name());
    let topics = TOPICS.iter().map(|topic| topic.name);
    let names = PossibleValuesParser::new(topics.chain(kinds()));
    let kinds = PossibleValuesParser::new(kinds());
    let of_analyze = kinds.clone();
    definition
        .mut_subcommand("notes", |notes| {
            notes.mut_arg("name", |name| name.value_parser(names))
        })
        .mut_subcommand("analyze", |analyze| {
            analyze.mut_arg("kind", |kind| kind.value_parser(of_analyze))
        })
        .mut_subcommand("live", |live| {
            live.mut_arg("kind", |kind| kind.value_parser(kinds))
                .mut_arg("interface", |interface| {
                    interface.value_parser(PossibleValuesParser::new([INTERFACES, "any"]))
                })
        })
}

/// The script with the interfaces asked for where it completes their names.
pub fn asking_for_interfaces(shell: Shell, script: Vec<u8>) -> Vec<u8> {
    let asked = match shell {
        Shell::Bash => "$(ls /sys/class/net 2>/dev/null)",
        Shell::Fish => "(ls /sys/class/net 2>/dev/null)",
        // What stands between brackets there are words alone.
        _ => "lo",
    };
    match String::from_utf8(script) {
        Ok(script) if shell == Shell::Zsh => {
            let words = format!(":({INTERFACES} any)");
            let asking = ":{compadd any $(ls /sys/class/net 2>/dev/null)}";
            script.replace(&words, asking).into_bytes()
        }
        Ok(script) => script.replace(INTERFACES, asked).into_bytes(),
        Err(bytes) => bytes.into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::definition;
    use super::*;

    fn script(shell: Shell) -> String {
        let mut out = Vec::new();
        let mut definition = with_values(definition());
        clap_complete::generate(shell, &mut definition, "wirenotes", &mut out);
        String::from_utf8(asking_for_interfaces(shell, out)).unwrap()
    }

    #[test]
    fn topics_kinds_and_interfaces_are_known() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let script = script(shell);
            for word in ["tcp-handshake", "tcp.window.zero", "/sys/class/net"] {
                // fish is told the values of flags alone.
                if shell == Shell::Fish && word == "tcp-handshake" {
                    continue;
                }
                assert!(script.contains(word), "{shell}: {word}");
            }
            assert!(!script.contains(INTERFACES), "{shell}");
        }
    }
}
