//! Fitting a ranker to labels: mini-batch gradient descent on the cross-entropy of the labels.
//!
//! The loss is that of a model which writes, in nats a token, as Bedrock's: choosing the candidate that the label is copied
//! from ("none of these" where no candidate lies within a character error rate of 0.2 of it), and writing the label that
//! way (see [`Hand`]). A token is a character, or the end of the label.

use std::ops::ControlFlow;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

use super::features::{Features, Seen, look};
use super::ranker::{COPYING, NONE, Ranker, WEIGHTS, scores};
use super::text_cost::{Copying, Hand};
use foundation::exact::{edits, exact_form};
use invoice_ocr::reader::Page;

/// Samples of a step. With fewer of them a step takes all; what does not fill a step is spread over the others of its epoch,
/// so that 50 samples are 6 steps, as with Bedrock.
const BATCH: usize = 8;
/// What Bedrock's learning rate is multiplied by, so that its default, 1e-5, suits this model: on 40 photos, two epochs with
/// a warm-up of ten steps then get as far as five epochs do, and 1e-4 does not run away.
const RATE: f64 = 600_000.0;
/// A candidate that differs from the label by more is not what it was copied from.
const MOST_ERRORS: f64 = 0.2;

/// A photo as it was read, with its label.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    /// The lines of the photo.
    pub(crate) page: Page,
    /// What the model should answer.
    pub(crate) label: String,
}

/// The hyperparameters of a job, in Bedrock's units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hyperparameters {
    /// Times that every sample is seen, 1 to 5.
    pub(crate) epoch_count: u32,
    /// 1e-6 to 1e-4.
    pub(crate) learning_rate: f64,
    /// Steps until the learning rate is reached, 0 to 100.
    pub(crate) warmup_steps: u32,
}

/// A row of the metrics.
#[expect(clippy::struct_field_names, reason = "the columns' names")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Loss {
    /// From 1; of a validation, the step that it was made after.
    pub(crate) step: u32,
    /// From 0.
    pub(crate) epoch: u32,
    /// Mean cross-entropy, nats a token. That of a training step is from before the step.
    pub(crate) loss: f64,
}

/// What a training came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tuned {
    /// The tuned model.
    pub(crate) ranker: Ranker,
    /// A row a step.
    pub(crate) training: Vec<Loss>,
    /// A row an epoch; empty without validation samples.
    pub(crate) validation: Vec<Loss>,
}

/// Trains `base` on `training`. The same input gives the same output, byte for byte. `observe` hears of each step and may
/// end the training, which then comes to `None`.
pub(crate) fn train(
    base: &Ranker,
    training: &[Sample],
    validation: &[Sample],
    hyperparameters: Hyperparameters,
    seed: u64,
    observe: &mut dyn FnMut(&Loss) -> ControlFlow<()>,
) -> Option<Tuned> {
    let training: Vec<Task> = training.iter().map(Task::of).collect();
    let validation: Vec<Task> = validation.iter().map(Task::of).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut weights = base.weights().to_vec();
    let (mut steps, mut validated) = (Vec::new(), Vec::new());
    let mut order: Vec<usize> = (0..training.len()).collect();
    let mut step = 0;
    let total = batches(&order).count() as u32 * hyperparameters.epoch_count;
    for epoch in 0..hyperparameters.epoch_count {
        shuffle(&mut order, &mut rng);
        for batch in batches(&order) {
            step += 1;
            let mut gradient = vec![0.0; WEIGHTS];
            let loss = mean_loss(&weights, batch.iter().map(|at| &training[*at]), Some(&mut gradient));
            let rate = RATE * hyperparameters.learning_rate * share_of_rate(step, hyperparameters.warmup_steps, total);
            for (weight, slope) in weights.iter_mut().zip(&gradient) {
                *weight -= rate * slope;
            }
            let row = Loss { step, epoch, loss };
            steps.push(row);
            if observe(&row).is_break() {
                return None;
            }
        }
        if !validation.is_empty() {
            validated.push(Loss { step, epoch, loss: mean_loss(&weights, validation.iter(), None) });
        }
    }
    Some(Tuned { ranker: Ranker::of_weights(weights), training: steps, validation: validated })
}

