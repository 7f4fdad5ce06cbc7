//! Values in words, for people, and as texts that differ where values do.

use super::{Value, closed};
use std::rc::Rc;

/// How a value is written: for messages, names of instances and coordinates of axes.
pub fn describe(value: &Value) -> String {
    match value {
        Value::Int(i) => i.to_string(),
        Value::Real(x) => format_real(*x),
        Value::Bool(b) => b.to_string(),
        Value::Text(t) => format!("{t:?}"),
        Value::List(items) => {
            let shown: Vec<String> = items.iter().take(8).map(describe).collect();
            let dots = if items.len() > 8 { ", ..." } else { "" };
            format!("[{}{dots}]", shown.join(", "))
        }
        Value::Range(a, b) => format!("{a}..{b}"),
        Value::Set(values) => format!("{{{}}}", values.iter().map(|x| format_real(*x)).collect::<Vec<_>>().join(", ")),
        Value::Axis(name) => name.to_string(),
        Value::Function(f) => f.name.clone(),
        Value::Builtin(b) => b.name.to_string(),
        Value::Method(m) => m.text(),
        Value::Adaptive(t) => format!("adaptive({} temperatures)", t.len()),
        Value::ModelKind(m) => m.name.clone(),
        Value::LatticeKind(l) => l.name.clone(),
        Value::Model(m) => m.name.clone(),
        Value::NetworkKind(n) => n.name.clone(),
        Value::Network(n) => n.name.clone(),
        Value::Initialiser(i) => i.name().to_string(),
        Value::Optimiser(o) => o.rule.name().to_string(),
        Value::Learning(l) => l.name().to_string(),
        Value::Task(t) => t.name.clone(),
        Value::Symbolic(s) => match closed(&s.expr) {
            Some(x) => format_real(x),
            None => value.kind_name().to_string(),
        },
        other => other.kind_name().to_string(),
    }
}

/// The shortest text that reads back as the same number.
pub fn format_real(x: f64) -> String {
    if x == x.trunc() && x.abs() < 1e15 {
        format!("{x:.0}")
    } else if x != 0.0 && (x.abs() < 1e-4 || x.abs() >= 1e15) {
        format!("{x:e}")
    } else {
        format!("{x}")
    }
}

/// A text that is equal for equal values: the memory of instances is keyed by it.
pub fn fingerprint(value: &Value, out: &mut String) {
    use std::fmt::Write;
    let _ = match value {
        Value::Int(i) => write!(out, "i{i}"),
        Value::Real(x) => write!(out, "r{:x}", x.to_bits()),
        Value::Bool(b) => write!(out, "b{b}"),
        Value::Text(t) => write!(out, "t{}:{t}", t.len()),
        Value::Range(a, b) => write!(out, "g{a}..{b}"),
        Value::List(items) => {
            out.push('[');
            for item in items.iter() {
                fingerprint(item, out);
                out.push(',');
            }
            out.push(']');
            Ok(())
        }
        Value::Set(values) => {
            out.push('{');
            for v in values.iter() {
                let _ = write!(out, "{:x},", v.to_bits());
            }
            out.push('}');
            Ok(())
        }
        Value::Graph(g) => write!(out, "G{g}"),
        Value::Couplings(c) => write!(out, "C{c}"),
        Value::Bonds(b) => write!(out, "b{b:?}"),
        Value::Neighbours(g, e) => write!(out, "n{g}{e:?}"),
        Value::Method(m) => write!(out, "m{}", m.text()),
        Value::Adaptive(t) => write!(out, "a{t:?}"),
        Value::Model(m) if m.weights.is_initial() => write!(out, "M{}", m.index),
        Value::Model(m) => write!(out, "M{}{:?}", m.index, m.weights),
        Value::NetworkKind(n) => write!(out, "N{:p}", Rc::as_ptr(n)),
        Value::Network(n) => write!(out, "W{}", n.index),
        Value::OfData(o) => write!(out, "O{o:?}"),
        Value::Initialiser(i) => write!(out, "I{i:?}"),
        Value::Optimiser(o) => write!(out, "P{o:?}"),
        Value::Learning(l) => write!(out, "L{l:?}"),
        Value::Directions(d) => write!(out, "D{d:?}"),
        Value::Function(f) => write!(out, "f{:p}", Rc::as_ptr(f)),
        Value::Builtin(b) => write!(out, "B{}", b.name),
        Value::ModelKind(d) => write!(out, "k{:p}", Rc::as_ptr(d)),
        Value::LatticeKind(d) => write!(out, "l{:p}", Rc::as_ptr(d)),
        Value::Symbolic(s) => write!(out, "s{:?}", s.expr),
        Value::Distribution(d) => write!(out, "d{d:?}"),
        Value::Schedule(s) => write!(out, "S{s:?}"),
        Value::Record(r) => {
            out.push('(');
            for (name, value) in &r.members {
                let _ = write!(out, "{name}=");
                fingerprint(value, out);
            }
            out.push(')');
            Ok(())
        }
        Value::Start(s) => write!(out, "z{s:?}"),
        Value::Keep(k) => write!(out, "K{k:?}"),
        Value::Task(t) => write!(out, "T{}", t.name),
        Value::TaskAt(t, at) => write!(out, "T{}{at:?}", t.name),
        Value::Data(d) => write!(out, "D{}", d.likeness()),
        Value::Module(m) => write!(out, "o{:p}", Rc::as_ptr(m)),
        Value::Axis(name) => write!(out, "a{name}"),
        Value::NoEnergy => write!(out, "e"),
        Value::Failed => write!(out, "!"),
    };
}
