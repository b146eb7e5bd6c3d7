//! What fields a record has, and of what type: the contract's word put into
//! lists that a record is held against.

use serde_json::Value;

/// A field's type. `Maybe…` are those that may be `null`, for not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Natural,
    MaybeNatural,

    Text,
    MaybeText,
    Truth,
    MaybeTruth,
    List,
    Object,
    MaybeObject,
    Anything,
}

impl Type {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Natural => value.is_u64(),
            Self::MaybeNatural => value.is_u64() || value.is_null(),
            Self::Text => value.is_string(),
            Self::MaybeText => value.is_string() || value.is_null(),
            Self::Truth => value.is_boolean(),
            Self::MaybeTruth => value.is_boolean() || value.is_null(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
            Self::MaybeObject => value.is_object() || value.is_null(),
            Self::Anything => true,
        }
    }
}

/// A field's name and type.
pub type Shape = &'static [(&'static str, Type)];

use Type::{
    Anything, List, MaybeNatural, MaybeObject, MaybeText, MaybeTruth, Natural, Object, Text, Truth,
};

pub const PACKET: Shape = &[
    ("record", Text),
    ("number", Natural),
    ("time_ns", Natural),
    ("interface", Natural),
    ("captured_length", Natural),
    ("original_length", Natural),
    ("protocols", List),
    ("source", MaybeText),
    ("destination", MaybeText),
    ("conversation", MaybeNatural),
    ("overhead", List),
    ("payload", Natural),
    ("padding", Natural),
    ("annotations", List),
];

pub const ANNOTATION: Shape = &[
    ("kind", Text),
    ("severity", Text),
    ("topic", Text),
    ("related", List),
    ("values", Object),
    ("checks", List),
    ("text", Text),
];

pub const CHECK: Shape = &[
    ("rule", Text),
    ("expected", Anything),
    ("observed", Anything),
    ("holds", MaybeTruth),
];

pub const CONVERSATION: Shape = &[
    ("record", Text),
    ("number", Natural),
    ("protocol", Text),
    ("client", Text),
    ("server", Text),
    ("roles_are", Text),
    ("packets", Object),
    ("bytes", Object),
    ("payload", Object),
    ("unique_payload", Object),
    ("overhead", List),
    ("start_ns", Natural),
    ("end_ns", Natural),
];

pub const CONVERSATION_TCP: Shape = &[
    ("state", Object),
    ("completeness", List),
    ("handshake", MaybeObject),
    ("round_trip_ns", MaybeObject),
    ("retransmissions", Object),
    ("spurious", Object),
    ("given_up", Object),
    ("payload_after_peer_fin", Object),
    ("closed_by", MaybeText),
    ("close", MaybeText),
    ("time_wait_held_by", MaybeText),
];

pub const FINDING: Shape = &[
    ("record", Text),
    ("kind", Text),
    ("severity", Text),
    ("topic", Text),
    ("conversation", MaybeNatural),
    ("related", List),
    ("values", Object),
    ("checks", List),
    ("text", Text),
];

pub const SUMMARY: Shape = &[
    ("record", Text),
    ("files", List),
    ("packets", Natural),
    ("bytes", Natural),
    ("first_ns", MaybeNatural),
    ("last_ns", MaybeNatural),
    ("protocols", Object),
    ("overhead", List),
    ("payload", Natural),
    ("kinds", Object),
    ("listeners", List),
    ("conversations", Natural),
    ("evicted", Object),
];

pub const LISTENER: Shape = &[
    ("address", Text),
    ("connections", Natural),
    ("clients", Natural),
    ("peak_concurrent", Natural),
    ("close_wait", Natural),
];

/// The layers' own objects, by protocol.
pub const LAYERS: &[(&str, Shape)] = &[
    ("ethernet", &[("source", Text), ("destination", Text)]),
    (
        "arp",
        &[
            ("operation", Natural),
            ("sender_mac", MaybeText),
            ("sender_ip", MaybeText),
            ("target_mac", MaybeText),
            ("target_ip", MaybeText),
        ],
    ),
    (
        "ipv4",
        &[
            ("source", Text),
            ("destination", Text),
            ("ttl", Natural),
            ("identification", Natural),
            ("total_length", Natural),
        ],
    ),
    ("ipv6", &[("source", Text), ("destination", Text)]),
    (
        "tcp",
        &[
            ("flags", List),
            ("sequence", Natural),
            ("acknowledgment", Natural),
            // Relative numbers before the first byte that was seen are
            // negative.
            ("relative_sequence", Anything),
            ("relative_acknowledgment", Anything),
            ("window", Natural),
            ("scaled_window", MaybeNatural),
            ("options", List),
            ("source_state", MaybeText),
            ("destination_state", MaybeText),
            ("state_is", Text),
        ],
    ),
    ("udp", &[("length", Natural), ("checksum", Natural)]),
    ("icmp", ICMP),
    ("icmpv6", ICMP),
    ("dns", DNS),
    ("mdns", DNS),
    ("llmnr", DNS),
    ("dhcp", DHCP),
    ("dhcpv6", DHCPV6),
];

const ICMP: Shape = &[("type", Natural), ("code", Natural), ("name", MaybeText)];

const DNS: Shape = &[
    ("id", Natural),
    ("response", Truth),
    ("opcode", Natural),
    ("response_code", Natural),
    ("flags", List),
    ("questions", List),
    ("answers", List),
    ("authorities", List),
    ("additionals", List),
];

const DHCP: Shape = &[
    ("operation", Natural),
    ("message_type", MaybeText),
    ("transaction_id", Natural),
    ("hardware_type", Natural),
    ("hardware_address", Text),
    ("hops", Natural),
    ("seconds", Natural),
    ("broadcast", Truth),
    ("client_address", MaybeText),
    ("your_address", MaybeText),
    ("next_server", MaybeText),
    ("relay_address", MaybeText),
    ("server_name", MaybeText),
    ("boot_file", MaybeText),
    ("options", List),
];

const DHCPV6: Shape = &[
    ("type", Natural),
    ("message_type", MaybeText),
    ("transaction_id", MaybeNatural),
    ("hop_count", MaybeNatural),
    ("link_address", MaybeText),
    ("peer_address", MaybeText),
    ("options", List),
];

pub const LAYER_BYTES: Shape = &[
    ("layer", Text),
    ("bytes", Natural),
    ("osi_layer", MaybeNatural),
    ("tcp_ip_layer", Text),
];

pub const SIDES: Shape = &[("client", Natural), ("server", Natural)];

pub const STATES: Shape = &[("client", MaybeText), ("server", MaybeText)];

pub const ROUND_TRIP: Shape = &[
    ("samples", Natural),
    ("min", MaybeNatural),
    ("median", MaybeNatural),
    ("p95", MaybeNatural),
    ("max", MaybeNatural),
];

pub const OPTION: Shape = &[("name", Text)];

/// Fails unless `object` has every field of the shape, with its type.
#[track_caller]
pub fn assert_shape(object: &Value, shape: Shape, at: &str) {
    assert!(object.is_object(), "{at}: not an object: {object}");
    for (name, kind) in shape {
        match object.get(name) {
            None => panic!("{at}: `{name}` is missing in {object}"),
            Some(value) => {
                assert!(
                    kind.fits(value),
                    "{at}: `{name}` is not {kind:?} in {object}"
                );
            }
        }
    }
}
