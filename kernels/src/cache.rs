//! What a loop can say about memory that it will read.
//!
//! A processor sees by itself what comes next where a loop goes through one array. Where it takes short pieces of many arrays in turns,
//! each piece begins with a wait, unless it was asked for before.

/// Asks for the line at an address, which need not be valid.
#[inline(always)]
pub fn fetch_line<T>(p: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch has no effect on memory, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = p;
}

/// Asks for all lines of some numbers.
#[inline(always)]
pub fn fetch<T>(values: &[T]) {
    for line in values.chunks((64 / size_of::<T>().max(1)).max(1)) {
        fetch_line(line.as_ptr());
    }
}
