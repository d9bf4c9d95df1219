//! `Converse` and `InvokeModel` of Nova's message format.

use serde_json::Value;

use super::fault::Fault;
use crate::local::photos::Photos;
use crate::local::tuning::Ranker;

/// The answer of `Converse`.
pub(super) fn converse(
    _body: &Value,
    _ranker: &Ranker,
    _photos: &Photos,
    _fetch: &dyn Fn(&str) -> Result<Vec<u8>, Fault>,
) -> Result<Value, Fault> {
    Err(Fault::validation("not here yet"))
}

/// The answer of `InvokeModel`.
pub(super) fn invoke(
    _body: &Value,
    _ranker: &Ranker,
    _photos: &Photos,
    _fetch: &dyn Fn(&str) -> Result<Vec<u8>, Fault>,
) -> Result<Value, Fault> {
    Err(Fault::validation("not here yet"))
}
