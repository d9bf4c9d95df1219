//! The metrics files in Bedrock's layout.

use super::train::Loss;

/// `step_wise_training_metrics.csv`.
pub(in crate::local) fn training_csv(losses: &[Loss]) -> String {
    csv("training_loss", losses)
}

/// `validation_metrics.csv`.
pub(in crate::local) fn validation_csv(losses: &[Loss]) -> String {
    csv("validation_loss", losses)
}

fn csv(loss: &str, losses: &[Loss]) -> String {
    let rows = losses.iter().map(|row| format!("{},{},{}\n", row.step, row.epoch, row.loss));
    format!("step_number,epoch_number,{loss}\n{}", rows.collect::<String>())
}
