crate::rule! {
    /// ## What it does
    /// Reports a label that is a sentence about the seller instead of the name: `销售方名称是…`, `根据发票上的信息…`, `The seller is …`.
    /// A mark of the end of a sentence, quotes or Markdown around a name alone are a warning.
    ///
    /// ## Why is this bad?
    /// The model learns to answer with the sentence. Labels that another model wrote are often so: 14 of 50 were in the project that
    /// this one replaces.
    ///
    /// ## Example
    /// `销售方名称是阿里云计算有限公司。`
    ///
    /// ## Use instead
    /// `阿里云计算有限公司`
    ///
    /// ## Fix
    /// By hand: look at the photo. A name inside a sentence is a guess like the sentence.
    pub CHATTER_FOR_NAME = "LBL016", "chatter-for-name", Error, Label, fix None;
}
