//! Additions of rows that the compiler does not turn into vectors of 256 bits by itself. The same integers as the portable loops give.

use std::arch::x86_64::*;

use super::halves::{Line, SIDE};
use super::rows::{Missed, RUN, Run};

/// Adds `factor` times the pieces of the sites to the fields of a panel. The sum of eight lines fits into 16 bits.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn add_pieces(pieces: &[[Line; SIDE]], sites: &[u32], factor: i32, fields: &mut [[i32; RUN]]) {
    let (eights, rest) = sites.as_chunks::<8>();
    for eight in eights {
        add_some(pieces, eight, factor, fields);
    }
    let (fours, rest) = rest.as_chunks::<4>();
    for four in fours {
        add_some(pieces, four, factor, fields);
    }
    match *rest {
        [a, b, c] => add_some(pieces, &[a, b, c], factor, fields),
        [a, b] => add_some(pieces, &[a, b], factor, fields),
        [a] => add_some(pieces, &[a], factor, fields),
        _ => {}
    }
}

/// As [`add_pieces`], for N <= 8 sites.
#[target_feature(enable = "avx2")]
#[inline]
fn add_some<const N: usize>(pieces: &[[Line; SIDE]], sites: &[u32; N], factor: i32, fields: &mut [[i32; RUN]]) {
    // A product by pairs with these takes the first or the second number of each pair.
    let even = _mm256_set1_epi32(factor & 0xFFFF);
    let odd = _mm256_slli_epi32::<16>(even);
    let pieces = sites.map(|site| &pieces[site as usize]);
    for (r, run) in fields.iter_mut().enumerate().take(SIDE) {
        let to = run.as_mut_ptr().cast::<__m256i>();
        for half in 0..2 {
            // SAFETY: a line is two vectors, and the fields of a run are four.
            unsafe {
                let line = |k: usize| _mm256_load_si256(pieces[k][r].0.as_ptr().cast::<__m256i>().add(half));
                let mut sum = line(0);
                for k in 1..N {
                    sum = _mm256_add_epi16(sum, line(k));
                }
                for (part, factor) in [even, odd].into_iter().enumerate() {
                    let to = to.add(2 * half + part);
                    _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), _mm256_madd_epi16(sum, factor)));
                }
            }
        }
    }
}

/// Bit k where number k is below zero.
#[target_feature(enable = "avx2")]
#[inline]
fn negative(x: [__m256i; 4]) -> u32 {
    let [a, b, c, d] = x.map(|x| _mm256_movemask_ps(_mm256_castsi256_ps(x)) as u32);
    (a | b << 8) | (c | d << 8) << 16
}

/// [`super::rows::Rows::decide`], given the lines of the run's sites with the run. `likely` is told of sites of which `exactly` will
/// likely be asked, and `turned` of sites that have flipped. Fields stay below 2^29.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn decide(
    own: &[Line],
    run: &Run<i32>,
    likely: impl Fn(usize),
    turned: impl Fn(usize),
    mut exactly: impl FnMut(usize, i32, u32) -> bool,
) -> u32 {
    const ALL: i32 = 1 << 30;
    let all = _mm256_set1_epi32(ALL);
    let one = _mm256_set1_epi32(1);
    let eight = |x: &[i32; RUN], part: usize| {
        // SAFETY: part < RUN / 8 of eight numbers each.
        let x = unsafe { _mm256_loadu_si256(x.as_ptr().cast::<__m256i>().add(part)) };
        _mm256_max_epi32(_mm256_min_epi32(x, all), _mm256_sub_epi32(_mm256_setzero_si256(), all))
    };
    // The spins' signs, turned over at negative temperature. A spin that flips does not come again.
    let minus = run.down ^ run.inverted as u32;
    let bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    let signs: [__m256i; 4] = std::array::from_fn(|part| {
        _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32((minus >> (8 * part)) as i32), bits), bits)
    });
    let signed = |x: __m256i, part: usize| _mm256_sub_epi32(_mm256_xor_si256(x, signs[part]), signs[part]);
    // A site flips where its distance, field times spin less `perhaps` less one, is below zero.
    let mut distances: [__m256i; 4] = std::array::from_fn(|part| {
        _mm256_sub_epi32(signed(eight(&run.fields, part), part), _mm256_add_epi32(eight(&run.perhaps, part), one))
    });
    // For a flip up and a flip down: what a line is multiplied by, as in [`add_some`].
    let factors = [2, -2].map(|two| {
        let factor = |part: usize| {
            let x = _mm256_and_si256(signed(_mm256_set1_epi32(two), part), _mm256_set1_epi32(0xFFFF));
            if part.is_multiple_of(2) { x } else { _mm256_slli_epi32::<16>(x) }
        };
        [factor(0), factor(1), factor(2), factor(3)]
    });
    let mut now = [0i32; RUN];
    let mut flipped = 0u32;
    let mut left = negative(distances);
    let mut unsure = left
        & !negative(std::array::from_fn(|part| {
            _mm256_add_epi32(distances[part], _mm256_sub_epi32(eight(&run.perhaps, part), eight(&run.surely, part)))
        }));
    while unsure != 0 {
        likely(unsure.trailing_zeros() as usize);
        unsure &= unsure - 1;
    }
    while left != 0 {
        let k = left.trailing_zeros() as usize;
        left &= left - 1;
        for (part, &distance) in distances.iter().enumerate() {
            // SAFETY: part < RUN / 8 of eight numbers each.
            unsafe { _mm256_storeu_si256(now.as_mut_ptr().cast::<__m256i>().add(part), distance) };
        }
        let perhaps = run.perhaps[k].clamp(-ALL, ALL);
        if now[k] + (perhaps - run.surely[k].clamp(-ALL, ALL)) >= 0 {
            let x = now[k] + perhaps + 1;
            if !exactly(k, if minus >> k & 1 == 0 { x } else { -x }, flipped) {
                continue;
            }
        }
        turned(k);
        flipped |= 1 << k;
        let line = own[k].0.as_ptr().cast::<__m256i>();
        // SAFETY: a line is two vectors.
        let [low, high] = unsafe { [_mm256_load_si256(line), _mm256_load_si256(line.add(1))] };
        let factor = &factors[usize::from(run.down >> k & 1 == 0)];
        for (part, half) in [low, low, high, high].into_iter().enumerate() {
            distances[part] = _mm256_add_epi32(distances[part], _mm256_madd_epi16(half, factor[part]));
        }
        // What lies behind stays as it is.
        left = negative(distances) & (!1 << k);
    }
    flipped
}

