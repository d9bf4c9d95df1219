//! The job: what is asked for, how it stands.

use maud::html;
use serde_json::Value;

use super::stages::above;
use super::table::{Cell, Side, Table, count};
use super::{Content, Show};
use crate::aws::bedrock::{CreateJob, JobState, JobSummary};
use crate::training::job::{JobSpec, Outcome, Policies, Submitted, render};
use crate::wording::{visible, visible_lines};

/// JSON, indented.
pub(super) fn json_block(json: &str) -> Content {
    Content::text(json).with_html(html! { pre style="font-family:monospace" { (visible_lines(json)) } })
}

/// The request as it is sent.
impl Show for CreateJob {
    fn content(&self) -> Content {
        json_block(&indented(&self.to_json()))
    }
}

/// The request that it makes.
impl Show for JobSpec {
    fn content(&self) -> Content {
        self.request().content()
    }
}

impl Show for Policies {
    fn content(&self) -> Content {
        json_block(&indented(&self.to_json()))
    }
}

/// Any JSON: a record, a request, the parts of a report.
impl Show for Value {
    fn content(&self) -> Content {
        json_block(&indented(self))
    }
}

fn indented(json: &Value) -> String {
    serde_json::to_string_pretty(json).unwrap_or_else(|error| error.to_string())
}

impl Show for Submitted {
    fn content(&self) -> Content {
        match self {
            Self::Created(arn) => {
                Content::text(format!("Created {arn}")).with_html(html! { p { "Created " code { (visible(arn)) } } })
            }
            Self::Adopted(job) => above("The same job is there already.", job.content()),
        }
    }
}

impl Show for Outcome {
    fn content(&self) -> Content {
        match self {
            Self::Over(job) => job.content(),
            Self::DeadlinePassed(job) => above("The deadline has passed; the job goes on.", job.content()),
        }
    }
}

impl Show for JobState {
    fn content(&self) -> Content {
        let mut table = Table::new(format!("Job {}: {}", self.request.job_name, self.status))
            .column("what", "", Side::Left)
            .column("how it stands", "", Side::Left);
        let mut row = |what: &str, how: &str| table.push([what, how].map(Cell::plain));
        for phase in &self.phases {
            row(&phase.phase.to_string(), &phase.status.to_string());
        }
        row("base model", &self.request.base_model_identifier);
        row("training records", &self.request.training_data_s3_uri);
        if let Some(uri) = &self.request.validation_data_s3_uri {
            row("validation records", uri);
        }
        row("output", &self.request.output_data_s3_uri);
        for (name, value) in &self.request.hyper_parameters {
            row(name, value);
        }
        if let Some(loss) = self.training_loss {
            row("training loss", &format!("{loss:.2}"));
        }
        for loss in &self.validation_losses {
            row("validation loss", &format!("{loss:.2}"));
        }
        row("model", self.output_model_arn.as_deref().unwrap_or(&self.request.custom_model_name));
        if let Some(failure) = &self.failure {
            row("failure", failure);
        }
        if let Some(advice) = render::advice(self) {
            row("what to do", advice);
        }
        table.to_content()
    }
}

/// A list of jobs.
impl Show for Vec<JobSummary> {
    fn content(&self) -> Content {
        let mut table = Table::new(count(self.len(), "job"))
            .column("job", "", Side::Left)
            .column("status", "", Side::Left)
            .column("base model", "", Side::Left)
            .column("model", "", Side::Left);
        for job in self {
            let base = job.base_model_arn.split_once(":foundation-model/").map(|(_, id)| id.to_owned());
            let [name, status] = [job.job_name.clone(), job.status.to_string()].map(Some);
            table.push([name, status, base, job.custom_model_name.clone()]);
        }
        table.to_content()
    }
}
