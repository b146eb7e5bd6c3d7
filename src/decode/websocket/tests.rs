//! Frames, and the handshake, as they may come.

use super::*;
use proptest::prelude::*;

const NONE: Extensions = Extensions {
    deflate: false,
    other: false,
};
const DEFLATE: Extensions = Extensions {
    deflate: true,
    other: false,
};

#[test]
fn the_proof_is_that_of_the_rfc() {
    // Section 1.3.
    let accept = accept_of("dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_eq!(accept_of(" dGhlIHNhbXBsZSBub25jZQ== "), accept);
}

#[test]
fn frames_are_those_of_the_rfc() {
    // Section 5.7.
    let unmasked = Frame::parse(&[0x81, 0x05, 0x48, 0x65]).unwrap();
    assert_eq!((unmasked.opcode, unmasked.length), (Opcode::Text, 5));
    assert_eq!((unmasked.header, unmasked.mask), (2, None));
    assert!(unmasked.is_last);
    let masked = [
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ];
    let frame = Frame::parse(&masked).unwrap();
    assert_eq!((frame.header, frame.length), (6, 5));
    let mut payload = masked[6..].to_vec();
    unmask(&mut payload, frame.mask, 0);
    assert_eq!(payload, b"Hello");
    let mut end = masked[9..].to_vec();
    unmask(&mut end, frame.mask, 3);
    assert_eq!(end, b"lo");
    let long = Frame::parse(&[0x82, 0x7e, 0x01, 0x00]).unwrap();
    assert_eq!((long.length, long.header), (256, 4));
    let longer = Frame::parse(&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]).unwrap();
    assert_eq!((longer.length, longer.header), (65_536, 10));
}

#[test]
fn a_header_that_is_cut_waits_for_more() {
    let header = [0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 0x37, 0xfa, 0x21, 0x3d];
    for cut in 0..header.len() {
        assert_eq!(Frame::parse(&header[..cut]), None, "{cut}");
    }
    assert_eq!(Frame::parse(&header).unwrap().header, 14);
}

#[test]
fn what_a_frame_breaks_is_named_by_its_rule() {
    let fault = |bytes: &[u8], from_client, extensions| {
        Frame::parse(bytes).unwrap().fault(from_client, extensions)
    };
    let mask = |first: u8, length: u8| [first, 0x80 | length, 1, 2, 3, 4];
    assert_eq!(fault(&[0x81, 5], false, NONE), None);
    assert_eq!(fault(&[0x81, 5], true, NONE), Some(Fault::NotMasked));
    assert_eq!(fault(&mask(0x81, 5), true, NONE), None);
    assert_eq!(fault(&mask(0x81, 5), false, NONE), Some(Fault::Masked));
    assert_eq!(fault(&[0xc1, 5], false, NONE), Some(Fault::ReservedBits));
    assert_eq!(fault(&[0xc1, 5], false, DEFLATE), None);
    // A continuation and a control frame are never marked as compressed (RFC 7692, 6).
    assert_eq!(fault(&[0xc0, 5], false, DEFLATE), Some(Fault::ReservedBits));
    assert_eq!(fault(&[0xc9, 5], false, DEFLATE), Some(Fault::ReservedBits));
    assert_eq!(fault(&[0xa1, 5], false, DEFLATE), Some(Fault::ReservedBits));
    assert_eq!(fault(&[0x83, 5], false, NONE), Some(Fault::Opcode));
    let other = Extensions::named("x-unknown; a=1");
    assert_eq!(fault(&[0xb3, 5], false, other), None);
    assert_eq!(
        fault(&[0x89, 126, 0, 200], false, NONE),
        Some(Fault::ControlLength)
    );
    assert_eq!(
        fault(&[0x09, 5], false, NONE),
        Some(Fault::ControlFragmented)
    );
    assert_eq!(
        fault(&[0x81, 126, 0, 125], false, NONE),
        Some(Fault::Length)
    );
    let long = [0x81, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
    assert_eq!(fault(&long, false, NONE), Some(Fault::Length));
    let beyond = [0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(fault(&beyond, false, NONE), Some(Fault::Length));
}

#[test]
fn extensions_are_read_by_name() {
    let named = Extensions::named;
    assert_eq!(named(""), NONE);
    assert_eq!(
        named("permessage-deflate; server_max_window_bits=12"),
        DEFLATE
    );
    assert_eq!(
        named("x-a, Permessage-Deflate"),
        Extensions {
            deflate: true,
            other: true
        }
    );
}

#[test]
fn a_close_has_a_code_and_a_reason_or_nothing() {
    let close = |body: &[u8]| Close::parse(body).map(|it| (it.code, it.reason.into_string()));
    assert_eq!(close(b""), Ok((None, String::new())));
    assert_eq!(close(b"\x03\xe8bye"), Ok((Some(1000), "bye".to_owned())));
    assert_eq!(close(b"\x0f\xa1"), Ok((Some(4001), String::new())));
    assert_eq!(close(b"\x03"), Err(Fault::CloseLength));
    assert_eq!(close(b"\x03\xed"), Err(Fault::CloseCode));
    assert_eq!(close(b"\x03\xe8\xff"), Err(Fault::CloseReason));
    assert!(Close::is_ordinary(None) && Close::is_ordinary(Some(1001)));
    assert!(!Close::is_ordinary(Some(1011)));
}

proptest! {
    #[test]
    fn any_bytes_can_be_read(bytes: Vec<u8>, from_client: bool, deflate: bool) {
        if let Some(frame) = Frame::parse(&bytes) {
            prop_assert!((2..=14).contains(&frame.header));
            let _ = frame.fault(from_client, Extensions { deflate, other: false });
        }
        let _ = Close::parse(&bytes);
    }
}