/// Adds twice the signed sum of four rows of low parts.
#[target_feature(enable = "avx2")]
pub(super) fn add_low(rows: [&[i16]; 4], masks: [i32; 4], fields: &mut [i32]) {
    let turned = _mm256_set1_epi32(-masks.iter().sum::<i32>());
    let signs = masks.map(|m| _mm256_set1_epi32(m));
    assert!(rows.iter().all(|row| row.len() >= fields.len()));
    for (c, part) in fields.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let mut sum = turned;
        let to = part.as_mut_ptr().cast::<__m256i>();
        // SAFETY: chunk c of eight lies within the fields, hence within each row.
        unsafe {
            for f in 0..4 {
                let x = _mm256_cvtepi16_epi32(_mm_loadu_si128(rows[f].as_ptr().add(8 * c).cast()));
                sum = _mm256_add_epi32(sum, _mm256_xor_si256(x, signs[f]));
            }
            _mm256_storeu_si256(to, _mm256_add_epi32(_mm256_loadu_si256(to), _mm256_add_epi32(sum, sum)));
        }
    }
}

/// Σ d s, with s = 1 for mask 0 and -1 for mask -1.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn low_sum(row: &[i16], masks: &[i32]) -> i32 {
    let mut sum = _mm256_setzero_si256();
    for (d, m) in row.as_chunks::<8>().0.iter().zip(masks.as_chunks::<8>().0) {
        // SAFETY: eight numbers each.
        let (d, m) = unsafe { (_mm_loadu_si128(d.as_ptr().cast()), _mm256_loadu_si256(m.as_ptr().cast())) };
        sum = _mm256_add_epi32(sum, _mm256_sub_epi32(_mm256_xor_si256(_mm256_cvtepi16_epi32(d), m), m));
    }
    let mut parts = [0i32; 8];
    // SAFETY: room for eight numbers.
    unsafe { _mm256_storeu_si256(parts.as_mut_ptr().cast(), sum) };
    parts.iter().sum()
}

/// The bit of each of sixteen sites.
#[target_feature(enable = "avx2")]
#[inline]
fn sixteen() -> __m256i {
    _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, i16::MIN)
}

/// Adds 4 times the counts of a run, whose binary places are given, less `lost`.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn add_counts(places: &[[u32; 8]], k: usize, lost: i16, run: &mut [i16; RUN]) {
    let bits = sixteen();
    let to = run.as_mut_ptr().cast::<__m256i>();
    for half in 0..2 {
        // Counts below zero, doubled place by place.
        let mut count = _mm256_setzero_si256();
        for place in places.iter().rev() {
            let word = _mm256_set1_epi16((place[k] >> (16 * half)) as i16);
            let set = _mm256_cmpeq_epi16(_mm256_and_si256(word, bits), bits);
            count = _mm256_add_epi16(_mm256_add_epi16(count, count), set);
        }
        // SAFETY: two halves of sixteen numbers.
        unsafe {
            let x = _mm256_sub_epi16(_mm256_loadu_si256(to.add(half)), _mm256_set1_epi16(lost));
            _mm256_storeu_si256(to.add(half), _mm256_sub_epi16(x, _mm256_slli_epi16::<2>(count)));
        }
    }
}

