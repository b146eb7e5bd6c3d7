//! The commands that read the same input again, for the hints.

use std::path::PathBuf;

use crate::capture::Timelines;
use crate::escape::shell_word;

/// What is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Again<'a> {
    /// The captures.
    pub files: &'a [PathBuf],
    /// The words that select conversations.
    pub selecting: &'a [String],
    /// The filter.
    pub filter: Option<&'a str>,
    /// The most packets.
    pub count: Option<u64>,
    /// How messages are told apart.
    pub framing: Option<&'a str>,
    /// Which captures go on in the next.
    pub timelines: Timelines,
    /// Times of the day are in UTC.
    pub utc: bool,
}

impl Again<'_> {
    /// The command that analyses the same; empty where standard input is read.
    pub fn analyze(&self) -> String {
        // What looks like a file needs no command before it.
        let is_path = |file: &PathBuf| file.to_string_lossy().contains(['.', '/']);
        self.command(match self.files.first().is_some_and(is_path) {
            true => "wirenotes",
            false => "wirenotes analyze",
        })
    }

    /// The command that lists the same conversations; empty likewise.
    pub fn conversations(&self) -> String {
        self.command("wirenotes conversations")
    }

    fn command(&self, begins: &str) -> String {
        if self.files.iter().any(|file| file.as_os_str() == "-") {
            return String::new();
        }
        let mut command = begins.to_owned();
        let files = self.files.iter().map(|file| file.as_os_str());
        for word in files.chain(self.selecting.iter().map(|word| word.as_ref())) {
            command.push(' ');
            command.push_str(&shell_word(word));
        }
        if let Some(filter) = self.filter {
            command.push_str(&format!(" -f {}", shell_word(filter.as_ref())));
        }
        if let Some(count) = self.count {
            command.push_str(&format!(" -c {count}"));
        }
        if let Some(framing) = self.framing {
            command.push_str(&format!(" --frame {}", shell_word(framing.as_ref())));
        }
        command.push_str(match self.timelines {
            Timelines::ByTime => "",
            Timelines::Joined => " --join",
            Timelines::Apart => " --apart",
        });
        if self.utc {
            command.push_str(" --utc");
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_to_copy_survives_a_shell() {
        let files = [PathBuf::from("it's here.pcap")];
        let again = Again {
            files: &files,
            selecting: &["text:GET /".to_owned()],
            filter: Some("tcp port 80"),
            count: Some(5),
            framing: Some("len:u16be"),
            timelines: Timelines::Apart,
            utc: true,
        };
        let rest = "'it'\\''s here.pcap' 'text:GET /' -f 'tcp port 80' -c 5 --frame len:u16be \
                    --apart --utc";
        assert_eq!(again.analyze(), format!("wirenotes {rest}"));
        assert_eq!(
            again.conversations(),
            format!("wirenotes conversations {rest}")
        );
        let again = Again {
            files: &[PathBuf::from("-")],
            ..Again::default()
        };
        assert_eq!(again.analyze(), "");
    }
}
