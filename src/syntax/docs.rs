//! Documentation comments, given to what they document.
//!
//! A comment in lines of its own belongs to what begins the line below it; one behind code belongs to what ends its line.
//! So the layout, which gives entries lines of their own, never moves documentation from one to another.

use super::ast::{Binding, Expr, ItemKind, Let, ModelEntry, NetworkEntry, Script, TaskEntry};
use super::layout::Layout;
use std::collections::BTreeMap;

/// The bytes of an item or entry.
type Place = (u32, u32);

/// Gives each item and entry the documentation that stands above it or behind it on its line.
pub(super) fn attach(text: &str, layout: &Layout, script: &mut Script) {
    if layout.docs.is_empty() {
        return;
    }
    let docs = Docs::of(text, layout, script);
    for item in &mut script.items {
        item.doc = docs.find((item.span.start, item.span.end));
        match &mut item.kind {
            ItemKind::Task(task) => {
                for entry in &mut task.body {
                    if let TaskEntry::Block(block) = entry {
                        for e in &mut block.entries {
                            e.doc = docs.find((e.name.span.start, e.value.span.end));
                        }
                    }
                }
            }
            ItemKind::Network(network) => {
                for entry in &mut network.body {
                    let place = place_in_network(entry);
                    if let NetworkEntry::Input { doc, .. } | NetworkEntry::Metric { doc, .. } = entry {
                        *doc = docs.find(place);
                    }
                }
            }
            _ => {}
        }
    }
}

struct Docs<'a> {
    /// Where the lines begin.
    lines: Vec<u32>,
    /// Comments in lines of their own, by line.
    above: BTreeMap<usize, &'a str>,
    /// Comments behind code, by line.
    behind: BTreeMap<usize, &'a str>,
    /// All items and entries, in the order in which they begin.
    places: Vec<Place>,
}

impl<'a> Docs<'a> {
    /// The comments of a text, without those of the script itself, which it gets here.
    fn of(text: &str, layout: &'a Layout, script: &mut Script) -> Docs<'a> {
        let lines = std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        let places = places(script);
        let mut docs = Docs { lines: lines.collect(), above: BTreeMap::new(), behind: BTreeMap::new(), places };
        for doc in &layout.docs {
            let line = docs.line(doc.start as u32);
            let map = if doc.alone { &mut docs.above } else { &mut docs.behind };
            map.insert(line, doc.text.as_str());
        }
        let first_code = script.items.first().map(|i| i.span.start);
        if let Some(doc) = layout.docs.first().filter(|d| d.alone && first_code.is_none_or(|s| (d.start as u32) < s)) {
            let begin = docs.line(doc.start as u32);
            let end = (begin..).find(|l| !docs.above.contains_key(l)).unwrap_or(begin);
            let apart = first_code.is_none_or(|s| docs.line(s) > end);
            let first = script.items.first().map(|i| &i.kind);
            if apart || matches!(first, Some(ItemKind::Use { .. } | ItemKind::Experiment { .. })) {
                script.doc = Some((begin..end).map(|l| docs.above[&l]).collect::<Vec<_>>().join("\n"));
                // Out of the map, so that the first item does not get them too.
                docs.above.retain(|l, _| !(begin..end).contains(l));
            }
        }
        docs
    }

    fn line(&self, at: u32) -> usize {
        self.lines.partition_point(|&s| s <= at) - 1
    }

    fn find(&self, (start, end): Place) -> Option<String> {
        let (first, last) = (self.line(start), self.line(end.saturating_sub(1)));
        // What began before it and has not ended holds it; anything else stands before it on the line.
        let before = self.places[..self.places.partition_point(|p| p.0 < start)].iter().rev();
        let leads = !before.take_while(|p| self.line(p.0) == first).any(|p| p.1 <= start);
        let after = self.places.get(self.places.partition_point(|p| p.0 < end));
        let closes = after.is_none_or(|p| self.line(p.0) > last);
        let mut top = first;
        while leads && top > 0 && self.above.contains_key(&(top - 1)) {
            top -= 1;
        }
        let mut parts: Vec<&str> = (top..first).map(|l| self.above[&l]).collect();
        parts.extend(self.behind.get(&last).filter(|_| closes).copied());
        (!parts.is_empty()).then(|| parts.join("\n"))
    }
}

fn places(script: &Script) -> Vec<Place> {
    let mut out = Vec::new();
    let expr = |e: &Expr| (e.span.start, e.span.end);
    for item in &script.items {
        out.push((item.span.start, item.span.end));
        match &item.kind {
            ItemKind::Task(task) => {
                for entry in &task.body {
                    match entry {
                        TaskEntry::Setting(s) => out.push((s.name.span.start, s.value.span.end)),
                        TaskEntry::Let(l) => out.push(place_of_let(l)),
                        TaskEntry::Couplings(c) => out.push((c.name.span.start, c.name.span.end)),
                        TaskEntry::Block(b) => {
                            // Quantities of a probe itself have a block that nobody wrote around them.
                            if b.entries.first().is_none_or(|e| e.name.span != b.kind.span) {
                                out.push((b.span.start, b.span.end));
                            }
                            out.extend(b.entries.iter().map(|e| (e.name.span.start, e.value.span.end)));
                        }
                    }
                }
            }
            ItemKind::Network(network) => out.extend(network.body.iter().map(place_in_network)),
            ItemKind::Model { body, .. } => out.extend(body.iter().map(|entry| match entry {
                ModelEntry::Let(l) => place_of_let(l),
                ModelEntry::Couplings(c) => (c.name.span.start, c.name.span.end),
                ModelEntry::Requires(e) => expr(e),
                ModelEntry::Variable(v) => (v.span.start, v.span.end),
                ModelEntry::Energy { span, .. } | ModelEntry::Field { span, .. } => (span.start, span.end),
            })),
            _ => {}
        }
    }
    out.sort_unstable();
    out
}

fn place_of_let(l: &Let) -> Place {
    let end = match &l.value {
        Binding::Is(e) => e.span.end,
        Binding::Draw { distribution, by } => by.last().unwrap_or(distribution).span.end,
    };
    (l.name.span.start, end)
}

fn place_in_network(entry: &NetworkEntry) -> Place {
    match entry {
        NetworkEntry::Input { span, .. } | NetworkEntry::Loss { span, .. } => (span.start, span.end),
        NetworkEntry::Let(l) => place_of_let(l),
        NetworkEntry::Bind { name, value } | NetworkEntry::Metric { name, value, .. } => (name.span.start, value.span.end),
        NetworkEntry::Requires(e) => (e.span.start, e.span.end),
    }
}
