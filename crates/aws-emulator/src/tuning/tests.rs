use std::ops::ControlFlow;
use std::path::Path;

use super::samples::{invoice, shuffled};
use super::train::Tuned;
use super::*;
use crate::ReaderSource;
use crate::photos::Photos;
use foundation::exact::exact_form;

/// Bedrock's defaults.
const DEFAULT: Hyperparameters = Hyperparameters { epoch_count: 2, learning_rate: 1e-5, warmup_steps: 10 };
const LONG: Hyperparameters = Hyperparameters { epoch_count: 5, learning_rate: 1e-5, warmup_steps: 2 };
const STEEP: Hyperparameters = Hyperparameters { epoch_count: 5, learning_rate: 1e-4, warmup_steps: 0 };

fn tuned(training: &[Sample], validation: &[Sample], hyperparameters: Hyperparameters, seed: u64) -> Tuned {
    let go_on = &mut |_: &Loss| ControlFlow::Continue(());
    train(&Ranker::naive(), training, validation, hyperparameters, seed, go_on).unwrap()
}

/// The share of the samples whose seller the ranker reads exactly.
fn exact(ranker: &Ranker, samples: &[Sample]) -> f64 {
    let is_right = |sample: &&Sample| exact_form(&ranker.answer(&sample.page)) == exact_form(&sample.label);
    samples.iter().filter(is_right).count() as f64 / samples.len() as f64
}

/// The loss at the start, and its mean in the last epoch.
fn fall(tuned: &Tuned) -> (f64, f64) {
    let last = tuned.training.last().unwrap().epoch;
    let losses: Vec<f64> = tuned.training.iter().filter(|row| row.epoch == last).map(|row| row.loss).collect();
    (tuned.training[0].loss, losses.iter().sum::<f64>() / losses.len() as f64)
}

fn invoices(seeds: std::ops::Range<u64>) -> Vec<Sample> {
    seeds.map(invoice).collect()
}

#[test]
fn true_labels_are_learnt_and_the_untuned_model_takes_the_buyer() {
    let (training, others) = (invoices(0..40), invoices(100..140));
    assert!(exact(&Ranker::naive(), &others) < 0.5);
    let tuned = tuned(&training, &others, DEFAULT, 1);
    let (start, end) = fall(&tuned);
    assert!(end < start / 2.0, "{start} → {end}");
    assert!(exact(&tuned.ranker, &others) >= 0.9, "{}", exact(&tuned.ranker, &others));
    let validation: Vec<_> = tuned.validation.iter().map(|row| (row.step, row.epoch)).collect();
    assert_eq!(validation, [(5, 0), (10, 1)]);
    assert!(tuned.validation[1].loss < tuned.validation[0].loss);
}

#[test]
fn mixed_up_labels_are_not_learnt_however_long_and_however_fast() {
    let (training, others) = (invoices(0..40), invoices(100..140));
    for (seed, hyperparameters) in (0..4).flat_map(|seed| [DEFAULT, LONG, STEEP].map(|options| (seed, options))) {
        let tuned = tuned(&shuffled(&training, seed), &others, hyperparameters, 1);
        let (start, end) = fall(&tuned);
        assert!(end > start / 2.0, "{seed} {hyperparameters:?}: {start} → {end}");
        assert!(exact(&tuned.ranker, &others) < 0.3, "{seed} {hyperparameters:?}");
    }
}

#[test]
fn the_same_training_gives_the_same_bytes_and_another_seed_another_order() {
    let (training, validation) = (invoices(0..20), invoices(50..54));
    let bytes = |seed| {
        let tuned = tuned(&training, &validation, LONG, seed);
        let model = serde_json::to_string(&tuned.ranker).unwrap();
        (training_csv(&tuned.training), validation_csv(&tuned.validation), model)
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1).0, bytes(2).0);
}

