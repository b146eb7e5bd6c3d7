//! The options of a DHCP message: code, length, data, one after the other (RFC
//! 2132), and what each is called and holds, as IANA lists them.

/// Options that the code decides by.
pub mod code {
    #![allow(missing_docs, reason = "each is the option of its name")]
    pub const PAD: u8 = 0;
    pub const SUBNET_MASK: u8 = 1;
    pub const ROUTERS: u8 = 3;
    pub const NAME_SERVERS: u8 = 6;
    pub const REQUESTED_ADDRESS: u8 = 50;
    pub const LEASE_TIME: u8 = 51;
    pub const OVERLOAD: u8 = 52;
    pub const MESSAGE_TYPE: u8 = 53;
    pub const SERVER_IDENTIFIER: u8 = 54;
    pub const MESSAGE: u8 = 56;
    pub const RENEWAL_TIME: u8 = 58;
    pub const REBINDING_TIME: u8 = 59;
    pub const CLIENT_IDENTIFIER: u8 = 61;
    pub const RAPID_COMMIT: u8 = 80;
    pub const END: u8 = 255;
}

/// The field that options stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind the cookie.
    Options,
    /// In the field for the boot file's name.
    BootFile,
    /// In the field for the server's name.
    ServerName,
}

impl Place {
    /// In the order in which they are read (RFC 3396, section 5).
    pub const ALL: [Self; 3] = [Self::Options, Self::BootFile, Self::ServerName];
}

/// One option as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DhcpOption<'a> {
    /// Its code; padding and the end are no options.
    pub code: u8,
    /// Its data.
    pub data: &'a [u8],
    /// Bytes from the message's start to its code.
    pub offset: usize,
    /// The field that it stands in.
    pub place: Place,
}

/// The place where options cannot be read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Bytes from the message's start.
    pub offset: u32,
    /// Bytes that the option takes from there.
    pub needed: u32,
    /// Bytes that there are.
    pub had: u32,
}

/// Walks over the options of one field. Stops behind the first that cannot be
/// read.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    rest: &'a [u8],
    offset: usize,
    place: Place,
}

impl<'a> Options<'a> {
    pub(super) const fn new(bytes: &'a [u8], offset: usize, place: Place) -> Self {
        Self {
            rest: bytes,
            offset,
            place,
        }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Result<DhcpOption<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let padding = self
            .rest
            .iter()
            .take_while(|byte| **byte == code::PAD)
            .count();
        let rest = self.rest.get(padding..).unwrap_or_default();
        let offset = self.offset + padding;
        self.rest = &[];
        let (code, behind) = rest.split_first()?;
        if *code == code::END {
            return None;
        }
        let length = behind.first().map(|length| usize::from(*length));
        let needed = 2 + length.unwrap_or(0);
        let Some(data) = rest.get(2..needed) else {
            return Some(Err(Fault {
                offset: offset as u32,
                needed: needed as u32,
                had: rest.len() as u32,
            }));
        };
        self.rest = rest.get(needed..).unwrap_or_default();
        self.offset = offset + needed;
        Some(Ok(DhcpOption {
            code: *code,
            data,
            offset,
            place: self.place,
        }))
    }
}

/// What an option's data is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nothing: its presence says it.
    Nothing,
    /// Yes or no in a byte.
    Flag,
    /// A number of one, two or four bytes.
    Number,
    /// Numbers of two bytes each.
    Numbers,
    /// Seconds in four bytes.
    Seconds,
    /// Seconds east of Greenwich, with a sign.
    SignedSeconds,
    /// One address.
    Address,
    /// Addresses.
    Addresses,
    /// Pairs of an address and a mask, or of a destination and a router.
    AddressPairs,
    /// A network mask.
    Mask,
    /// Text.
    Text,
    /// What the message is.
    MessageType,
    /// Codes of options.
    Parameters,
    /// A hardware type with its address, or a name of another kind.
    Identifier,
    /// Domain names as DNS writes them, with pointers (RFC 3397).
    Domains,
    /// Destinations of any length with their router (RFC 3442).
    Routes,
    /// What a relay adds, in options of its own (RFC 3046).
    Relay,
    /// A host's whole name behind flags (RFC 4702).
    HostName,
    /// Anything else.
    Bytes,
}

