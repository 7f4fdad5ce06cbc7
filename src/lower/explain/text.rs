//! Explanations as text.

use super::{Descent, Explanation, Group, LayerExplanation, LookExplanation};
use crate::lower::memory;

/// A time for people.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => "less than a millisecond".into(),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} days", s / 86_400.0),
    }
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{} {what}s", grouped(n as u64)) }
}

/// `1,797`
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (k, c) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) && digits.len() > 4 {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Operations for people: `1.2 Mflop`.
fn operations(flops: f64) -> String {
    const UNITS: [&str; 6] = ["flop", "kflop", "Mflop", "Gflop", "Tflop", "Pflop"];
    let (mut x, mut unit) = (flops, 0);
    while x >= 999.5 && unit + 1 < UNITS.len() {
        x /= 1e3;
        unit += 1;
    }
    let digits = if unit == 0 || x >= 99.5 { 0 } else { 1 };
    format!("{x:.digits$} {}", UNITS[unit])
}

fn bracketed(shape: &[usize]) -> String {
    format!("[{}]", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
}

impl Explanation {
    /// The explanation as text.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        for task in &self.tasks {
            lines.push(format!(
                "{} {}: {}, about {} on one thread",
                task.kind,
                task.name,
                counted(task.points, "point"),
                time(task.seconds)
            ));
            for a in &task.axes {
                lines.push(format!("  over {}: {} ({} to {})", a.name, counted(a.points, "value"), a.first, a.last));
            }
            task.groups.iter().for_each(|g| group(g, &mut lines));
            for (k, d) in task.descents.iter().enumerate() {
                // The table of a network is written once.
                let again = task.descents[..k].iter().any(|e| e.subject == d.subject);
                descent(d, again, &mut lines);
            }
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

fn group(g: &Group, lines: &mut Vec<String>) {
    lines.push(format!(
        "  {}, {}: {}, {} each",
        g.model,
        g.method,
        counted(g.points, "point"),
        counted(g.chains as usize, "chain")
    ));
    match (&g.normal_form, &g.no_normal_form) {
        (Some(form), _) => lines.push(format!("    energy    {form}")),
        (None, Some(why)) => lines.push(format!("    energy    no normal form: {why}")),
        (None, None) => {}
    }
    if let (Some(kernel), Some(reason)) = (&g.kernel, &g.reason) {
        lines.push(format!("    kernel    {kernel}: {reason}"));
    }
    for r in &g.rejected {
        lines.push(format!("    not       {}: {}", r.kernel, r.why));
    }
    match &g.refused {
        Some(r) => lines.push(format!("    refused   {}: {}; {}", r.message, r.why, r.instead)),
        None => lines.push(format!("    cost      {} a point, about {}", memory::bytes(g.memory_bytes), time(g.seconds))),
    }
}

fn descent(d: &Descent, again: bool, lines: &mut Vec<String>) {
    lines.push(format!("  {}: {}", d.subject, counted(d.points, "point")));
    if !again {
        table(&d.layers, lines);
    }
    let what = if d.operations.is_some() { "variable" } else { "weight" };
    let variables = format!("{}, {} in {}", counted(d.variables, what), memory::bytes(d.weight_bytes), d.precision);
    lines.push(format!("    {what:<9} {variables} ({})", d.why_precision));
    if let Some(flops) = d.operations {
        lines.push(format!("    energy    {}", operations(flops)));
    }
    if let Some(data) = &d.data {
        lines.push(format!("    data      {}: {} of {}", data.name, counted(data.examples, "example"), bracketed(&data.shape)));
    }
    if let Some(kernel) = &d.kernel {
        lines.push(format!("    kernel    {kernel}"));
    }
    if let Some(r) = &d.refused {
        lines.push(format!("    refused   {}: {}; {}", r.message, r.why, r.instead));
        return;
    }
    if let Some(s) = &d.steps {
        let length = match (s.batch, &d.data) {
            (Some(b), _) => format!(
                "batches of {b}, {} an epoch, {}",
                counted(s.per_epoch as usize, "step"),
                counted(s.epochs as usize, "epoch")
            ),
            (None, Some(_)) => format!("all data at every step, {}", counted(s.epochs as usize, "epoch")),
            (None, None) => counted(s.epochs as usize, "step"),
        };
        lines.push(format!("    optimiser {}: {length}", s.optimiser));
        let each = time(s.seconds_per_step);
        lines.push(format!("    a step    {} for the gradient, about {each}", operations(d.gradient_flops)));
    } else {
        lines.push(format!("    gradient  {}", operations(d.gradient_flops)));
    }
    if let Some(flops) = d.product_flops {
        lines.push(format!("    product   {} with the Hessian", operations(flops)));
    }
    for l in &d.looks {
        lines.push(format!("    look      {}", look(l)));
    }
    let seconds = time(d.seconds);
    lines.push(format!("    cost      {} a point, about {seconds} (an estimate)", memory::bytes(d.memory_bytes)));
}

/// `top: hessian_eigenvalues, about 135 products (at most 5000), 2 s`
fn look(l: &LookExplanation) -> String {
    let mut parts = vec![];
    if l.times != 1 {
        parts.push(format!("{} times", grouped(l.times)));
    }
    let count = |n: f64, what: &str| counted(n as usize, what);
    if l.values > 0.0 {
        parts.push(count(l.values, "value"));
    }
    if l.gradients > 0.0 {
        parts.push(count(l.gradients, "gradient"));
    }
    match l.at_most {
        Some(most) => parts.push(format!("about {} (at most {})", count(l.products, "product"), grouped(most as u64))),
        None if l.products > 0.0 => parts.push(count(l.products, "product")),
        None => {}
    }
    parts.push(if l.seconds < 1e-3 { "no time".into() } else { format!("about {}", time(l.seconds)) });
    format!("{}: {}, {}", l.quantity, l.what, parts.join(", "))
}

/// The layers in columns.
fn table(rows: &[LayerExplanation], lines: &mut Vec<String>) {
    if rows.is_empty() {
        return;
    }
    let head = ["", "layer", "shape", "weights", "flop"].map(str::to_string);
    let mut cells: Vec<[String; 5]> = vec![head];
    let mut before = "";
    for r in rows {
        let name = if r.name == before { String::new() } else { r.name.clone() };
        before = &r.name;
        let number = |n: u64| if n == 0 { String::new() } else { grouped(n) };
        let shape = if r.shape.is_empty() { "number".into() } else { bracketed(&r.shape) };
        cells.push([name, r.kind.clone(), shape, number(r.weights as u64), number(r.flops as u64)]);
    }
    let total = |f: fn(&LayerExplanation) -> f64| grouped(rows.iter().map(f).sum::<f64>() as u64);
    cells.push([String::new(), "all".into(), String::new(), total(|r| r.weights as f64), total(|r| r.flops)]);
    let width: Vec<usize> = (0..5).map(|k| cells.iter().map(|c| c[k].chars().count()).max().unwrap_or(0)).collect();
    for c in &cells {
        let pad = |k: usize| " ".repeat(width[k] - c[k].chars().count());
        let line =
            format!("    {}{}  {}{}  {}{}  {}{}  {}{}", c[0], pad(0), c[1], pad(1), c[2], pad(2), pad(3), c[3], pad(4), c[4]);
        lines.push(line.trim_end().to_string());
    }
}
