crate::rule! {
    /// ## What it does
    /// Reports a split that holds out nothing although a fraction was asked for.
    ///
    /// ## Why is this bad?
    /// Without held-out photos nobody can tell whether the model learned to read or learned the labels by heart.
    /// The side of a group is a seeded hash, so a handful of groups can all fall on one side.
    ///
    /// ## Example
    /// `--validation-fraction 0.1` with five sellers.
    ///
    /// ## Use instead
    /// More photos, a larger `--validation-fraction`, or another `--seed`.
    ///
    /// ## Fix
    /// By hand.
    pub EMPTY_VALIDATION_SIDE = "SPL004", "empty-validation-side", Warning, Dataset, fix None;
}
