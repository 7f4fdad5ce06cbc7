//! A register of numbers, for the products: 32 bytes wide on every machine, so that packed arrays have one form.
//!
//! Where the processor multiplies and adds in one rounding, products do; elsewhere they round twice.

use super::super::real::Real;

/// A register of numbers.
///
/// # Safety
/// Methods may be called only inside a function compiled for the instructions of the implementing type; pointers must be valid for
/// [`Lanes::WIDTH`] numbers, and need not be aligned.
pub trait Lanes: Copy {
    type T: Real;
    const WIDTH: usize;
    /// How many of them the processor has.
    const REGISTERS: usize;
    unsafe fn splat(x: Self::T) -> Self;
    unsafe fn load(p: *const Self::T) -> Self;
    unsafe fn store(self, p: *mut Self::T);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    /// Half of the numbers from one place, half from another.
    unsafe fn halves(p: *const Self::T, q: *const Self::T) -> Self;
    /// This and another in turns: two registers.
    unsafe fn zip(self, other: Self) -> (Self, Self);
    /// a b + self
    unsafe fn fma(self, a: Self, b: Self) -> Self;
    /// The sum of all: halves onto each other, until one is left.
    unsafe fn sum(self) -> Self::T;
    /// Of this and the next register: the numbers at even places, and those at odd ones.
    unsafe fn unzip(self, next: Self) -> (Self, Self);
    /// A bit for each number: whether it is not zero.
    unsafe fn nonzero(self) -> u64;
    /// The columns of a square of [`Lanes::WIDTH`] rows, `pitch` apart: the first as many of the result.
    unsafe fn turned(from: *const Self::T, pitch: usize) -> [Self; 8];
}

/// The registers of a precision.
pub trait Wide: Sized {
    type Plain: Lanes<T = Self>;
    type Avx2: Lanes<T = Self>;
    type Avx512: Lanes<T = Self>;
}

/// The same without instructions of a processor.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub struct Plain<T, const W: usize>([T; W]);

macro_rules! plain {
    ($t:ty, $w:literal) => {
        // SAFETY: loads and stores are unaligned, of memory that the caller answers for; all else is safe arithmetic.
        impl Lanes for Plain<$t, $w> {
            type T = $t;
            const WIDTH: usize = $w;
            const REGISTERS: usize = 16;
            #[inline(always)]
            unsafe fn splat(x: $t) -> Self {
                Plain([x; $w])
            }
            #[inline(always)]
            unsafe fn load(p: *const $t) -> Self {
                Plain(unsafe { p.cast::<[$t; $w]>().read_unaligned() })
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut $t) {
                unsafe { p.cast::<[$t; $w]>().write_unaligned(self.0) }
            }
            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                Plain(std::array::from_fn(|l| self.0[l] + other.0[l]))
            }
            #[inline(always)]
            unsafe fn sub(self, other: Self) -> Self {
                Plain(std::array::from_fn(|l| self.0[l] - other.0[l]))
            }
            #[inline(always)]
            unsafe fn halves(p: *const $t, q: *const $t) -> Self {
                let mut x = [0.0; $w];
                for l in 0..$w / 2 {
                    (x[l], x[l + $w / 2]) = unsafe { (*p.wrapping_add(l), *q.wrapping_add(l)) };
                }
                Plain(x)
            }
            #[inline(always)]
            unsafe fn zip(self, other: Self) -> (Self, Self) {
                let at = |i: usize| if i % 2 == 0 { self.0[i / 2] } else { other.0[i / 2] };
                (Plain(std::array::from_fn(at)), Plain(std::array::from_fn(|l| at($w + l))))
            }
            #[inline(always)]
            unsafe fn fma(self, a: Self, b: Self) -> Self {
                if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
                    Plain(std::array::from_fn(|l| a.0[l].mul_add(b.0[l], self.0[l])))
                } else {
                    Plain(std::array::from_fn(|l| a.0[l] * b.0[l] + self.0[l]))
                }
            }
            #[inline(always)]
            unsafe fn sum(self) -> $t {
                let mut x = self.0;
                let mut width = $w / 2;
                while width > 0 {
                    for l in 0..width {
                        x[l] += x[l + width];
                    }
                    width /= 2;
                }
                x[0]
            }
            #[inline(always)]
            unsafe fn unzip(self, next: Self) -> (Self, Self) {
                let at = |i: usize| if i < $w { self.0[i] } else { next.0[i - $w] };
                (Plain(std::array::from_fn(|l| at(2 * l))), Plain(std::array::from_fn(|l| at(2 * l + 1))))
            }
            #[inline(always)]
            unsafe fn nonzero(self) -> u64 {
                (0..$w).map(|l| u64::from(self.0[l] != 0.0) << l).sum()
            }
            #[inline(always)]
            unsafe fn turned(from: *const $t, pitch: usize) -> [Self; 8] {
                let mut all = [Plain([0.0; $w]); 8];
                for r in 0..$w {
                    for (l, column) in all.iter_mut().enumerate().take($w) {
                        column.0[r] = unsafe { *from.add(r * pitch + l) };
                    }
                }
                all
            }
        }
    };
}
plain!(f32, 8);
plain!(f64, 4);

