//! Methods, starting states, and what `keep` understands.

use super::{Builtin, Constant, Group, Param, Type, may, need};
use crate::diagnostic::{Diagnostic, codes};
use crate::elaborate::Elaborator;
use crate::elaborate::arguments::Arguments;
use crate::elaborate::task::until::with_ties;
use crate::elaborate::value::{Eval, KeepSpec, Value};
use crate::plan::{Method, Order, Rates, Start, Ties, UnitRule};
use std::rc::Rc;

const ORDER: Param = may("order", Type::Text, "any");

/// A method; without parentheses it has its defaults.
const fn method(
    name: &'static str,
    aliases: &'static [&'static str],
    params: &'static [Param],
    doc: &'static str,
    example: &'static str,
    run: fn(&mut Elaborator, &'static Builtin, &Arguments) -> Eval,
) -> Builtin {
    Builtin {
        name,
        aliases,
        group: Group::Methods,
        params,
        variadic: false,
        gives: "a method",
        doc,
        example,
        function: None,
        run,
    }
}

pub const ROWS: &[Builtin] = &[
    method(
        "metropolis",
        &[],
        &[ORDER, may("ties", Type::Word, "move")],
        "Single-site updates accepted with probability min(1, exp(-ΔE/T)) (Metropolis et al. 1953). Serves every model. Spins: a proposal is one of the other values; angles, vectors and reals: a step whose width is found in the warm-up. The order in which sites are tried is `any` (site after site or colour after colour, as the kernel is fastest), `sequential`, `random` or `checkerboard` (the colours of a colouring of the graph, one after the other); but for `random` order some proposals are left out at random, so that every state can be reached on every graph. At temperature 0 a move that leaves the energy as it is is made; `ties: keep` says that it is not, `ties: random` that it is with probability 1/2, `ties: up` that it is towards the higher value.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 3\n    method: metropolis(order: random)\n    warmup: 100\n    sweeps: 1000\n    observe { m = mean(s) }\n}",
        |e, _, a| {
            let ties = ties(e, a, 1, Ties::Move)?;
            Ok(Value::Method(with_ties(UnitRule::Metropolis, order(e, a)?, ties)))
        },
    ),
    method(
        "heat_bath",
        &["glauber", "gibbs"],
        &[ORDER, may("ties", Type::Word, "random")],
        "Single-site updates drawn from the conditional distribution (Glauber 1963). Serves spins, and unit vectors and angles whose energy is a sum of pairs (Miyatake et al. 1986 for three components). `order` as for `metropolis`. At temperature 0 a spin takes its best value; `ties` says which where several are best, as when the local field is 0: `random` (each alike), `keep` (its own), `up` (the highest).",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 3\n    method: heat_bath\n    warmup: 100\n    sweeps: 1000\n    observe { m = mean(s) }\n}",
        |e, _, a| {
            let ties = ties(e, a, 1, Ties::Random)?;
            Ok(Value::Method(with_ties(UnitRule::HeatBath, order(e, a)?, ties)))
        },
    ),
    method(
        "synchronous",
        &[],
        &[may("ties", Type::Word, "keep")],
        "All units at once, each drawn from its conditional distribution given the others as they were (Little 1974); at temperature 0 each takes its best value, s_i = sign(h_i) of its local field, and `ties` says what sign(0) is: `keep` (the unit stays), `random`, `up` (the highest value). With symmetric couplings it ends at temperature 0 in a fixed point or in a cycle of period 2 (`until: cycle`). It does not sample the Boltzmann law of the energy: averages are those of the dynamics. Serves every energy of spins, and models that give a `field` instead of an energy.",
        "use std.memory\nlet ξ ~ random_patterns(3, 50)\nsample a {\n    model: hopfield(ξ)\n    temperature: 0\n    method: synchronous\n    start: flip(ξ[0], fraction: 0.1)\n    sweeps: 50\n    until: cycle\n    observe at end { m = overlap(s, ξ[0]) }\n}",
        |e, _, a| Ok(Value::Method(Method::Synchronous { ties: ties(e, a, 0, Ties::Keep)?.unwrap_or(Ties::Keep) })),
    ),
    method(
        "over_relaxation",
        &[],
        &[may("per", Type::Int, "5")],
        "`per` microcanonical sweeps (each vector or angle is reflected about its local field, Creutz 1987) after each heat-bath sweep. For unit vectors and angles whose energy is a sum of pairs.",
        "use std.lattice\nmodel xy(g: Graph) {\n    angles θ on g\n    energy = -sum(<i, j> in g: cos(θ[i] - θ[j]))\n}\nsample a {\n    model: xy(square(8))\n    temperature: 0.9\n    method: over_relaxation(per: 3)\n    warmup: 100\n    sweeps: 1000\n    observe { e = energy / count(θ) }\n}",
        |e, _, a| Ok(Value::Method(Method::OverRelaxation { per: whole(e, a, 0, 5, 1, 1000)? as u32 })),
    ),
    method(
        "block_gibbs",
        &[],
        &[],
        "Units that are not coupled to each other are drawn together from their conditional distributions. Where the variables of a model are two layers without couplings inside, such as those of a restricted Boltzmann machine, layer after layer for all chains at once; else colour after colour of the graph, as `heat_bath(order: checkerboard)`. For spins, and for real visible units with spins.",
        "use std.boltzmann\nsample a {\n    model: rbm(visible: 8, hidden: 4, spread: 0.5)\n    method: block_gibbs\n    warmup: 100\n    sweeps: 1000\n    chains: 8\n    observe { m = mean(v) }\n}",
        |_, _, _| Ok(Value::Method(Method::BlockGibbs)),
    ),
    method(
        "wolff",
        &[],
        &[],
        "Single clusters (Wolff 1989): pairwise Ising and Potts models, and by reflection unit vectors and angles with isotropic couplings. A sweep is a fixed number of clusters, chosen during the warm-up so that on average every spin is flipped about once.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 3\n    method: wolff\n    warmup: 100\n    sweeps: 1000\n    observe { m = mean(s) }\n}",
        |_, _, _| Ok(Value::Method(Method::Wolff)),
    ),
    method(
        "swendsen_wang",
        &[],
        &[],
        "All clusters at once (Swendsen and Wang 1987): pairwise Ising and Potts models, with fields too (a cluster that touches the field keeps or takes its direction), and by reflection unit vectors and angles with isotropic couplings.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 3\n    method: swendsen_wang\n    warmup: 100\n    sweeps: 1000\n    observe { m = mean(s) }\n}",
        |_, _, _| Ok(Value::Method(Method::SwendsenWang)),
    ),
    method(
        "kawasaki",
        &[],
        &[may("global", Type::Any, "false")],
        "Conserved dynamics (Kawasaki 1966): the values of two neighbours, or with `global: true` of any two sites of a variable, change places with probability min(1, exp(-ΔE/T)). The number of sites with each value stays what it is at the start; a random start has as many of each as can be.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 3\n    method: kawasaki\n    warmup: 100\n    sweeps: 1000\n    observe { e = energy }\n}",
        |e, _, a| Ok(Value::Method(Method::Kawasaki { global: e.truth(a, 0, false)? })),
    ),
    method(
        "kinetic",
        &[],
        &[may("rates", Type::Any, "metropolis")],
        "Rejection-free single-spin dynamics in continuous time (n-fold way: Bortz, Kalos and Lebowitz 1975), with the rates of `metropolis` or of `heat_bath`. A sweep is one unit of time, as one sweep in random order.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 1.5\n    method: kinetic(rates: heat_bath)\n    warmup: 100\n    sweeps: 1000\n    observe { m = mean(s) }\n}",
        |e, _, a| {
            let rates = match a.has(0).then(|| a.get(0)) {
                None | Some(Value::Method(Method::Metropolis { .. })) => Rates::Metropolis,
                Some(Value::Method(Method::HeatBath { .. })) => Rates::HeatBath,
                Some(other) => return e.wrong_type(&other, a.place(0), "`metropolis` or `heat_bath`"),
            };
            Ok(Value::Method(Method::Kinetic { rates }))
        },
    ),
    method(
        "houdayer",
        &[],
        &[may("every", Type::Int, "1")],
        "Metropolis sweeps, and after every so many of them one cluster move between the two replicas of a pair (Houdayer 2001): a connected set of sites on which they differ is exchanged, at the same total energy. Needs an even number of `replicas`; for pairwise Ising models of few couplings a site.",
        "use std.lattice\nmodel glass(draw: Int) {\n    couplings J on square(6, 6) ~ choice(-1, +1) by draw\n    spins s on J in {-1, +1}\n    energy = -sum(<i, j> in J: J[i, j] * s[i] * s[j])\n}\nsample a {\n    model: glass(1)\n    temperature: 1\n    method: houdayer\n    replicas: 2\n    warmup: 100\n    sweeps: 1000\n    observe { q = overlap(s[replica 0], s[replica 1]) }\n}",
        |e, _, a| Ok(Value::Method(Method::Houdayer { every: whole(e, a, 0, 1, 1, 1 << 20)? as u32 })),
    ),
    method(
        "jorg",
        &[],
        &[may("every", Type::Int, "1")],
        "Metropolis sweeps, and after every so many of them clusters between the two replicas of a pair (Jörg 2005). Needs an even number of `replicas`; for diluted pairwise Ising models without a field.",
        "use std.lattice\nmodel glass(draw: Int) {\n    couplings J on square(6, 6) ~ choice(-1, 0, +1) by draw\n    spins s on J in {-1, +1}\n    energy = -sum(<i, j> in J: J[i, j] * s[i] * s[j])\n}\nsample a {\n    model: glass(1)\n    temperature: 1\n    method: jorg\n    replicas: 2\n    warmup: 100\n    sweeps: 1000\n    observe { q = overlap(s[replica 0], s[replica 1]) }\n}",
        |e, _, a| Ok(Value::Method(Method::Jorg { every: whole(e, a, 0, 1, 1, 1 << 20)? as u32 })),
    ),
    method(
        "hmc",
        &[],
        &[may("steps", Type::Int, "10"), may("step", Type::Real, "found in the warm-up")],
        "Hamiltonian Monte Carlo (Duane et al. 1987) for reals and angles: trajectories of so many leapfrog steps, accepted with probability min(1, exp(-ΔH/T)). Without `step` its length is found in the warm-up, for an acceptance of 0.8 (Hoffman and Gelman 2014). A sweep is one trajectory.",
        "model phi(n: Int) {\n    reals x on 0..n\n    energy = sum(i in 0..n: x[i]^4 - x[i]^2)\n}\nsample a {\n    model: phi(8)\n    method: hmc(steps: 5)\n    warmup: 200\n    sweeps: 1000\n    observe { e = energy }\n}",
        |e, _, a| {
            let steps = whole(e, a, 0, 10, 1, 1 << 20)? as u32;
            Ok(Value::Method(Method::Hmc { steps, step: positive(e, a, 1)? }))
        },
    ),
    method(
        "langevin",
        &[],
        &[may("step", Type::Real, "found in the warm-up"), may("adjusted", Type::Any, "true")],
        "Overdamped Langevin dynamics for reals and angles: x ← x - step ∂E/∂x + sqrt(2 T step) ξ, each step accepted or rejected as a Metropolis proposal (MALA: Roberts and Tweedie 1996), so that it is exact. With `adjusted: false` every step is taken: averages then deviate in proportion to the step.",
        "model phi(n: Int) {\n    reals x on 0..n\n    energy = sum(i in 0..n: x[i]^4 - x[i]^2)\n}\nsample a {\n    model: phi(8)\n    method: langevin(step: 0.05)\n    warmup: 200\n    sweeps: 1000\n    observe { e = energy }\n}",
        |e, _, a| {
            let step = positive(e, a, 0)?;
            let adjusted = e.truth(a, 1, true)?;
            if !adjusted && step.is_none() {
                let d =
                    Diagnostic::error(codes::ARGUMENTS, a.span, "without adjustment the step decides how wrong the averages are")
                        .help("give it: `langevin(step: 0.01, adjusted: false)`");
                return Err(e.fail(d));
            }
            Ok(Value::Method(Method::Langevin { step, adjusted }))
        },
    ),
    method(
        "wang_landau",
        &[],
        &[may("flatness", Type::Real, "0.8"), may("final_ln_f", Type::Real, "1e-8"), may("width", Type::Real, "one level a bin")],
        "The density of states g(E), by a random walk that is flat in the energy (Wang and Landau 2001: ln f is halved whenever the histogram is flat to `flatness`, down to `final_ln_f`), then a run with the weights 1/g(E): every temperature of the task's axis comes from this one run by reweighting, and `free_energy` and `round_trips` beside the observed quantities. `warmup` bounds the learning, `sweeps` is the length of the run, and each of `chains` is a walker. The file has the `levels` and their `ln_g`. `width`: of the bins, where energies are not multiples of a unit. For spins.",
        "use std.spin\nuse std.lattice\nsample a over T in [2, 2.5] {\n    model: ising(square(4))\n    temperature: T\n    method: wang_landau(final_ln_f: 1e-5)\n    warmup: 100_000\n    sweeps: 10_000\n    observe { e = energy }\n}",
        |e, _, a| {
            let flatness = positive(e, a, 0)?.unwrap_or(0.8);
            let final_ln_f = positive(e, a, 1)?.unwrap_or(1e-8);
            if flatness >= 1.0 || final_ln_f >= 1.0 {
                return e.error(codes::DOMAIN, a.span, "`flatness` and `final_ln_f` lie between 0 and 1");
            }
            Ok(Value::Method(Method::WangLandau { flatness, final_ln_f, width: positive(e, a, 2)? }))
        },
    ),
    method(
        "multicanonical",
        &[],
        &[may("rounds", Type::Int, "20"), may("width", Type::Real, "one level a bin")],
        "As `wang_landau`, with the weights learnt by at most so many rounds of multicanonical recursion (Berg and Neuhaus 1992), each longer than the one before, until the histogram is flat to 0.8.",
        "use std.spin\nuse std.lattice\nsample a over T in [2, 2.5] {\n    model: ising(square(4))\n    temperature: T\n    method: multicanonical\n    warmup: 20_000\n    sweeps: 10_000\n    observe { e = energy }\n}",
        |e, _, a| {
            let rounds = whole(e, a, 0, 20, 1, 10_000)? as u32;
            Ok(Value::Method(Method::Multicanonical { rounds, width: positive(e, a, 1)? }))
        },
    ),
    method(
        "population",
        &[],
        &[may("size", Type::Int, "1000")],
        "Population annealing (Hukushima and Iba 2003; Machta 2010): `size` copies are cooled together through the temperatures of the task's axis, from the highest to the lowest, beginning at infinite temperature; at each they are resampled by their weights, moved by `sweeps` Metropolis sweeps, and measured once. Where temperatures are far apart, steps are put in between. Each of `chains` is a population. Gives `free_energy` and `families` beside the observed quantities. For spins.",
        "use std.spin\nuse std.lattice\nsample a over T in linspace(1, 5, 9) {\n    model: ising(square(4))\n    temperature: T\n    method: population(size: 500)\n    sweeps: 10\n    observe { e = energy }\n}",
        |e, _, a| Ok(Value::Method(Method::Population { size: whole(e, a, 0, 1000, 2, 1 << 24)? as u32 })),
    ),
    method(
        "exact",
        &[],
        &[],
        "No sampling: enumeration of all states, a transfer matrix, or Kaufman's solution of the square torus. Errors are zero.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(4))\n    temperature: 3\n    method: exact\n    observe { e = energy }\n}",
        |_, _, _| Ok(Value::Method(Method::Exact)),
    ),
    super::row(
        Group::Methods,
        "flip",
        &[need("pattern", Type::Any), need("fraction", Type::Real)],
        "a starting state",
        "A starting state: a pattern (a list, a draw, a result, `up` or `down`) in which each chain has exactly round(fraction · N) of its N spins, drawn at random, at another of their values.",
        "use std.memory\nlet ξ ~ random_patterns(3, 50)\nsample a over noise in [0, 0.2] {\n    model: hopfield(ξ)\n    temperature: 0\n    method: glauber\n    start: flip(ξ[0], fraction: noise)\n    sweeps: 50\n    until: fixed_point\n    chains: 4\n    observe at end { m = overlap(s, ξ[0]) }\n}",
        |e, _, a| {
            let fraction = match a.get(1).number() {
                Some(f) if (0.0..=1.0).contains(&f) => f,
                Some(f) => {
                    let d = Diagnostic::error(codes::DOMAIN, a.place(1), "the share of flipped spins lies between 0 and 1")
                        .label(format!("this is {}", crate::elaborate::value::format_real(f)));
                    return Err(e.fail(d));
                }
                None => return e.not_known_yet(a.place(1), "the share of flipped spins"),
            };
            let of = Box::new(e.one_start(&a.get(0), a.place(0))?);
            Ok(Value::Start(Rc::new(Start::Flip { of, fraction })))
        },
    ),
    super::row(
        Group::Methods,
        "histogram",
        &[may("bins", Type::Int, "64"), need("range", Type::List)],
        "a way to keep a quantity",
        "In `keep`: the distribution of an observed quantity over equal bins of a range.",
        "use std.spin\nuse std.lattice\nsample a {\n    model: ising(square(8))\n    temperature: 3\n    warmup: 100\n    sweeps: 1000\n    observe { m = mean(s) }\n    keep { m: histogram(bins: 21, range: [-1, 1]) }\n}",
        |e, _, a| {
            let bins = if a.has(0) { super::lists::count(e, a, 0, 1)? } else { 64 };
            let ends: Option<Vec<f64>> = match a.get(1) {
                Value::List(items) => items.iter().map(Value::number).collect(),
                _ => None,
            };
            match ends.as_deref() {
                Some([low, high]) if low < high && low.is_finite() && high.is_finite() => {
                    Ok(Value::Keep(Rc::new(KeepSpec::Histogram { bins: bins as usize, low: *low, high: *high })))
                }
                _ => {
                    let d = Diagnostic::error(
                        codes::DOMAIN,
                        a.place(1),
                        "the range of a histogram is two numbers, the first below the second",
                    )
                    .expected("a range such as `[-1, 1]`");
                    Err(e.fail(d))
                }
            }
        },
    ),
];

