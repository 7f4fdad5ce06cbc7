//! Angles: differences by the shorter way, and unit vectors.

/// Adding and subtracting this rounds to the nearest whole number (half to even), for numbers below 2^51.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// One turn, inverted.
pub const PER_TURN: f64 = 1.0 / (2.0 * std::f64::consts::PI);

/// How many whole turns the way from angle a to b must be shortened by; angles in turns.
#[inline(always)]
pub fn whole_turns(a: f64, b: f64) -> f64 {
    ((b - a) + ROUND) - ROUND
}

/// π/2 in three parts, of which whole multiples up to 2^19 subtract exactly.
const HALF_PI: [f64; 3] = [1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_795_950_7e-21];

/// cos and sin of an angle of at most 2^19 quarter turns, in radians. Errors below 2e-16, from the truncated series on
/// [-π/4, π/4] and the rounding of its terms. Branch-free, so that loops of it become vector code.
#[inline(always)]
fn cos_sin(x: f64) -> (f64, f64) {
    let q = (x * (2.0 * PER_TURN * 2.0) + ROUND) - ROUND;
    let r = ((x - q * HALF_PI[0]) - q * HALF_PI[1]) - q * HALF_PI[2];
    let z = r * r;
    // 1/k!, so that Taylor's series ends below half a unit in the last place.
    let s = 1.0 / 1_307_674_368_000.0;
    let s = 1.0 / 6_227_020_800.0 - z * s;
    let s = 1.0 / 39_916_800.0 - z * s;
    let s = 1.0 / 362_880.0 - z * s;
    let s = 1.0 / 5040.0 - z * s;
    let s = 1.0 / 120.0 - z * s;
    let s = 1.0 / 6.0 - z * s;
    let sin = r - r * z * s;
    let c = 1.0 / 20_922_789_888_000.0;
    let c = 1.0 / 87_178_291_200.0 - z * c;
    let c = 1.0 / 479_001_600.0 - z * c;
    let c = 1.0 / 3_628_800.0 - z * c;
    let c = 1.0 / 40320.0 - z * c;
    let c = 1.0 / 720.0 - z * c;
    let c = 1.0 / 24.0 - z * c;
    let cos = 1.0 - z * (0.5 - z * c);
    // Quarter turns: q mod 4 without integers.
    let quarter = q - 4.0 * ((q * 0.25 - 0.375 + ROUND) - ROUND);
    let odd = quarter == 1.0 || quarter == 3.0;
    let (u, v) = (if odd { sin } else { cos }, if odd { cos } else { sin });
    (if quarter == 1.0 || quarter == 2.0 { -u } else { u }, if quarter >= 2.0 { -v } else { v })
}

/// Writes (cos θ, sin θ) side by side for each angle.
pub fn unit_vectors(angles: &[f64], out: &mut Vec<f64>) {
    out.clear();
    out.resize(2 * angles.len(), 0.0);
    for (&x, out) in angles.iter().zip(out.chunks_exact_mut(2)) {
        (out[0], out[1]) = if x.abs() < 1e5 { cos_sin(x) } else { (libm::cos(x), libm::sin(x)) };
    }
}
