//! Sixteen single-precision numbers at a time, on whatever the processor has.
//!
//! Knows no spins. A block is sixteen numbers wide on every machine, and only operations that IEEE 754 rounds correctly are used
//! (fused products among them, estimates not), so that all implementations give the same bits.

use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Not, Sub};

/// The width of a block.
pub(super) const WIDTH: usize = 16;

/// Sixteen numbers in memory, on a cache line of their own.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub(super) struct Row<T>(pub [T; WIDTH]);

/// What the kernels ask of a processor.
///
/// # Safety
/// Every method may be called only inside a function compiled for the instructions of the implementing type. Pointers to load
/// from or to store to must be valid for the sixteen (of `pair` twice eight, of `twice` two) numbers; `gather` reads `base` at the sixteen
/// indices. No pointer need be aligned.
pub(super) trait Simd: Copy {
    type F: Copy;
    type I: Copy;
    type M: Copy;
    unsafe fn splat(x: f32) -> Self::F;
    unsafe fn load(p: *const f32) -> Self::F;
    unsafe fn pair(low: *const f32, high: *const f32) -> Self::F;
    /// One number eight times, then another eight times.
    unsafe fn twice(low: *const f32, high: *const f32) -> Self::F;
    unsafe fn gather(base: *const f32, index: *const u32) -> Self::F;
    unsafe fn store(p: *mut f32, a: Self::F);
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn sqrt(a: Self::F) -> Self::F;
    /// a b + c, rounded once.
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// a where a < b, else b.
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F;
    /// a where a > b, else b.
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn lt(a: Self::F, b: Self::F) -> Self::M;
    unsafe fn le(a: Self::F, b: Self::F) -> Self::M;
    /// b where the mask is set, else a.
    unsafe fn select(m: Self::M, a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mask(bits: u16) -> Self::M;
    unsafe fn bits_of(m: Self::M) -> u16;
    unsafe fn both(a: Self::M, b: Self::M) -> Self::M;
    unsafe fn either(a: Self::M, b: Self::M) -> Self::M;
    unsafe fn not(a: Self::M) -> Self::M;
    unsafe fn bits(a: Self::F) -> Self::I;
    unsafe fn from_bits(a: Self::I) -> Self::F;
    /// The numbers of signed 32-bit integers, rounded to nearest.
    unsafe fn number(a: Self::I) -> Self::F;
    unsafe fn isplat(x: u32) -> Self::I;
    unsafe fn iload(p: *const u64) -> Self::I;
    unsafe fn istore(p: *mut u64, a: Self::I);
    unsafe fn iand(a: Self::I, b: Self::I) -> Self::I;
    unsafe fn ior(a: Self::I, b: Self::I) -> Self::I;
    unsafe fn ixor(a: Self::I, b: Self::I) -> Self::I;
    unsafe fn iadd(a: Self::I, b: Self::I) -> Self::I;
    unsafe fn isub(a: Self::I, b: Self::I) -> Self::I;
    /// Adds 1 where the mask is set.
    unsafe fn tally(a: Self::I, m: Self::M) -> Self::I;
    unsafe fn left<const N: i32>(a: Self::I) -> Self::I;
    unsafe fn right<const N: i32>(a: Self::I) -> Self::I;
    /// Of the eight 64-bit halves, as the next two.
    unsafe fn add64(a: Self::I, b: Self::I) -> Self::I;
    unsafe fn left64<const N: i32>(a: Self::I) -> Self::I;
    unsafe fn right64<const N: i32>(a: Self::I) -> Self::I;
    unsafe fn isplat64(x: u64) -> Self::I;
}

/// Sixteen numbers in registers.
#[derive(Clone, Copy)]
pub(super) struct F<S: Simd>(pub S::F);

/// Sixteen 32-bit words (eight 64-bit ones) in registers.
#[derive(Clone, Copy)]
pub(super) struct I<S: Simd>(pub S::I);

/// Sixteen truth values.
#[derive(Clone, Copy)]
pub(super) struct M<S: Simd>(pub S::M);

// SAFETY of the three blocks below: values of these types are made only inside functions that `dispatch` compiles for the
// instructions of S, which it has found on this processor.
macro_rules! operator {
    ($type:ident: $($trait:ident $method:ident = $inner:ident),*) => {$(
        impl<S: Simd> $trait for $type<S> {
            type Output = $type<S>;
            #[inline(always)]
            fn $method(self, o: $type<S>) -> $type<S> {
                unsafe { $type(S::$inner(self.0, o.0)) }
            }
        }
    )*};
}
operator!(F: Add add = add, Sub sub = sub, Mul mul = mul, Div div = div);
operator!(I: Add add = iadd, Sub sub = isub, BitAnd bitand = iand, BitOr bitor = ior, BitXor bitxor = ixor);
operator!(M: BitAnd bitand = both, BitOr bitor = either);

impl<S: Simd> Mul<f32> for F<S> {
    type Output = F<S>;
    #[inline(always)]
    fn mul(self, o: f32) -> F<S> {
        self * F::splat(o)
    }
}

impl<S: Simd> Add<f32> for F<S> {
    type Output = F<S>;
    #[inline(always)]
    fn add(self, o: f32) -> F<S> {
        self + F::splat(o)
    }
}

impl<S: Simd> Neg for F<S> {
    type Output = F<S>;
    #[inline(always)]
    fn neg(self) -> F<S> {
        (self.bits() ^ I::splat(0x8000_0000)).as_float()
    }
}

impl<S: Simd> Not for M<S> {
    type Output = M<S>;
    #[inline(always)]
    fn not(self) -> M<S> {
        unsafe { M(S::not(self.0)) }
    }
}

impl<S: Simd> F<S> {
    #[inline(always)]
    pub fn splat(x: f32) -> F<S> {
        unsafe { F(S::splat(x)) }
    }
    #[inline(always)]
    pub fn zero() -> F<S> {
        F::splat(0.0)
    }
    #[inline(always)]
    pub fn load(row: &[f32; WIDTH]) -> F<S> {
        unsafe { F(S::load(row.as_ptr())) }
    }
    #[inline(always)]
    pub fn store(self, row: &mut [f32; WIDTH]) {
        unsafe { S::store(row.as_mut_ptr(), self.0) }
    }
    #[inline(always)]
    pub fn array(self) -> [f32; WIDTH] {
        let mut out = [0.0; WIDTH];
        self.store(&mut out);
        out
    }
    #[inline(always)]
    pub fn sqrt(self) -> F<S> {
        unsafe { F(S::sqrt(self.0)) }
    }
    /// self b + c, rounded once.
    #[inline(always)]
    pub fn fma(self, b: F<S>, c: F<S>) -> F<S> {
        unsafe { F(S::fma(self.0, b.0, c.0)) }
    }
    /// The same with numbers that all sixteen share.
    #[inline(always)]
    pub fn times_plus(self, b: f32, c: f32) -> F<S> {
        self.fma(F::splat(b), F::splat(c))
    }
    #[inline(always)]
    pub fn min(self, o: f32) -> F<S> {
        unsafe { F(S::min(self.0, S::splat(o))) }
    }
    #[inline(always)]
    pub fn max(self, o: f32) -> F<S> {
        unsafe { F(S::max(self.0, S::splat(o))) }
    }
    #[inline(always)]
    pub fn lt(self, o: F<S>) -> M<S> {
        unsafe { M(S::lt(self.0, o.0)) }
    }
    #[inline(always)]
    pub fn le(self, o: F<S>) -> M<S> {
        unsafe { M(S::le(self.0, o.0)) }
    }
    #[inline(always)]
    pub fn bits(self) -> I<S> {
        unsafe { I(S::bits(self.0)) }
    }
    #[inline(always)]
    pub fn abs(self) -> F<S> {
        (self.bits() & I::splat(0x7FFF_FFFF)).as_float()
    }
}

impl<S: Simd> I<S> {
    #[inline(always)]
    pub fn splat(x: u32) -> I<S> {
        unsafe { I(S::isplat(x)) }
    }
    #[inline(always)]
    pub fn load(row: &[u64; 8]) -> I<S> {
        unsafe { I(S::iload(row.as_ptr())) }
    }
    #[inline(always)]
    pub fn store(self, row: &mut [u64; 8]) {
        unsafe { S::istore(row.as_mut_ptr(), self.0) }
    }
    /// Adds 1 where the mask is set.
    #[inline(always)]
    pub fn tally(self, m: M<S>) -> I<S> {
        unsafe { I(S::tally(self.0, m.0)) }
    }
    /// The sum of the sixteen words.
    #[inline(always)]
    pub fn sum(self) -> u64 {
        let mut words = [0; 8];
        self.store(&mut words);
        words.iter().map(|w| (w & 0xFFFF_FFFF) + (w >> 32)).sum()
    }
    /// The floats that have these bits.
    #[inline(always)]
    pub fn as_float(self) -> F<S> {
        unsafe { F(S::from_bits(self.0)) }
    }
    /// The numbers that these signed integers are.
    #[inline(always)]
    pub fn number(self) -> F<S> {
        unsafe { F(S::number(self.0)) }
    }
    #[inline(always)]
    pub fn left<const N: i32>(self) -> I<S> {
        unsafe { I(S::left::<N>(self.0)) }
    }
    #[inline(always)]
    pub fn right<const N: i32>(self) -> I<S> {
        unsafe { I(S::right::<N>(self.0)) }
    }
}

impl<S: Simd> M<S> {
    #[inline(always)]
    pub fn new(bits: u16) -> M<S> {
        unsafe { M(S::mask(bits)) }
    }
    #[inline(always)]
    pub fn bits(self) -> u16 {
        unsafe { S::bits_of(self.0) }
    }
    /// `yes` where set, else `no`.
    #[inline(always)]
    pub fn select(self, yes: F<S>, no: F<S>) -> F<S> {
        unsafe { F(S::select(self.0, no.0, yes.0)) }
    }
}

/// Plain arrays: what every machine has, and the twin that the others are tested against.
#[derive(Clone, Copy)]
pub(super) struct Portable;

macro_rules! each {
    ($n:expr, $i:ident => $e:expr) => {{
        let mut out = [Default::default(); $n];
        for $i in 0..$n {
            out[$i] = $e;
        }
        out
    }};
}

#[inline(always)]
fn halves(a: [u32; 16]) -> [u64; 8] {
    each!(8, i => u64::from(a[2 * i]) | u64::from(a[2 * i + 1]) << 32)
}

#[inline(always)]
fn words(a: [u64; 8]) -> [u32; 16] {
    each!(16, i => (a[i / 2] >> (32 * (i % 2))) as u32)
}

// SAFETY of the raw reads and writes: the trait's contract. Nothing else here needs care.
impl Simd for Portable {
    type F = [f32; 16];
    type I = [u32; 16];
    type M = u16;
    #[inline(always)]
    unsafe fn splat(x: f32) -> [f32; 16] {
        [x; 16]
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> [f32; 16] {
        unsafe { p.cast::<[f32; 16]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn pair(low: *const f32, high: *const f32) -> [f32; 16] {
        unsafe {
            let (a, b) = (low.cast::<[f32; 8]>().read_unaligned(), high.cast::<[f32; 8]>().read_unaligned());
            each!(16, i => if i < 8 { a[i] } else { b[i - 8] })
        }
    }
    #[inline(always)]
    unsafe fn twice(low: *const f32, high: *const f32) -> [f32; 16] {
        unsafe {
            let (a, b) = (*low, *high);
            each!(16, i => if i < 8 { a } else { b })
        }
    }
    #[inline(always)]
    unsafe fn gather(base: *const f32, index: *const u32) -> [f32; 16] {
        unsafe { each!(16, i => *base.add(*index.add(i) as usize)) }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, a: [f32; 16]) {
        unsafe { p.cast::<[f32; 16]>().write_unaligned(a) }
    }
    #[inline(always)]
    unsafe fn add(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(16, i => a[i] + b[i])
    }
    #[inline(always)]
    unsafe fn sub(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(16, i => a[i] - b[i])
    }
    #[inline(always)]
    unsafe fn mul(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(16, i => a[i] * b[i])
    }
    #[inline(always)]
    unsafe fn div(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(16, i => a[i] / b[i])
    }
    #[inline(always)]
    unsafe fn sqrt(a: [f32; 16]) -> [f32; 16] {
        each!(16, i => a[i].sqrt())
    }
    #[inline(always)]
    unsafe fn fma(a: [f32; 16], b: [f32; 16], c: [f32; 16]) -> [f32; 16] {
        each!(16, i => a[i].mul_add(b[i], c[i]))
    }
    #[inline(always)]
    unsafe fn min(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(16, i => if a[i] < b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn max(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(16, i => if a[i] > b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    unsafe fn lt(a: [f32; 16], b: [f32; 16]) -> u16 {
        (0..16).fold(0, |m, i| m | u16::from(a[i] < b[i]) << i)
    }
    #[inline(always)]
    unsafe fn le(a: [f32; 16], b: [f32; 16]) -> u16 {
        (0..16).fold(0, |m, i| m | u16::from(a[i] <= b[i]) << i)
    }
    #[inline(always)]
    unsafe fn select(m: u16, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(16, i => if m >> i & 1 == 1 { b[i] } else { a[i] })
    }
    #[inline(always)]
    unsafe fn mask(bits: u16) -> u16 {
        bits
    }
    #[inline(always)]
    unsafe fn bits_of(m: u16) -> u16 {
        m
    }
    #[inline(always)]
    unsafe fn both(a: u16, b: u16) -> u16 {
        a & b
    }
    #[inline(always)]
    unsafe fn either(a: u16, b: u16) -> u16 {
        a | b
    }
    #[inline(always)]
    unsafe fn not(a: u16) -> u16 {
        !a
    }
    #[inline(always)]
    unsafe fn bits(a: [f32; 16]) -> [u32; 16] {
        each!(16, i => a[i].to_bits())
    }
    #[inline(always)]
    unsafe fn from_bits(a: [u32; 16]) -> [f32; 16] {
        each!(16, i => f32::from_bits(a[i]))
    }
    #[inline(always)]
    unsafe fn number(a: [u32; 16]) -> [f32; 16] {
        each!(16, i => a[i] as i32 as f32)
    }
    #[inline(always)]
    unsafe fn isplat(x: u32) -> [u32; 16] {
        [x; 16]
    }
    #[inline(always)]
    unsafe fn iload(p: *const u64) -> [u32; 16] {
        unsafe { words(p.cast::<[u64; 8]>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn istore(p: *mut u64, a: [u32; 16]) {
        unsafe { p.cast::<[u64; 8]>().write_unaligned(halves(a)) }
    }
    #[inline(always)]
    unsafe fn iand(a: [u32; 16], b: [u32; 16]) -> [u32; 16] {
        each!(16, i => a[i] & b[i])
    }
    #[inline(always)]
    unsafe fn ior(a: [u32; 16], b: [u32; 16]) -> [u32; 16] {
        each!(16, i => a[i] | b[i])
    }
    #[inline(always)]
    unsafe fn ixor(a: [u32; 16], b: [u32; 16]) -> [u32; 16] {
        each!(16, i => a[i] ^ b[i])
    }
    #[inline(always)]
    unsafe fn iadd(a: [u32; 16], b: [u32; 16]) -> [u32; 16] {
        each!(16, i => a[i].wrapping_add(b[i]))
    }
    #[inline(always)]
    unsafe fn isub(a: [u32; 16], b: [u32; 16]) -> [u32; 16] {
        each!(16, i => a[i].wrapping_sub(b[i]))
    }
    #[inline(always)]
    unsafe fn tally(a: [u32; 16], m: u16) -> [u32; 16] {
        each!(16, i => a[i].wrapping_add(u32::from(m >> i & 1)))
    }
    #[inline(always)]
    unsafe fn left<const N: i32>(a: [u32; 16]) -> [u32; 16] {
        each!(16, i => a[i] << N)
    }
    #[inline(always)]
    unsafe fn right<const N: i32>(a: [u32; 16]) -> [u32; 16] {
        each!(16, i => a[i] >> N)
    }
    #[inline(always)]
    unsafe fn add64(a: [u32; 16], b: [u32; 16]) -> [u32; 16] {
        let (a, b) = (halves(a), halves(b));
        words(each!(8, i => a[i].wrapping_add(b[i])))
    }
    #[inline(always)]
    unsafe fn left64<const N: i32>(a: [u32; 16]) -> [u32; 16] {
        let a = halves(a);
        words(each!(8, i => a[i] << N))
    }
    #[inline(always)]
    unsafe fn right64<const N: i32>(a: [u32; 16]) -> [u32; 16] {
        let a = halves(a);
        words(each!(8, i => a[i] >> N))
    }
    #[inline(always)]
    unsafe fn isplat64(x: u64) -> [u32; 16] {
        words([x; 8])
    }
}
