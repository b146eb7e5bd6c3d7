//! Hellos, records and certificates, whole and broken.