#[cfg(not(target_arch = "x86_64"))]
impl Wide for f32 {
    type Plain = Plain<f32, 8>;
    type Avx2 = Plain<f32, 8>;
    type Avx512 = Plain<f32, 8>;
}

#[cfg(not(target_arch = "x86_64"))]
impl Wide for f64 {
    type Plain = Plain<f64, 4>;
    type Avx2 = Plain<f64, 4>;
    type Avx512 = Plain<f64, 4>;
}

#[cfg(target_arch = "x86_64")]
#[allow(unused_imports)]
pub use x86::{Double, Single};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Lanes, Plain, Wide};
    use std::arch::x86_64::*;

    /// Eight of single precision, in one of so many registers: AVX-512 has twice as many of them. Twice as wide ones would not be
    /// faster where they are made of two halves, and fit fewer shapes.
    #[derive(Clone, Copy)]
    pub struct Single<const REGISTERS: usize>(__m256);

    /// Four of double precision.
    #[derive(Clone, Copy)]
    pub struct Double<const REGISTERS: usize>(__m256d);

    impl Wide for f32 {
        type Plain = Plain<f32, 8>;
        type Avx2 = Single<16>;
        type Avx512 = Single<32>;
    }

    impl Wide for f64 {
        type Plain = Plain<f64, 4>;
        type Avx2 = Double<16>;
        type Avx512 = Double<32>;
    }

    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    unsafe fn sum_single(x: __m256) -> f32 {
        unsafe {
            let four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
        }
    }

    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    unsafe fn sum_double(x: __m256d) -> f64 {
        unsafe {
            let two = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd::<1>(x));
            _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
        }
    }

    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    unsafe fn unzip_single(a: __m256, b: __m256) -> (__m256, __m256) {
        unsafe {
            // Half by half, then the halves in order.
            let even = _mm256_castps_pd(_mm256_shuffle_ps::<0b10_00_10_00>(a, b));
            let odd = _mm256_castps_pd(_mm256_shuffle_ps::<0b11_01_11_01>(a, b));
            (
                _mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(even)),
                _mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(odd)),
            )
        }
    }

    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    unsafe fn unzip_double(a: __m256d, b: __m256d) -> (__m256d, __m256d) {
        unsafe {
            (
                _mm256_permute4x64_pd::<0b11_01_10_00>(_mm256_unpacklo_pd(a, b)),
                _mm256_permute4x64_pd::<0b11_01_10_00>(_mm256_unpackhi_pd(a, b)),
            )
        }
    }

    /// # Safety
    /// The processor has AVX2; four numbers are valid at both places.
    #[inline(always)]
    unsafe fn halves_single(p: *const f32, q: *const f32) -> __m256 {
        unsafe { _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(q)) }
    }

    /// # Safety
    /// The processor has AVX2; two numbers are valid at both places.
    #[inline(always)]
    unsafe fn halves_double(p: *const f64, q: *const f64) -> __m256d {
        unsafe { _mm256_insertf128_pd::<1>(_mm256_castpd128_pd256(_mm_loadu_pd(p)), _mm_loadu_pd(q)) }
    }

    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    unsafe fn zip_single(a: __m256, b: __m256) -> (__m256, __m256) {
        unsafe {
            let (low, high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
            (_mm256_permute2f128_ps::<0x20>(low, high), _mm256_permute2f128_ps::<0x31>(low, high))
        }
    }

    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    unsafe fn zip_double(a: __m256d, b: __m256d) -> (__m256d, __m256d) {
        unsafe {
            let (low, high) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
            (_mm256_permute2f128_pd::<0x20>(low, high), _mm256_permute2f128_pd::<0x31>(low, high))
        }
    }

    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    unsafe fn nonzero_single(x: __m256) -> i32 {
        unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NEQ_UQ>(x, _mm256_setzero_ps())) }
    }

    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    unsafe fn nonzero_double(x: __m256d) -> i32 {
        unsafe { _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_NEQ_UQ>(x, _mm256_setzero_pd())) }
    }

    /// Pairs, then fours, then halves change places.
    ///
    /// # Safety
    /// The processor has AVX2; eight rows of eight numbers are valid.
    #[inline(always)]
    unsafe fn turned_single(from: *const f32, pitch: usize) -> [__m256; 8] {
        unsafe {
            let mut a = [_mm256_setzero_ps(); 8];
            for (k, a) in a.iter_mut().enumerate() {
                *a = _mm256_loadu_ps(from.add(k * pitch));
            }
            let mut b = a;
            for k in (0..8).step_by(2) {
                (b[k], b[k + 1]) = (_mm256_unpacklo_ps(a[k], a[k + 1]), _mm256_unpackhi_ps(a[k], a[k + 1]));
            }
            for k in (0..8).step_by(4) {
                for l in 0..2 {
                    let (x, y) = (b[k + l], b[k + l + 2]);
                    a[k + 2 * l] = _mm256_shuffle_ps::<0b01_00_01_00>(x, y);
                    a[k + 2 * l + 1] = _mm256_shuffle_ps::<0b11_10_11_10>(x, y);
                }
            }
            let mut turned = a;
            for k in 0..4 {
                turned[k] = _mm256_permute2f128_ps::<0x20>(a[k], a[k + 4]);
                turned[k + 4] = _mm256_permute2f128_ps::<0x31>(a[k], a[k + 4]);
            }
            turned
        }
    }

    /// # Safety
    /// The processor has AVX2; four rows of four numbers are valid.
    #[inline(always)]
    unsafe fn turned_double(from: *const f64, pitch: usize) -> [__m256d; 8] {
        unsafe {
            let mut turned = [_mm256_setzero_pd(); 8];
            for k in (0..4).step_by(2) {
                let (x, y) = (_mm256_loadu_pd(from.add(k * pitch)), _mm256_loadu_pd(from.add((k + 1) * pitch)));
                (turned[k], turned[k + 1]) = (_mm256_unpacklo_pd(x, y), _mm256_unpackhi_pd(x, y));
            }
            for k in 0..2 {
                let (x, y) = (turned[k], turned[k + 2]);
                turned[k] = _mm256_permute2f128_pd::<0x20>(x, y);
                turned[k + 2] = _mm256_permute2f128_pd::<0x31>(x, y);
            }
            turned
        }
    }

    macro_rules! avx2 {
        ($name:ident $t:ty, $w:literal, $splat:ident $load:ident $store:ident $add:ident $sub:ident $fma:ident $sum:ident $halves:ident $zip:ident $unzip:ident $nonzero:ident $turned:ident) => {
            // SAFETY: the trait's contract is that the caller runs where the instructions exist and passes valid pointers.
            impl<const REGISTERS: usize> Lanes for $name<REGISTERS> {
                type T = $t;
                const WIDTH: usize = $w;
                const REGISTERS: usize = REGISTERS;
                #[inline(always)]
                unsafe fn splat(x: $t) -> Self {
                    unsafe { $name($splat(x)) }
                }
                #[inline(always)]
                unsafe fn load(p: *const $t) -> Self {
                    unsafe { $name($load(p)) }
                }
                #[inline(always)]
                unsafe fn store(self, p: *mut $t) {
                    unsafe { $store(p, self.0) }
                }
                #[inline(always)]
                unsafe fn add(self, other: Self) -> Self {
                    unsafe { $name($add(self.0, other.0)) }
                }
                #[inline(always)]
                unsafe fn sub(self, other: Self) -> Self {
                    unsafe { $name($sub(self.0, other.0)) }
                }
                #[inline(always)]
                unsafe fn halves(p: *const $t, q: *const $t) -> Self {
                    unsafe { $name($halves(p, q)) }
                }
                #[inline(always)]
                unsafe fn zip(self, other: Self) -> (Self, Self) {
                    unsafe {
                        let (a, b) = $zip(self.0, other.0);
                        ($name(a), $name(b))
                    }
                }
                #[inline(always)]
                unsafe fn fma(self, a: Self, b: Self) -> Self {
                    unsafe { $name($fma(a.0, b.0, self.0)) }
                }
                #[inline(always)]
                unsafe fn sum(self) -> $t {
                    unsafe { $sum(self.0) }
                }
                #[inline(always)]
                unsafe fn unzip(self, next: Self) -> (Self, Self) {
                    unsafe {
                        let (a, b) = $unzip(self.0, next.0);
                        ($name(a), $name(b))
                    }
                }
                #[inline(always)]
                unsafe fn nonzero(self) -> u64 {
                    unsafe { $nonzero(self.0) as u64 }
                }
                #[inline(always)]
                unsafe fn turned(from: *const $t, pitch: usize) -> [Self; 8] {
                    let mut turned = [unsafe { Self::splat(0.0) }; 8];
                    for (to, x) in turned.iter_mut().zip(unsafe { $turned(from, pitch) }) {
                        to.0 = x;
                    }
                    turned
                }
            }
        };
    }
    avx2!(Single f32, 8, _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_add_ps _mm256_sub_ps _mm256_fmadd_ps sum_single halves_single zip_single unzip_single nonzero_single turned_single);
    avx2!(Double f64, 4, _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd _mm256_sub_pd _mm256_fmadd_pd sum_double halves_double zip_double unzip_double nonzero_double turned_double);
}
