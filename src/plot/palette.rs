//! Colours: categories that colour-blind readers can tell apart, and scales of even lightness for ordered values.
//! Must not know figures.

/// A colour in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Colour(pub u8, pub u8, pub u8);

impl Colour {
    /// The notation of CSS, `#rrggbb`.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The categorical colours of Okabe and Ito (2008) in an order of falling contrast on white; their yellow is too faint
/// for lines and left out.
pub(crate) const CATEGORIES: [Colour; 7] = [
    Colour(0, 114, 178),
    Colour(213, 94, 0),
    Colour(0, 158, 115),
    Colour(204, 121, 167),
    Colour(230, 159, 0),
    Colour(86, 180, 233),
    Colour(70, 70, 70),
];

/// Their nearest among the 256 colours of terminals.
const TERMINAL: [u8; 7] = [32, 166, 36, 175, 214, 117, 250];

/// Colour of series `index` of `count`. More series than there are categories get an ordered scale instead.
pub(crate) fn series(index: usize, count: usize) -> Colour {
    if count <= CATEGORIES.len() {
        CATEGORIES[index % CATEGORIES.len()]
    } else {
        // The light end of the scale would not show as a line on white.
        sequential(0.05 + 0.77 * index as f64 / (count - 1) as f64)
    }
}

/// Colour of kind `index` of `count` of a phase diagram: light enough that marks stand out on it.
pub(crate) fn kind(index: usize, count: usize) -> Colour {
    const KINDS: [Colour; 8] = [
        Colour(120, 170, 214),
        Colour(240, 178, 110),
        Colour(122, 196, 168),
        Colour(224, 168, 200),
        Colour(240, 226, 130),
        Colour(176, 176, 176),
        Colour(60, 110, 150),
        Colour(176, 92, 40),
    ];
    if count <= KINDS.len() { KINDS[index % KINDS.len()] } else { sequential(index as f64 / (count - 1) as f64) }
}

/// A colour nearer to black or to white: `by` from -1 to 1.
pub(crate) fn toned(c: Colour, by: f64) -> Colour {
    let goal = if by < 0.0 { 0.0 } else { 255.0 };
    let mix = |v: u8| (f64::from(v) + by.abs().min(1.0) * (goal - f64::from(v))).round() as u8;
    Colour(mix(c.0), mix(c.1), mix(c.2))
}

/// True if black text is read better than white on a ground of this colour.
pub(crate) fn is_light(c: Colour) -> bool {
    // Weights of ITU-R BT.601, near enough for a choice of two.
    299 * u32::from(c.0) + 587 * u32::from(c.1) + 114 * u32::from(c.2) > 128_000
}

/// Colour of path `index` over a field: in strong contrast to its scales.
pub(crate) fn path(index: usize) -> Colour {
    const PATHS: [Colour; 4] = [Colour(213, 94, 0), Colour(20, 20, 20), Colour(204, 60, 150), Colour(0, 90, 160)];
    PATHS[index % PATHS.len()]
}

/// Number of the colour of series `index` among a terminal's 256.
pub(crate) fn terminal(index: usize) -> u8 {
    TERMINAL[index % TERMINAL.len()]
}

/// From dark violet-blue over green-blue to pale yellow, in even steps of perceived lightness; `t` from 0 to 1.
pub(crate) fn sequential(t: f64) -> Colour {
    // Lightness, a and b in Oklab (Ottosson 2020).
    const STOPS: [[f64; 3]; 6] = [
        [0.25, 0.045, -0.105],
        [0.39, 0.000, -0.125],
        [0.53, -0.055, -0.075],
        [0.67, -0.105, 0.005],
        [0.81, -0.100, 0.100],
        [0.95, -0.025, 0.130],
    ];
    oklab(&STOPS, t)
}

/// From blue over near white to red, symmetric in lightness; `t` from 0 to 1, 0.5 being neutral.
pub(crate) fn diverging(t: f64) -> Colour {
    const STOPS: [[f64; 3]; 5] =
        [[0.40, -0.020, -0.140], [0.69, -0.035, -0.085], [0.97, 0.0, 0.0], [0.69, 0.105, 0.060], [0.40, 0.130, 0.065]];
    oklab(&STOPS, t)
}

fn oklab(stops: &[[f64; 3]], t: f64) -> Colour {
    let along = t.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let i = (along as usize).min(stops.len() - 2);
    let f = along - i as f64;
    let [lightness, a, b] = std::array::from_fn(|k| stops[i][k] + f * (stops[i + 1][k] - stops[i][k]));
    let cube = |v: f64| v * v * v;
    let l = cube(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b);
    let m = cube(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b);
    let s = cube(lightness - 0.089_484_177_5 * a - 1.291_485_548 * b);
    let channel = |linear: f64| {
        let v = linear.clamp(0.0, 1.0);
        let encoded = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * libm::pow(v, 1.0 / 2.4) - 0.055 };
        (encoded * 255.0).round() as u8
    };
    Colour(
        channel(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
        channel(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
        channel(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(c: Colour) -> f64 {
        let linear = |v: u8| libm::pow(f64::from(v) / 255.0, 2.2);
        0.2126 * linear(c.0) + 0.7152 * linear(c.1) + 0.0722 * linear(c.2)
    }

    #[test]
    fn the_sequential_scale_rises_in_lightness() {
        let steps: Vec<f64> = (0..=64).map(|i| luminance(sequential(f64::from(i) / 64.0))).collect();
        assert!(steps.windows(2).all(|w| w[1] > w[0]));
    }

    #[test]
    fn the_diverging_scale_is_lightest_in_the_middle() {
        let steps: Vec<f64> = (0..=32).map(|i| luminance(diverging(f64::from(i) / 64.0))).collect();
        assert!(steps.windows(2).all(|w| w[1] > w[0]));
        assert_eq!(diverging(f64::NAN), diverging(f64::NAN));
    }
}