/// What an option is called, and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionName {
    /// The name in records.
    pub name: &'static str,
    /// What its data is made of.
    pub form: Form,
}

macro_rules! options {
    ($($code:literal $name:literal $form:ident,)*) => {
        /// The name and form of an option; `None` where its code has no name.
        #[must_use]
        pub const fn option_name(code: u8) -> Option<OptionName> {
            Some(match code {
                $($code => OptionName { name: $name, form: Form::$form },)*
                _ => return None,
            })
        }
    };
}

options! {
    1 "subnet_mask" Mask, 2 "time_offset" SignedSeconds, 3 "routers" Addresses,
    4 "time_servers" Addresses, 5 "name_servers_ien_116" Addresses, 6 "domain_name_servers" Addresses,
    7 "log_servers" Addresses, 8 "cookie_servers" Addresses, 9 "printer_servers" Addresses,
    10 "impress_servers" Addresses, 11 "resource_location_servers" Addresses, 12 "host_name" Text,
    13 "boot_file_size" Number, 14 "merit_dump_file" Text, 15 "domain_name" Text,
    16 "swap_server" Address, 17 "root_path" Text, 18 "extensions_path" Text,
    19 "ip_forwarding" Flag, 20 "non_local_source_routing" Flag, 21 "policy_filter" AddressPairs,
    22 "maximum_datagram_reassembly_size" Number, 23 "default_ip_ttl" Number,
    24 "path_mtu_aging_timeout" Seconds, 25 "path_mtu_plateau_table" Numbers,
    26 "interface_mtu" Number, 27 "all_subnets_local" Flag, 28 "broadcast_address" Address,
    29 "perform_mask_discovery" Flag, 30 "mask_supplier" Flag, 31 "perform_router_discovery" Flag,
    32 "router_solicitation_address" Address, 33 "static_routes" AddressPairs,
    34 "trailer_encapsulation" Flag, 35 "arp_cache_timeout" Seconds, 36 "ethernet_encapsulation" Flag,
    37 "tcp_default_ttl" Number, 38 "tcp_keep_alive_interval" Seconds, 39 "tcp_keep_alive_garbage" Flag,
    40 "nis_domain" Text, 41 "nis_servers" Addresses, 42 "ntp_servers" Addresses,
    43 "vendor_specific" Bytes, 44 "netbios_name_servers" Addresses,
    45 "netbios_datagram_servers" Addresses, 46 "netbios_node_type" Number, 47 "netbios_scope" Text,
    48 "x_font_servers" Addresses, 49 "x_display_managers" Addresses, 50 "requested_address" Address,
    51 "lease_time" Seconds, 52 "overload" Number, 53 "message_type" MessageType,
    54 "server_identifier" Address, 55 "parameter_request_list" Parameters, 56 "message" Text,
    57 "maximum_message_size" Number, 58 "renewal_time" Seconds, 59 "rebinding_time" Seconds,
    60 "vendor_class" Text, 61 "client_identifier" Identifier, 62 "netware_domain" Text,
    63 "netware_options" Bytes, 64 "nis_plus_domain" Text, 65 "nis_plus_servers" Addresses,
    66 "tftp_server_name" Text, 67 "boot_file_name" Text, 68 "mobile_ip_home_agents" Addresses,
    69 "smtp_servers" Addresses, 70 "pop3_servers" Addresses, 71 "nntp_servers" Addresses,
    72 "web_servers" Addresses, 73 "finger_servers" Addresses, 74 "irc_servers" Addresses,
    75 "street_talk_servers" Addresses, 76 "street_talk_directory_servers" Addresses,
    77 "user_class" Bytes, 78 "slp_directory_agents" Bytes, 79 "slp_service_scope" Bytes,
    80 "rapid_commit" Nothing, 81 "client_fully_qualified_name" HostName, 82 "relay_agent_information" Relay,
    83 "isns" Bytes, 85 "nds_servers" Addresses, 86 "nds_tree" Text, 87 "nds_context" Text,
    88 "bcmcs_domains" Domains, 89 "bcmcs_servers" Addresses, 90 "authentication" Bytes,
    91 "last_transaction_seconds_ago" Seconds, 92 "associated_addresses" Addresses,
    93 "client_architecture" Numbers, 94 "client_network_interface" Bytes, 95 "ldap" Text,
    97 "client_machine_identifier" Bytes, 98 "user_authentication" Text, 99 "civic_location" Bytes,
    100 "time_zone_posix" Text, 101 "time_zone_database" Text, 108 "ipv6_only_preferred" Seconds,
    112 "netinfo_servers" Addresses, 113 "netinfo_tag" Text, 114 "captive_portal" Text,
    116 "automatic_configuration" Number, 117 "name_service_search" Numbers,
    118 "subnet_selection" Address, 119 "domain_search" Domains, 120 "sip_servers" Bytes,
    121 "classless_static_routes" Routes, 122 "cable_labs_client" Bytes, 123 "geographic_location" Bytes,
    124 "vendor_identifying_class" Bytes, 125 "vendor_identifying_specific" Bytes,
    136 "pana_agents" Addresses, 137 "lost_server" Bytes, 138 "capwap_controllers" Addresses,
    139 "mobility_addresses" Bytes, 140 "mobility_names" Bytes, 141 "sip_user_agent_domains" Domains,
    142 "andsf_servers" Addresses, 143 "zero_touch_redirect" Bytes, 144 "geographic_location_2" Bytes,
    145 "force_renew_nonce_capable" Bytes, 146 "name_server_selection" Bytes,
    150 "tftp_servers" Addresses, 151 "status_code" Bytes, 152 "base_time" Seconds,
    153 "start_time_of_state" Seconds, 154 "query_start_time" Seconds, 155 "query_end_time" Seconds,
    156 "lease_state" Number, 157 "data_source" Number, 158 "pcp_servers" Bytes, 159 "port_parameters" Bytes,
    161 "manufacturer_usage_description" Text, 208 "pxelinux_magic" Bytes, 209 "configuration_file" Text,
    210 "path_prefix" Text, 211 "reboot_time" Seconds, 212 "ipv6_rapid_deployment" Bytes,
    213 "access_network_domain" Bytes, 220 "subnet_allocation" Bytes, 221 "virtual_subnet_selection" Bytes,
    249 "classless_static_routes_microsoft" Routes, 252 "web_proxy_automatic_discovery" Text,
}

