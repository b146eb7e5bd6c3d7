//! Memory for many short byte strings: cells of a few sizes, each size in
//! chunks of its own, so that what one string leaves the next takes, and no
//! string costs more than its cell. A chunk whose cells are all free goes to
//! the next size that wants one: where strings grow together, one size after
//! the other would otherwise keep the memory of them all. And where many chunks
//! are nearly free, few strings keep many of them from going elsewhere: those
//! are moved together ([`Cells::are_sparse`]).

/// Sizes rise by so much,
const STEP: usize = 16;
/// up to this.
pub(super) const LONGEST: usize = 2048;

const SIZES: usize = LONGEST / STEP;

/// Bytes of a chunk: so many that the system gives them, page by page when they
/// are used first.
const CHUNK: usize = 256 * 1024;

/// Strings are moved together for so many chunks,
const CHUNKS_AT_LEAST: usize = 4;

/// and one in so many of all.
const CHUNKS_IN: usize = 16;

/// Bits that number the cells of a chunk, of any size.
const CELL_BITS: u32 = (CHUNK / STEP).ilog2();

/// One string's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Size in steps, less one.
    size: u8,
    /// Its chunk, and in the lower [`CELL_BITS`] its number there.
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

    /// How many bytes it has.
    pub fn bytes(self) -> usize {
        (usize::from(self.size) + 1) * STEP
    }

    #[inline]
    fn chunk(self) -> usize {
        (self.index >> CELL_BITS) as usize
    }

    /// Its number in its chunk.
    #[inline]
    fn number(self) -> u16 {
        (self.index & ((1 << CELL_BITS) - 1)) as u16
    }
}

/// Which cells of a chunk are free. This stands apart from them, so that a cell
/// which is freed need not be touched: it was mostly not used for long.
#[derive(Debug, Default)]
struct Free {
    /// Those that were used before,
    again: Vec<u16>,
    /// and all from this one on.
    from: u16,
    /// What is in its other cells is to be moved elsewhere.
    is_cleared: bool,
}

impl Free {
    /// Whether one of so many cells is free.
    #[inline]
    fn has_one_of(&self, cells: usize) -> bool {
        !self.again.is_empty() || usize::from(self.from) < cells
    }

    /// How many are not.
    fn used(&self) -> usize {
        usize::from(self.from) - self.again.len()
    }
}

/// Chunks for any size.
#[derive(Debug, Default)]
struct Spare {
    chunks: Vec<Box<[u8]>>,
    /// Whether one was made since this was last asked.
    has_grown: bool,
}

impl Spare {
    fn take(&mut self) -> Box<[u8]> {
        self.chunks.pop().unwrap_or_else(|| {
            self.has_grown = true;
            vec![0; CHUNK].into_boxed_slice()
        })
    }
}

/// Cells of one size.
#[derive(Debug)]
struct OfSize {
    /// Bytes of each.
    bytes: usize,
    /// Where the memory of a chunk went elsewhere, nothing is left of it.
    chunks: Vec<Box<[u8]>>,
    /// Of each chunk.
    free: Vec<Free>,
    /// Chunks with room,
    with_room: Vec<u32>,
    /// and those without memory.
    vacant: Vec<u32>,
}

/// All cells.
#[derive(Debug)]
pub(super) struct Cells {
    sizes: Vec<OfSize>,
    spare: Spare,
}

impl Default for Cells {
    fn default() -> Self {
        let of_size = |size: usize| OfSize {
            bytes: size * STEP,
            chunks: Vec::new(),
            free: Vec::new(),
            with_room: Vec::new(),
            vacant: Vec::new(),
        };
        Self {
            sizes: (1..=SIZES).map(of_size).collect(),
            spare: Spare::default(),
        }
    }
}

impl OfSize {
    /// The first byte of a cell in its chunk.
    #[inline]
    fn at(&self, cell: Cell) -> usize {
        usize::from(cell.number()) * self.bytes
    }

    #[inline]
    fn cell(&mut self, cell: Cell) -> Option<&mut [u8]> {
        let at = self.at(cell);
        let chunk = self.chunks.get_mut(cell.chunk())?;
        chunk.get_mut(at..at + self.bytes)
    }

    #[inline]
    fn read(&self, cell: Cell) -> Option<&[u8]> {
        let at = self.at(cell);
        self.chunks.get(cell.chunk())?.get(at..at + self.bytes)
    }

