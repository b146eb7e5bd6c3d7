//! A walk over bytes: numbers in network byte order, and vectors behind their
//! length (RFC 8446, section 3.4).

/// The bytes that have not been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(*self.take(2)?.first_chunk()?))
    }

    pub fn u24(&mut self) -> Option<u32> {
        let [high, middle, low] = *self.take(3)?.first_chunk()?;
        Some(u32::from_be_bytes([0, high, middle, low]))
    }

    /// A vector behind a length of one byte.
    pub fn vector8(&mut self) -> Option<Self> {
        let length = self.u8()?;
        self.take(length.into()).map(Self)
    }

    /// A vector behind a length of two bytes.
    pub fn vector16(&mut self) -> Option<Self> {
        let length = self.u16()?;
        self.take(length.into()).map(Self)
    }

    /// A vector behind a length of three bytes.
    pub fn vector24(&mut self) -> Option<Self> {
        let length = self.u24()?;
        self.take(length as usize).map(Self)
    }

    /// All that is left as numbers of two bytes.
    pub fn numbers(self) -> Vec<u16> {
        let pairs = self.0.chunks_exact(2);
        pairs
            .filter_map(|pair| pair.first_chunk())
            .map(|pair| u16::from_be_bytes(*pair))
            .collect()
    }

    /// As text, cut behind so many characters; what is no UTF-8 is replaced.
    pub fn text(self, most: usize) -> String {
        String::from_utf8_lossy(self.0).chars().take(most).collect()
    }
}
