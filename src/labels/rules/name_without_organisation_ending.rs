crate::rule! {
    /// ## What it does
    /// Reports a seller that does not end as organisations do: `…公司`, `…研究所`, `…大学`, `…店`, `… Ltd` and so on, a branch and what stands in
    /// brackets at the end left aside.
    ///
    /// ## Why is this bad?
    /// The end of the name may be missing, or it is something else that was read. Persons and rare kinds of organisation end
    /// otherwise and are right.
    ///
    /// ## Example
    /// `北京捷伟视通发票`
    ///
    /// ## Use instead
    /// The name as the invoice prints it, whole.
    ///
    /// ## Fix
    /// By hand.
    pub NAME_WITHOUT_ORGANISATION_ENDING = "LBL018", "name-without-organisation-ending", Warning, Label, fix None;
}
