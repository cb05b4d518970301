internal import ArgumentParser
internal import Datasets

/// What every build from downloads takes.
struct BuildOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A folder of lists to take along, such as HSNet's: {trn,val}/fold0.txt for pascal5i; .pkl and the lists of BAM, too, for "
                + "coco20i.", valueName: "folder"))
    var lists: String?

    @Option(help: "Whether photos are linked (the default) or copied.")
    var photos: PhotoPlacement?

    @Option(
        help: ArgumentHelp(
            "Training images that also show novel classes: drop (the default of pascal5i) or keep (that of coco20i)."))
    var novel: PascalListRule.NovelImages?

    @Option(help: ArgumentHelp("Pixels that a class needs in an image of the lists; 2048 by default.", valueName: "pixels"))
    var minPixels: Int?

    func validate() throws {
        if let minPixels, !(1...(1 << 28)).contains(minPixels) {
            throw ValidationError("--min-pixels is \(minPixels), expected 1...\(1 << 28).")
        }
    }

    /// Which options were given.
    var given: [(String, Bool)] {
        [("--lists", lists != nil), ("--photos", photos != nil), ("--novel", novel != nil), ("--min-pixels", minPixels != nil)]
    }
}
