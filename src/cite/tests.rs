use super::*;
use crate::reference;

fn header(script: &str) -> Header {
    Header { sources: vec![("a.ann".into(), script.into())], ann_version: "1.2.3".into(), ..Header::default() }
}

/// A name without accents, as the texts of the registries may have it.
fn surname(paper: &Paper) -> &str {
    paper.authors.split(" and ").next().and_then(|a| a.rsplit(' ').next()).unwrap_or_default()
}

#[test]
fn every_paper_belongs_to_names_that_there_are() {
    let entries = reference::entries();
    let settings_of_calls = ["persistent"];
    for paper in PAPERS {
        assert!(!paper.names.is_empty() && !surname(paper).is_empty(), "{paper:?}");
        for name in paper.names {
            let known = entries.iter().any(|e| e.name == *name || e.aliases.iter().any(|a| a == name));
            assert!(known || settings_of_calls.contains(name), "{}: there is no `{name}`", paper.key);
        }
        assert!(PAPERS.iter().filter(|p| p.key == paper.key).count() == 1, "{}", paper.key);
    }
}

/// What the documentation of a method names, and the table gives, are the same papers.
#[test]
fn the_registries_name_the_same_papers() {
    let methods = entries_of(crate::elaborate::builtins::Group::Methods);
    for entry in methods.iter().filter(|e| e.text.contains("19") || e.text.contains("20")) {
        let has_year = |y: u16| entry.text.contains(&y.to_string());
        let rows: Vec<&Paper> = PAPERS.iter().filter(|p| p.names.contains(&entry.name.as_str())).collect();
        let dated = (1940..2030).any(has_year);
        assert!(!dated || rows.iter().any(|p| has_year(p.year) && entry.text.contains(surname(p))), "{}: {rows:?}", entry.name);
    }
}

fn entries_of(group: crate::elaborate::builtins::Group) -> Vec<&'static reference::Entry> {
    reference::entries().iter().filter(|e| e.kind == reference::Kind::Builtin(group)).collect()
}

#[test]
fn a_run_cites_what_it_used() {
    let keys = |script: &str| used(&header(script)).iter().map(|p| p.key).collect::<Vec<_>>();
    assert_eq!(keys("sample a { method: wolff }  # hmc"), ["wolff1989"]);
    assert_eq!(keys("show bootstrap(a.e, along: r)"), ["efron1979"]);
    assert_eq!(keys("method: glauber"), ["glauber1963"]);
    assert!(keys("let x = 1").is_empty());
}

#[test]
fn the_entries_are_bibtex() {
    let mut h = header("method: adam");
    h.title = Some("A } title".into());
    h.created = "2026-05-01T00:00:00Z".into();
    h.attributes = vec![("authors".into(), "A. One; B. Two".into()), ("doi".into(), "10.1/x".into())];
    let text = bibtex(&h);
    for part in [
        "@misc{run2026,",
        "{A. One and B. Two}",
        "{A  title}",
        "{10.1/x}",
        "@software{ann,",
        "{1.2.3}",
        "@inproceedings{kingma2015,",
        "eprint        = {1412.6980}",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(text.matches('{').count(), text.matches('}').count());
    assert_eq!(authors("One, A. and Two, B."), ["One, A.", "Two, B."]);
    assert_eq!(
        line(&PAPERS[7]),
        "U. Wolff, Collective Monte Carlo updating for spin systems, Physical Review Letters 62, 361 (1989)"
    );
}
