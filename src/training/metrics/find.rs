//! A job's metrics files in its output. Sources disagree on their folders, so the output is listed and names are matched.

use std::path::Path;

use super::read::parse_series;
use super::series::{Series, file_name};
use crate::aws::s3::{ObjectStore, S3Uri};
use crate::dataset::Side;
use crate::error::{Error, Place, Result};
use crate::files::MAX_METRICS_BYTES;

/// Where the metrics files of a job are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsFiles {
    /// The losses by step.
    pub training: S3Uri,
    /// The losses on the records held out; there are none without validation data.
    pub validation: Option<S3Uri>,
}

/// Finds the metrics files of a job below its output. `job_id` is the last part of the job's ARN; without it there must be
/// one job's output only.
///
/// # Errors
/// Where the service refuses, where there are none (yet), or where several might be meant.
pub fn find_metrics(store: &ObjectStore, output: &S3Uri, job_id: Option<&str>) -> Result<MetricsFiles> {
    let prefix = output.key.trim_matches('/');
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    choose(&store.list(&output.bucket, &prefix)?, output, job_id)
}

/// Reads what was found.
pub fn read_found(store: &ObjectStore, files: &MetricsFiles) -> Result<(Series, Option<Series>)> {
    let read =
        |uri: &S3Uri, side| parse_series(&store.read_up_to(uri, MAX_METRICS_BYTES)?, Path::new(&uri.to_string()), side);
    let validation = files.validation.as_ref().map(|uri| read(uri, Side::Validation)).transpose()?;
    Ok((read(&files.training, Side::Train)?, validation))
}

fn choose(keys: &[String], output: &S3Uri, job_id: Option<&str>) -> Result<MetricsFiles> {
    let place = || Place { file: Some(output.to_string().into()), ..Place::default() };
    let named = |name: &str| {
        let keys =
            keys.iter().filter(move |key| key.rsplit('/').next().is_some_and(|base| base.eq_ignore_ascii_case(name)));
        keys.filter(|key| job_id.is_none_or(|id| key.split('/').any(|folder| is_of_job(folder, id))))
            .collect::<Vec<_>>()
    };
    let training_file = file_name(Side::Train);
    let training = match named(training_file)[..] {
        [only] => only,
        [] => {
            let hint = "a job writes it when it has trained: `nova-ft job status` says how far it is; a job that failed has none.";
            let of = job_id.map(|id| format!(" of the job {id}")).unwrap_or_default();
            return Err(Error::input(place(), format!("there is no {training_file}{of}"), hint));
        }
        ref several => {
            let hint = "name the job, or the folder of one job.";
            let first = several.iter().take(3).map(|key| key.as_str()).collect::<Vec<_>>().join(", ");
            let what = format!("there are {} files {training_file}: {first}", several.len());
            return Err(Error::input(place(), what, hint));
        }
    };
    // Of the same job: of several the one that shares the most folders with the training's.
    let shared = |key: &str| key.split('/').zip(training.split('/')).take_while(|(a, b)| a == b).count();
    let validation = named(file_name(Side::Validation)).into_iter().max_by_key(|key| shared(key));
    let uri = |key: &str| S3Uri::new(&output.bucket, key);
    Ok(MetricsFiles { training: uri(training), validation: validation.map(|key| uri(key)) })
}

