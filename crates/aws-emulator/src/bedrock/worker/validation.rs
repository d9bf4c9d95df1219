//! The first phase: what is wrong with the data sets is found before any work on them.

use std::collections::BTreeMap;
use std::io::BufReader;

use super::super::create::invalid_model;
use super::super::dataset::{self, ImageFormat, Picture};
use super::super::fault::Fault;
use super::super::foundation_models::{MAX_SIDE_PX, Nova};
use super::super::objects::{self, Location};
use super::super::record::Job;
use super::{Cut, MAX_IMAGE_BYTES, Run};
use invoice_ocr::images::{Format, header_of_bytes};

/// The minimum samples of the training data, for every Nova (both of AWS's guides).
const MIN_SAMPLES: usize = 8;
/// Training and validation data together may not have more samples (F§1.4).
const MAX_SAMPLES: usize = 20_000;
const MIN_SIDE_PX: u32 = 25;

/// The samples of a job.
#[derive(Default)]
pub(super) struct Data {
    pub(super) training: Vec<dataset::Sample>,
    pub(super) validation: Vec<dataset::Sample>,
}

impl Data {
    fn samples(&self) -> impl Iterator<Item = &dataset::Sample> {
        self.training.iter().chain(&self.validation)
    }

    /// The picture that a sample is trained on: its first.
    pub(super) fn first_pictures(&self) -> Vec<&Picture> {
        let mut pictures = BTreeMap::new();
        for picture in self.samples().filter_map(|sample| sample.pictures.first()) {
            pictures.entry(&picture.location.key).or_insert(picture);
        }
        pictures.into_values().collect()
    }
}

impl Run<'_> {
    /// Reads the data sets.
    pub(super) fn read_data(&self, job: &Job) -> Result<Data, Cut> {
        let nova = nova_of(job)?;
        let mut data = Data { training: self.read_samples(&job.spec.training_uri, nova)?, validation: Vec::new() };
        if let Some(uri) = &job.spec.validation_uri {
            data.validation = self.read_samples(uri, nova)?;
        }
        Ok(data)
    }

    fn read_samples(&self, uri: &str, nova: Nova) -> Result<Vec<dataset::Sample>, Cut> {
        let location =
            Location::parse(uri).ok_or_else(|| Cut::Failed(format!("Provided S3 location is invalid: {uri}")))?;
        let (file, _) = objects::open(&self.bedrock.s3, &location)?;
        let mut samples = Vec::new();
        let mut too_many = false;
        let outcome = dataset::read(&location, BufReader::new(file), nova, |sample| {
            if let Some(objection) = &sample.objection {
                let (bucket, key, line) = (&location.bucket, &location.key, sample.line);
                return Err(Fault::validation(format!(
                    "Invalid data in s3://{bucket}/{key}, line {line}: {objection}"
                )));
            }
            too_many = samples.len() == MAX_SAMPLES;
            samples.push(sample);
            if too_many { Err(Fault::validation("too many")) } else { Ok(()) }
        });
        if too_many {
            return Err(Cut::Failed(too_many_samples()));
        }
        outcome?;
        Ok(samples)
    }

    /// What is wrong with the data sets is found here, before any work on them.
    pub(super) fn validate(&self, job: &Job) -> Result<Data, Cut> {
        let data = self.read_data(job)?;
        let count = data.training.len();
        if count < MIN_SAMPLES {
            return Err(Cut::Failed(format!(
                "The number of training samples {count} is below the minimum of {MIN_SAMPLES} for this model."
            )));
        }
        if count + data.validation.len() > MAX_SAMPLES {
            return Err(Cut::Failed(too_many_samples()));
        }
        if job.spec.validation_uri.is_some() && data.validation.is_empty() {
            return Err(Cut::Failed("The validation data has no samples.".to_owned()));
        }
        for picture in data.samples().flat_map(|sample| &sample.pictures) {
            self.go_on()?;
            self.check_picture(picture)?;
        }
        Ok(data)
    }

    /// A picture is there, of the size and format that the record says, and its header can be read.
    fn check_picture(&self, picture: &Picture) -> Result<(), Cut> {
        let Location { bucket, key } = &picture.location;
        let wrong = |what: &str| Cut::Failed(format!("Invalid image s3://{bucket}/{key}: {what}"));
        let bytes = objects::read(&self.bedrock.s3, &picture.location, MAX_IMAGE_BYTES)?;
        let bytes = bytes.ok_or_else(|| wrong("it is larger than 10 MB"))?;
        let header = header_of_bytes(&bytes).map_err(|fault| wrong(&fault.to_string()))?;
        let declared = match picture.format {
            ImageFormat::Png => Format::Png,
            ImageFormat::Jpeg => Format::Jpeg,
            ImageFormat::Gif => Format::Gif,
            ImageFormat::Webp => Format::WebP,
        };
        if header.format != declared {
            return Err(wrong(&format!("the record calls {} `{declared}`", header.format.noun())));
        }
        let sides = [header.width_px, header.height_px];
        if sides.iter().any(|side| !(MIN_SIDE_PX..=MAX_SIDE_PX).contains(side)) {
            return Err(wrong(&format!("its sides must have between {MIN_SIDE_PX} and {MAX_SIDE_PX} pixels")));
        }
        Ok(())
    }
}

fn nova_of(job: &Job) -> Result<Nova, Cut> {
    Nova::of_tuning_id(&job.spec.base).ok_or_else(|| invalid_model().into())
}

fn too_many_samples() -> String {
    format!("The number of training and validation samples is above the maximum of {MAX_SAMPLES}.")
}
