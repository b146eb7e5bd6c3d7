//! Which file a packet is of, by its number.

/// The files so far, with the number of each one's first packet.
#[derive(Debug, Default)]
pub(super) struct FileNames(Vec<(u64, String)>);

impl FileNames {
    /// The packets from this number on are of this file.
    pub(super) fn begins(&mut self, name: &str, first_number: u64) {
        self.0.push((first_number, name.to_owned()));
    }

    /// The file that packets are of now.
    pub(super) fn newest(&self) -> &str {
        self.0.last().map_or("", |(_, name)| name)
    }

    /// The file of a packet that came.
    pub(super) fn of(&self, packet: u64) -> &str {
        let behind = self.0.partition_point(|(first, _)| *first <= packet);
        let place = behind.checked_sub(1);
        let file = place.and_then(|place| self.0.get(place));
        file.map_or("", |(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_of_the_file_that_began_last_before_it() {
        let mut names = FileNames::default();
        assert_eq!((names.of(1), names.newest()), ("", ""));
        names.begins("a", 1);
        names.begins("b", 11);
        assert_eq!(names.newest(), "b");
        let of = [1, 10, 11, 99].map(|packet| names.of(packet));
        assert_eq!(of, ["a", "a", "b", "b"]);
    }
}