    /// How many cells a chunk has.
    fn cells_of_chunk(&self) -> usize {
        CHUNK / self.bytes
    }

    /// Adds a chunk, all of it free; `None` where there are too many.
    #[cold]
    fn add_chunk(&mut self, spare: &mut Spare) -> Option<u32> {
        let chunk = match self.vacant.pop() {
            Some(vacant) => vacant,
            None => {
                let next = u32::try_from(self.chunks.len()).ok()?;
                if next >> (u32::BITS - CELL_BITS) != 0 {
                    return None;
                }
                self.chunks.push(Box::default());
                self.free.push(Free::default());
                next
            }
        };
        *self.chunks.get_mut(chunk as usize)? = spare.take();
        self.with_room.push(chunk);
        Some(chunk)
    }

    /// A free cell's index.
    fn take(&mut self, spare: &mut Spare) -> Option<u32> {
        let chunk = match self.with_room.last() {
            Some(chunk) => *chunk,
            None => self.add_chunk(spare)?,
        };
        let cells = self.cells_of_chunk();
        let free = self.free.get_mut(chunk as usize)?;
        let number = free.again.pop().unwrap_or_else(|| {
            free.from += 1;
            free.from - 1
        });
        if !free.has_one_of(cells) {
            self.with_room.pop();
        }
        Some(chunk << CELL_BITS | u32::from(number))
    }

    /// Frees a cell; gives the memory of its chunk, if nothing else was there.
    fn give_back(&mut self, cell: Cell) -> Option<Box<[u8]>> {
        let (chunk, cells) = (cell.chunk(), self.cells_of_chunk());
        let free = self.free.get_mut(chunk)?;
        if !free.has_one_of(cells) {
            self.with_room.push(chunk as u32);
        }
        free.again.push(cell.number());
        if free.again.len() < usize::from(free.from) {
            return None;
        }
        self.remove_chunk(chunk)
    }

    #[cold]
    fn remove_chunk(&mut self, chunk: usize) -> Option<Box<[u8]>> {
        *self.free.get_mut(chunk)? = Free::default();
        let listed = self.with_room.iter().rposition(|of| *of == chunk as u32);
        if let Some(listed) = listed {
            self.with_room.swap_remove(listed);
        }
        self.vacant.push(chunk as u32);
        self.chunks.get_mut(chunk).map(std::mem::take)
    }

    /// How many chunks have memory.
    fn made(&self) -> usize {
        self.chunks.len() - self.vacant.len()
    }

    /// How many of them would be free if its strings stood together.
    fn wasted(&self) -> usize {
        let used: usize = self.free.iter().map(Free::used).sum();
        self.made() - used.div_ceil(self.cells_of_chunk())
    }

    /// Those with the fewest strings are cleared from now on: the others have
    /// room for these.
    fn clear_wasted(&mut self) {
        let wasted = self.wasted();
        let Self {
            free, with_room, ..
        } = self;
        with_room.sort_unstable_by_key(|chunk| free.get(*chunk as usize).map(Free::used));
        for chunk in with_room.drain(..wasted) {
            if let Some(free) = free.get_mut(chunk as usize) {
                free.is_cleared = true;
            }
        }
    }

    /// Moves a string out of its chunk, if that is cleared.
    fn moved_out(&mut self, cell: Cell, spare: &mut Spare) -> Option<u32> {
        if !self.free.get(cell.chunk())?.is_cleared {
            return None;
        }
        let index = self.take(spare)?;
        let to = Cell { index, ..cell };
        let chunk = std::mem::take(self.chunks.get_mut(cell.chunk())?);
        let at = self.at(cell);
        if let (Some(from), Some(to)) = (chunk.get(at..at + self.bytes), self.cell(to)) {
            to.copy_from_slice(from);
        }
        *self.chunks.get_mut(cell.chunk())? = chunk;
        spare.chunks.extend(self.give_back(cell));
        Some(index)
    }
}

impl Cells {
    /// A cell for so many bytes, with what is to be written; `None` for more
    /// than [`LONGEST`].
    pub fn take(&mut self, length: usize) -> Option<(Cell, &mut [u8])> {
        let size = length.saturating_sub(1) / STEP;
        let all = self.sizes.get_mut(size)?;
        let cell = Cell {
            size: u8::try_from(size).ok()?,
            index: all.take(&mut self.spare)?,
        };
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
        let all = self.sizes.get_mut(usize::from(cell.size));
        let chunk = all.and_then(|all| all.give_back(cell));
        self.spare.chunks.extend(chunk);
    }

