//! Packets that cannot be written, or must not: refused before anything is
//! read, with the path and the reason.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use wirenotes::capture::{PacketWriter, ReadOptions, Reader, Rotation, WriteOptions};

use crate::binary::{Run, finish, run, wirenotes};
use crate::files::sample;
use crate::{folder, records};

/// `nobody` and `nogroup`.
const NOBODY: u32 = 65_534;

fn write_to(path: &Path) -> Run {
    finish(
        wirenotes()
            .arg("analyze")
            .arg(sample("pet-collar.pcap"))
            .arg("-w")
            .arg(path),
    )
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_anything_is_read() {
    let folder = folder();
    for (path, reason) in [
        (folder.path().join("absent/x.pcapng"), "make the directory"),
        (folder.path().to_owned(), "is a directory"),
        ("/dev/full".into(), "No space left on device"),
        (sample("pet-collar.pcap").join("x"), "Not a directory"),
    ] {
        let run = write_to(&path);
        run.assert_status(1)
            .assert_says(reason)
            .assert_says(path.to_str().expect("a name"));
        assert_eq!(run.stdout, "", "nothing was analysed");
    }
}

#[test]
fn a_directory_that_is_not_ours_to_write_is_refused() {
    let folder = folder();
    let open = |mode| fs::Permissions::from_mode(mode);
    fs::set_permissions(folder.path(), open(0o555)).expect("our folder");
    for rotation in [&[][..], &["-G", "1"]] {
        let path = folder.path().join("x%s.pcapng");
        // The other user has to be able to start it.
        let copy = crate::folder();
        let binary = copy.path().join("wirenotes");
        fs::set_permissions(copy.path(), open(0o755)).expect("our folder");
        // The copy is made by another process: a file that this one holds open
        // for writing, even in a child of another test, cannot be started.
        let copied = Command::new("cp")
            .args([Path::new(env!("CARGO_BIN_EXE_wirenotes")), &binary])
            .status();
        assert!(copied.expect("cp starts").success());
        let capture = copy.path().join("capture.pcap");
        fs::copy(sample("pet-collar.pcap"), &capture).expect("a copy of the sample");
        let mut command = Command::new(binary);
        command
            .arg("analyze")
            .arg(capture)
            .arg("-w")
            .arg(&path)
            .args(rotation);
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("Permission denied"), "{said}");
        assert!(said.contains(path.to_str().expect("a name")), "{said}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(fs::read_dir(folder.path()).expect("our folder").count(), 0);
}

#[test]
fn what_is_read_is_never_overwritten() {
    let folder = folder();
    let input = folder.path().join("x.pcap");
    fs::copy(sample("pet-collar.pcap"), &input).expect("a copy of the sample");
    let before = fs::read(&input).expect("the copy");
    symlink(&input, folder.path().join("link.pcap")).expect("a link");
    fs::hard_link(&input, folder.path().join("hard.pcap")).expect("a link");
    for name in ["x.pcap", "link.pcap", "hard.pcap"] {
        let path = folder.path().join(name);
        let run = records(&input, ["-w".as_ref(), path.as_os_str()]);
        run.assert_status(2).assert_says("is being read");
        assert_eq!(run.stdout, "");
    }
    // Standard input has no name, but is the same file.
    let file = fs::File::open(&input).expect("the copy");
    let output = Command::new(env!("CARGO_BIN_EXE_wirenotes"))
        .args(["analyze", "-", "-w"])
        .arg(&input)
        .stdin(file)
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read(&input).expect("the copy"), before);
}

#[test]
fn a_wrong_filter_empties_no_file() {
    let folder = folder();
    let path = folder.path().join("x");
    fs::write(&path, "precious").expect("a file");
    let run = records(
        &sample("pet-collar.pcap"),
        ["-f", "no such thing", "-w", path.to_str().expect("a name")],
    );
    run.assert_status(2);
    assert_eq!(fs::read(&path).expect("the file"), b"precious");
}

#[test]
fn an_older_file_is_replaced_whole() {
    let folder = folder();
    let path = folder.path().join("x.pcap");
    fs::write(&path, vec![0xee; 1_000_000]).expect("a file");
    write_to(&path).assert_status(0);
    let fresh = folder.path().join("fresh.pcap");
    write_to(&fresh).assert_status(0);
    assert_eq!(
        fs::read(&path).expect("the file"),
        fs::read(&fresh).expect("the file")
    );
}

#[test]
fn flags_without_sense_are_wrong_usage() {
    for (flags, reason) in [
        (&["-W", "3", "-w", "x"][..], "-C or -G"),
        (&["-C", "1x", "-w", "x"], "KiB, MiB, GiB"),
        (&["-C", "0", "-w", "x"], "-C 0"),
        (&["-G", "0", "-w", "x"], "-G"),
        (&["-C", "1"], "-w"),
        (&["-C", "1", "-w", "-"], "cannot be divided"),
        (&["-G", "1", "-w", "absent/%!"], "time in the file's name"),
    ] {
        let arguments = ["analyze".into(), sample("pet-collar.pcap").into_os_string()];
        let run = run(arguments.into_iter().chain(flags.iter().map(Into::into)));
        run.assert_status(2).assert_says(reason);
    }
}

#[test]
fn files_belong_to_the_owner_and_devices_stay_whose_they_are() {
    if !is_root() {
        println!("the owner of files: NOT RUN, only root can give files away");
        return;
    }
    let folder = folder();
    let mut reader =
        Reader::open([sample("pet-collar.pcap")], ReadOptions::default()).expect("the sample");
    let mut writer = PacketWriter::create(WriteOptions {
        path: folder.path().join("x"),
        rotation: Rotation {
            size: Some(500),
            ..Rotation::default()
        },
        owner: Some((NOBODY, NOBODY)),
        ..WriteOptions::default()
    })
    .expect("a file");
    while let Some(frame) = reader.next().expect("a packet") {
        writer.write(&frame, "").expect("room");
    }
    assert!(writer.finish().expect("room").files > 2);
    for entry in fs::read_dir(folder.path()).expect("our folder") {
        let file = entry.expect("a file").metadata().expect("a file");
        assert_eq!((file.uid(), file.gid()), (NOBODY, NOBODY));
    }
    let owner = || {
        let device = fs::metadata("/dev/null").expect("the device");
        (device.uid(), device.gid(), device.mode())
    };
    let before = owner();
    let writer = PacketWriter::create(WriteOptions {
        path: "/dev/null".into(),
        owner: Some((NOBODY, NOBODY)),
        ..WriteOptions::default()
    });
    writer.expect("a device").finish().expect("room");
    assert_eq!(owner(), before);
}

#[test]
fn a_classic_file_of_two_link_types_is_refused_with_the_reason() {
    let folder = folder();
    let path = folder.path().join("x.pcap");
    let run = records(
        &sample("two-interfaces.pcapng"),
        ["-w".as_ref(), path.as_os_str()],
    );
    run.assert_status(1)
        .assert_says("one link type")
        .assert_says("Name it .pcapng");
    assert_eq!(
        run.records("packet").len(),
        32,
        "the analysis is reported all the same"
    );
    let kept = records(&path, [""; 0]);
    kept.assert_status(0);
    let numbers = kept.records("packet").len();
    assert!(
        (1..32).contains(&numbers),
        "what came before is kept: {numbers}"
    );
}
