//! DNS messages (RFC 1035) built byte by byte, and arbitrary bytes.

use proptest::prelude::*;

use super::*;
use crate::decode::StopReason;

/// A message with the given flags and counts, then `body`.
fn message(flags: u16, counts: [u16; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xab, 0xcd];
    bytes.extend(flags.to_be_bytes());
    bytes.extend(counts.iter().flat_map(|count| count.to_be_bytes()));
    bytes.extend(body);
    bytes
}

/// A record of class IN with a TTL of 300.
fn record(name: &[u8], record_type: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = name.to_vec();
    bytes.extend(record_type.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 1, 44]);
    bytes.extend((data.len() as u16).to_be_bytes());
    bytes.extend(data);
    bytes
}

/// The one answer of a message, as text.
fn shown(record_type: u16, data: &[u8]) -> String {
    let bytes = message(
        0x8180,
        [0, 1, 0, 0],
        &record(b"\x01a\x00", record_type, data),
    );
    let message = Message::parse(&bytes).unwrap();
    let record = message.answers().next().unwrap();
    match record.data() {
        Ok(data) => data.to_string(),
        Err(fault) => fault.to_string(),
    }
}

#[test]
fn the_header_gives_id_flags_and_counts() {
    let bytes = message(0xadb5, [1, 2, 3, 4], &[]);
    let header = Message::parse(&bytes).unwrap().header;
    assert_eq!(header.id, 0xabcd);
    assert_eq!(
        header.counts,
        Counts {
            questions: 1,
            answers: 2,
            authorities: 3,
            additionals: 4
        }
    );
    let flags = header.flags;
    assert!(flags.response() && flags.authoritative() && !flags.truncated());
    assert!(flags.recursion_desired() && flags.recursion_available());
    assert!(flags.authentic_data() && flags.checking_disabled());
    assert_eq!((flags.opcode(), flags.response_code()), (5, 5));
    assert_eq!(
        flags.names().collect::<Vec<_>>(),
        ["QR", "AA", "RD", "RA", "AD", "CD"]
    );
}

#[test]
fn fewer_than_twelve_bytes_are_no_message() {
    let fault = Message::parse(&[0; 11]).unwrap_err();
    assert_eq!(
        fault.reason,
        FaultReason::TooShort {
            needed: 12,
            had: 11
        }
    );
}

#[test]
fn questions_and_the_three_sections_come_in_order() {
    let mut body = b"\x07example\x03com\x00\x00\x01\x00\x01".to_vec();
    body.extend(record(b"\xc0\x0c", 1, &[192, 0, 2, 7]));
    body.extend(record(b"\xc0\x0c", 1, &[192, 0, 2, 8]));
    body.extend(record(b"\xc0\x0c", 2, b"\x02ns\xc0\x0c"));
    body.extend(record(b"\x00", 16, b"\x02hi"));
    let bytes = message(0x8180, [1, 2, 1, 1], &body);
    let message = Message::parse(&bytes).unwrap();
    let question = message.question().unwrap();
    assert_eq!(question.name.to_string(), "example.com");
    assert_eq!((question.record_type, question.class), (1, 1));
    let lines: Vec<String> = message
        .records()
        .map(|record| {
            let record = record.unwrap();
            format!(
                "{} {} {} {} {}",
                record.section.name(),
                record.name,
                record.ttl,
                type_name(record.record_type),
                record.data().unwrap()
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "answers example.com 300 A 192.0.2.7",
            "answers example.com 300 A 192.0.2.8",
            "authorities example.com 300 NS ns.example.com",
            "additionals . 300 TXT \"hi\"",
        ]
    );
    assert_eq!(message.section(Section::Authority).count(), 1);
    assert_eq!(message.section(Section::Additional).count(), 1);
    assert_eq!(message.fault(), None);
    assert_eq!(message.length(), bytes.len());
}

#[test]
fn what_stands_before_the_fault_is_still_read() {
    let mut body = record(b"\x01a\x00", 1, &[192, 0, 2, 7]);
    body.extend(record(b"\x01b\x00", 1, &[192, 0, 2, 8]));
    body.truncate(body.len() - 1);
    let bytes = message(0x8180, [0, 2, 0, 0], &body);
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.answers().count(), 1);
    let fault = message.fault().unwrap();
    assert_eq!(fault.field, "record data");
    assert_eq!(fault.offset, 12 + 17 + 13);
    assert_eq!(fault.reason, FaultReason::TooShort { needed: 4, had: 3 });
    assert_eq!(
        fault.stop_reason(true),
        StopReason::Truncated { needed: 4, had: 3 }
    );
    assert_eq!(
        fault.stop_reason(false),
        StopReason::TooShort { needed: 4, had: 3 }
    );
}

#[test]
fn a_count_that_promises_more_than_there_is_stops_at_the_end() {
    let bytes = message(
        0x0100,
        [65535, 65535, 65535, 65535],
        b"\x00\x00\x01\x00\x01",
    );
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.questions().count(), 2);
    assert_eq!(message.records().count(), 1);
    assert!(message.records().next().unwrap().is_err());
}

