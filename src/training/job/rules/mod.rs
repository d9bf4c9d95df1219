//! The rules on the request for a customization job: one rule, one file.

pub(crate) mod base_model_not_offered;
pub(crate) mod base_model_not_tunable;
pub(crate) mod base_model_of_other_data;
pub(crate) mod bucket_encrypted_by_kms;
pub(crate) mod bucket_in_another_region;
pub(crate) mod data_in_another_bucket;
pub(crate) mod hyperparameter_not_a_text;
pub(crate) mod hyperparameter_out_of_range;
pub(crate) mod hyperparameter_unknown;
pub(crate) mod job_name_malformed;
pub(crate) mod job_name_taken;
pub(crate) mod job_s3_uri_malformed;
pub(crate) mod model_name_malformed;
pub(crate) mod model_name_taken;
pub(crate) mod output_not_writable;
pub(crate) mod photos_in_another_bucket;
pub(crate) mod photos_missing;
pub(crate) mod preflight_unanswered;

pub(crate) mod records_missing;
pub(crate) mod records_not_validated;
pub(crate) mod records_uri_not_a_file;
pub(crate) mod region_without_tuning;
pub(crate) mod request_not_json;
pub(crate) mod request_shape;
pub(crate) mod role_arn_malformed;
pub(crate) mod role_missing;
pub(crate) mod role_not_trusting;
pub(crate) mod role_of_another_account;
pub(crate) mod tag_malformed;
pub(crate) mod uploaded_records_changed;
pub(crate) mod validation_not_taken;
pub(crate) mod warm_up_too_long;

use super::DataFacts;
use super::facts::Facts;
use super::request::Request;
use crate::findings::{Finding, Rule};

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

/// A check of a request beside what the services say.
type PreflightCheck = fn(&Request, &Facts, &mut Vec<Finding>);

/// The checks of the preflight, in the order of their codes.
pub(super) static PREFLIGHT_CHECKS: &[PreflightCheck] = &[
    base_model_not_offered::check,
    role_of_another_account::check,
    role_missing::check,
    role_not_trusting::check,
    preflight_unanswered::check,
    records_missing::check,
    photos_missing::check,
    photos_in_another_bucket::check,
    bucket_in_another_region::check,
    output_not_writable::check,
    bucket_encrypted_by_kms::check,
    job_name_taken::check,
    model_name_taken::check,
    records_not_validated::check,
    uploaded_records_changed::check,
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
    &base_model_not_offered::BASE_MODEL_NOT_OFFERED,
    &role_of_another_account::ROLE_OF_ANOTHER_ACCOUNT,
    &role_missing::ROLE_MISSING,
    &role_not_trusting::ROLE_NOT_TRUSTING,
    &preflight_unanswered::PREFLIGHT_UNANSWERED,
    &records_missing::RECORDS_MISSING,
    &photos_missing::PHOTOS_MISSING,
    &photos_in_another_bucket::PHOTOS_IN_ANOTHER_BUCKET,
    &bucket_in_another_region::BUCKET_IN_ANOTHER_REGION,
    &output_not_writable::OUTPUT_NOT_WRITABLE,
    &bucket_encrypted_by_kms::BUCKET_ENCRYPTED_BY_KMS,
    &job_name_taken::JOB_NAME_TAKEN,
    &model_name_taken::MODEL_NAME_TAKEN,
    &records_not_validated::RECORDS_NOT_VALIDATED,
    &uploaded_records_changed::UPLOADED_RECORDS_CHANGED,
];
