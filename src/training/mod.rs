//! Fine-tuning: what it costs, the customization job, and the metrics that it leaves.

pub mod estimate;
pub mod job;
pub mod metrics;
