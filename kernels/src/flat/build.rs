//! From an energy to the terrain that serves it: the choice of levels.

use super::super::generic::{Incremental, Landscape, Local, ScalarGraph};
use super::super::random::{Key, Stream};
use super::super::sampler::PairEnergy;
use super::super::sparse::adjacency::Adjacency;
use super::super::sparse::lanes::check_pairs;
use super::terrain::{Changes, Reals, Scale, Terrain, Whole, common_unit};
use super::{Levels, Mover, Settings};

/// States that are drawn to see how large single changes are.
const LOOKS: usize = 8;
/// Bins to a typical single change, where nothing is said.
const BINS_A_CHANGE: f64 = 4.0;
/// Sweeps of the quench that looks for the ends of the energy range.
const QUENCH: usize = 30;

/// Checks what a person can get wrong.
pub(crate) fn check(settings: &Settings) -> Result<(), String> {
    let Settings { levels, low, high } = settings;
    if low.is_nan() || high.is_nan() || low >= high {
        return Err(format!("the energy range from {low} to {high} is empty"));
    }
    match levels {
        Levels::Unit(x) | Levels::Width(x) if !(x.is_normal() && *x > 0.0) => {
            Err(format!("a level spacing of {x}: it must be a positive number"))
        }
        Levels::Count(0) => Err("0 energy bins: at least one is needed".into()),
        _ => Ok(()),
    }
}

/// The terrain of a pairwise Ising energy.
pub(crate) fn pairs(energy: &PairEnergy, settings: &Settings) -> Result<Box<dyn Mover>, String> {
    check_pairs(energy)?;
    let adjacency = Adjacency::new(energy)?;
    if settings.levels == Levels::Automatic
        && let Some(whole) = Whole::new(energy, &adjacency)
    {
        return Ok(Box::new(whole));
    }
    let scale = |exact: bool, unit: f64| Scale { origin: 0.0, unit, exact };
    let real = |scale: Scale| Reals::<false> { adjacency: adjacency.clone(), energy: energy.clone(), scale };
    Ok(match settings.levels {
        Levels::Unit(unit) => {
            let mut terrain = Reals::<true> { adjacency: adjacency.clone(), energy: energy.clone(), scale: scale(true, unit) };
            terrain.scale.origin = energy.energy(&vec![0; energy.sites]);
            Box::new(terrain)
        }
        _ => {
            let width = width(&real(scale(false, 1.0)), settings)?;
            Box::new(real(bins(width, settings)))
        }
    })
}

/// The terrain of any finite-spin energy.
pub(crate) fn graph(energy: &ScalarGraph, settings: &Settings) -> Result<Box<dyn Mover>, String> {
    let sizes: Vec<u16> = (0..energy.sites()).map(|i| energy.values(i).len() as u16).collect();
    if sizes.len() >= u32::MAX as usize {
        return Err(format!("{} spins are more than this kernel can address", sizes.len()));
    }
    let origin = energy.evaluate(&vec![0; sizes.len()]);
    match Local::new(energy) {
        Some(local) => {
            let unit = common_unit(&local.changes());
            landscape(local, sizes, settings, unit, origin)
        }
        None => landscape(Incremental::new(energy)?, sizes, settings, None, origin),
    }
}

fn landscape<L: Landscape + 'static>(
    landscape: L,
    sizes: Vec<u16>,
    settings: &Settings,
    unit: Option<f64>,
    origin: f64,
) -> Result<Box<dyn Mover>, String> {
    let unit = match settings.levels {
        Levels::Unit(unit) => Some(unit),
        Levels::Automatic => unit,
        _ => None,
    };
    // Where the first state is forbidden, energies are counted from 0.
    let origin = if origin.is_finite() { origin } else { 0.0 };
    if let Some(unit) = unit {
        return Ok(Box::new(Changes::<L, true> { landscape, sizes, scale: Scale { origin, unit, exact: true } }));
    }
    let mut terrain = Changes::<L, false> { landscape, sizes, scale: Scale { origin: 0.0, unit: 1.0, exact: false } };
    let width = width(&terrain, settings)?;
    terrain.scale = bins(width, settings);
    Ok(Box::new(terrain))
}

