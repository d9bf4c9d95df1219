//! The rules on the request for a customization job: one rule, one file.

pub(crate) mod base_model_not_tunable;
pub(crate) mod base_model_of_other_data;
pub(crate) mod data_in_another_bucket;
pub(crate) mod hyperparameter_not_a_text;
pub(crate) mod hyperparameter_out_of_range;
pub(crate) mod hyperparameter_unknown;
pub(crate) mod job_name_malformed;
pub(crate) mod job_s3_uri_malformed;
pub(crate) mod model_name_malformed;
pub(crate) mod records_uri_not_a_file;
pub(crate) mod region_without_tuning;
pub(crate) mod request_not_json;
pub(crate) mod request_shape;
pub(crate) mod role_arn_malformed;
pub(crate) mod tag_malformed;
pub(crate) mod validation_not_taken;
pub(crate) mod warm_up_too_long;

use super::DataFacts;
use super::request::Request;
use crate::finding::{Finding, Rule};

/// A check of a request beside what is known of the data.
type RequestCheck = fn(&Request, &DataFacts, &mut Vec<Finding>);

/// The checks of a request, in the order of their codes.
pub(super) static CHECKS: &[RequestCheck] = &[
    request_shape::check,
    hyperparameter_unknown::check,
    hyperparameter_not_a_text::check,
    hyperparameter_out_of_range::check,
    warm_up_too_long::check,
    job_name_malformed::check,
    model_name_malformed::check,
    tag_malformed::check,
    base_model_not_tunable::check,
    base_model_of_other_data::check,
    region_without_tuning::check,
    job_s3_uri_malformed::check,
    records_uri_not_a_file::check,
    role_arn_malformed::check,
    validation_not_taken::check,
    data_in_another_bucket::check,
];

/// The rules of this stage.
pub static RULES: &[&Rule] = &[
    &request_not_json::REQUEST_NOT_JSON,
    &request_shape::REQUEST_SHAPE,
    &hyperparameter_unknown::HYPERPARAMETER_UNKNOWN,
    &hyperparameter_not_a_text::HYPERPARAMETER_NOT_A_TEXT,
    &hyperparameter_out_of_range::HYPERPARAMETER_OUT_OF_RANGE,
    &warm_up_too_long::WARM_UP_TOO_LONG,
    &job_name_malformed::JOB_NAME_MALFORMED,
    &model_name_malformed::MODEL_NAME_MALFORMED,
    &tag_malformed::TAG_MALFORMED,
    &base_model_not_tunable::BASE_MODEL_NOT_TUNABLE,
    &base_model_of_other_data::BASE_MODEL_OF_OTHER_DATA,
    &region_without_tuning::REGION_WITHOUT_TUNING,
    &job_s3_uri_malformed::JOB_S3_URI_MALFORMED,
    &records_uri_not_a_file::RECORDS_URI_NOT_A_FILE,
    &role_arn_malformed::ROLE_ARN_MALFORMED,
    &validation_not_taken::VALIDATION_NOT_TAKEN,
    &data_in_another_bucket::DATA_IN_ANOTHER_BUCKET,
];