#[test]
fn record_data_reads_as_in_master_files() {
    let name = b"\x02ns\x01a\x00";
    let cases: &[(u16, Vec<u8>, &str)] = &[
        (28, [0; 15].into_iter().chain([1]).collect(), "::1"),
        (5, name.to_vec(), "ns.a"),
        (15, [&[0, 10], &name[..]].concat(), "10 ns.a"),
        (
            16,
            b"\x03a\"b\x00\x02\x1b\\".to_vec(),
            "\"a\\\"b\" \"\" \"\\027\\\\\"",
        ),
        (
            6,
            [
                &name[..],
                name,
                &[0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5],
            ]
            .concat(),
            "ns.a ns.a 1 2 3 4 5",
        ),
        (
            33,
            [&[0, 1, 0, 2, 0x13, 0xc4], &name[..]].concat(),
            "1 2 5060 ns.a",
        ),
        (
            43,
            vec![0x30, 0x39, 8, 2, 0xab, 0xcd],
            "12345 RSASHA256 2 abcd",
        ),
        (
            48,
            vec![1, 1, 3, 13, 1, 2, 3],
            "257 3 ECDSAP256SHA256 (3 bytes)",
        ),
        (
            47,
            [&name[..], &[0, 1, 0x62, 1, 1, 0x40]].concat(),
            "ns.a A NS SOA CAA",
        ),
        (257, b"\x00\x05issueca.test".to_vec(), "0 issue \"ca.test\""),
        (4711, vec![1, 2, 255], "\\# 3 0102ff"),
    ];
    for (record_type, data, text) in cases {
        assert_eq!(shown(*record_type, data), *text);
    }
}

#[test]
fn an_https_record_lists_its_parameters() {
    let mut data = vec![0, 1, 0];
    data.extend([0, 1, 0, 6, 2, b'h', b'3', 2, b'h', b'2']);
    data.extend([0, 3, 0, 2, 0x20, 0xfb]);
    data.extend([0, 4, 0, 8, 192, 0, 2, 1, 192, 0, 2, 2]);
    data.extend([0, 5, 0, 3, 1, 2, 3]);
    data.extend([0, 6, 0, 16]);
    data.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    data.extend([0x12, 0x34, 0, 1, 0xff]);
    assert_eq!(
        shown(65, &data),
        "1 . alpn=\"h3,h2\" port=8443 ipv4hint=192.0.2.1,192.0.2.2 ech=(3 bytes) \
         ipv6hint=2001:db8::1 key4660=ff"
    );
}

#[test]
fn data_of_the_wrong_length_is_a_fault_and_the_next_record_is_read() {
    let mut body = record(b"\x01a\x00", 1, &[192, 0, 2]);
    body.extend(record(b"\x01b\x00", 1, &[192, 0, 2, 8]));
    let bytes = message(0x8180, [0, 2, 0, 0], &body);
    let message = Message::parse(&bytes).unwrap();
    let data: Vec<_> = message.answers().map(|record| record.data()).collect();
    assert_eq!(data[0].unwrap_err().reason, FaultReason::Data(3));
    assert_eq!(data[1], Ok(Data::A([192, 0, 2, 8].into())));
    assert_eq!(
        shown(1, &[1, 2, 3, 4, 5]),
        "record data at byte 25: 5 bytes do not fit the type"
    );
    assert_eq!(
        shown(16, &[3, b'a']),
        "record data at byte 25: 2 bytes do not fit the type"
    );
    assert_eq!(
        shown(5, b"\x03ab"),
        "record data at byte 25: 3 bytes do not fit the type"
    );
    assert_eq!(
        shown(65, &[0, 1, 0, 0, 1, 0, 9]),
        "record data at byte 25: 7 bytes do not fit the type"
    );
}

