//! Whether standard input begins like a capture. Nothing is taken out of it: what
//! reads it afterwards finds it whole.

use std::fs::File;
use std::io::Stdin;
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, SeekFrom, fstat, seek};
use rustix::io::pread;
use rustix::pipe::{PipeFlags, SpliceFlags, pipe_with, tee};

use super::format::is_capture;

/// How long a pipe may take until its first bytes come. Who types nothing but the
/// program's name is not to wait for longer.
const PATIENCE: Timespec = Timespec {
    tv_sec: 1,
    tv_nsec: 0,
};

/// Bytes that are looked at.
const HEAD: usize = 16;

/// Whether standard input is a file or a pipe that begins like a capture, also
/// like a compressed one.
#[must_use]
pub fn standard_input_is_capture() -> bool {
    head(&std::io::stdin()).is_some_and(|head| is_capture(&head))
}

/// The first bytes, which stay where they are.
fn head(input: &Stdin) -> Option<Vec<u8>> {
    let mode = fstat(input).ok()?.st_mode;
    let mut head = vec![0; HEAD];
    let had = match FileType::from_raw_mode(mode) {
        FileType::RegularFile => {
            let at = seek(input, SeekFrom::Current(0)).ok()?;
            pread(input, &mut head, at).ok()?
        }
        FileType::Fifo => {
            let mut waiting = [PollFd::new(input, PollFlags::IN)];
            poll(&mut waiting, Some(&PATIENCE)).ok()?;
            copied(input, &mut head)?
        }
        _ => return None,
    };
    head.truncate(had);
    Some(head)
}

/// Copies what stands first in a pipe.
fn copied(input: impl AsFd, head: &mut [u8]) -> Option<usize> {
    let (read_end, write_end) = pipe_with(PipeFlags::CLOEXEC).ok()?;
    match tee(input, &write_end, HEAD, SpliceFlags::NONBLOCK).ok()? {
        0 => None,
        _ => std::io::Read::read(&mut File::from(read_end), head).ok(),
    }
}
