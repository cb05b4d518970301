internal import ArgumentParser

/// `--fold` of a training: a number, or `all`.
struct TrainingFold: ExpressibleByArgument {
    var fold: Int?

    init(fold: Int?) { self.fold = fold }

    init?(argument: String) {
        fold = Int(argument)
        if fold == nil, argument != "all" { return nil }
    }

    var defaultValueDescription: String { fold.map(String.init) ?? "all" }
}
