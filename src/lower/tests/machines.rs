//! Models of two layers: block Gibbs against enumeration, and the machine of a model with weights against its energy.

use super::agreement::agrees;
use super::models::*;
use crate::kernels::machine::{Machine as _, Rows};
use crate::lower::machine::{each_machine, recognise, states};
use crate::lower::{Materials, resolve, scalar_graph};
use crate::plan::network::{Initial, Parameter};
use crate::plan::{Domain, Expr, Model, Op, Plan, Reduction, Space, Variable};

fn variable(name: &str, sites: usize, values: &[f64]) -> Variable {
    Variable { name: name.into(), sites, graph: None, space: Space::Finite(values.to_vec()) }
}

fn element(variable: u16, local: u32) -> Expr {
    Expr::Element { variable, replica: 0, site: Expr::Local(local).boxed(), bond: None }
}

fn sum(domains: &[(u32, usize)], body: Expr) -> Expr {
    let domains = domains.iter().map(|(local, n)| Domain::Range { local: *local, start: 0, end: *n as i64 }).collect();
    Expr::Reduce { op: Reduction::Sum, domains, filter: None, body: body.boxed() }
}

fn at(weight: u32, locals: &[u32]) -> Expr {
    Expr::Index(Expr::Weight(weight).boxed(), locals.iter().map(|l| Expr::Local(*l)).collect())
}

fn weights(name: &str, shape: &[usize]) -> Parameter {
    Parameter { name: name.into(), shape: shape.to_vec(), initial: Initial::Constant(0.0), unit: None }
}

/// Numbers that follow no pattern.
fn numbers(n: usize) -> Vec<f64> {
    (0..n).map(|k| libm::sin(1.7 * k as f64 + 0.3) * 0.8).collect()
}

/// -Σ W v h - Σ b v - Σ c h + 0.3 + 0.2 Σ v² h.
fn layers(visible: &[f64], hidden: &[f64]) -> (Plan, Vec<f64>) {
    let (n, m) = (4, 3);
    let vh = mul(element(0, 1), element(1, 2));
    let square = mul(mul(element(0, 1), element(0, 1)), element(1, 2));
    let all = [
        mul(num(-1.0), sum(&[(1, n), (2, m)], mul(at(0, &[1, 2]), vh))),
        mul(num(-1.0), sum(&[(1, n)], mul(at(1, &[1]), element(0, 1)))),
        mul(num(-1.0), sum(&[(2, m)], mul(at(2, &[2]), element(1, 2)))),
        num(0.3),
        mul(num(0.2), sum(&[(1, n), (2, m)], square)),
    ];
    let energy = all.into_iter().reduce(add).expect("terms");
    let model = Model {
        name: "layers".into(),
        variables: vec![variable("s", n, visible), variable("h", m, hidden)],
        weights: vec![weights("W", &[n, m]), weights("b", &[n]), weights("c", &[m])],
        energy,
        field: None,
    };
    let theta = numbers(model.dimension());
    (Plan { models: vec![model], ..Plan::default() }, theta)
}

fn with_numbers(plan: &Plan, theta: &[f64]) -> Plan {
    let model = &plan.models[0];
    let model = resolve::weighted(model, &resolve::arrays(model, theta));
    Plan { models: vec![model], ..plan.clone() }
}

#[test]
fn block_gibbs_of_layers() {
    for (visible, hidden) in [(&[0.0, 1.0], &[0.0, 1.0]), (&[-1.0, 1.0], &[0.0, 1.0]), (&[0.5, 2.0], &[-1.0, 1.0])] {
        let (plan, theta) = layers(visible, hidden);
        agrees(&with_numbers(&plan, &theta), 0.9, &["block_gibbs", "dense", "generic", "sparse"]);
    }
    let (plan, theta) = layers(&[0.0, 1.0, 2.0], &[-1.0, 1.0]);
    agrees(&with_numbers(&plan, &theta), 0.6, &["block_gibbs", "generic"]);
}

