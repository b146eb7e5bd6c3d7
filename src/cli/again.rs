//! The command that reads the same input again, for the hints.

use std::path::PathBuf;

use crate::escape::shell_word;

/// The command that reads the same again; empty where standard input is read.
pub fn command(
    files: &[PathBuf],
    filter: Option<&str>,
    count: Option<u64>,
    framing: Option<&str>,
) -> String {
    if files.iter().any(|file| file.as_os_str() == "-") {
        return String::new();
    }
    // What looks like a file needs no command before it.
    let is_path = |file: &PathBuf| file.to_string_lossy().contains(['.', '/']);
    let mut command = match files.first().is_some_and(is_path) {
        true => "wirenotes".to_owned(),
        false => "wirenotes analyze".to_owned(),
    };
    for file in files {
        command.push(' ');
        command.push_str(&shell_word(file.as_os_str()));
    }
    if let Some(filter) = filter {
        command.push_str(&format!(" -f {}", shell_word(filter.as_ref())));
    }
    if let Some(count) = count {
        command.push_str(&format!(" -c {count}"));
    }
    if let Some(framing) = framing {
        command.push_str(&format!(" --frame {}", shell_word(framing.as_ref())));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_to_copy_survives_a_shell() {
        let files = [PathBuf::from("it's here.pcap")];
        assert_eq!(
            command(&files, Some("tcp port 80"), Some(5), Some("len:u16be")),
            "wirenotes 'it'\\''s here.pcap' -f 'tcp port 80' -c 5 --frame len:u16be"
        );
        assert_eq!(command(&[PathBuf::from("-")], None, None, None), "");
    }
}
