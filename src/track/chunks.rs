//! Many values of one kind by place, in chunks that are never moved: growing
//! one vector of them would take twice the memory for a moment.

/// Values that are allocated together.
const CHUNK: usize = 1024;

/// Values by place.
#[derive(Debug)]
pub(super) struct Chunks<T> {
    chunks: Vec<Vec<T>>,
    length: u32,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            length: 0,
        }
    }
}

impl<T> Chunks<T> {
    /// How many there are.
    #[inline]
    pub fn len(&self) -> u32 {
        self.length
    }

    /// The value at a place.
    #[inline]
    pub fn get(&self, place: u32) -> Option<&T> {
        let place = place as usize;
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)
    }

    /// The same, to be changed.
    #[inline]
    pub fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        let place = place as usize;
        self.chunks.get_mut(place / CHUNK)?.get_mut(place % CHUNK)
    }

    /// Adds a value; gives its place.
    pub fn push(&mut self, value: T) -> u32 {
        match self.chunks.last_mut().filter(|chunk| chunk.len() < CHUNK) {
            Some(chunk) => chunk.push(value),
            None => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(value);
                self.chunks.push(chunk);
            }
        }
        self.length += 1;
        self.length - 1
    }

    /// Every value, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.chunks.iter_mut().flatten()
    }

    /// Every value, with its place.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(self.chunks.iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_they_were_put_over_several_chunks() {
        let mut chunks = Chunks::default();
        for value in 0..3 * CHUNK as u32 {
            assert_eq!(chunks.push(value * 2), value);
        }
        *chunks.get_mut(2000).expect("it is there") = 1;
        assert_eq!(chunks.get(2000), Some(&1));
        assert_eq!(chunks.get(chunks.len()), None);
        let last = chunks.iter().last();
        assert_eq!(last, Some((3 * CHUNK as u32 - 1, &(6 * CHUNK as u32 - 2))));
    }
}
