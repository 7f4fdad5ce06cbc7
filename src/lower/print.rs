//! Normal forms as people write them: `-1 Σ_⟨ij⟩ s_i s_j - 0.1 Σ_i s_i`.

use super::normal_form::{NormalForm, Spin, Term};
use crate::plan::{Domain, Expr, Model, Op, Plan};
use std::collections::BTreeSet;

const NAMES: [&str; 14] = ["i", "j", "k", "l", "m", "n", "p", "q", "r", "u", "v", "w", "x", "y"];

struct Names {
    /// By canonical index; binders have none.
    of: Vec<(u32, String)>,
}

impl Names {
    fn new(term: &Term) -> Names {
        let mut of = Vec::new();
        let mut add = |local: u32| {
            let name = NAMES.get(of.len()).map_or_else(|| format!("i{}", of.len()), |n| n.to_string());
            of.push((local, name));
        };
        for domain in &term.over {
            match domain {
                Domain::Range { local, .. } | Domain::Neighbours { local, .. } => add(*local),
                Domain::Bonds { first, second, .. } => [*first, *second].into_iter().for_each(&mut add),
                Domain::Ordered { locals, .. } | Domain::Tuples { locals, .. } => locals.iter().copied().for_each(&mut add),
            }
        }
        Names { of }
    }

    fn name(&self, local: u32) -> &str {
        self.of.iter().find(|n| n.0 == local).map_or("?", |n| &n.1)
    }

    fn site(&self, e: &Expr) -> String {
        match e {
            Expr::Local(l) => self.name(*l).to_string(),
            Expr::Number(x) => format!("{x}"),
            Expr::Shift { site, direction, by, .. } => match by.number() {
                Some(by) => format!("{}{by:+}e{}", self.site(site), direction + 1),
                None => format!("shift({})", self.site(site)),
            },
            Expr::Binary(op @ (Op::Add | Op::Subtract), a, b) => format!("{}{}{}", self.site(a), op.symbol(), self.site(b)),
            Expr::Binary(Op::Modulo, a, _) => self.site(a),
            other => format!("({})", self.locals(other)),
        }
    }

    /// The bound indices that an expression uses, side by side.
    fn locals(&self, e: &Expr) -> String {
        fn collect(e: &Expr, found: &mut BTreeSet<u32>) {
            if let Expr::Local(l) = e {
                found.insert(*l);
            }
            e.for_each_part(&mut |part| collect(part, found));
        }
        let mut found = BTreeSet::new();
        collect(e, &mut found);
        found.into_iter().map(|l| self.name(l).to_string()).collect()
    }

    fn set(&self, domain: &Domain) -> String {
        let all = |locals: &[u32], between: &str| locals.iter().map(|l| self.name(*l)).collect::<Vec<_>>().join(between);
        match domain {
            Domain::Range { local, .. } => format!("Σ_{}", self.name(*local)),
            Domain::Bonds { first, second, .. } => format!("Σ_⟨{}{}⟩", self.name(*first), self.name(*second)),
            Domain::Ordered { locals, .. } => format!("Σ_{{{}}}", all(locals, "<")),
            Domain::Tuples { locals, .. } => format!("Σ_({})", all(locals, "")),
            Domain::Neighbours { of, local, .. } => format!("Σ_{{{}~{}}}", self.name(*local), self.site(of)),
        }
    }
}

/// An index as it stands below a letter.
fn below(index: &str) -> String {
    if index.chars().count() == 1 { format!("_{index}") } else { format!("_{{{index}}}") }
}

fn spin(spin: &Spin, names: &Names, model: &Model) -> String {
    let name = model.variables.get(spin.variable as usize).map_or("s", |v| &v.name);
    let power = if spin.power > 1 { format!("^{}", spin.power) } else { String::new() };
    format!("{name}{}{power}", below(&names.site(&spin.site)))
}

fn weight(e: &Expr, names: &Names, term: &Term, plan: &Plan) -> String {
    let couplings = |c: &u32| plan.couplings.get(*c as usize).map_or("J", |c| &c.name).to_string();
    match e {
        Expr::BondValue { couplings: c, binder } => {
            let ends = term.over.iter().find_map(|d| match d {
                Domain::Bonds { binder: b, first, second, .. } if b == binder => Some([*first, *second]),
                _ => None,
            });
            let ends: String = ends.iter().flatten().map(|l| names.name(*l)).collect();
            format!("{}{}", couplings(c), below(&ends))
        }
        Expr::PairValue { couplings: c, first, second } => {
            format!("{}{}", couplings(c), below(&format!("{}{}", names.site(first), names.site(second))))
        }
        Expr::Index(base, indices) => {
            let letter = if matches!(**base, Expr::Random(_)) { "h" } else { "a" };
            let at: Vec<String> = indices.iter().map(|e| names.site(e)).collect();
            format!("{letter}{}", below(&at.join(if at.iter().all(|s| s.chars().count() == 1) { "" } else { "," })))
        }
        Expr::Distance { first, second, .. } => format!("r{}", below(&format!("{}{}", names.site(first), names.site(second)))),
        other => format!("w{}", below(&names.locals(other))),
    }
}

fn number(x: f64) -> String {
    // At most ten digits, without trailing zeros.
    let rounded: f64 = format!("{x:.9e}").parse().unwrap_or(x);
    format!("{rounded}")
}

impl NormalForm {
    /// The whole form in one line.
    pub fn print(&self, model: &Model, plan: &Plan) -> String {
        let graphs: BTreeSet<u32> = self
            .terms
            .iter()
            .flat_map(|t| &t.over)
            .filter_map(|d| match d {
                Domain::Bonds { graph, .. } => Some(*graph),
                _ => None,
            })
            .collect();
        let mut text = String::new();
        for term in &self.terms {
            let names = Names::new(term);
            let mut parts = Vec::new();
            for domain in &term.over {
                let mut set = names.set(domain);
                if let Domain::Bonds { graph, .. } = domain
                    && graphs.len() > 1
                    && let Some(g) = plan.graphs.get(*graph as usize)
                {
                    set = format!("{set}({})", g.describe());
                }
                parts.push(set);
            }
            if !term.filters.is_empty() {
                parts.push("(if ...)".into());
            }
            parts.extend(term.weights.iter().map(|w| weight(w, &names, term, plan)));
            parts.extend(term.spins.iter().map(|s| spin(s, &names, model)));
            push(&mut text, term.coefficient, &parts.join(" "));
        }
        if self.constant != 0.0 || text.is_empty() {
            push(&mut text, self.constant, "");
        }
        text
    }
}

fn push(text: &mut String, coefficient: f64, rest: &str) {
    let size = if text.is_empty() {
        number(coefficient)
    } else {
        text.push_str(if coefficient < 0.0 { " - " } else { " + " });
        number(coefficient.abs())
    };
    text.push_str(&size);
    if !rest.is_empty() {
        text.push(' ');
        text.push_str(rest);
    }
}
