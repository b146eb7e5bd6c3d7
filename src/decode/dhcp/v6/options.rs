//! The options of DHCPv6: code and length of two bytes each, then data (RFC 8415,
//! section 21.1); what each is called and holds, as IANA lists them.

use super::Fault;

/// Options that the code decides by.
pub mod code {
    #![allow(missing_docs, reason = "each is the option of its name")]
    pub const CLIENT_IDENTIFIER: u16 = 1;
    pub const SERVER_IDENTIFIER: u16 = 2;
    pub const NON_TEMPORARY: u16 = 3;
    pub const TEMPORARY: u16 = 4;
    pub const ADDRESS: u16 = 5;
    pub const RELAY_MESSAGE: u16 = 9;
    pub const STATUS_CODE: u16 = 13;
    pub const RAPID_COMMIT: u16 = 14;
    pub const NAME_SERVERS: u16 = 23;
    pub const PREFIX_DELEGATION: u16 = 25;
    pub const PREFIX: u16 = 26;
}

/// One option as it stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Option6<'a> {
    /// Its code.
    pub code: u16,
    /// Its data.
    pub data: &'a [u8],
    /// Bytes to its code, from the start of what holds the options.
    pub offset: usize,
}

/// Walks over options. Stops behind the first that cannot be read.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Options<'a> {
    /// Over bytes that begin so far from the start of what holds them.
    #[must_use]
    pub const fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self {
            rest: bytes,
            offset,
        }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Result<Option6<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() {
            return None;
        }
        let (code, length) = match rest {
            [a, b, c, d, ..] => (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])),
            _ => (0, 0),
        };
        let needed = 4 + usize::from(length);
        let Some(data) = rest.get(4..needed) else {
            return Some(Err(Fault {
                offset: self.offset as u32,
                needed: needed as u32,
                had: rest.len() as u32,
            }));
        };
        let offset = self.offset;
        self.rest = rest.get(needed..).unwrap_or_default();
        self.offset += needed;
        Some(Ok(Option6 { code, data, offset }))
    }
}

/// What an option's data is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nothing: its presence says it.
    Nothing,
    /// Who someone is.
    Duid,
    /// IAID, T1, T2, options: addresses or prefixes to be held for a while.
    Association,
    /// IAID, options: temporary addresses.
    Temporary,
    /// An address, its lifetimes, options.
    Address,
    /// A prefix, its lifetimes, options.
    Prefix,
    /// Codes of options.
    Parameters,
    /// A number of one, two or four bytes.
    Number,
    /// Hundredths of a second.
    Hundredths,
    /// Seconds in four bytes.
    Seconds,
    /// A whole message.
    Message,
    /// One address.
    Server,
    /// Addresses.
    Servers,
    /// A status and its text.
    Status,
    /// An enterprise's number and options of its own.
    Vendor,
    /// Domain names.
    Domains,
    /// Text.
    Text,
    /// A host's whole name behind flags (RFC 4704).
    HostName,
    /// An interface's name, or bytes.
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
        pub const fn option_name(code: u16) -> Option<OptionName> {
            Some(match code {
                $($code => OptionName { name: $name, form: Form::$form },)*
                _ => return None,
            })
        }
    };
}

options! {
    1 "client_identifier" Duid, 2 "server_identifier" Duid, 3 "non_temporary_addresses" Association,
    4 "temporary_addresses" Temporary, 5 "address" Address, 6 "option_request" Parameters,
    7 "preference" Number, 8 "elapsed_time" Hundredths, 9 "relay_message" Message,
    11 "authentication" Bytes, 12 "server_unicast" Server, 13 "status_code" Status,
    14 "rapid_commit" Nothing, 15 "user_class" Bytes, 16 "vendor_class" Bytes,
    17 "vendor_options" Vendor, 18 "interface_identifier" Bytes, 19 "reconfigure_message" Number,
    20 "reconfigure_accept" Nothing, 21 "sip_domains" Domains, 22 "sip_servers" Servers,
    23 "domain_name_servers" Servers, 24 "domain_search" Domains, 25 "prefix_delegation" Association,
    26 "prefix" Prefix, 27 "nis_servers" Servers, 28 "nis_plus_servers" Servers, 29 "nis_domain" Domains,
    30 "nis_plus_domain" Domains, 31 "sntp_servers" Servers, 32 "information_refresh_time" Seconds,
    33 "bcmcs_domains" Domains, 34 "bcmcs_servers" Servers, 36 "civic_location" Bytes,
    37 "remote_identifier" Bytes, 38 "subscriber_identifier" Bytes,
    39 "client_fully_qualified_name" HostName, 40 "pana_agents" Servers, 41 "time_zone_posix" Text,
    42 "time_zone_database" Text, 43 "echo_request" Parameters, 44 "lease_query" Bytes,
    45 "client_data" Bytes, 46 "client_last_transaction_seconds_ago" Seconds, 47 "lease_query_relay_data" Bytes,
    48 "lease_query_client_links" Servers, 49 "mobility_home_network_id" Bytes,
    52 "capwap_controllers" Servers, 53 "relay_identifier" Duid, 56 "ntp_servers" Bytes,
    57 "lost_server" Domains, 58 "sip_user_agent_domains" Domains,
    59 "boot_file_url" Text, 60 "boot_file_parameters" Bytes, 61 "client_architecture" Parameters,
    62 "client_network_interface" Bytes, 64 "dual_stack_lite_gateway" Domains,
    65 "home_gateway_domain" Domains, 66 "relay_supplied_options" Bytes, 67 "excluded_prefix" Bytes,
    68 "virtual_subnet_selection" Bytes, 74 "server_selection" Bytes, 79 "client_link_layer_address" Bytes,
    80 "link_address" Server, 82 "solicit_maximum_retransmission_time" Seconds,
    83 "information_maximum_retransmission_time" Seconds, 84 "address_selection" Bytes,
    87 "dhcpv4_message" Bytes, 88 "dhcpv4_over_dhcpv6_servers" Servers, 89 "softwire_rule" Bytes,
    90 "softwire_border_relay" Server, 94 "softwire_map_e" Bytes, 95 "softwire_map_t" Bytes,
    96 "softwire_lightweight" Bytes, 97 "ipv4_residual_deployment" Bytes, 103 "captive_portal" Text,
    112 "manufacturer_usage_description" Text, 113 "ipv4_over_ipv6_bulk" Bytes, 135 "relay_source_port" Number,
    136 "zero_touch_redirect" Bytes, 143 "ipv6_address_andsf" Servers, 144 "discovery_of_resolvers" Bytes,
}