/// The energy of every state up to a constant, from the machine and from the graph of operations.
fn same_energies(plan: &Plan, theta: &[f64], kernel: &str, tolerance: f64) {
    let mut found = recognise(plan, &plan.models[0]).expect("a machine");
    assert_eq!(found.kernel, kernel);
    found.machine.set(theta).expect("finite weights");
    let numeric = with_numbers(plan, theta);
    let model = &numeric.models[0];
    let graph = scalar_graph(&Materials::new(&numeric), model).expect("a graph");
    let sets: Vec<&[f64]> = model.variables.iter().flat_map(|v| std::iter::repeat_n(v.values(), v.sites)).collect();
    let visible = model.variables[0].sites;
    let count: usize = sets.iter().map(|s| s.len()).product();
    let mut first = None;
    for k in 0..count {
        let mut rest = k;
        let places: Vec<usize> = sets
            .iter()
            .map(|s| {
                let place = rest % s.len();
                rest /= s.len();
                place
            })
            .collect();
        let labels: Vec<f32> = places.iter().map(|p| *p as f32).collect();
        let state: Vec<u8> = places.iter().map(|p| *p as u8).collect();
        let rows = Rows { count: 1, visible: &labels[..visible], hidden: Some(&labels[visible..]) };
        let mut own = [0.0];
        each_machine!(&found.machine, m => m.energies(&rows, &mut own));
        let gap = own[0] - graph.evaluate(&state);
        let reference = *first.get_or_insert(gap);
        assert!((gap - reference).abs() < tolerance, "state {k}: {gap}, first {reference}");
    }
}

#[test]
fn machines_have_the_energy_of_their_model() {
    let (plan, theta) = layers(&[-1.0, 1.0], &[0.0, 1.0]);
    same_energies(&plan, &theta, "bipartite", 1e-5);
    let (plan, theta) = layers(&[0.0, 1.0, 2.0], &[-1.0, 1.0]);
    same_energies(&plan, &theta, "bipartite", 1e-5);
    // Couplings inside a side, of three units, and of units that are equal or not.
    let (mut plan, mut theta) = layers(&[0.0, 1.0, 2.0], &[-1.0, 1.0]);
    let triple = mul(mul(element(0, 1), element(0, 3)), element(0, 4));
    let equal = bin(Op::Equal, element(0, 1), element(0, 3));
    let model = &mut plan.models[0];
    model.weights.push(weights("T", &[4, 4]));
    model.weights.push(weights("q", &[2]));
    let more = add(
        sum(&[(1, 4), (3, 4), (4, 4)], mul(at(3, &[1, 3]), triple)),
        mul(Expr::Index(Expr::Weight(4).boxed(), vec![num(1.0)]), sum(&[(1, 4), (3, 4)], equal)),
    );
    model.energy = add(model.energy.clone(), more);
    theta = [theta, numbers(18)].concat();
    same_energies(&plan, &theta, "general", 1e-4);
}

#[test]
fn what_is_no_machine_is_refused() {
    let (plan, _) = layers(&[0.0, 1.0], &[0.0, 1.0]);
    let changed = |energy: Expr| {
        let mut plan = plan.clone();
        plan.models[0].energy = add(plan.models[0].energy.clone(), energy);
        recognise(&plan, &plan.models[0]).expect_err("no machine")
    };
    let squared = mul(mul(at(1, &[1]), at(1, &[1])), element(0, 1));
    assert!(changed(sum(&[(1, 4)], squared)).contains("two of them are multiplied"));
    let of_all = Expr::Unary(crate::plan::Function::Tanh, sum(&[(1, 4)], element(0, 1)).boxed());
    assert!(changed(of_all).contains("no sum of products"));
}

#[test]
fn data_are_places_of_values() {
    let (plan, _) = layers(&[-1.0, 1.0], &[0.0, 1.0]);
    let model = &plan.models[0];
    assert_eq!(states(model, &[-1.0, 1.0, 1.0, -1.0]).expect("states"), [0.0, 1.0, 1.0, 0.0]);
    assert!(states(model, &[-1.0, 1.0, 0.0, -1.0]).expect_err("no value").contains("example 0 has 0"));
    assert!(states(model, &[f32::NAN; 4]).is_err());
    assert!(states(model, &[]).is_err());
}