#[test]
fn edns_extends_the_response_code() {
    // OPT: root, type 41, size 1232, upper code 1, version 0, DO; cookie.
    let mut body = vec![0, 0, 41, 0x04, 0xd0, 1, 0, 0x80, 0, 0, 12];
    body.extend([0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
    let bytes = message(0x8180, [0, 0, 0, 1], &body);
    let message = Message::parse(&bytes).unwrap();
    let edns = message.edns().unwrap();
    assert_eq!(
        (edns.udp_size, edns.version, edns.dnssec_ok),
        (1232, 0, true)
    );
    assert_eq!(
        edns.to_string(),
        "version 0, UDP size 1232, DO, COOKIE (8 bytes)"
    );
    assert_eq!(message.response_code(), 16);
    assert_eq!(rcode_name(message.response_code()).to_string(), "BADVERS");
    assert_eq!(message.fault(), None);
}

#[test]
fn messages_on_a_stream_have_their_length_before_them() {
    assert_eq!(length_prefixed(&[0, 2, 7, 8, 9]), Some((2, &[7, 8][..])));
    assert_eq!(length_prefixed(&[0, 5, 7, 8]), Some((5, &[7, 8][..])));
    assert_eq!(length_prefixed(&[0]), None);
}

/// Reads all there is, as text too.
fn exhaust(bytes: &[u8]) -> usize {
    let Ok(message) = Message::parse(bytes) else {
        return 0;
    };
    let mut entries = 0;
    for question in message.questions().flatten() {
        entries += 1;
        assert!(question.name.to_string().len() <= 4 * 255);
        assert!(question.name.offset() + question.length() <= bytes.len());
    }
    for record in message.records().flatten() {
        entries += 1;
        assert!(record.data_offset() + usize::from(record.data_length) <= bytes.len());
        let _ = record.data().map(|data| data.to_string());
        let _ = record.data().map_err(|fault| fault.to_string());
    }
    let _ = message.fault();
    assert!(message.length() <= bytes.len().max(HEADER_LENGTH));
    entries
}

#[test]
fn a_message_full_of_pointer_chains_costs_work_in_proportion() {
    // The first record's data holds a ladder of 126 one-letter labels, each
    // with a pointer to the next; then come as many records as fit, each owned
    // by the top of the ladder: the worst that 64 KiB can do.
    let start = 12 + 11;
    let mut ladder = vec![0];
    let mut last = start;
    for _ in 0..126 {
        let here = start + ladder.len() as u16;
        ladder.extend(b"\x01a");
        ladder.extend((0xc000 | last).to_be_bytes());
        last = here;
    }
    let mut bytes = message(0x8180, [0, 65535, 0, 0], &record(b"\x00", 4711, &ladder));
    let pointer = (0xc000 | last).to_be_bytes();
    while bytes.len() + 12 <= 65535 {
        bytes.extend(record(&pointer, 4711, &[]));
    }
    let message = Message::parse(&bytes).unwrap();
    assert!(message.answers().count() > 5_000);
    let name = message.answers().last().unwrap().name;
    assert_eq!(name.labels().count(), 126);
    let began = std::time::Instant::now();
    assert!(message.fault().is_some());
    assert!(began.elapsed().as_secs() < 2);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        exhaust(&bytes);
    }

    #[test]
    fn arbitrary_bodies_behind_a_sane_header_are_read_without_panic(
        counts in proptest::array::uniform4(0u16..6),
        body in proptest::collection::vec(prop_oneof![Just(0u8), Just(0xc0), Just(12), Just(1), any::<u8>()], 0..400),
    ) {
        exhaust(&message(0x8180, counts, &body));
    }

    #[test]
    fn every_type_takes_arbitrary_data(
        record_type in prop_oneof![0u16..70, 249u16..260],
        data in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let body = record(b"\x01a\x00", record_type, &data);
        assert_eq!(exhaust(&message(0x8180, [0, 1, 0, 0], &body)), 1);
    }
}

/// What [`Message::fault`] says, found record by record.
fn fault_step_by_step(message: &Message<'_>) -> Option<Fault> {
    let counts = message.header.counts;
    let mut questions = message.questions();
    let fault = questions.by_ref().find_map(Result::err);
    let mut records = Records {
        message: message.bytes,
        at: questions.at,
        remaining: [counts.answers, counts.authorities, counts.additionals],
        fault,
    };
    records.find_map(|record| match record {
        Err(fault) => Some(fault),
        Ok(record) => record.data().err(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_message_is_checked_at_a_glance_as_step_by_step(
        name in proptest::sample::select(vec![&b"\x01a\x00"[..], b"\x00", b"\xc0\x0c", b"\x3f"]),
        records in proptest::collection::vec((0..4_usize, 0..6_usize, 0..3_usize), 0..5),
        counts in [0..3_u16, 0..4, 0..3, 0..3],
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..3),
        cut in prop_oneof![3 => Just(0), 1 => 0..20_usize],
    ) {
        let names = [&b"\xc0\x0c"[..], b"\x01b\x00", b"\x01c\xc0\x0c", b"\x00"];
        let types = [1, 28, 5, 41, 16, 99];
        let data = [&b"\xc0\x0c\x01\x02"[..], b"0123456789abcdef", b"\xc0\x0c"];
        let mut body = [name, &[0, 1, 0, 1]].concat();
        for (name, record_type, bytes) in records {
            body.extend(record(names[name], types[record_type], data[bytes]));
        }
        for (place, byte) in damage {
            let place = place.index(body.len());
            body[place] = byte;
        }
        body.truncate(body.len().saturating_sub(cut));
        let bytes = message(0x8180, counts, &body);
        let message = Message::parse(&bytes).unwrap();
        prop_assert_eq!(message.fault(), fault_step_by_step(&message));
        if let Some(question) = message.only_question() {
            prop_assert_eq!(Some(question), message.question());
            prop_assert_eq!(message.header.counts.questions, 1);
        }
    }
}
