//! Steps and rules against slow twins.

use super::*;
use crate::plan::expr::Array;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A set whose input is the number of the example.
fn numbered(labels: &[u32], classes: usize) -> DataSet {
    let n = labels.len();
    let inputs = Arc::new(Array { shape: vec![n], data: (0..n).map(|k| k as f64).collect() });
    set(Source::Table { name: "t".into(), inputs, values: None, labels: Some((Arc::new(labels.to_vec()), classes)) })
}

fn rows(d: &DataSet) -> Vec<u32> {
    read(d).inputs.into_double().into_iter().map(|x| x as u32).collect()
}

fn part(d: &DataSet, part: Part, split: &Split) -> DataSet {
    d.then(Step::Split { part, split: split.clone() })
}

fn quarter() -> Split {
    Split { test: Share::Fraction(0.25), validation: None, stratify: true, key: Some(KEY) }
}

#[test]
fn parts_of_the_digits() {
    let d = set(Source::Digits);
    let (train, test) = (read(&part(&d, Part::Train, &quarter())), read(&part(&d, Part::Test, &quarter())));
    assert_eq!((train.count, test.count), (1348, 449));
    let all = read(&d);
    for class in 0..10 {
        let count = |e: &Examples| labels(e).iter().filter(|l| **l == class).count();
        assert_eq!(count(&train) + count(&test), count(&all));
        // Within one of a quarter.
        assert!((count(&test) as f64 - count(&all) as f64 / 4.0).abs() < 1.0);
    }
}

#[test]
fn splits_share_out_every_example_once() {
    let labels: Vec<u32> = (0..97)
        .map(|k| {
            if k < 60 {
                0
            } else if k < 90 {
                1
            } else {
                3
            }
        })
        .collect();
    let d = numbered(&labels, 4);
    for stratify in [true, false] {
        for key in [Some(KEY), None] {
            for validation in [None, Some(Share::Count(10))] {
                let s = Split { test: Share::Fraction(0.2), validation, stratify, key };
                let mut parts = vec![rows(&part(&d, Part::Train, &s)), rows(&part(&d, Part::Test, &s))];
                assert_eq!(parts[1].len(), 19);
                if validation.is_some() {
                    parts.push(rows(&part(&d, Part::Validation, &s)));
                    assert_eq!(parts[2].len(), 10);
                }
                let together: BTreeSet<u32> = parts.iter().flatten().copied().collect();
                assert_eq!((together.len(), parts.iter().map(Vec::len).sum::<usize>()), (97, 97));
                if stratify {
                    for p in &parts {
                        let classes: BTreeSet<u32> = p.iter().map(|r| labels[*r as usize]).collect();
                        assert_eq!(classes, BTreeSet::from([0, 1, 3]));
                    }
                }
                let ascending = |p: &[u32]| p.windows(2).all(|w| w[0] < w[1]);
                assert!(parts.iter().all(|p| ascending(p) == key.is_none()));
                if key.is_none() && !stratify {
                    assert_eq!(parts[1], (78..97).collect::<Vec<u32>>());
                }
            }
        }
    }
}

#[test]
fn a_split_is_in_proportion_to_its_classes() {
    // Many classes of few examples, and one large one.
    let mut labels: Vec<u32> = (0..300).map(|k| k / 3).collect();
    labels.extend(vec![100; 5000]);
    let d = numbered(&labels, 101);
    for count in [101, 102, 250, 1000, 5000, 5199] {
        let s = Split { test: Share::Count(count), validation: None, stratify: true, key: Some(KEY) };
        let (train, test) = (read(&part(&d, Part::Train, &s)), read(&part(&d, Part::Test, &s)));
        assert_eq!(test.count, count);
        for e in [&train, &test] {
            assert_eq!(super::labels(e).iter().collect::<BTreeSet<_>>().len(), 101);
        }
    }
}

#[test]
fn splits_that_cannot_be() {
    let d = numbered(&[0, 0, 0, 1, 1, 2], 3);
    let split = |test, stratify| part(&d, Part::Test, &Split { test, validation: None, stratify, key: Some(KEY) }).facts();
    bad(split(Share::Fraction(0.5), true), &["class 2 has one example", "stratify: false"]);
    assert_eq!(split(Share::Fraction(0.5), false).expect("a part").examples, 3);
    bad(split(Share::Fraction(1.0), false), &["between 0 and 1"]);
    bad(split(Share::Fraction(f64::NAN), false), &["between 0 and 1"]);
    bad(split(Share::Count(6), false), &["none for training"]);
    bad(split(Share::Count(usize::MAX), false), &["none for training"]);
    bad(split(Share::Count(0), false), &["no example of 6"]);
    let d = numbered(&[0, 0, 0, 1, 1, 1], 2);
    bad(
        part(&d, Part::Test, &Split { test: Share::Count(1), validation: None, stratify: true, key: None }).facts(),
        &["2 classes"],
    );
}

