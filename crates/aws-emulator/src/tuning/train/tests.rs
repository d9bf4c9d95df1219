use super::super::samples::{invoice, line};
use super::*;

fn tasks() -> Vec<Task> {
    let mut samples: Vec<Sample> = (0..6).map(invoice).collect();
    // One slip, another party, nothing that is there, nothing at all.
    samples[1].label = samples[1].label.replace("公司", "公可");
    samples[2].label = "阿里云计算有限公司".to_owned();
    samples[3].label = String::new();
    samples[4].page = Page::default();
    samples.iter().map(Task::of).collect()
}

fn some_weights(seed: u64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..WEIGHTS).map(|_| f64::from(rng.next_u32()) / f64::from(u32::MAX) * 2.0 - 1.0).collect()
}

#[test]
fn the_gradient_is_that_of_the_loss() {
    const STEP: f64 = 1e-5;
    let tasks = tasks();
    for seed in 0..3 {
        let weights = some_weights(seed);
        let mut gradient = vec![0.0; WEIGHTS];
        let loss = mean_loss(&weights, tasks.iter(), Some(&mut gradient));
        assert!(loss > 0.0);
        for at in 0..WEIGHTS {
            let shifted = |by: f64| {
                let mut weights = weights.clone();
                weights[at] += by;
                mean_loss(&weights, tasks.iter(), None)
            };
            let slope = (shifted(STEP) - shifted(-STEP)) / (2.0 * STEP);
            assert!((slope - gradient[at]).abs() < 1e-7, "weight {at}: {slope} is not {}", gradient[at]);
        }
        assert!(
            gradient.iter().filter(|slope| slope.abs() > 1e-6).count() > 50,
            "most of it was compared with something"
        );
    }
}

#[test]
fn the_target_is_the_nearest_candidate_and_none_where_that_is_far() {
    let targets: Vec<_> =
        tasks().iter().map(|task| (task.target < task.candidates.len(), task.copying.slips)).collect();
    assert_eq!(targets, [(true, 0), (true, 1), (false, 0), (false, 0), (false, 0), (true, 0)]);
}

#[test]
fn a_label_that_is_not_on_the_photo_costs_its_characters_and_no_training_makes_it_cheaper() {
    let mut sample = invoice(1);
    sample.label = "龘靐齉爩".to_owned();
    let task = Task::of(&sample);
    // A model that never copies and always says "none".
    let mut weights = vec![0.0; WEIGHTS];
    weights[NONE] = 1e3;
    let floor = task.nats(&weights, None);
    assert!((floor - 4.0 * (2.0 * SCRIPT_CHARACTERS).ln()).abs() < 1e-9, "{floor}");
    sample.label = "公司有限".to_owned();
    assert!(Task::of(&sample).nats(&weights, None) < 0.8 * floor, "characters of the page are likelier");
}

const SCRIPT_CHARACTERS: f64 = 20_992.0;

#[test]
fn an_epoch_has_a_step_for_every_eight_samples_and_leaves_none_out() {
    for (samples, steps) in [(50, 6), (40, 5), (8, 1), (1, 1), (9, 1), (15, 1), (16, 2), (0, 0)] {
        let order: Vec<usize> = (0..samples).collect();
        assert_eq!(batches(&order).count(), steps, "{samples}");
        assert_eq!(batches(&order).flatten().copied().collect::<Vec<_>>(), order);
        let sizes = || batches(&order).map(<[usize]>::len);
        assert!(sizes().max().unwrap_or(0) - sizes().min().unwrap_or(0) <= 1);
    }
}

#[test]
fn fifty_samples_in_three_epochs_are_the_eighteen_steps_of_a_real_job() {
    let samples: Vec<Sample> = (0..50).map(invoice).collect();
    let hyperparameters = Hyperparameters { epoch_count: 3, learning_rate: 1e-5, warmup_steps: 0 };
    let mut heard = Vec::new();
    let observe = &mut |row: &Loss| {
        heard.push((row.step, row.epoch));
        ControlFlow::Continue(())
    };
    let tuned = train(&Ranker::naive(), &samples, &[], hyperparameters, 7, observe).unwrap();
    let rows: Vec<_> = tuned.training.iter().map(|row| (row.step, row.epoch)).collect();
    assert_eq!(rows, (1..=18).map(|step| (step, (step - 1) / 6)).collect::<Vec<_>>());
    assert_eq!(heard, rows);
    assert!(tuned.validation.is_empty());
}

#[test]
fn the_one_who_watches_can_end_it() {
    let samples: Vec<Sample> = (0..16).map(invoice).collect();
    let hyperparameters = Hyperparameters { epoch_count: 5, learning_rate: 1e-5, warmup_steps: 0 };
    let mut steps = 0;
    let observe = &mut |row: &Loss| {
        steps = row.step;
        if row.step == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    assert_eq!(train(&Ranker::naive(), &samples, &[], hyperparameters, 7, observe), None);
    assert_eq!(steps, 3);
}

#[test]
fn the_rate_grows_through_the_warm_up_and_falls_to_the_end() {
    let shares = |warmup_steps, total| -> Vec<f64> {
        (1..=total).map(|step| share_of_rate(step, warmup_steps, total)).collect()
    };
    let are = |found: Vec<f64>, expected: &[f64]| {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    };
    are(shares(0, 4), &[1.0, 0.75, 0.5, 0.25]);
    are(shares(2, 4), &[0.5, 1.0, 2.0 / 3.0, 1.0 / 3.0]);
    are(shares(4, 4), &[0.25, 0.5, 0.75, 1.0]);
    are(shares(100, 2), &[0.01, 0.02]);
    are(shares(1, 1), &[1.0]);
}

#[test]
fn odd_samples_leave_the_weights_finite() {
    let blank = Sample { page: Page::default(), label: String::new() };
    let odd =
        Sample { page: Page { lines: vec![line("甲", f32::NAN, 0.0)], ..Page::default() }, label: "甲".repeat(500) };
    let hyperparameters = Hyperparameters { epoch_count: 5, learning_rate: 1e-4, warmup_steps: 0 };
    let go_on = &mut |_: &Loss| ControlFlow::Continue(());
    let tuned = train(&Ranker::naive(), &[blank, odd, invoice(1)], &[], hyperparameters, 7, go_on).unwrap();
    assert!(tuned.training.iter().all(|row| row.loss.is_finite()));
    assert!(tuned.ranker.weights().iter().all(|weight| weight.is_finite()));
}
