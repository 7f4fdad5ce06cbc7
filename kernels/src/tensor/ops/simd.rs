//! Which instructions the loops of this folder are compiled for.

/// The instruction sets that loops are compiled for. Elementwise operations and sums give the same bits in each; products too, but where
/// there is no fused multiply-add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simd {
    /// What the build targets.
    Portable,
    /// AVX2 and FMA, found at run time.
    Avx2,
    /// Those with the registers of AVX-512. Only products have a use for so many.
    Avx512,
}

impl Simd {
    /// The best that this processor has.
    #[inline]
    pub fn detect() -> Simd {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            let more = std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512vl");
            return if more { Simd::Avx512 } else { Simd::Avx2 };
        }
        Simd::Portable
    }

    /// All that this processor has, the best last.
    #[cfg(test)]
    pub fn all() -> &'static [Simd] {
        match Simd::detect() {
            Simd::Portable => &[Simd::Portable],
            Simd::Avx2 => &[Simd::Portable, Simd::Avx2],
            Simd::Avx512 => &[Simd::Portable, Simd::Avx2, Simd::Avx512],
        }
    }
}

/// Defines `$name`, which runs the always-inlined `$body` compiled for the instruction set of its first argument. The `$features` are those
/// that the body is compiled with; the multiply-add is contracted only where a body asks for it.
macro_rules! dispatch {
    ($(#[$doc:meta])* $name:ident => $body:ident [$($generic:tt)*] <$($parameter:ident),*> ($($arg:ident: $type:ty),* $(,)?)) => {
        $(#[$doc])*
        pub(super) fn $name<$($generic)*>(simd: $crate::tensor::ops::Simd, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2<$($generic)*>($($arg: $type),*) {
                $body::<$($parameter),*>($($arg),*)
            }
            match simd {
                #[cfg(target_arch = "x86_64")]
                $crate::tensor::ops::Simd::Avx2 | $crate::tensor::ops::Simd::Avx512
                    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") =>
                {
                    // SAFETY: the processor has these instructions, as the guard has just found.
                    unsafe { avx2::<$($parameter),*>($($arg),*) }
                }
                _ => $body::<$($parameter),*>($($arg),*),
            }
        }
    };
}
pub(super) use dispatch;

/// Defines `$name`, which runs the always-inlined `$body`, generic over registers, for those of the instruction set of its first argument.
macro_rules! dispatch_lanes {
    ($(#[$doc:meta])* $name:ident => $body:ident ($($arg:ident: $type:ty),* $(,)?)) => {
        $(#[$doc])*
        #[allow(clippy::too_many_arguments)]
        pub(super) fn $name<T: $crate::tensor::Real>(simd: $crate::tensor::ops::Simd, $($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            #[allow(clippy::too_many_arguments)]
            fn avx2<T: $crate::tensor::Real>($($arg: $type),*) {
                $body::<T::Avx2>($($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma,avx512f,avx512vl")]
            #[allow(clippy::too_many_arguments)]
            fn avx512<T: $crate::tensor::Real>($($arg: $type),*) {
                $body::<T::Avx512>($($arg),*)
            }
            match simd {
                #[cfg(target_arch = "x86_64")]
                $crate::tensor::ops::Simd::Avx512
                    if std::arch::is_x86_feature_detected!("avx2")
                        && std::arch::is_x86_feature_detected!("fma")
                        && std::arch::is_x86_feature_detected!("avx512f")
                        && std::arch::is_x86_feature_detected!("avx512vl") =>
                {
                    // SAFETY: the processor has these instructions, as the guard has just found.
                    unsafe { avx512::<T>($($arg),*) }
                }
                #[cfg(target_arch = "x86_64")]
                $crate::tensor::ops::Simd::Avx2
                    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") =>
                {
                    // SAFETY: the processor has these instructions, as the guard has just found.
                    unsafe { avx2::<T>($($arg),*) }
                }
                _ => $body::<T::Plain>($($arg),*),
            }
        }
    };
}
pub(super) use dispatch_lanes;
