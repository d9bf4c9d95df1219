//! What a run leaves behind: a deployment that is made once, and what the receipts let `clean` take away.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use super::super::*;
use super::{FakePace, refused};
use crate::aws::bedrock::{
    CreateJob, CustomModel, Deployment, DeploymentStatus, FoundationModel, JobFilter, JobState, JobSummary, Jobs,
    Models, NewDeployment,
};
use crate::aws::s3::S3Uri;
use crate::error::Result;
use crate::images::{Digest, hash_bytes};
use crate::progress::Silent;
use crate::training::job::{JobReceipt, Pace as _};
use crate::upload::{Receipt, ReceiptObject};

/// Deployments and models in memory; a deployment is ready at the third look.
#[derive(Default)]
struct World {
    models: RefCell<Vec<CustomModel>>,
    deployments: RefCell<Vec<(Deployment, u32)>>,
    tokens: RefCell<Vec<String>>,
}

impl World {
    fn with_model() -> Self {
        let world = Self::default();
        world.models.borrow_mut().push(CustomModel {
            model_arn: "arn:model/1".to_owned(),
            model_name: "sellers-1".to_owned(),
            job_arn: Some("arn:job/abcdefghijkl".to_owned()),
            base_model_arn: None,
            created: None,
            status: None,
        });
        world
    }
}

impl Models for World {
    fn find_model(&self, model: &str) -> Result<Option<CustomModel>> {
        Ok(self.models.borrow().iter().find(|own| own.model_name == model || own.model_arn == model).cloned())
    }

    fn list_models(&self, _: Option<&str>) -> Result<Vec<CustomModel>> {
        Ok(self.models.borrow().clone())
    }

    fn delete_model(&self, model: &str) -> Result<()> {
        if self.deployments.borrow().iter().any(|(own, _)| own.model_arn == model) {
            return Err(refused("ConflictException"));
        }
        self.models.borrow_mut().retain(|own| own.model_arn != model);
        Ok(())
    }

    fn create_deployment(&self, new: &NewDeployment) -> Result<String> {
        let mut deployments = self.deployments.borrow_mut();
        if deployments.iter().any(|(own, _)| own.name == new.name) {
            return Err(refused("ValidationException"));
        }
        self.tokens.borrow_mut().push(new.client_request_token.clone());
        let deployment_arn = format!("arn:deployment/{}", self.tokens.borrow().len());
        let deployment = Deployment {
            deployment_arn: deployment_arn.clone(),
            name: new.name.clone(),
            model_arn: new.model_arn.clone(),
            status: DeploymentStatus::Creating,
            failure: None,
            created: None,
        };
        deployments.push((deployment, 0));
        Ok(deployment_arn)
    }

    fn find_deployment(&self, name: &str) -> Result<Option<Deployment>> {
        let mut deployments = self.deployments.borrow_mut();
        let Some((own, looks)) = deployments.iter_mut().find(|(own, _)| own.name == name || own.deployment_arn == name)
        else {
            return Ok(None);
        };
        *looks += 1;
        if *looks > 2 && own.status == DeploymentStatus::Creating {
            own.status = DeploymentStatus::Active;
        }
        Ok(Some(own.clone()))
    }

    fn list_deployments(&self, model: Option<&str>) -> Result<Vec<Deployment>> {
        let all = self.deployments.borrow();
        Ok(all.iter().map(|(own, _)| own.clone()).filter(|own| model.is_none_or(|arn| arn == own.model_arn)).collect())
    }

    fn delete_deployment(&self, name: &str) -> Result<()> {
        let before = self.deployments.borrow().len();
        self.deployments.borrow_mut().retain(|(own, _)| own.deployment_arn != name && own.name != name);
        if self.deployments.borrow().len() == before { Err(refused("ResourceNotFoundException")) } else { Ok(()) }
    }
}

impl Jobs for World {
    fn create_job(&self, _: &CreateJob) -> Result<String> {
        Err(refused("AccessDeniedException"))
    }

    fn find_job(&self, _: &str) -> Result<Option<JobState>> {
        Ok(None)
    }

    fn list_jobs(&self, _: &JobFilter) -> Result<Vec<JobSummary>> {
        Ok(Vec::new())
    }

    fn stop_job(&self, _: &str) -> Result<()> {
        Ok(())
    }

    fn list_tunable_models(&self) -> Result<Vec<FoundationModel>> {
        Ok(Vec::new())
    }
}

