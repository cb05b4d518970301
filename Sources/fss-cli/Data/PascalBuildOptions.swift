internal import ArgumentParser
internal import Datasets

/// What PASCAL-5i is built from.
struct PascalBuildOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of VOC 2012, for pascal5i.", valueName: "folder"))
    var voc: String?

    @Option(help: ArgumentHelp("The folder of SBD, or of its label maps as PNG, for pascal5i.", valueName: "folder"))
    var sbd: String?

    @Option(
        help: ArgumentHelp(
            "Training images of pascal5i's lists: merge (5953, the default), trainaug (10582) or train.", valueName: "list"))
    var trainSet: String?

    func validate() throws {
        if let trainSet, !PascalListRule.trainingSets.contains(trainSet) {
            throw ValidationError(
                "--train-set is \(trainSet), expected one of \(PascalListRule.trainingSets.joined(separator: ", ")).")
        }
    }

    /// Which options were given.
    var given: [(String, Bool)] {
        [("--voc", voc != nil), ("--sbd", sbd != nil), ("--train-set", trainSet != nil)]
    }

    /// What was asked for.
    func build(_ shared: BuildOptions) throws -> PascalBuild {
        guard let voc, let sbd else {
            throw ValidationError("Missing expected argument '\(voc == nil ? "--voc" : "--sbd") <folder>'")
        }
        var rule = PascalListRule()
        rule.trainingSet = trainSet ?? rule.trainingSet
        rule.novelImages = shared.novel ?? rule.novelImages
        rule.minimumPixels = shared.minPixels ?? rule.minimumPixels
        return PascalBuild(voc: voc, sbd: sbd, lists: shared.lists, photos: shared.photos ?? .link, rule: rule)
    }
}
