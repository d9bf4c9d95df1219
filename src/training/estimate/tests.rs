use super::record::RecordParts;
use super::*;
use crate::aws::tokens::{ImageSize, text_tokens};
use crate::progress::Silent;

/// A file of records, each with a short prompt and a photo of 1.1 or 1.9 megapixels in turn.
fn photos(count: usize) -> FileTokens {
    let mut file = FileTokens::default();
    let prompt = "What is this? Answer with the one word for it. You are a helpful assistant.";
    for n in 0..count {
        let parts = RecordParts { text: text_tokens(prompt) + text_tokens("bicycle"), ..RecordParts::default() };
        let size = [ImageSize { width_px: 1_200, height_px: 900 }, ImageSize { width_px: 1_600, height_px: 1_200 }];
        file.add(&parts, &[Some(size[n % 2])]);
    }
    file
}

#[test]
fn the_bills_that_are_known_lie_in_the_ranges() {
    let prices = Prices::shipped().unwrap();
    for (count, bill) in [(300, 2.1), (900, 7.5)] {
        let row = model_estimate(Model::Lite, &photos(count), None, 5, &prices);
        assert!(row.training.low <= bill && bill <= row.training.high, "{bill} is not in {:?}", row.training);
        assert!(row.training.high < 8.0 * row.training.low, "wide, and of use: {:?}", row.training);
    }
}

#[test]
fn a_model_says_why_it_cannot_be_tuned_on_the_data() {
    let held_out = photos(2);
    let says = |model, train: usize, validation| refusals(model, &photos(train), validation).join("; ");
    assert_eq!(says(Model::Micro, 8, None), "takes no photos");
    assert_eq!(says(Model::Lite, 8, Some(&held_out)), "");
    assert_eq!(says(Model::Pro, 7, None), "needs 8 samples, here 7");
    assert_eq!(says(Model::Lite2, 199, Some(&held_out)), "takes no validation file");
    assert_eq!(says(Model::Lite2, 200, None), "");
    assert_eq!(says(Model::Lite, 19_999, Some(&held_out)), "takes 20000 samples, here 20001");
    let mut texts = FileTokens::default();
    (0..8).for_each(|_| texts.add(&RecordParts::default(), &[]));
    assert_eq!(refusals(Model::Micro, &texts, None), [""; 0]);
}

#[test]
fn steps_are_samples_times_epochs_by_the_samples_of_a_step_and_at_least_one() {
    let steps = |samples, epochs| training_steps(Model::Lite, samples, epochs);
    assert_eq!([steps(50, 3), steps(8, 1), steps(1, 1)], [18, 1, 1]);
    let of = |model| training_steps(model, 640, 2);
    assert_eq!([Model::Micro, Model::Lite, Model::Pro, Model::Lite2].map(of), [40, 160, 80, 160]);
}

#[test]
fn epochs_that_bedrock_does_not_train_for_are_refused() {
    for (epoch_count, taken) in [(0, false), (1, true), (5, true), (6, false)] {
        let options = EstimateOptions { epoch_count, ..EstimateOptions::default() };
        assert_eq!(options.check().is_ok(), taken, "{epoch_count}");
    }
}

#[test]
fn records_over_the_limit_are_counted_at_both_ends() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("train.jsonl");
    let record = |letters: usize| {
        let text = "a".repeat(letters);
        serde_json::json!({"messages": [{"role": "user", "content": [{"text": text}]}]}).to_string() + "\n"
    };
    // 32,000 tokens are at least 64,000 letters and at most 192,000.
    std::fs::write(&file, [record(10), record(100_000), record(200_000)].concat()).unwrap();
    let estimate = estimate(&EstimateOptions { file, ..EstimateOptions::default() }, &Silent).unwrap();
    assert_eq!(estimate.models[0].too_long, TokenRange::new(1, 2));
}