/// A method as it is without parentheses.
pub fn default(name: &str) -> Option<Method> {
    Some(match name {
        "metropolis" => Method::METROPOLIS,
        "heat_bath" => Method::HEAT_BATH,
        "synchronous" => Method::Synchronous { ties: Ties::Keep },
        "over_relaxation" => Method::OverRelaxation { per: 5 },
        "block_gibbs" => Method::BlockGibbs,
        "wolff" => Method::Wolff,
        "swendsen_wang" => Method::SwendsenWang,
        "kawasaki" => Method::Kawasaki { global: false },
        "kinetic" => Method::Kinetic { rates: Rates::Metropolis },
        "houdayer" => Method::Houdayer { every: 1 },
        "jorg" => Method::Jorg { every: 1 },
        "hmc" => Method::Hmc { steps: 10, step: None },
        "langevin" => Method::Langevin { step: None, adjusted: true },
        "wang_landau" => Method::WangLandau { flatness: 0.8, final_ln_f: 1e-8, width: None },
        "multicanonical" => Method::Multicanonical { rounds: 20, width: None },
        "population" => Method::Population { size: 1000 },
        "exact" => Method::Exact,
        _ => return None,
    })
}

/// The row of a method, for one that is called with arguments.
pub fn row_of(m: Method) -> Option<&'static Builtin> {
    ROWS.iter().find(|b| b.name == m.name())
}