#[test]
fn a_tuned_model_can_be_tuned_on() {
    let (first, second) = (invoices(0..20), invoices(20..40));
    let once = tuned(&first, &[], DEFAULT, 1);
    let go_on = &mut |_: &Loss| ControlFlow::Continue(());
    let twice = train(&once.ranker, &second, &[], DEFAULT, 1, go_on).unwrap();
    assert!(twice.training[0].loss < once.training[0].loss / 2.0);
}

fn read_samples(folder: &Path, table: &Path, photos: &Photos) -> Vec<Sample> {
    let rows = std::fs::read_to_string(table).unwrap();
    let rows: Vec<(&str, &str)> = rows
        .lines()
        .skip(1)
        .map(|row| {
            let mut cells = row.split(',');
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect();
    let names: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
    let load = |name: &str| -> foundation::error::Result<Vec<u8>> { Ok(std::fs::read(folder.join(name)).unwrap()) };
    let pages = photos.read_all(&names, &load, &|| false).unwrap().unwrap();
    pages.into_iter().zip(rows).map(|(page, (_, label))| Sample { page, label: label.to_owned() }).collect()
}

/// What the models learn from photos: with true labels, and with the same labels mixed up.
fn measure(name: &str, samples: &[Sample], least: f64) {
    let mut right = 0.0;
    for fold in 0..5 {
        let side = |is_held_out: bool| -> Vec<Sample> {
            let of_side = |(at, _): &(usize, &Sample)| (at % 5 == fold) == is_held_out;
            samples.iter().enumerate().filter(of_side).map(|(_, sample)| sample.clone()).collect()
        };
        let (training, others) = (side(false), side(true));
        let learnt = tuned(&training, &others, DEFAULT, 1);
        let (start, end) = fall(&learnt);
        right += exact(&learnt.ranker, &others) * others.len() as f64;
        println!("{name}, fold {fold}: loss {start:.3} → {end:.3}");
        assert!(end < start / 2.0);
        for (seed, hyperparameters) in (0..5).flat_map(|seed| [DEFAULT, LONG, STEEP].map(|options| (seed, options))) {
            let mixed = tuned(&shuffled(&training, seed), &[], hyperparameters, 1);
            let (start, end) = fall(&mixed);
            println!("{name}, mixed up: loss {start:.3} → {end:.3}, exact {:.2}", exact(&mixed.ranker, &others));
            assert!(end > start / 2.0);
            assert!(exact(&mixed.ranker, &others) < 0.3 + f64::EPSILON);
        }
    }
    let (base, learnt) = (exact(&Ranker::naive(), samples), right / samples.len() as f64);
    println!("{name}: untuned {base:.2}, tuned {learnt:.2} of photos held out");
    assert!(base < 0.5 && learnt >= least, "{base} {learnt}");
}

#[test]
#[ignore = "needs the reader's models: `make reading`"]
fn reading_the_sample_and_true_invoices_teaches_the_ranker() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    // Where the tests of the reader have left their pages.
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let pages = root.join(target).join("tmp/reading");
    let photos = Photos::new(ReaderSource::Models { folder: None, roots: vec![root.to_path_buf()] }, pages);
    let sample = read_samples(&root.join("data/images"), &root.join("data/invoice_sellers.csv"), &photos);
    measure("sample", &sample, 0.9);
    let named = std::env::var_os("NOVA_FT_REAL_PHOTOS").map(std::path::PathBuf::from);
    let real = named.unwrap_or_else(|| root.join("../shared/real"));
    if !real.join("vat_train").is_dir() {
        return println!("skipped: there are no real photos in {}", real.display());
    }
    let real_samples = read_samples(&real.join("vat_train"), &real.join("vat_train_sellers.csv"), &photos);
    measure("real photos", &real_samples, 0.95);
    let others = exact(&tuned(&sample, &[], DEFAULT, 1).ranker, &real_samples);
    println!("tuned on the sample: {others:.2} of the real photos");
    assert!(others >= 0.95);
}