#[test]
fn orders_do_not_depend_on_what_else_is_done() {
    let d = numbered(&[0; 50], 1);
    let shuffled = d.then(Step::Shuffle { key: KEY });
    let order = rows(&shuffled);
    assert_ne!(order, (0..50).collect::<Vec<u32>>());
    assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), 50);
    assert_eq!(rows(&shuffled.then(Step::Take(7))), order[..7]);
    assert_ne!(rows(&d.then(Step::Shuffle { key: Key(3, 15) })), order);
    bad(d.then(Step::Take(51)).facts(), &["51 examples cannot be taken of 50"]);
    bad(d.then(Step::Take(0)).facts(), &["0 examples"]);
}

/// Mean 0 and variance 1, by the definition.
#[test]
fn normalised_inputs() {
    let data: Vec<f64> =
        (0..5000 * 6).map(|k| if k % 6 == 4 { 2.5 } else { f64::from(k * k % 101) * f64::from(k % 6) + 1e3 }).collect();
    let inputs = Arc::new(Array { shape: vec![5000, 2, 3], data: data.clone() });
    let d = set(Source::Table { name: "t".into(), inputs, values: None, labels: None });
    for (over, group) in [(Over::Features, 1), (Over::Channels, 3), (Over::All, 6)] {
        let standard = read(&d.then(Step::Normalise { scale: Scale::Standard, over, by: None })).inputs.into_double();
        let unit = read(&d.then(Step::Normalise { scale: Scale::Unit, over, by: None })).inputs.into_double();
        for k in 0..data.len() {
            let first = k % 6 / group * group;
            let members: Vec<f64> = if k < 6 {
                (0..data.len()).filter(|j| (first..first + group).contains(&(j % 6))).map(|j| data[j]).collect()
            } else {
                break;
            };
            let n = members.len() as f64;
            let mean = members.iter().sum::<f64>() / n;
            let sd = (members.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt();
            let (low, high) = members.iter().fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
            let (sd, width) = if high > low { (sd, high - low) } else { (1.0, 1.0) };
            assert!((standard[k] - (data[k] - mean) / sd).abs() < 1e-9, "{over:?} {k}");
            assert!((unit[k] - (data[k] - low) / width).abs() < 1e-12);
        }
    }
}

#[test]
fn a_test_part_is_scaled_by_the_training_part() {
    let d = set(Source::Digits);
    let train = part(&d, Part::Train, &quarter());
    let by = |scale| Step::Normalise { scale, over: Over::All, by: Some(Arc::new(train.clone())) };
    let test = part(&d, Part::Test, &quarter());
    let x = read(&train).inputs.into_double();
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let sd = (x.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
    let (plain, scaled) = (read(&test).inputs.into_double(), read(&test.then(by(Scale::Standard))).inputs.into_double());
    plain.iter().zip(&scaled).for_each(|(a, b)| assert!(((a - mean) / sd - b).abs() < 1e-6));
    // A scaled set scales others as it is scaled.
    let twice = test.then(Step::Normalise {
        scale: Scale::Standard,
        over: Over::All,
        by: Some(Arc::new(train.then(by(Scale::Standard)))),
    });
    read(&twice).inputs.into_double().iter().zip(&plain).for_each(|(a, b)| assert!((a - b).abs() < 1e-6));
    let other = numbered(&[0, 1], 2);
    bad(other.then(by(Scale::Unit)).facts(), &["shape 1 cannot be normalised by a set with inputs of shape 64"]);
}

/// Each new class is uniform: a chi-square of 9 degrees of freedom exceeds 60 with probability 1.3e-9.
#[test]
fn random_labels() {
    let d = set(Source::Digits);
    let before = read(&d);
    let all = read(&d.then(Step::Relabel { fraction: 1.0, key: KEY }));
    let mut counts = [0f64; 10];
    labels(&all).iter().for_each(|l| counts[*l as usize] += 1.0);
    let expected = 179.7;
    assert!(counts.iter().map(|c| (c - expected) * (c - expected) / expected).sum::<f64>() < 60.0);
    let few = read(&d.then(Step::Relabel { fraction: 0.1, key: KEY }));
    let changed = labels(&few).iter().zip(labels(&before)).filter(|(a, b)| a != b).count();
    // Of 180 a tenth keep their class by chance: outside 18 ± 25 with probability below 1e-8.
    assert!((180 - 43..=180).contains(&changed), "{changed}");
    assert_eq!(read(&d.then(Step::Relabel { fraction: 0.0, key: KEY })), before);
    assert_eq!(few.inputs, before.inputs);
    bad(d.then(Step::Relabel { fraction: 1.5, key: KEY }).facts(), &["between 0 and 1"]);
    bad(d.then(Step::OneHot).then(Step::Relabel { fraction: 0.1, key: KEY }).facts(), &["values of shape 10"]);
}

#[test]
fn classes_as_values_and_chosen() {
    let d = numbered(&[2, 0, 1, 2, 0], 3);
    let hot = read(&d.then(Step::OneHot));
    let values = vec![0., 0., 1., 1., 0., 0., 0., 1., 0., 0., 0., 1., 1., 0., 0.];
    assert_eq!(hot.targets, Targets::Values { values, shape: vec![3] });
    let chosen = read(&d.then(Step::Classes(vec![2, 0])));
    assert_eq!((labels(&chosen), chosen.inputs.clone()), (&[0, 1, 0, 1][..], Numbers::Double(vec![0., 1., 3., 4.])));
    let digits = set(Source::Digits).then(Step::Classes(vec![7, 1]));
    assert_eq!(
        (digits.facts().expect("facts").examples, digits.facts().expect("facts").classes),
        (361, vec!["7".to_string(), "1".into()])
    );
    bad(d.then(Step::Classes(vec![3])).facts(), &["no class 3", "0 to 2"]);
    bad(d.then(Step::Classes(vec![1, 1])).facts(), &["listed twice"]);
    bad(d.then(Step::Classes(vec![])).facts(), &["no example"]);
    // A split after one_hot still knows the classes.
    let parts = read(&part(&set(Source::Digits).then(Step::OneHot), Part::Test, &quarter()));
    assert_eq!(parts.targets, read(&part(&set(Source::Digits), Part::Test, &quarter()).then(Step::OneHot)).targets);
}

#[test]
fn shapes() {
    let d = set(Source::Digits).then(Step::Reshape(vec![1, 8, 8]));
    assert_eq!(read(&d).shape, [1, 8, 8]);
    assert_eq!(read(&d.then(Step::Flatten)).shape, [64]);
    bad(d.then(Step::Reshape(vec![3, 3])).facts(), &["1 × 8 × 8", "3 × 3"]);
    bad(d.then(Step::Reshape(vec![usize::MAX, 2])).facts(), &["cannot take the shape"]);
}

fn rule(rule: Rule, examples: usize, noise: f64) -> DataSet {
    set(Source::Generated(Generated { rule, examples, noise, key: KEY }))
}

#[test]
fn generated_sets() {
    let x = |d: &DataSet| read(d).inputs.into_double();
    let moons = x(&rule(Rule::Moons, 200, 0.0));
    for (k, p) in moons.chunks(2).enumerate() {
        let (cx, cy, side) = if k % 2 == 0 { (0.0, 0.0, 1.0) } else { (1.0, 0.5, -1.0) };
        assert!(((p[0] - cx).hypot(p[1] - cy) - 1.0).abs() < 1e-12 && (p[1] - cy) * side >= 0.0);
    }
    for p in x(&rule(Rule::Spirals { classes: 3, turns: 1.5 }, 99, 0.0)).chunks(2).enumerate().map(|(k, p)| (k % 3, p)) {
        let (r, phi) = (p.1[0].hypot(p.1[1]), p.1[1].atan2(p.1[0]) / std::f64::consts::TAU);
        let turn = phi - 1.5 * r - p.0 as f64 / 3.0;
        assert!((turn - turn.round()).abs() < 1e-9 || r < 1e-9);
    }
    let xor = rule(Rule::Parity { inputs: 2 }, 4, 0.0);
    assert_eq!((x(&xor), labels(&read(&xor))), (vec![1., 1., -1., 1., 1., -1., -1., -1.], &[0, 1, 1, 0][..]));
    let parity = read(&rule(Rule::Parity { inputs: 5 }, 64, 0.0));
    for (p, l) in parity.inputs.clone().into_double().chunks(5).zip(labels(&parity)) {
        assert_eq!(p.iter().product::<f64>() < 0.0, *l == 1);
    }
    let blobs = Rule::Blobs { centres: vec![0., 0., 10., 5.], inputs: 2 };
    let b = x(&rule(blobs.clone(), 40_000, 0.5));
    // The mean of 20,000 normals of spread 0.5 strays by 6 standard errors (0.021) with probability 2e-9.
    for (axis, centre) in [10.0, 5.0].into_iter().enumerate() {
        let of: Vec<f64> = b.chunks(2).skip(1).step_by(2).map(|p| p[axis]).collect();
        assert!((of.iter().sum::<f64>() / of.len() as f64 - centre).abs() < 0.0215);
    }
    // More examples change none.
    assert_eq!(x(&rule(blobs.clone(), 10, 0.5)), b[..20]);
    bad(rule(blobs, 10, -1.0).facts(), &["must not be negative"]);
    bad(rule(Rule::Parity { inputs: 64 }, 10, 0.0).facts(), &["1..=63"]);
    bad(rule(Rule::Moons, 0, 0.0).facts(), &["at least one"]);
    bad(rule(Rule::Moons, usize::MAX, 0.0).facts(), &["too many"]);
}

#[test]
fn tables() {
    let array = |shape: &[usize], data: &[f64]| Arc::new(Array { shape: shape.to_vec(), data: data.to_vec() });
    let table = |inputs: &Arc<Array>, values: Option<&Arc<Array>>| {
        set(Source::Table { name: "f".into(), inputs: inputs.clone(), values: values.cloned(), labels: None })
    };
    let (x, y) = (array(&[2, 2], &[1., 2., 3., 4.]), array(&[2], &[5., 6.]));
    let d = table(&x, Some(&y));
    assert_eq!(read(&d).targets, Targets::Values { values: vec![5., 6.], shape: vec![1] });
    assert_eq!(read(&d.then(Step::Shuffle { key: KEY }).then(Step::Take(1))).count, 1);
    bad(table(&y, Some(&array(&[3], &[0.; 3]))).facts(), &["2 examples, but values for 3"]);
    bad(table(&array(&[2], &[1., f64::NAN]), None).facts(), &["NaN for example 1"]);
    bad(table(&array(&[2], &[1.]), None).facts(), &["no table"]);
    bad(table(&array(&[], &[1.]), None).facts(), &["a direction that counts examples"]);
    bad(numbered(&[0, 5], 3).facts(), &["example 1 has class 5 of 3"]);
}

#[test]
fn identities() {
    let f = Folder::new("identity");
    let csv = |path: String| {
        set(Source::Csv(Csv { path, header: None, inputs: vec![], targets: vec![], wanted: Wanted::Nothing, classes: vec![] }))
    };
    let (a, b, c) = (csv(f.file("a", b"1,2\n")), csv(f.file("b", b"1,2\n")), csv(f.file("c", b"1,3\n")));
    let of = |d: &DataSet| d.identity().expect("an identity");
    assert_eq!(of(&a), of(&b));
    assert_ne!(of(&a), of(&c));
    let by = |by: &DataSet| a.then(Step::Normalise { scale: Scale::Unit, over: Over::All, by: Some(Arc::new(by.clone())) });
    assert_eq!(of(&by(&a)), of(&by(&b)));
    assert_ne!(of(&by(&a)), of(&by(&c)));
    let d = set(Source::Digits);
    let mut all: Vec<String> =
        vec![of(&d), of(&part(&d, Part::Train, &quarter())), of(&part(&d, Part::Test, &quarter())), of(&d.then(Step::Take(3)))];
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4);
    bad(csv(f.at("none")).identity(), &["no such file"]);
}

#[test]
fn descriptions_are_plain_data() {
    let d = part(&set(Source::Digits), Part::Train, &quarter());
    let d = d.then(Step::Normalise { scale: Scale::Unit, over: Over::Channels, by: Some(Arc::new(d.clone())) });
    let json = serde_json::to_string(&d).expect("text");
    assert_eq!(serde_json::from_str::<DataSet>(&json).expect("a set"), d);
    let bytes = postcard::to_stdvec(&d).expect("bytes");
    assert_eq!(postcard::from_bytes::<DataSet>(&bytes).expect("a set"), d);
    assert_eq!((d.weight(), d.describe()), (5, "digits.train.normalise".to_string()));
}
