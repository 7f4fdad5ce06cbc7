//! The same sixteen numbers in two AVX2 registers or in one of AVX-512.
//!
//! Knows only the intrinsics; what each method means is said in `simd`.

use super::simd::Simd;
use std::arch::x86_64::*;

/// Two AVX2 registers (AVX2 and FMA).
#[derive(Clone, Copy)]
pub(super) struct Avx2;

/// One AVX-512 register (AVX-512F and DQ).
#[derive(Clone, Copy)]
pub(super) struct Avx512;

// SAFETY of both blocks: the trait's contract is that the caller runs where the instructions exist and passes valid pointers;
// all loads and stores are unaligned ones.
impl Simd for Avx2 {
    type F = (__m256, __m256);
    type I = (__m256i, __m256i);
    type M = (__m256, __m256);
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::F {
        unsafe {
            let v = _mm256_set1_ps(x);
            (v, v)
        }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self::F {
        unsafe { (_mm256_loadu_ps(p), _mm256_loadu_ps(p.add(8))) }
    }
    #[inline(always)]
    unsafe fn pair(low: *const f32, high: *const f32) -> Self::F {
        unsafe { (_mm256_loadu_ps(low), _mm256_loadu_ps(high)) }
    }
    #[inline(always)]
    unsafe fn twice(low: *const f32, high: *const f32) -> Self::F {
        unsafe { (_mm256_broadcast_ss(&*low), _mm256_broadcast_ss(&*high)) }
    }
    #[inline(always)]
    unsafe fn gather(base: *const f32, index: *const u32) -> Self::F {
        unsafe {
            let (i, j) = (_mm256_loadu_si256(index.cast()), _mm256_loadu_si256(index.add(8).cast()));
            (_mm256_i32gather_ps::<4>(base, i), _mm256_i32gather_ps::<4>(base, j))
        }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, a: Self::F) {
        unsafe {
            _mm256_storeu_ps(p, a.0);
            _mm256_storeu_ps(p.add(8), a.1)
        }
    }
    #[inline(always)]
    unsafe fn mask(bits: u16) -> Self::M {
        unsafe {
            let all = _mm256_set1_epi32(i32::from(bits));
            let low = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
            let high = _mm256_slli_epi32::<8>(low);
            (
                _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(all, low), low)),
                _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(all, high), high)),
            )
        }
    }
    #[inline(always)]
    unsafe fn bits_of(m: Self::M) -> u16 {
        unsafe { _mm256_movemask_ps(m.0) as u16 | (_mm256_movemask_ps(m.1) as u16) << 8 }
    }
    #[inline(always)]
    unsafe fn isplat(x: u32) -> Self::I {
        unsafe {
            let v = _mm256_set1_epi32(x as i32);
            (v, v)
        }
    }
    #[inline(always)]
    unsafe fn iload(p: *const u64) -> Self::I {
        unsafe { (_mm256_loadu_si256(p.cast()), _mm256_loadu_si256(p.add(4).cast())) }
    }
    #[inline(always)]
    unsafe fn istore(p: *mut u64, a: Self::I) {
        unsafe {
            _mm256_storeu_si256(p.cast(), a.0);
            _mm256_storeu_si256(p.add(4).cast(), a.1)
        }
    }
    #[inline(always)]
    unsafe fn isplat64(x: u64) -> Self::I {
        unsafe {
            let v = _mm256_set1_epi64x(x as i64);
            (v, v)
        }
    }
    #[inline(always)]
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_add_ps(a.0, b.0), _mm256_add_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_sub_ps(a.0, b.0), _mm256_sub_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_mul_ps(a.0, b.0), _mm256_mul_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_div_ps(a.0, b.0), _mm256_div_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_min_ps(a.0, b.0), _mm256_min_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_max_ps(a.0, b.0), _mm256_max_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn sqrt(a: Self::F) -> Self::F {
        unsafe { (_mm256_sqrt_ps(a.0), _mm256_sqrt_ps(a.1)) }
    }
    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        unsafe { (_mm256_fmadd_ps(a.0, b.0, c.0), _mm256_fmadd_ps(a.1, b.1, c.1)) }
    }
    #[inline(always)]
    unsafe fn tally(a: Self::I, m: Self::M) -> Self::I {
        // A set place of a mask is the integer -1.
        unsafe { (_mm256_sub_epi32(a.0, _mm256_castps_si256(m.0)), _mm256_sub_epi32(a.1, _mm256_castps_si256(m.1))) }
    }
    #[inline(always)]
    unsafe fn lt(a: Self::F, b: Self::F) -> Self::M {
        unsafe { (_mm256_cmp_ps::<_CMP_LT_OQ>(a.0, b.0), _mm256_cmp_ps::<_CMP_LT_OQ>(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn le(a: Self::F, b: Self::F) -> Self::M {
        unsafe { (_mm256_cmp_ps::<_CMP_LE_OQ>(a.0, b.0), _mm256_cmp_ps::<_CMP_LE_OQ>(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn select(m: Self::M, a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_blendv_ps(a.0, b.0, m.0), _mm256_blendv_ps(a.1, b.1, m.1)) }
    }
    #[inline(always)]
    unsafe fn both(a: Self::M, b: Self::M) -> Self::M {
        unsafe { (_mm256_and_ps(a.0, b.0), _mm256_and_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn either(a: Self::M, b: Self::M) -> Self::M {
        unsafe { (_mm256_or_ps(a.0, b.0), _mm256_or_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn not(a: Self::M) -> Self::M {
        unsafe {
            (
                _mm256_xor_ps(a.0, _mm256_castsi256_ps(_mm256_set1_epi32(-1))),
                _mm256_xor_ps(a.1, _mm256_castsi256_ps(_mm256_set1_epi32(-1))),
            )
        }
    }
    #[inline(always)]
    unsafe fn bits(a: Self::F) -> Self::I {
        unsafe { (_mm256_castps_si256(a.0), _mm256_castps_si256(a.1)) }
    }
    #[inline(always)]
    unsafe fn from_bits(a: Self::I) -> Self::F {
        unsafe { (_mm256_castsi256_ps(a.0), _mm256_castsi256_ps(a.1)) }
    }
    #[inline(always)]
    unsafe fn number(a: Self::I) -> Self::F {
        unsafe { (_mm256_cvtepi32_ps(a.0), _mm256_cvtepi32_ps(a.1)) }
    }
    #[inline(always)]
    unsafe fn iand(a: Self::I, b: Self::I) -> Self::I {
        unsafe { (_mm256_and_si256(a.0, b.0), _mm256_and_si256(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn ior(a: Self::I, b: Self::I) -> Self::I {
        unsafe { (_mm256_or_si256(a.0, b.0), _mm256_or_si256(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn ixor(a: Self::I, b: Self::I) -> Self::I {
        unsafe { (_mm256_xor_si256(a.0, b.0), _mm256_xor_si256(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn iadd(a: Self::I, b: Self::I) -> Self::I {
        unsafe { (_mm256_add_epi32(a.0, b.0), _mm256_add_epi32(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn isub(a: Self::I, b: Self::I) -> Self::I {
        unsafe { (_mm256_sub_epi32(a.0, b.0), _mm256_sub_epi32(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn add64(a: Self::I, b: Self::I) -> Self::I {
        unsafe { (_mm256_add_epi64(a.0, b.0), _mm256_add_epi64(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn left<const N: i32>(a: Self::I) -> Self::I {
        unsafe { (_mm256_sll_epi32(a.0, _mm_cvtsi32_si128(N)), _mm256_sll_epi32(a.1, _mm_cvtsi32_si128(N))) }
    }
    #[inline(always)]
    unsafe fn right<const N: i32>(a: Self::I) -> Self::I {
        unsafe { (_mm256_srl_epi32(a.0, _mm_cvtsi32_si128(N)), _mm256_srl_epi32(a.1, _mm_cvtsi32_si128(N))) }
    }
    #[inline(always)]
    unsafe fn left64<const N: i32>(a: Self::I) -> Self::I {
        unsafe { (_mm256_sll_epi64(a.0, _mm_cvtsi32_si128(N)), _mm256_sll_epi64(a.1, _mm_cvtsi32_si128(N))) }
    }
    #[inline(always)]
    unsafe fn right64<const N: i32>(a: Self::I) -> Self::I {
        unsafe { (_mm256_srl_epi64(a.0, _mm_cvtsi32_si128(N)), _mm256_srl_epi64(a.1, _mm_cvtsi32_si128(N))) }
    }
}

impl Simd for Avx512 {
    type F = __m512;
    type I = __m512i;
    type M = __mmask16;
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self::F {
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    unsafe fn load(p: *const f32) -> Self::F {
        unsafe { _mm512_loadu_ps(p) }
    }
    #[inline(always)]
    unsafe fn pair(low: *const f32, high: *const f32) -> Self::F {
        unsafe { _mm512_insertf32x8::<1>(_mm512_castps256_ps512(_mm256_loadu_ps(low)), _mm256_loadu_ps(high)) }
    }
    #[inline(always)]
    unsafe fn twice(low: *const f32, high: *const f32) -> Self::F {
        unsafe { _mm512_insertf32x8::<1>(_mm512_castps256_ps512(_mm256_broadcast_ss(&*low)), _mm256_broadcast_ss(&*high)) }
    }
    #[inline(always)]
    unsafe fn gather(base: *const f32, index: *const u32) -> Self::F {
        unsafe { _mm512_i32gather_ps::<4>(_mm512_loadu_si512(index.cast()), base) }
    }
    #[inline(always)]
    unsafe fn store(p: *mut f32, a: Self::F) {
        unsafe { _mm512_storeu_ps(p, a) }
    }
    #[inline(always)]
    unsafe fn mask(bits: u16) -> Self::M {
        bits
    }
    #[inline(always)]
    unsafe fn bits_of(m: Self::M) -> u16 {
        m
    }
    #[inline(always)]
    unsafe fn isplat(x: u32) -> Self::I {
        unsafe { _mm512_set1_epi32(x as i32) }
    }
    #[inline(always)]
    unsafe fn iload(p: *const u64) -> Self::I {
        unsafe { _mm512_loadu_si512(p.cast()) }
    }
    #[inline(always)]
    unsafe fn istore(p: *mut u64, a: Self::I) {
        unsafe { _mm512_storeu_si512(p.cast(), a) }
    }
    #[inline(always)]
    unsafe fn isplat64(x: u64) -> Self::I {
        unsafe { _mm512_set1_epi64(x as i64) }
    }
    #[inline(always)]
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_div_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn sqrt(a: Self::F) -> Self::F {
        unsafe { _mm512_sqrt_ps(a) }
    }
    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn tally(a: Self::I, m: Self::M) -> Self::I {
        unsafe { _mm512_mask_add_epi32(a, m, a, _mm512_set1_epi32(1)) }
    }
    #[inline(always)]
    unsafe fn lt(a: Self::F, b: Self::F) -> Self::M {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b) }
    }
    #[inline(always)]
    unsafe fn le(a: Self::F, b: Self::F) -> Self::M {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, b) }
    }
    #[inline(always)]
    unsafe fn select(m: Self::M, a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_mask_blend_ps(m, a, b) }
    }
    #[inline(always)]
    unsafe fn both(a: Self::M, b: Self::M) -> Self::M {
        a & b
    }
    #[inline(always)]
    unsafe fn either(a: Self::M, b: Self::M) -> Self::M {
        a | b
    }
    #[inline(always)]
    unsafe fn not(a: Self::M) -> Self::M {
        !a
    }
    #[inline(always)]
    unsafe fn bits(a: Self::F) -> Self::I {
        unsafe { _mm512_castps_si512(a) }
    }
    #[inline(always)]
    unsafe fn from_bits(a: Self::I) -> Self::F {
        unsafe { _mm512_castsi512_ps(a) }
    }
    #[inline(always)]
    unsafe fn number(a: Self::I) -> Self::F {
        unsafe { _mm512_cvtepi32_ps(a) }
    }
    #[inline(always)]
    unsafe fn iand(a: Self::I, b: Self::I) -> Self::I {
        unsafe { _mm512_and_si512(a, b) }
    }
    #[inline(always)]
    unsafe fn ior(a: Self::I, b: Self::I) -> Self::I {
        unsafe { _mm512_or_si512(a, b) }
    }
    #[inline(always)]
    unsafe fn ixor(a: Self::I, b: Self::I) -> Self::I {
        unsafe { _mm512_xor_si512(a, b) }
    }
    #[inline(always)]
    unsafe fn iadd(a: Self::I, b: Self::I) -> Self::I {
        unsafe { _mm512_add_epi32(a, b) }
    }
    #[inline(always)]
    unsafe fn isub(a: Self::I, b: Self::I) -> Self::I {
        unsafe { _mm512_sub_epi32(a, b) }
    }
    #[inline(always)]
    unsafe fn add64(a: Self::I, b: Self::I) -> Self::I {
        unsafe { _mm512_add_epi64(a, b) }
    }
    #[inline(always)]
    unsafe fn left<const N: i32>(a: Self::I) -> Self::I {
        unsafe { _mm512_sll_epi32(a, _mm_cvtsi32_si128(N)) }
    }
    #[inline(always)]
    unsafe fn right<const N: i32>(a: Self::I) -> Self::I {
        unsafe { _mm512_srl_epi32(a, _mm_cvtsi32_si128(N)) }
    }
    #[inline(always)]
    unsafe fn left64<const N: i32>(a: Self::I) -> Self::I {
        unsafe { _mm512_sll_epi64(a, _mm_cvtsi32_si128(N)) }
    }
    #[inline(always)]
    unsafe fn right64<const N: i32>(a: Self::I) -> Self::I {
        unsafe { _mm512_srl_epi64(a, _mm_cvtsi32_si128(N)) }
    }
}
