//! Which kernels are chosen, and the words where none is.

use super::models::*;
use crate::kernels::random::Key;
use crate::lower::explain::explain;
use crate::lower::{choose, resolve};
use crate::plan::draw::Distribution;
use crate::plan::graph::{Boundary, Graph};
use crate::plan::{Expr, Looks, Method, Plan, SamplePoint, Start, Task, Temperature, Work};
use crate::results::{AxisValues, Coordinates};
use std::sync::Arc;

fn chosen(plan: &Plan, method: Method) -> &'static str {
    choose(plan, &plan.models[0], method, 4).map(|c| c.kernel).unwrap_or("none")
}

fn why(plan: &Plan, method: Method) -> String {
    choose(plan, &plan.models[0], method, 4).err().expect("refused").why
}

#[test]
fn the_fastest_is_taken() {
    // Not materialised: this would be a minute and gigabytes.
    let large = ising(square(1 << 15, 1 << 15, Boundary::Periodic), 1.0, 0.5);
    assert_eq!(chosen(&large, Method::METROPOLIS), "bitpacked");
    assert_eq!(chosen(&glass(square(16, 16, Boundary::Periodic), Distribution::Bimodal { p: 0.5 }), Method::HEAT_BATH), "sliced");
    let sk = glass(Graph::complete(200).unwrap(), Distribution::Normal { mean: 0.0, sd: 0.1 });
    assert_eq!(chosen(&sk, Method::METROPOLIS), "dense");
    assert_eq!(chosen(&potts(square(16, 16, Boundary::Periodic), 3), Method::METROPOLIS), "potts");
    assert_eq!(chosen(&potts(square(16, 16, Boundary::Periodic), 3), Method::Wolff), "potts_wolff");
    assert_eq!(chosen(&potts(square(16, 16, Boundary::Periodic), 2), Method::METROPOLIS), "bitpacked");
    assert_eq!(chosen(&ising(square(16, 16, Boundary::Periodic), 1.0, 0.0), Method::Wolff), "wolff");
    let random = ising(Graph::random_regular(64, 3, Key(1, 2)).unwrap(), 1.0, 0.0);
    assert_eq!(chosen(&random, Method::SwendsenWang), "swendsen_wang");
    assert_eq!(chosen(&random, Method::METROPOLIS), "sliced");
}

#[test]
fn refusals_say_why() {
    for method in [Method::Wolff, Method::SwendsenWang] {
        assert!(why(&glass(square(4, 4, Boundary::Periodic), Distribution::Bimodal { p: 0.5 }), method).contains("frustrated"));
        let capel = plan(square(4, 4, Boundary::Periodic), &[-1.0, 0.0, 1.0], pairs());
        assert!(why(&capel, method).contains("no Potts model: it asks of two spins more than whether they are equal"));
        assert!(why(&triples(9, 0.0), method).contains("a term of 3 spins"));
    }
    let frustrated = triples(9, 0.0);
    let refusal = choose(&frustrated, &frustrated.models[0], Method::Wolff, 1).err().unwrap();
    assert_eq!(refusal.message, "`wolff` cannot sample this model");
    assert_eq!(refusal.instead, "use `metropolis` or `heat_bath`");
}

#[test]
fn others_are_rejected_with_reasons() {
    let plan = glass(square(8, 8, Boundary::Periodic), Distribution::Bimodal { p: 0.5 });
    let choice = choose(&plan, &plan.models[0], Method::METROPOLIS, 1).map_err(|r| r.why).unwrap();
    let names: Vec<&str> = choice.rejected.iter().map(|r| r.0).collect();
    assert_eq!(names, ["bitpacked", "sparse", "dense", "generic"]);
    assert_eq!(choice.rejected[0].1, "the couplings differ from bond to bond");
    assert!(choice.rejected[3].1.contains("times as long"));
}

#[test]
fn what_would_not_fit_in_memory_is_refused() {
    // Four billion spins that the bit-packed kernel does not know.
    let plan = potts(square(1 << 16, (1 << 16) - 1, Boundary::Periodic), 3);
    assert!(why(&plan, Method::METROPOLIS).contains("would need about"));
}

#[test]
fn a_plan_is_explained_task_by_task() {
    let mut plan = ising(square(16, 16, Boundary::Periodic), 1.0, 0.1);
    let point = |method| SamplePoint {
        model: 0,
        temperature: Temperature::Beta(num(0.4)),
        method,
        start: Start::Random,
        warmup: 100,
        sweeps: 1000,
        every: 1,
        chains: 4,
        replicas: 1,
        until: None,
        looks: Arc::new(Looks::default()),
        weights: crate::plan::At::Initial,
        clamped: vec![],
    };
    let names = vec!["metropolis".to_string(), "wolff".to_string()];
    plan.tasks.push(Task {
        name: "scan".into(),
        doc: None,
        axes: vec![AxisValues { name: "how".into(), coordinates: Coordinates::Text(names) }],
        descriptions: vec![],
        work: Work::Sample { points: vec![point(Method::METROPOLIS), point(Method::Wolff)], ladder: None },
    });
    let explanation = explain(&plan);
    let [metropolis, wolff] = &explanation.tasks[0].groups[..] else { panic!("two groups") };
    assert_eq!(metropolis.normal_form.as_deref(), Some("-1 Σ_⟨ij⟩ s_i s_j - 0.1 Σ_i s_i"));
    assert_eq!(metropolis.kernel.as_deref(), Some("bitpacked"));
    assert!(metropolis.seconds > 0.0 && metropolis.memory_bytes > 0);
    assert_eq!((wolff.kernel.as_deref(), wolff.refused.is_none()), (Some("wolff"), true));
    let text = explanation.text();
    for part in [
        "sample scan: 2 points",
        "over how: 2 values (metropolis to wolff)",
        "kernel    bitpacked: a uniform Ising model on the square lattice",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn results_become_numbers_first() {
    let result = |name: &str| Expr::Result { task: "scan".into(), quantity: name.into(), at: vec![] };
    let mut plan = ising(chain(8, Boundary::Periodic), 1.0, 0.0);
    plan.models[0].energy = add(mul(sub(result("a"), num(3.0)), pairs()), num(1.0));
    assert!(choose(&plan, &plan.models[0], Method::METROPOLIS, 1).is_err());
    let mut asked = Vec::new();
    let resolved = resolve::model(&plan.models[0], &mut |e| {
        asked.push(e.clone());
        Ok(-2.0)
    });
    // The whole of what depends on results is asked for, once.
    assert_eq!(asked, [sub(result("a"), num(3.0))]);
    let model = resolved.unwrap();
    let choice = choose(&plan, &model, Method::METROPOLIS, 1).map_err(|r| r.why).unwrap();
    assert_eq!(choice.normal_form.as_deref(), Ok("-2 Σ_⟨ij⟩ s_i s_j + 1"));
    assert!(resolve::model(&plan.models[0], &mut |_| Err("it failed".into())).is_err());
}

#[test]
fn an_empty_plan_explains_to_nothing() {
    assert_eq!(explain(&Plan::default()).text(), "");
}