/// The share of the learning rate at a step: it grows evenly until the warm-up is over, and falls evenly from there to the
/// end, so that the last samples do not weigh more than all the others.
fn share_of_rate(step: u32, warmup_steps: u32, total: u32) -> f64 {
    if step < warmup_steps {
        return f64::from(step) / f64::from(warmup_steps);
    }
    f64::from(total - step + 1) / f64::from(total - warmup_steps.max(1) + 1)
}

/// The steps of an epoch: as many as there are full batches, at least one, of sizes that differ by one at most.
fn batches(order: &[usize]) -> impl Iterator<Item = &[usize]> {
    let count = (order.len() / BATCH).max(usize::from(!order.is_empty()));
    (0..count).map(move |at| &order[at * order.len() / count..(at + 1) * order.len() / count])
}

/// Fisher and Yates, written out so that no other version of a crate brings another order.
pub(super) fn shuffle<T>(order: &mut [T], rng: &mut ChaCha8Rng) {
    for last in (1..order.len()).rev() {
        order.swap(last, (rng.next_u64() % (last as u64 + 1)) as usize);
    }
}

/// A sample, ready to be trained on.
#[derive(Debug, Clone, PartialEq)]
struct Task {
    candidates: Vec<Features>,
    /// Which candidate the label is copied from; behind the last one: none.
    target: usize,
    copying: Copying,
    tokens: f64,
}

impl Task {
    fn of(sample: &Sample) -> Self {
        let candidates = look(&sample.page);
        let label = exact_form(&sample.label);
        let length = label.chars().count();
        let errors = |seen: &Seen| edits(&exact_form(&seen.text), &label) as f64 / length.max(1) as f64;
        let nearest = candidates.iter().map(errors).enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        let target = nearest.filter(|(_, errors)| *errors <= MOST_ERRORS).map(|(at, _)| at);
        let hand = Hand::of(&sample.page);
        let text: Vec<char> = label.chars().collect();
        let copying = match target {
            Some(at) => hand.copy(&exact_form(&candidates[at].text).chars().collect::<Vec<_>>(), &text),
            None => Copying { free: hand.write(&text), ..Copying::default() },
        };
        let target = target.unwrap_or(candidates.len());
        let candidates = candidates.into_iter().map(|seen| seen.features).collect();
        Self { candidates, target, copying, tokens: length as f64 + 1.0 }
    }

    /// Its cross-entropy in nats; adds its derivative by the weights to `gradient`.
    fn nats(&self, weights: &[f64], gradient: Option<&mut [f64]>) -> f64 {
        let scores = scores(weights, self.candidates.iter());
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = scores.iter().map(|score| (score - most).exp()).sum();
        let choice = most + sum.ln() - scores[self.target];
        let (right, slips) = (f64::from(self.copying.right), f64::from(self.copying.slips));
        let trust = weights[COPYING];
        if let Some(gradient) = gradient {
            for (at, score) in scores.iter().enumerate() {
                let slope = (score - most).exp() / sum - f64::from(u8::from(at == self.target));
                match self.candidates.get(at) {
                    Some(features) => {
                        for (feature, value) in features {
                            gradient[usize::from(*feature)] += slope * f64::from(*value);
                        }
                    }
                    None => gradient[NONE] += slope,
                }
            }
            let slipping = 1.0 / (1.0 + trust.exp());
            gradient[COPYING] += slips * (1.0 - slipping) - right * slipping;
        }
        choice + right * log_1_plus_exp(-trust) + slips * log_1_plus_exp(trust) + self.copying.free
    }
}

/// The mean over the tokens of some tasks, summed in their order, and its gradient.
fn mean_loss<'a>(weights: &[f64], tasks: impl Iterator<Item = &'a Task>, mut gradient: Option<&mut Vec<f64>>) -> f64 {
    let (mut nats, mut tokens) = (0.0, 0.0);
    for task in tasks {
        nats += task.nats(weights, gradient.as_mut().map(|gradient| gradient.as_mut_slice()));
        tokens += task.tokens;
    }
    if let Some(gradient) = gradient {
        for slope in gradient.iter_mut() {
            *slope /= tokens;
        }
    }
    nats / tokens
}

fn log_1_plus_exp(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests;