/// Adds fewer than 256 flips to run k of a panel of bits: 4 bits less 2 for those up, and the contrary for those down.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn add_bits(lines: &[[u32; 8]], missed: Missed, k: usize, run: &mut [i16; RUN]) {
    let bits = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64 as i64);
    // Byte i is to be byte i / 8 of the word.
    let bytes = _mm256_setr_epi64x(0, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303);
    let mut counts = [_mm256_setzero_si256(); 2];
    for (count, sites) in counts.iter_mut().zip([missed.up, missed.down]) {
        for &site in sites {
            let word = _mm256_shuffle_epi8(_mm256_set1_epi32(lines[site as usize][k] as i32), bytes);
            *count = _mm256_sub_epi8(*count, _mm256_cmpeq_epi8(_mm256_and_si256(word, bits), bits));
        }
    }
    let lost = _mm256_set1_epi16(2 * (missed.up.len() as i16 - missed.down.len() as i16));
    let to = run.as_mut_ptr().cast::<__m256i>();
    for half in 0..2 {
        let [up, down] = counts.map(|count| {
            _mm256_cvtepu8_epi16(if half == 0 { _mm256_castsi256_si128(count) } else { _mm256_extracti128_si256::<1>(count) })
        });
        let change = _mm256_sub_epi16(_mm256_slli_epi16::<2>(_mm256_sub_epi16(up, down)), lost);
        // SAFETY: two halves of sixteen numbers.
        unsafe { _mm256_storeu_si256(to.add(half), _mm256_add_epi16(_mm256_loadu_si256(to.add(half)), change)) };
    }
}

/// [`super::rows::Rows::decide`] for couplings in bits, given the lines of the run's sites; number `side` of a line is of the run. Fields
/// stay below 2^14, and all are exact.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn decide_bits(own: &[[u32; 8]], side: usize, run: &Run<i16>) -> u32 {
    let (all, one) = (_mm256_set1_epi16(16_383), _mm256_set1_epi16(1));
    // Sites 0 to 7 and 16 to 23, and the others: what saturation packs in their order.
    let split = |x: &[i16; RUN]| {
        // SAFETY: two halves of sixteen numbers.
        let (low, high) = unsafe { (_mm256_loadu_si256(x.as_ptr().cast()), _mm256_loadu_si256(x.as_ptr().add(16).cast())) };
        [_mm256_permute2x128_si256::<0x20>(low, high), _mm256_permute2x128_si256::<0x31>(low, high)]
    };
    let bits = sixteen();
    let bits = [_mm256_permute2x128_si256::<0x00>(bits, bits), _mm256_permute2x128_si256::<0x11>(bits, bits)];
    // The low half of a word in the lower lane, and the high half in the upper one.
    let halves = _mm256_set_m128i(_mm_set1_epi16(0x0302), _mm_set1_epi16(0x0100));
    let set = |word: u32| {
        let word = _mm256_shuffle_epi8(_mm256_set1_epi32(word as i32), halves);
        bits.map(|bits| _mm256_cmpeq_epi16(_mm256_and_si256(word, bits), bits))
    };
    // The spins' signs, turned over at negative temperature. A spin that flips does not come again.
    let signs = set(run.down ^ i32::from(run.inverted) as u32);
    let (fields, perhaps) = (split(&run.fields), split(&run.perhaps));
    // A site flips where its distance, field times spin less `perhaps` less one, is below zero.
    let mut distances: [__m256i; 2] = std::array::from_fn(|h| {
        let bound = _mm256_max_epi16(_mm256_min_epi16(perhaps[h], all), _mm256_sub_epi16(_mm256_setzero_si256(), all));
        let x = _mm256_sub_epi16(_mm256_xor_si256(fields[h], signs[h]), signs[h]);
        _mm256_sub_epi16(x, _mm256_add_epi16(bound, one))
    });
    let negative = |x: [__m256i; 2]| _mm256_movemask_epi8(_mm256_packs_epi16(x[0], x[1])) as u32;
    let mut flipped = 0u32;
    let mut left = negative(distances);
    while left != 0 {
        let k = left.trailing_zeros();
        flipped |= 1 << k;
        // Spin times flip: what a coupling of -1 takes away, and one of 1 adds.
        let turned = _mm256_set1_epi16(-((run.down >> k & 1 ^ 1) as i16));
        let set = set(own[k as usize][side]);
        for h in 0..2 {
            let sign = _mm256_xor_si256(signs[h], turned);
            let two = _mm256_sub_epi16(_mm256_xor_si256(_mm256_set1_epi16(2), sign), sign);
            let without = _mm256_sub_epi16(distances[h], two);
            distances[h] = _mm256_add_epi16(without, _mm256_and_si256(set[h], _mm256_add_epi16(two, two)));
        }
        // What lies behind stays as it is.
        left = negative(distances) & (!1 << k);
    }
    flipped
}
