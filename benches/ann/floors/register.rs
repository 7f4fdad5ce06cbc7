//! Vector registers of 64-bit numbers, as far as the lattices' floor needs them.

/// Every method is to be called only where the processor has the register's instructions.
pub trait Register: Copy {
    /// Numbers in a register.
    const NUMBERS: usize;
    unsafe fn load(p: *const u64) -> Self;
    unsafe fn store(self, p: *mut u64);
    unsafe fn spread(x: u64) -> Self;
    unsafe fn and(self, o: Self) -> Self;
    unsafe fn or(self, o: Self) -> Self;
    unsafe fn xor(self, o: Self) -> Self;
    /// self and not o
    unsafe fn less(self, o: Self) -> Self;
    unsafe fn add(self, o: Self) -> Self;
    unsafe fn left3(self) -> Self;
    unsafe fn right11(self) -> Self;
    unsafe fn rotate24(self) -> Self;
}

macro_rules! scalar {
    ($($name:ident($($o:ident)?) = $e:expr;)*) => {
        $(#[inline(always)] unsafe fn $name(self $(, $o: u64)?) -> u64 { let f: fn(u64 $(, scalar!(@ $o))?) -> u64 = $e; f(self $(, $o)?) })*
    };
    (@ $o:ident) => { u64 };
}

impl Register for u64 {
    const NUMBERS: usize = 1;
    #[inline(always)]
    unsafe fn load(p: *const u64) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { *p }
    }
    #[inline(always)]
    unsafe fn store(self, p: *mut u64) {
        // SAFETY: the caller's promise.
        unsafe { *p = self }
    }
    #[inline(always)]
    unsafe fn spread(x: u64) -> u64 {
        x
    }
    scalar! {
        and(o) = |x, o| x & o;
        or(o) = |x, o| x | o;
        xor(o) = |x, o| x ^ o;
        less(o) = |x, o| x & !o;
        add(o) = |x, o| x.wrapping_add(o);
        left3() = |x| x << 3;
        right11() = |x| x >> 11;
        rotate24() = |x| x.rotate_left(24);
    }
}

#[cfg(target_arch = "x86_64")]
macro_rules! vector {
    ($type:ident, $numbers:expr, $load:ident, $store:ident, $spread:ident, $and:ident, $or:ident, $xor:ident, $andnot:ident, $add:ident,
     $left:ident, $right:ident, $rotate:expr) => {
        impl Register for std::arch::x86_64::$type {
            const NUMBERS: usize = $numbers;
            // SAFETY of all: the trait's contract.
            #[inline(always)]
            unsafe fn load(p: *const u64) -> Self {
                unsafe { std::arch::x86_64::$load(p.cast()) }
            }
            #[inline(always)]
            unsafe fn store(self, p: *mut u64) {
                unsafe { std::arch::x86_64::$store(p.cast(), self) }
            }
            #[inline(always)]
            unsafe fn spread(x: u64) -> Self {
                unsafe { std::arch::x86_64::$spread(x as i64) }
            }
            #[inline(always)]
            unsafe fn and(self, o: Self) -> Self {
                unsafe { std::arch::x86_64::$and(self, o) }
            }
            #[inline(always)]
            unsafe fn or(self, o: Self) -> Self {
                unsafe { std::arch::x86_64::$or(self, o) }
            }
            #[inline(always)]
            unsafe fn xor(self, o: Self) -> Self {
                unsafe { std::arch::x86_64::$xor(self, o) }
            }
            #[inline(always)]
            unsafe fn less(self, o: Self) -> Self {
                unsafe { std::arch::x86_64::$andnot(o, self) }
            }
            #[inline(always)]
            unsafe fn add(self, o: Self) -> Self {
                unsafe { std::arch::x86_64::$add(self, o) }
            }
            #[inline(always)]
            unsafe fn left3(self) -> Self {
                unsafe { std::arch::x86_64::$left::<3>(self) }
            }
            #[inline(always)]
            unsafe fn right11(self) -> Self {
                unsafe { std::arch::x86_64::$right::<11>(self) }
            }
            #[inline(always)]
            unsafe fn rotate24(self) -> Self {
                unsafe { $rotate(self) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
vector!(
    __m256i,
    4,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_set1_epi64x,
    _mm256_and_si256,
    _mm256_or_si256,
    _mm256_xor_si256,
    _mm256_andnot_si256,
    _mm256_add_epi64,
    _mm256_slli_epi64,
    _mm256_srli_epi64,
    bytes24
);

#[cfg(target_arch = "x86_64")]
vector!(
    __m512i,
    8,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_set1_epi64,
    _mm512_and_si512,
    _mm512_or_si512,
    _mm512_xor_si512,
    _mm512_andnot_si512,
    _mm512_add_epi64,
    _mm512_slli_epi64,
    _mm512_srli_epi64,
    std::arch::x86_64::_mm512_rol_epi64::<24>
);

/// A rotation by three bytes is one shuffle.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn bytes24(x: std::arch::x86_64::__m256i) -> std::arch::x86_64::__m256i {
    use std::arch::x86_64::{_mm256_set_epi64x, _mm256_shuffle_epi8};
    const LOW: i64 = 0x04_03_02_01_00_07_06_05;
    const HIGH: i64 = 0x0C_0B_0A_09_08_0F_0E_0D;
    // SAFETY: the trait's contract.
    unsafe { _mm256_shuffle_epi8(x, _mm256_set_epi64x(HIGH, LOW, HIGH, LOW)) }
}
