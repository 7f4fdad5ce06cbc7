//! A spin drawn from exp(β h·S): sixteen at a time.

use super::draws::{Live, Words};
use super::layout::{BATCH, Block};
use super::math::{dot, ln, minus_ln_one_less, one_less_exp, polish};
use super::simd::{F, M, Simd, WIDTH};
use super::update::{NO_ROWS, Rows, stored};
use super::von_mises;

/// The directions of the fields β h and their strengths K = |β h|.
///
/// K is kept within 10^-15 and 10^15, where the distribution is uniform and a point to single precision.
#[inline(always)]
fn axis<S: Simd, const N: usize>(n: usize, h: &[F<S>; N], beta: f32) -> ([F<S>; N], F<S>) {
    let square = dot(n, h, h);
    let free = square.lt(F::splat(1e-24));
    let length = square.max(1e-24).sqrt();
    let scale = F::splat(if beta < 0.0 { -1.0 } else { 1.0 }) / length;
    let mut axis = [F::zero(); N];
    for c in 0..n {
        let along = F::splat(if c == 0 { 1.0 } else { 0.0 });
        axis[c] = free.select(along, h[c] * scale);
    }
    let strength = free.select(F::zero(), length * beta.abs()).max(1e-15).min(1e15);
    (axis, strength)
}

/// New spins of the blocks of a batch from their conditional distributions, anisotropy left out.
#[inline(always)]
pub(super) fn draw<S: Simd, const N: usize>(
    n: usize,
    fields: &[Rows; N],
    beta: f32,
    blocks: &[Block],
    drawn: &mut [Rows; N],
    live: &mut Live<S>,
) {
    let mut strengths = NO_ROWS;
    for k in 0..blocks.len() {
        let (axis, strength) = axis(n, &stored::<S, N>(n, k, fields), beta);
        strength.store(&mut strengths[k].0);
        for c in 0..n {
            axis[c].store(&mut drawn[c][k].0);
        }
    }
    // Cosine and sine of the angle from the axis.
    let (mut cosines, mut sines) = (NO_ROWS, NO_ROWS);
    match N {
        2 => circle(blocks, &strengths, &mut cosines, &mut sines, live),
        3 => {
            for k in 0..blocks.len() {
                let (cos, sin) = inversion(F::load(&strengths[k].0), live);
                cos.store(&mut cosines[k].0);
                sin.store(&mut sines[k].0);
            }
        }
        _ => {}
    }
    for (k, block) in blocks.iter().enumerate() {
        let axis = stored::<S, N>(n, k, drawn);
        let (cos, sin) = (F::load(&cosines[k].0), F::load(&sines[k].0));
        let mut new = match N {
            2 => {
                let mut new = axis;
                new[0] = cos * axis[0] - sin * axis[1];
                new[1] = cos * axis[1] + sin * axis[0];
                new
            }
            3 => around(&axis, cos, sin, live),
            _ => boosted(n, &axis, F::load(&strengths[k].0), block.active, live),
        };
        polish(n, &mut new);
        for c in 0..n {
            new[c].store(&mut drawn[c][k].0);
        }
    }
}

/// Two components: one try for every site, then the sites that were refused, of all blocks together, until none is left.
#[inline(always)]
fn circle<S: Simd>(blocks: &[Block], strengths: &Rows, cosines: &mut Rows, sines: &mut Rows, live: &mut Live<S>) {
    let table = von_mises::table();
    let mut refused = [0u16; BATCH];
    for (k, block) in blocks.iter().enumerate() {
        let (cos, sin, accept) = von_mises::attempt(&table.look_up(F::load(&strengths[k].0)), live);
        cos.store(&mut cosines[k].0);
        sin.store(&mut sines[k].0);
        refused[k] = !accept.bits() & block.active;
    }
    let mut pending = [0u16; BATCH * WIDTH];
    let mut left = 0;
    for (k, &bits) in refused.iter().enumerate().take(blocks.len()) {
        let mut bits = bits;
        while bits != 0 {
            pending[left] = (k * WIDTH) as u16 + bits.trailing_zeros() as u16;
            left += 1;
            bits &= bits - 1;
        }
    }
    while left > 0 {
        let now = left.min(WIDTH);
        let mut strength = [1.0; WIDTH];
        for (x, &at) in strength.iter_mut().zip(&pending[left - now..left]) {
            *x = strengths[at as usize / WIDTH].0[at as usize % WIDTH];
        }
        let (cos, sin, accept) = von_mises::attempt(&table.look_up(F::load(&strength)), live);
        let (cos, sin, accept) = (cos.array(), sin.array(), accept.bits());
        // The accepted ones leave the list; the others move to their places.
        let start = left - now;
        left = start;
        for l in 0..now {
            let at = pending[start + l];
            if accept >> l & 1 == 1 {
                cosines[at as usize / WIDTH].0[at as usize % WIDTH] = cos[l];
                sines[at as usize / WIDTH].0[at as usize % WIDTH] = sin[l];
            } else {
                pending[left] = at;
                left += 1;
            }
        }
    }
}

