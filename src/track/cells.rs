//! Memory for many short byte strings: cells of a few sizes, each size in
//! chunks of its own, so that what one string leaves the next takes, and no
//! string costs more than its cell.

/// Sizes rise by so much,
const STEP: usize = 16;
/// up to this.
pub(super) const LONGEST: usize = 2048;

const SIZES: usize = LONGEST / STEP;

/// Bytes that are allocated together, at the most: so many that the system
/// gives them, page by page when they are used first.
const CHUNK: usize = 256 * 1024;

/// One string's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Size in steps, less one.
    size: u8,
    index: u32,
}

impl Cell {
    /// What it consists of, where it is to be kept with something else.
    #[inline]
    pub fn parts(self) -> (u8, u32) {
        (self.size, self.index)
    }

    /// The cell that consists of these.
    #[inline]
    pub fn of_parts(size: u8, index: u32) -> Self {
        Self { size, index }
    }
}

/// Cells of one size.
#[derive(Debug)]
struct OfSize {
    /// Bytes of each.
    bytes: usize,
    /// A chunk has two to the power of this.
    shift: u32,
    chunks: Vec<Box<[u8]>>,
    /// How many were ever used.
    used: u32,
    /// The free ones. They stand apart, so that a cell which is freed need not
    /// be touched: it was mostly not used for long.
    free: Vec<u32>,
}

/// All cells.
#[derive(Debug)]
pub(super) struct Cells {
    sizes: Vec<OfSize>,
}

impl Default for Cells {
    fn default() -> Self {
        let empty = |size: usize| OfSize {
            bytes: size * STEP,
            shift: (CHUNK / (size * STEP)).ilog2(),
            chunks: Vec::new(),
            used: 0,
            free: Vec::new(),
        };
        Self {
            sizes: (1..=SIZES).map(empty).collect(),
        }
    }
}

impl Cell {
    /// How many bytes it has.
    pub fn bytes(self) -> usize {
        (usize::from(self.size) + 1) * STEP
    }
}

impl OfSize {
    /// Where a cell is: its chunk, and the first byte there.
    #[inline]
    fn place(&self, cell: Cell) -> (usize, usize) {
        let index = cell.index as usize;
        let within = index & ((1 << self.shift) - 1);
        (index >> self.shift, within * self.bytes)
    }

    #[inline]
    fn cell(&mut self, cell: Cell) -> Option<&mut [u8]> {
        let (chunk, at) = self.place(cell);
        self.chunks.get_mut(chunk)?.get_mut(at..at + self.bytes)
    }

    #[inline]
    fn read(&self, cell: Cell) -> Option<&[u8]> {
        let (chunk, at) = self.place(cell);
        self.chunks.get(chunk)?.get(at..at + self.bytes)
    }
}

impl Cells {
    /// A cell for so many bytes, with what is to be written; `None` for more
    /// than [`LONGEST`].
    pub fn take(&mut self, length: usize) -> Option<(Cell, &mut [u8])> {
        let size = length.saturating_sub(1) / STEP;
        let all = self.sizes.get_mut(size)?;
        let free = all.free.pop();
        let cell = Cell {
            size: u8::try_from(size).ok()?,
            index: free.unwrap_or(all.used),
        };
        if free.is_none() {
            all.used = all.used.checked_add(1)?;
            if all.place(cell).0 >= all.chunks.len() {
                let chunk = vec![0; all.bytes << all.shift];
                all.chunks.push(chunk.into_boxed_slice());
            }
        }
        all.cell(cell).map(|bytes| (cell, bytes))
    }

    /// What was written, and behind it what was there.
    #[inline]
    pub fn read(&self, cell: Cell) -> &[u8] {
        let all = self.sizes.get(usize::from(cell.size));
        all.and_then(|all| all.read(cell)).unwrap_or_default()
    }

    /// The same, to be written over.
    #[inline]
    pub fn write(&mut self, cell: Cell) -> &mut [u8] {
        let all = self.sizes.get_mut(usize::from(cell.size));
        all.and_then(|all| all.cell(cell)).unwrap_or_default()
    }

    /// Moves the first bytes of a cell to one of this length, if it has not that
    /// size already.
    pub fn moved(&mut self, from: Cell, used: usize, length: usize) -> Option<Cell> {
        if length.saturating_sub(1) / STEP == usize::from(from.size) {
            return Some(from);
        }
        let (to, _) = self.take(length)?;
        let sizes = [usize::from(from.size), usize::from(to.size)];
        let [from_size, to_size] = self.sizes.get_disjoint_mut(sizes).ok()?;
        let (read, write) = (from_size.read(from)?, to_size.cell(to)?);
        write.get_mut(..used)?.copy_from_slice(read.get(..used)?);
        self.give_back(from);
        Some(to)
    }

    /// Frees a cell.
    pub fn give_back(&mut self, cell: Cell) {
        if let Some(all) = self.sizes.get_mut(usize::from(cell.size)) {
            all.free.push(cell.index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_every_length_are_kept_apart_and_cells_are_used_again() {
        let mut cells = Cells::default();
        let mut taken = Vec::new();
        for round in 0..3_u8 {
            for length in 1..=LONGEST {
                let (cell, bytes) = cells.take(length).expect("short enough");
                assert!(bytes.len() >= length && bytes.len() < length + STEP);
                bytes.fill(length as u8 ^ round);
                taken.push((cell, length as u8 ^ round));
            }
            for (cell, value) in &taken {
                assert!(cells.read(*cell).iter().all(|byte| byte == value));
            }
            for (cell, _) in taken.drain(..) {
                cells.give_back(cell);
            }
        }
        assert!(cells.take(LONGEST + 1).is_none());
        let used: u32 = cells.sizes.iter().map(|all| all.used).sum();
        assert_eq!(used as usize, LONGEST);
    }
}