#[test]
fn a_model_is_deployed_once_waited_for_and_taken_away() {
    let (world, pace) = (World::with_model(), FakePace::default());
    let first = deploy(&world, "sellers-1", "arn:model/1", &pace).unwrap();
    assert!(!first.was_there);
    let again = deploy(&world, "sellers-1", "arn:model/1", &pace).unwrap();
    assert_eq!(again, Deployed { was_there: true, ..first.clone() });
    let by_model = deploy(&world, "another-name", "arn:model/1", &pace).unwrap();
    assert_eq!(by_model.deployment_arn, first.deployment_arn, "a deployment of the same model is used");
    let taken = deploy(&world, "sellers-1", "arn:model/2", &pace).unwrap_err();
    assert!(taken.to_string().contains("of another model"), "{taken}");
    world.deployments.borrow_mut()[0].1 = 0;
    let options = WaitOptions { interval: Duration::from_secs(10), deadline: Duration::from_mins(5) };
    let active = wait_until_active(&world, &first.deployment_arn, &options, &pace, &Silent).unwrap();
    assert_eq!((active.status, pace.elapsed()), (DeploymentStatus::Active, Duration::from_secs(20)));
    assert!(tear_down(&world, &first.deployment_arn).unwrap());
    assert!(!tear_down(&world, &first.deployment_arn).unwrap(), "gone already");
    let gone = wait_until_active(&world, &first.deployment_arn, &options, &pace, &Silent).unwrap_err();
    assert!(gone.to_string().contains("no such deployment"), "{gone}");
    let _ = deploy(&world, "sellers-1", "arn:model/1", &pace).unwrap();
    let tokens = world.tokens.borrow();
    assert!(tokens.len() == 2 && tokens[0] != tokens[1], "one that was deleted does not come back: {tokens:?}");
    drop(tokens);
    world.deployments.borrow_mut()[0].0.status = DeploymentStatus::Other("Odd".to_owned());
    let late = wait_until_active(&world, "sellers-1", &options, &pace, &Silent).unwrap_err();
    assert!(late.to_string().contains("not ready after 5 minutes"), "{late}");
}

/// Objects in memory.
struct Objects(RefCell<BTreeMap<String, Digest>>);

impl Shelf for Objects {
    fn find(&self, uri: &S3Uri) -> Result<Option<Option<Digest>>> {
        Ok(self.0.borrow().get(&uri.to_string()).map(|sha256| Some(*sha256)))
    }

    fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>> {
        let start = format!("s3://{bucket}/");
        let keys = self.0.borrow();
        Ok(keys
            .keys()
            .filter_map(|uri| uri.strip_prefix(&start))
            .filter(|key| key.starts_with(prefix))
            .map(str::to_owned)
            .collect())
    }

    fn remove(&self, uri: &S3Uri) -> Result<()> {
        self.0.borrow_mut().remove(&uri.to_string());
        Ok(())
    }
}

#[test]
fn only_what_the_receipts_name_is_removed_and_in_the_right_order() {
    let (world, pace) = (World::with_model(), FakePace::default());
    let deployment_arn = deploy(&world, "sellers-1", "arn:model/1", &pace).unwrap().deployment_arn;
    let objects = [
        ("s3://bucket/p/train.jsonl", "ours"),
        ("s3://bucket/p/images/1.jpg", "changed since"),
        ("s3://bucket/p/images/2.jpg", "a stranger's"),
        ("s3://bucket/p/output/model-customization-job-abcdefghijkl/m.csv", "metrics"),
        ("s3://bucket/p/output/model-customization-job-otherotherot/m.csv", "of another job"),
    ];
    let objects = objects.map(|(uri, text)| (uri.to_owned(), hash_bytes(text.as_bytes())));
    let shelf = Objects(RefCell::new(objects.into_iter().collect()));
    // Killed before the ARN was known.
    let deployment = DeploymentReceipt {
        backend: "local".to_owned(),
        region: "us-east-1".to_owned(),
        name: "sellers-1".to_owned(),
        model_arn: "arn:model/1".to_owned(),
        deployment_arn: None,
    };
    let job = JobReceipt {
        backend: "local".to_owned(),
        region: "us-east-1".to_owned(),
        job_arn: "arn:job/abcdefghijkl".to_owned(),
        job_name: "sellers-1".to_owned(),
        custom_model_name: "sellers-1".to_owned(),
        base_model_identifier: "x".to_owned(),
        output_s3_uri: "s3://bucket/p/output/".to_owned(),
    };
    let object = |uri: &str, text: &str| ReceiptObject {
        uri: uri.to_owned(),
        sha256: hash_bytes(text.as_bytes()),
        size_bytes: 1,
    };
    let upload = Receipt {
        backend: "local".to_owned(),
        validated: true,
        allowed: Vec::new(),
        training_data_s3_uri: "s3://bucket/p/train.jsonl".to_owned(),
        validation_data_s3_uri: None,
        objects: vec![
            object("s3://bucket/p/train.jsonl", "ours"),
            object("s3://bucket/p/images/1.jpg", "as it was"),
            object("s3://bucket/p/images/gone.jpg", "gone"),
        ],
    };
    let find = || find_leftovers(&world, &shelf, Some(&deployment), Some(&job), Some(&upload)).unwrap();
    let expected = [
        Leftover::Deployment(deployment_arn),
        Leftover::Model("arn:model/1".to_owned()),
        Leftover::Object("s3://bucket/p/output/model-customization-job-abcdefghijkl/m.csv".to_owned()),
        Leftover::Object("s3://bucket/p/train.jsonl".to_owned()),
    ];
    assert_eq!(find(), expected);
    let backwards: Vec<_> = expected[..2].iter().rev().cloned().collect();
    let failed = clean(&world, &shelf, &backwards[..1], &|_| {});
    assert_eq!((failed.removed.len(), failed.failed.len()), (0, 1), "the model is in use");
    let cleaned = clean(&world, &shelf, &expected, &|_| {});
    assert_eq!((cleaned.removed.as_slice(), cleaned.failed.len()), (expected.as_slice(), 0));
    assert_eq!((find(), shelf.0.borrow().len()), (Vec::new(), 3));
    let none = find_leftovers(&world, &shelf, None, None, None).unwrap();
    assert_eq!(none, Vec::new());
}
