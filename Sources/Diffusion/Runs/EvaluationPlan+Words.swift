internal import Datasets

extension EvaluationPlan {
    /// Checks that names are read where they are given, and given where they are read.
    func validateWords() throws(RunError) {
        let isNamed = annotation.kind == .none && annotation.givesText
        guard words != nil || !isNamed else {
            throw .setting(
                "annotation", found: annotation.rawValue,
                expected: "another rule, such as none, or --words: no network here has a text tower beside it")
        }
        guard words == nil || isNamed else {
            throw .conflict(
                "found --words beside --annotation \(annotation.rawValue), which gives no names; give word or none-named.")
        }
        guard words == nil || backbones.count < 2 else {
            throw .conflict("found --words and \(backbones.count) backbones; words belong to one, name it alone.")
        }
        guard annotation.showsSupports || (baselines.isEmpty && (learners ?? []).isEmpty && auxiliary == nil) else {
            throw .conflict(
                "found --annotation \(annotation.rawValue), which shows no supports, beside methods that need some; give --baselines none and leave --learner and --auxiliary out."
            )
        }
    }
}