    /// Whether, now that one more chunk was made, many could be had by moving
    /// strings together: [`Self::begin_clearing`], then [`Self::moved_out`] for
    /// every string that there is.
    #[inline]
    pub fn are_sparse(&mut self) -> bool {
        self.spare.has_grown && self.are_wasted()
    }

    #[cold]
    #[inline(never)]
    fn are_wasted(&mut self) -> bool {
        self.spare.has_grown = false;
        let wasted: usize = self.sizes.iter().map(OfSize::wasted).sum();
        wasted >= CHUNKS_AT_LEAST.max(self.made() / CHUNKS_IN)
    }

    /// How many chunks there are.
    fn made(&self) -> usize {
        let in_use: usize = self.sizes.iter().map(OfSize::made).sum();
        in_use + self.spare.chunks.len()
    }

    /// From now on the strings of chunks with few of them are to be moved.
    pub fn begin_clearing(&mut self) {
        self.sizes.iter_mut().for_each(OfSize::clear_wasted);
    }

    /// Where a string is now that was in this cell.
    pub fn moved_out(&mut self, from: Cell) -> Cell {
        let all = self.sizes.get_mut(usize::from(from.size));
        let index = all.and_then(|all| all.moved_out(from, &mut self.spare));
        index.map_or(from, |index| Cell { index, ..from })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::hash::hash;

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
        // Every chunk was given back, and all were used again.
        assert_eq!(cells.spare.chunks.len(), SIZES);
    }

    #[test]
    fn strings_that_grow_one_by_one_are_moved_together() {
        const STRINGS: usize = 60_000;
        const LONGEST: usize = 320;
        let mut cells = Cells::default();
        let mut take = |number: usize| {
            let (cell, bytes) = cells.take(STEP).expect("short enough");
            bytes.fill(number as u8);
            (cell, STEP)
        };
        let mut all: Vec<_> = (0..STRINGS).map(&mut take).collect();
        let mut moves = 0;
        for number in 0..STRINGS * LONGEST / STEP {
            let at = hash(&number) as usize % STRINGS;
            let grown = (all[at].1 + STEP).min(LONGEST);
            let cell = cells.moved(all[at].0, STEP, grown).expect("short enough");
            all[at] = (cell, grown);
            if cells.are_sparse() {
                moves += 1;
                cells.begin_clearing();
                for (cell, _) in &mut all {
                    *cell = cells.moved_out(*cell);
                }
                let used: usize = all.iter().map(|(_, bytes)| bytes).sum();
                let in_use = cells.made() - cells.spare.chunks.len();
                // At the most one of each size is not full.
                assert!(in_use * CHUNK <= used + LONGEST / STEP * (CHUNK + CHUNK / 64));
            }
        }
        assert!(moves > 3, "{moves}");
        for (number, (cell, _)) in all.iter().enumerate() {
            let bytes = &cells.read(*cell)[..STEP];
            assert!(bytes.iter().all(|byte| *byte == number as u8), "{number}");
        }
        let bytes = cells.made() * CHUNK;
        assert!(bytes < STRINGS * LONGEST * 5 / 4, "{bytes}");
    }

    #[test]
    fn strings_that_grow_together_take_no_memory_of_their_former_sizes() {
        const STRINGS: usize = 40_000;
        let mut cells = Cells::default();
        let mut all: Vec<Cell> = (0..STRINGS)
            .map(|_| cells.take(STEP).expect("short enough").0)
            .collect();
        for length in (2 * STEP..=512).step_by(STEP) {
            for cell in &mut all {
                *cell = cells.moved(*cell, STEP, length).expect("short enough");
            }
        }
        let bytes = cells.made() * CHUNK;
        assert!(bytes < STRINGS * 512 * 5 / 4, "{bytes}");
        // What is left of a chunk that went elsewhere is used again.
        let chunks = |cells: &Cells| cells.sizes[0].chunks.len();
        let before = chunks(&cells);
        for cell in all {
            cells.give_back(cell);
        }
        for _ in 0..STRINGS {
            cells.take(STEP).expect("short enough");
        }
        assert_eq!(chunks(&cells), before);
    }
}