/// Three components: 1 - cos θ = -ln(1 - u (1 - exp(-2K))) / K, the inverse of the distribution function (Miyatake, Yamamoto,
/// Kim, Toyonaga, Nagai, J. Phys. C 19, 2539 (1986)). Gives the cosine and the sine.
#[inline(always)]
fn inversion<S: Simd>(strength: F<S>, live: &mut Live<S>) -> (F<S>, F<S>) {
    let y = live.unit() * one_less_exp(strength * 2.0);
    let depth = (minus_ln_one_less(y.min(0.999_999_94)) / strength).min(2.0).max(0.0);
    (F::splat(1.0) - depth, (depth * (F::splat(2.0) - depth)).sqrt())
}

/// A spin at an angle from the axis, in a uniform direction around it.
#[inline(always)]
fn around<S: Simd, const N: usize>(axis: &[F<S>; N], cos: F<S>, sin: F<S>, live: &mut Live<S>) -> [F<S>; N] {
    let (p, q) = live.circle();
    // An orthonormal frame without a branch (Duff et al., J. Comput. Graph. Tech. 6, 1 (2017)).
    let (x, y, z) = (axis[0], axis[1], axis[2 % N]);
    let sign = F::zero().le(z).select(F::splat(1.0), F::splat(-1.0));
    let a = F::splat(-1.0) / (sign + z);
    let b = x * y * a;
    let mut new = [F::zero(); N];
    let (p, q) = (p * sin, q * sin);
    new[0] = cos * x + p * (F::splat(1.0) + sign * x * x * a) + q * b;
    new[1] = cos * y + p * (sign * b) + q * (sign + y * y * a);
    new[2 % N] = cos * z - p * (sign * x) - q * y;
    new
}

/// Any number of components: the rejection of Ulrich (Appl. Stat. 33, 158 (1984)) as corrected by Wood (Commun. Stat. Simul. 23,
/// 157 (1994)), written as a boost: a uniform direction ξ with x = ξ·axis goes to one whose cosine is (x + v) / (1 + v x).
/// For two components it is the method of Best and Fisher (Appl. Stat. 28, 152 (1979)).
#[inline(always)]
fn boosted<S: Simd, const N: usize>(n: usize, axis: &[F<S>; N], strength: F<S>, active: u16, live: &mut Live<S>) -> [F<S>; N] {
    let m = (n - 1) as f32;
    let one = F::splat(1.0);
    let b = F::splat(m) / (strength * 2.0 + (strength * strength * 4.0 + m * m).sqrt());
    let inverse = one / (b + 1.0);
    let speed = (one - b) * inverse;
    // 1 - v², and its root, without the cancellation at v = 1.
    let left = b * 4.0 * inverse * inverse;
    let contraction = left.sqrt();
    let pull = strength * left;
    let mut pending = M::<S>::new(active);
    let mut new = *axis;
    loop {
        let xi = live.direction::<N>(n);
        let x = dot(n, &xi, axis);
        let inverse = one / (x * speed + 1.0);
        let level = ln(live.unit()) + ln((x * speed + 1.0).max(1e-30)) * m;
        let accept = level.le(pull * x * inverse) & pending;
        let across = contraction * inverse;
        let along = (x + speed) * inverse - across * x;
        for c in 0..n {
            new[c] = accept.select(along * axis[c] + across * xi[c], new[c]);
        }
        pending = pending & !accept;
        if pending.bits() == 0 {
            return new;
        }
    }
}
