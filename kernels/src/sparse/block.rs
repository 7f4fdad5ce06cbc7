//! What a block of lanes is: the lanes that one inner loop moves together.

/// A vector of one number a lane, on a cache line of its own.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Row<T, const W: usize>(pub [T; W]);

/// Lanes side by side. Slots beyond the lanes in use hold copies that nobody reads.
pub(crate) trait Block: Send {
    /// Moves all lanes by the sweeps `first..first + count`.
    fn advance(&mut self, first: u64, count: u64);
    /// Energy (constant included) and sum of spins of each slot.
    fn measure(&self) -> Vec<(f64, f64)>;
    fn set_beta(&mut self, slot: usize, beta: f64);
    /// Spin masks are 0 for +1 and -1 for -1.
    fn mask(&self, site: usize, slot: usize) -> i8;
    fn set_mask(&mut self, site: usize, slot: usize, mask: i8);
}

/// The instruction sets that the loops are compiled for; results are the same bits in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simd {
    /// What the build targets.
    Portable,
    /// AVX2, found at run time.
    Avx2,
}

impl Simd {
    /// The best that this processor has.
    pub fn detect() -> Simd {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            return Simd::Avx2;
        }
        Simd::Portable
    }
}

/// Defines `$name`, which runs the always-inlined `$body` compiled for the instruction set of its first argument.
macro_rules! dispatch {
    ($name:ident => $body:ident [$($generic:tt)*] <$($parameter:ident),*> ($($arg:ident: $type:ty),*)) => {
        fn $name<$($generic)*>(simd: $crate::sparse::Simd, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2<$($generic)*>($($arg: $type),*) {
                $body::<$($parameter),*>($($arg),*)
            }
            match simd {
                #[cfg(target_arch = "x86_64")]
                $crate::sparse::Simd::Avx2 if std::arch::is_x86_feature_detected!("avx2") => {
                    // SAFETY: the processor has AVX2, as the guard has just found.
                    unsafe { avx2::<$($parameter),*>($($arg),*) }
                }
                _ => $body::<$($parameter),*>($($arg),*),
            }
        }
    };
}
pub(crate) use dispatch;
