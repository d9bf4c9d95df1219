use crate::aws::backend::{Backend, BackendKind};
use crate::aws::inference::{AnswerJournal, AskOptions, Patience, Services, ask};
use crate::error::Result;
use crate::evaluate::{Asked, Cases, Evaluation, Sights, limits_of, unanswered};
use crate::pace::Pace;
use crate::progress::Progress;
use crate::validate::Model;

/// A model that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelToAsk {
    /// What it is asked by: an id for inference, a profile, or a deployment's ARN.
    pub id: String,
    /// What it is: the same id, or the ARN of the model behind the deployment. Answers are remembered by it.
    pub identity: String,
    /// Its family.
    pub family: Model,
}

impl ModelToAsk {
    /// What its answers are remembered by.
    fn memory_key(&self, backend: &Backend) -> String {
        memory_key(backend, &self.identity)
    }

    /// How many questions the journal has no answer of this model to.
    pub fn unanswered(&self, cases: &Cases, backend: &Backend, journal: &AnswerJournal) -> usize {
        unanswered(cases, &self.memory_key(backend), journal)
    }
}

/// What the answers of a model are remembered by. Another version of the stand-in may answer in another way.
pub fn memory_key(backend: &Backend, identity: &str) -> String {
    match backend.kind() {
        BackendKind::Local => format!("local {} {identity}", env!("CARGO_PKG_VERSION")),
        BackendKind::Aws => format!("aws {} {identity}", backend.region()),
    }
}

/// Asks the model before tuning and the tuned one, in this order, and compares them. What the journal has is not asked again.
///
/// # Errors
/// Where the journal cannot be written, or a model answers nobody.
#[expect(clippy::too_many_arguments, reason = "each is another thing that a test or a notebook replaces")]
pub fn evaluate_models(
    backend: &Backend,
    cases: Cases,
    models: &[ModelToAsk; 2],
    concurrency: usize,
    journal: &AnswerJournal,
    sights: &dyn Sights,
    pace: &(dyn Pace + Sync),
    progress: &dyn Progress,
) -> Result<Evaluation> {
    let services = Services { bedrock: backend.bedrock(), objects: backend.object_store() };
    let asked = |model: &ModelToAsk| {
        let options = AskOptions {
            model_id: model.id.clone(),
            memory_key: model.memory_key(backend),
            concurrency,
            limits: limits_of(model.family),
            patience: Patience::default(),
            money: None,
        };
        let answers = ask(&cases.cases, &options, &services, journal, pace, progress)?;
        Ok(Asked { model: model.identity.clone(), answers })
    };
    let (base, tuned) = (asked(&models[0])?, asked(&models[1])?);
    Ok(Evaluation::of(cases, base, tuned, backend.kind() == BackendKind::Local, sights))
}
