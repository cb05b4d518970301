internal import Datasets
internal import SegModels

extension EvaluationPlan {
    /// Whether names are given, which words have to read.
    var givesNames: Bool { annotation.kind == .none && annotation.givesText }

    /// What reads the names: the file of the plan, or the words that come along.
    ///
    /// - Returns: nil where no names are given.
    /// - Throws: `RunError` for a backbone of which no words come along; what a damaged file throws.
    func loadedWords(behind backbones: [LoadedBackbone]) throws -> LoadedWords? {
        guard givesNames, let backbone = backbones.first else { return nil }
        guard let words = try LoadedWords.found(words, behind: backbone.backbone) else {
            throw RunError.setting(
                "annotation", found: annotation.rawValue,
                expected: "another rule, such as none, or --words: no network here has a text tower beside it. "
                    + "`fss train words --backbone` makes one; that which comes along belongs to the backbone that comes along")
        }
        return words
    }

    /// What was shown to the words that come along; nil where others read the names, or the fold is theirs.
    var wordRemark: String? {
        let others = folds.filter { $0 != WordPlan.shippedFold }
        let isSeen = dataset.name == DatasetRegistry.shapes5i && classes == .novel && !others.isEmpty
        guard givesNames, words == nil, isSeen else { return nil }
        let list = others.map(String.init).joined(separator: ", ")
        return
            "the words that come along and their backbone were trained on novel classes of fold \(list); they are new to neither"
    }

    /// Checks that names are given where they are read, to one network.
    func validateWords() throws(RunError) {
        guard words == nil || givesNames else {
            throw .conflict(
                "found --words beside --annotation \(annotation.rawValue), which gives no names; give word or none-named.")
        }
        guard !givesNames || backbones.count < 2 else {
            let found = "found --annotation \(annotation.rawValue), whose names words read, and \(backbones.count) backbones"
            throw .conflict("\(found); words belong to one, name it alone.")
        }
        guard annotation.showsSupports || (baselines.isEmpty && (learners ?? []).isEmpty && auxiliary == nil) else {
            throw .conflict(
                "found --annotation \(annotation.rawValue), which shows no supports, beside methods that need some; give --baselines none and leave --learner and --auxiliary out."
            )
        }
    }
}
