crate::rule! {
    /// ## What it does
    /// Reports a split that holds out everything, so that nothing is left to train with.
    ///
    /// ## Why is this bad?
    /// There would be no `train.jsonl`. The side of a group is a seeded hash, so one or two groups can all fall on the
    /// validation side.
    ///
    /// ## Example
    /// Photos of one seller alone, whose side happens to be validation.
    ///
    /// ## Use instead
    /// A smaller `--validation-fraction` (0 holds out nothing), another `--seed`, or photos of more sellers.
    ///
    /// ## Fix
    /// By hand.
    pub EMPTY_TRAINING_SIDE = "SPL007", "empty-training-side", Error, Dataset, fix None;
}
