//! The buffers of a session as the steps of a run see them: one view that all threads share, and for each thread the stretch of
//! examples that it works on.

use super::layout::Place;
use super::steps::Operand;
use std::sync::Arc;

/// Buffers, shared by the threads of a run.
///
/// Nothing is checked by the compiler from here on; what keeps accesses apart is the layout of the program. A step writes only its
/// own places, no two values that are alive together share a place, threads of a loop over chunks write only to the rows of their
/// examples, to their arena and to the partial sums of their lane, and what has no batch is written between the loops alone, by one
/// step at a time.
pub struct Memory<'a, T> {
    pub fixed: *mut T,
    /// The beginning of all kept arrays; `at[k]` times the number of examples is where array k begins.
    pub kept: *mut T,
    pub at: &'a [usize],
    pub examples: usize,
    pub block: *mut T,
    pub longest_block: usize,
    pub partials: *mut T,
    pub data: &'a [Option<Arc<Vec<T>>>],
    /// Of a minibatch.
    pub rows: Option<&'a [u32]>,
}

// SAFETY: pointers into buffers of numbers; see above for who writes where.
unsafe impl<T: Send + Sync> Sync for Memory<'_, T> {}

/// The examples that a thread works on, and its arena. For what has no batch, an empty frame.
pub struct Frame<'a, T> {
    pub memory: &'a Memory<'a, T>,
    pub arena: *mut T,
    pub longest_chunk: usize,
    /// The first example, among all and in its block, and how many there are.
    pub first: usize,
    pub in_block: usize,
    pub count: usize,
}

// SAFETY: as for the memory. A frame that threads share has no arena.
unsafe impl<T: Send + Sync> Sync for Frame<'_, T> {}

impl<'a, T> Frame<'a, T> {
    /// Where an array begins, and its length.
    fn find(&self, o: &Operand) -> (*mut T, usize) {
        let m = self.memory;
        let len = if o.batched { o.size * self.count } else { o.size };
        // SAFETY: offsets stay within the buffers, which the session makes as long as the program says.
        let start = unsafe {
            match o.place {
                Place::Fixed(at) => m.fixed.add(at),
                Place::Kept(k) => m.kept.add(m.at[k] * m.examples + o.size * self.first),
                Place::Block(at) => m.block.add(at * m.longest_block + o.size * self.in_block),
                Place::Arena(at) => self.arena.add(at * self.longest_chunk),
                Place::Nowhere => return (std::ptr::NonNull::dangling().as_ptr(), 0),
            }
        };
        (start, len)
    }

    /// The values that a step reads.
    ///
    /// # Safety
    /// Nobody writes them as long as they are read.
    pub unsafe fn read(&self, o: &Operand) -> &'a [T] {
        if let (Some(slot), None) = (o.data, self.memory.rows) {
            let all = self.memory.data[slot].as_deref().map_or(&[][..], |v| v);
            return &all[self.first * o.size..(self.first + self.count) * o.size];
        }
        let (start, len) = self.find(o);
        // SAFETY: initialised memory of this length; the caller says that nobody writes it.
        unsafe { std::slice::from_raw_parts(start, len) }
    }

    /// The values that a step writes.
    ///
    /// # Safety
    /// Nobody else reads or writes them meanwhile.
    pub unsafe fn write(&self, o: &Operand) -> &'a mut [T] {
        let (start, len) = self.find(o);
        // SAFETY: initialised memory of this length; the caller says that it is its own.
        unsafe { std::slice::from_raw_parts_mut(start, len) }
    }

    /// A stretch of what has no batch, likewise.
    ///
    /// # Safety
    /// As for [`Frame::write`].
    pub unsafe fn write_fixed(&self, at: usize, len: usize) -> &'a mut [T] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.memory.fixed.add(at), len) }
    }

    /// A stretch of the partial sums, likewise.
    ///
    /// # Safety
    /// As for [`Frame::write`].
    pub unsafe fn write_partial(&self, at: usize, len: usize) -> &'a mut [T] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.memory.partials.add(at), len) }
    }
}