/// Whether a folder is that of a job: Bedrock names it `model-customization-job-ID`.
fn is_of_job(folder: &str, id: &str) -> bool {
    folder.strip_suffix(id).is_some_and(|before| before.is_empty() || before.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(keys: &[&str], job_id: Option<&str>) -> Result<MetricsFiles, String> {
        let keys: Vec<String> = keys.iter().map(|key| format!("out/{key}")).collect();
        choose(&keys, &S3Uri::new("bucket", "out"), job_id).map_err(|error| error.to_string())
    }

    #[test]
    fn both_documented_places_are_found_and_write_probes_are_not_metrics() {
        for folder in ["post_fine_tuning_validation", "post_fine_tuning_validation/validation"] {
            let job = "model-customization-job-abcdefghijkl";
            let validation = format!("{job}/validation_artifacts/{folder}/validation_metrics.csv");
            let training = format!("{job}/training_artifacts/step_wise_training_metrics.csv");
            let keys = [".write_access_check_file.tmp", ".write_access_check_file.temp", &validation, &training];
            let files = found(&keys, Some("abcdefghijkl")).unwrap();
            assert_eq!(files.training.to_string(), format!("s3://bucket/out/{training}"));
            assert_eq!(files.validation.unwrap().key, format!("out/{validation}"));
        }
    }

    #[test]
    fn the_files_are_those_of_the_job_that_is_named() {
        let keys = [
            "model-customization-job-aaaaaaaaaaaa/training_artifacts/step_wise_training_metrics.csv",
            "model-customization-job-bbbbbbbbbbbb/training_artifacts/step_wise_training_metrics.csv",
            "model-customization-job-bbbbbbbbbbbb/validation_artifacts/validation_metrics.csv",
        ];
        let files = found(&keys, Some("aaaaaaaaaaaa")).unwrap();
        assert!(files.training.key.contains("aaaaaaaaaaaa") && files.validation.is_none());
        assert!(found(&keys, Some("bbbbbbbbbbbb")).unwrap().validation.is_some());
        assert_eq!(
            found(&keys, Some("cccccccccccc")).unwrap_err(),
            "s3://bucket/out: there is no step_wise_training_metrics.csv of the job cccccccccccc"
        );
        assert!(found(&keys, None).unwrap_err().contains("there are 2 files"));
        assert!(found(&[], None).unwrap_err().contains("there is no step_wise_training_metrics.csv"));
    }

    #[test]
    fn the_files_of_a_job_are_read_from_its_bucket() {
        use crate::aws::backend::{Backend, BackendOptions};
        use crate::aws::s3::{NewObject, Objects as _};
        let dir = tempfile::tempdir().unwrap();
        let options = BackendOptions { state_dir: dir.path().join("state"), ..BackendOptions::default() };
        let backend = Backend::open(&options).unwrap();
        backend.ensure_bucket("bucket").unwrap();
        let store = backend.object_store();
        let put = |key: &str, text: &str| {
            let file = dir.path().join("object");
            std::fs::write(&file, text).unwrap();
            let object = NewObject {
                uri: S3Uri::new("bucket", key),
                sha256: crate::images::hash_bytes(text.as_bytes()),
                size_bytes: text.len() as u64,
                content_type: "text/csv".to_owned(),
                metadata: std::collections::BTreeMap::new(),
            };
            store.runtime.block_on(store.put(&file, &object)).unwrap().unwrap();
        };
        let job = "out/model-customization-job-abcdefghijkl";
        put(
            &format!("{job}/training_artifacts/step_wise_training_metrics.csv"),
            "step_number,training_loss\n0,2\n1,1\n",
        );
        put(&format!("{job}/validation_artifacts/x/validation_metrics.csv"), "step_number,validation_loss\n1,1.5\n");
        put("out/.write_access_check_file.tmp", "");
        // A prefix that begins with the same letters is another's.
        put("out2/training_artifacts/step_wise_training_metrics.csv", "training_loss\n9\n");
        for (output, id) in [("out/", None), ("out", Some("abcdefghijkl")), (job, None)] {
            let files = find_metrics(&store, &S3Uri::new("bucket", output), id).unwrap();
            let (training, validation) = read_found(&store, &files).unwrap();
            assert_eq!(training.losses().collect::<Vec<_>>(), [(0, 2.0), (1, 1.0)]);
            assert_eq!(validation.unwrap().losses().collect::<Vec<_>>(), [(1, 1.5)]);
            assert!(training.source.starts_with("s3:"), "{}", training.source.display());
        }
        let nothing = find_metrics(&store, &S3Uri::new("bucket", "elsewhere"), None).unwrap_err();
        assert!(nothing.hint().unwrap().contains("nova-ft job status"), "{nothing}");
    }
}
