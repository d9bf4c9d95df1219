//! The metrics files in Bedrock's layout: the columns, the counting from step 1 and epoch 0, and numbers of single
//! precision written out in full, as in a file of a real job.

use super::train::Loss;

/// `step_wise_training_metrics.csv`.
pub(crate) fn training_csv(losses: &[Loss]) -> String {
    csv("training_loss", losses)
}

/// `validation_metrics.csv`.
pub(crate) fn validation_csv(losses: &[Loss]) -> String {
    csv("validation_loss", losses)
}

fn csv(loss: &str, losses: &[Loss]) -> String {
    let rows = losses.iter().map(|row| format!("{},{},{}\n", row.step, row.epoch, f64::from(row.loss as f32)));
    format!("step_number,epoch_number,{loss}\n{}", rows.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_as_those_of_a_real_job() {
        let losses = [
            Loss { step: 1, epoch: 0, loss: 1.628_739_833_831_787 },
            Loss { step: 7, epoch: 1, loss: 0.339_694_797_992_706_3 },
            Loss { step: 8, epoch: 1, loss: 1e-9 },
            Loss { step: 9, epoch: 1, loss: 2.0 },
        ];
        let rows = "1,0,1.628739833831787\n7,1,0.3396947979927063\n8,1,0.0000000009999999717180685\n9,1,2\n";
        assert_eq!(training_csv(&losses), format!("step_number,epoch_number,training_loss\n{rows}"));
        assert_eq!(validation_csv(&losses), format!("step_number,epoch_number,validation_loss\n{rows}"));
    }

    #[test]
    fn differences_below_single_precision_are_not_written() {
        let file = |loss: f64| training_csv(&[Loss { step: 1, epoch: 0, loss }]);
        assert_eq!(file(0.1), file(0.1 + 1e-12));
    }

    #[test]
    fn without_steps_there_is_a_header() {
        assert_eq!(training_csv(&[]), "step_number,epoch_number,training_loss\n");
    }
}