fn order(e: &mut Elaborator, a: &Arguments) -> Eval<Order> {
    if !a.has(0) {
        return Ok(Order::Any);
    }
    let all = [Order::Any, Order::Sequential, Order::Random, Order::Checkerboard];
    if let Value::Text(word) = a.get(0)
        && let Some(order) = all.into_iter().find(|o| o.name() == &*word)
    {
        return Ok(order);
    }
    e.wrong_type(&a.get(0), a.place(0), "`sequential`, `random` or `checkerboard`")
}

fn ties(e: &mut Elaborator, a: &Arguments, k: usize, default: Ties) -> Eval<Option<Ties>> {
    if !a.has(k) {
        return Ok(None);
    }
    let all = [Ties::Keep, Ties::Random, Ties::Up, default];
    if let Value::Axis(word) | Value::Text(word) = a.get(k)
        && let Some(ties) = all.into_iter().find(|t| t.name() == &*word)
    {
        // Said or not, the same dynamics.
        return Ok((ties != default).then_some(ties));
    }
    e.wrong_type(&a.get(k), a.place(k), "`keep`, `random` or `up`")
}

fn whole(e: &mut Elaborator, a: &Arguments, k: usize, default: i64, least: i64, most: i64) -> Eval<i64> {
    if !a.has(k) {
        return Ok(default);
    }
    let n = e.whole(&a.get(k), a.place(k), "this")?;
    if (least..=most).contains(&n) {
        return Ok(n);
    }
    e.error(codes::DOMAIN, a.place(k), format!("this must be from {least} to {most}, and is {n}"))
}

fn positive(e: &mut Elaborator, a: &Arguments, k: usize) -> Eval<Option<f64>> {
    if !a.has(k) {
        return Ok(None);
    }
    let x = a.number(k);
    if x > 0.0 && x.is_finite() {
        return Ok(Some(x));
    }
    e.error(codes::DOMAIN, a.place(k), "this must be a positive number")
}

const fn word(name: &'static str, doc: &'static str, value: fn() -> Value) -> Constant {
    Constant { name, aliases: &[], group: Group::Methods, doc, value }
}

pub const CONSTANTS: &[Constant] = &[
    word("random", "A starting state: every variable drawn at random; or the order in which sites are tried.", || {
        Value::text("random")
    }),
    word(
        "up",
        "A starting state: every spin at its highest value, vectors along their first axis, angles at 0, reals at their upper bound (or 1).",
        || Value::text("up"),
    ),
    word(
        "down",
        "A starting state: every spin at its lowest value, vectors against their first axis, angles at π, reals at their lower bound (or -1).",
        || Value::text("down"),
    ),
    word("sequential", "The order in which sites are tried: one after the other.", || Value::text("sequential")),
    word("checkerboard", "The order in which sites are tried: colour after colour of the graph.", || Value::text("checkerboard")),
];
