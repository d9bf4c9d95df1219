//! The conversation in a record.

pub(crate) mod record_shape;
pub(crate) mod roles_out_of_order;
