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
            "A folder of lists {trn,val}/fold0.txt to take along, such as HSNet's, for pascal5i.", valueName: "folder"))
    var lists: String?

    @Option(help: "Whether photos are linked (the default) or copied, for pascal5i.")
    var photos: PascalBuild.Photos?

    @Option(
        help: ArgumentHelp(
            "Training images of pascal5i's lists: merge (5953, the default), trainaug (10582) or train.", valueName: "list"))
    var trainSet: String?

    @Option(help: "Training images of pascal5i that also show novel classes: drop (the default) or keep.")
    var novel: PascalListRule.NovelImages?

    @Option(
        help: ArgumentHelp("Pixels that a class needs in an image of pascal5i's lists; 2048 by default.", valueName: "pixels"))
    var minPixels: Int?

    func validate() throws {
        if let trainSet, !PascalListRule.trainingSets.contains(trainSet) {
            throw ValidationError(
                "--train-set is \(trainSet), expected one of \(PascalListRule.trainingSets.joined(separator: ", ")).")
        }
        if let minPixels, !(1...(1 << 28)).contains(minPixels) {
            throw ValidationError("--min-pixels is \(minPixels), expected 1...\(1 << 28).")
        }
    }

    /// Which options were given.
    var given: [(String, Bool)] {
        [
            ("--voc", voc != nil), ("--sbd", sbd != nil), ("--lists", lists != nil), ("--photos", photos != nil),
            ("--train-set", trainSet != nil), ("--novel", novel != nil), ("--min-pixels", minPixels != nil),
        ]
    }

    /// What was asked for.
    var build: PascalBuild {
        get throws {
            guard let voc, let sbd else {
                throw ValidationError("Missing expected argument '\(voc == nil ? "--voc" : "--sbd") <folder>'")
            }
            var rule = PascalListRule()
            rule.trainingSet = trainSet ?? rule.trainingSet
            rule.novelImages = novel ?? rule.novelImages
            rule.minimumPixels = minPixels ?? rule.minimumPixels
            return PascalBuild(voc: voc, sbd: sbd, lists: lists, photos: photos ?? .link, rule: rule)
        }
    }
}