/// Bins that begin at the lower end of the range where there is one, and at a multiple of the width otherwise.
fn bins(width: f64, settings: &Settings) -> Scale {
    let origin = if settings.low.is_finite() { settings.low } else { 0.0 };
    Scale { origin, unit: width, exact: false }
}

/// The width of bins: as asked, or a count over the range, or a fraction of what a typical single change is.
fn width<T: Terrain>(terrain: &T, settings: &Settings) -> Result<f64, String> {
    let width = match settings.levels {
        Levels::Width(width) => width,
        Levels::Count(count) => {
            let (mut low, mut high) = (settings.low, settings.high);
            if !(low.is_finite() && high.is_finite()) {
                let (bottom, top) = ends(terrain);
                low = if low.is_finite() { low } else { bottom };
                high = if high.is_finite() { high } else { top };
            }
            (high - low) / count as f64
        }
        _ => typical_change(terrain) / BINS_A_CHANGE,
    };
    if width.is_normal() && width > 0.0 { Ok(width) } else { Err("the energies give no width of bins: state one".into()) }
}

/// Visits single changes at random: their size at random states, and the least and greatest energy that quenches find.
struct Scout<'a, T: Terrain> {
    terrain: &'a T,
    stream: Stream,
    state: Vec<u8>,
    running: Vec<f64>,
}

impl<'a, T: Terrain> Scout<'a, T> {
    fn new(terrain: &'a T) -> Scout<'a, T> {
        // What is looked for is a property of the model: it must not depend on the seed of a run.
        let stream = Stream::new(Key(0x666c_6174, 0x7363_6f75));
        Scout { terrain, stream, state: vec![0; terrain.sites()], running: Vec::new() }
    }

    fn draw(&mut self) {
        for site in 0..self.state.len() {
            self.state[site] = self.stream.below(self.terrain.size(site) as u32) as u8;
        }
        self.terrain.start(&self.state, &mut self.running);
    }

    /// The energy change of a random other value at a site, kept where `keep` says so.
    fn try_site(&mut self, site: usize, keep: impl Fn(f64) -> bool) -> Option<f64> {
        let q = self.terrain.size(site) as u32;
        if q < 2 {
            return None;
        }
        let new = ((u32::from(self.state[site]) + 1 + self.stream.below(q - 1)) % q) as u8;
        let place = self.terrain.changed(&mut self.running, &self.state, site, new, T::load(0.0));
        let change = T::store(place) * self.terrain.scale().unit;
        let kept = keep(change);
        if kept {
            self.state[site] = new;
        }
        self.terrain.settle(&mut self.running, site, kept);
        Some(change)
    }
}

fn typical_change<T: Terrain>(terrain: &T) -> f64 {
    let mut scout = Scout::new(terrain);
    let (mut squares, mut count) = (0.0, 0.0);
    for _ in 0..LOOKS {
        scout.draw();
        for site in 0..terrain.sites() {
            if let Some(change) = scout.try_site(site, |_| false).filter(|c| c.is_finite()) {
                squares += change * change;
                count += 1.0;
            }
        }
    }
    libm::sqrt(squares / count)
}

fn ends<T: Terrain>(terrain: &T) -> (f64, f64) {
    let mut scout = Scout::new(terrain);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for look in 0..2 * LOOKS {
        scout.draw();
        let upward = look % 2 == 1;
        for _ in 0..QUENCH {
            for site in 0..terrain.sites() {
                scout.try_site(site, |change| if upward { change >= 0.0 && change.is_finite() } else { change <= 0.0 });
            }
        }
        let e = terrain.energy(&scout.state);
        if e.is_finite() {
            low = low.min(e);
            high = high.max(e);
        }
    }
    (low, high)
}
