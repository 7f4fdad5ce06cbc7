//! A program in words, for people: its steps with their operands and their costs.

use super::Program;
use super::layout::Place;
use super::steps::{Operand, Step, Work};
use std::fmt::Write;

impl Program {
    /// The steps, phase by phase, a line each: how often, what, from where to where, and floating-point operations.
    pub fn describe(&self, examples: usize) -> String {
        let cut = super::chunks::cut(self, examples);
        let mut text = String::new();
        let _ = writeln!(text, "{examples} examples: {} blocks of {} chunks", cut.blocks, cut.chunks);
        for (p, phase) in self.phases.iter().enumerate() {
            let _ = writeln!(text, "phase {p}");
            phase.once.iter().for_each(|s| self.line(&mut text, "once", s));
            phase.each.iter().for_each(|s| self.line(&mut text, "each", s));
            for product in &phase.late {
                let factors = product.factors.iter().map(place).collect::<Vec<_>>().join(" ");
                let _ = writeln!(
                    text,
                    "  late {} outer [{}, {}] <- {factors}: {:.0}",
                    level(product.class),
                    product.m,
                    product.n,
                    product.flops
                );
            }
            for total in &phase.totals {
                let _ = writeln!(text, "  sum  {} {} to {}", level(total.class), total.size, total.to);
            }
        }
        text
    }

    fn line(&self, text: &mut String, often: &str, step: &Step) {
        let name = match &step.work {
            Work::Rows(_) => "rows".to_string(),
            Work::Mask { .. } => "mask".to_string(),
            Work::Fused(_) => "group".to_string(),
            Work::Op(op) | Work::Partial(op, _) => format!("{op:?}"),
            Work::Prepared(k) => format!("{:?}", self.prepared[*k].op),
        };
        let name: String = name.chars().take(40).collect();
        let list = |o: &[Operand]| o.iter().map(place).collect::<Vec<_>>().join(" ");
        let (from, to) = (list(&step.operands), list(&step.outs));
        let _ = writeln!(text, "  {often} {} {name} {to} <- {from}: {:.0}", level(step.class), step.flops);
    }
}

fn level(class: super::Class) -> String {
    format!("{}{}{}", class.level, if class.examples { "e" } else { "" }, if class.seed { "s" } else { "" })
}

fn place(o: &Operand) -> String {
    let name = match o.place {
        Place::Nowhere => "-".to_string(),
        Place::Fixed(at) => format!("fixed@{at}"),
        Place::Kept(k) => format!("kept{k}"),
        Place::Block(at) => format!("block@{at}"),
        Place::Arena(at) => format!("arena@{at}"),
    };
    let data = if o.data.is_some() { "data/" } else { "" };
    format!("{data}{name}{:?}", o.shape)
}