/// The name and form of a relay agent's sub-option (RFC 3046 and later ones).
#[must_use]
pub const fn sub_option_name(code: u8) -> Option<OptionName> {
    let (name, form) = match code {
        1 => ("circuit_id", Form::Bytes),
        2 => ("remote_id", Form::Bytes),
        4 => ("docsis_device_class", Form::Number),
        5 => ("link_selection", Form::Address),
        6 => ("subscriber_id", Form::Text),
        7 => ("radius_attributes", Form::Bytes),
        8 => ("authentication", Form::Bytes),
        9 => ("vendor_specific", Form::Bytes),
        10 => ("flags", Form::Number),
        11 => ("server_identifier_override", Form::Address),
        12 => ("relay_identifier", Form::Bytes),
        13 => ("access_technology_type", Form::Number),
        14 => ("access_network_name", Form::Text),
        15 => ("access_point_name", Form::Text),
        16 => ("access_point_bssid", Form::Bytes),
        17 => ("operator_identifier", Form::Number),
        18 => ("operator_realm", Form::Text),
        19 => ("source_port", Form::Nothing),
        151 => ("virtual_subnet_selection", Form::Bytes),
        152 => ("virtual_subnet_selection_control", Form::Nothing),
        _ => return None,
    };
    Some(OptionName { name, form })
}
