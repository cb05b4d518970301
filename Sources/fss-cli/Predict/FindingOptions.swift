internal import ArgumentParser
internal import Datasets
internal import Diffusion

/// How `predict` looks and what it makes of what it finds; a run that is continued keeps it.
struct FindingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Leave the mask empty where the thing is likely not there: in photos whose presence (0 to 1, in results.jsonl) is lower. A calibration beside the decoder judges it (`fss evaluate --fit-presence`).",
            valueName: "presence"))
    var absentBelow: Float?

    @Option(
        help: ArgumentHelp(
            "Part photos into overlapping tiles, for small things: auto, or how many along the longer side. Each costs as a photo.",
            valueName: "count"))
    var tiles: PhotoTiling?

    @Option(
        help: ArgumentHelp(
            "The square that photos are resized to for the backbone; by default the checkpoint's. Work grows with its square.",
            valueName: "pixels"))
    var resolution: Int?

    @Flag(help: "Tell things apart that touch: a connected part is divided where it narrows.")
    var separate = false

    @Option(help: ArgumentHelp("Leave out single things of fewer pixels; the mask keeps them.", valueName: "pixels"))
    var minArea: Int?

    @Flag(help: "Also cut out every single thing.")
    var crops = false

    func validate() throws {
        if let absentBelow, !(0...1).contains(absentBelow) {
            throw ValidationError("--absent-below is \(absentBelow), expected 0...1.")
        }
        if let resolution, !(32...2048).contains(resolution) {
            throw ValidationError("--resolution is \(resolution), expected 32...2048 pixels.")
        }
        if let minArea, minArea < 1 { throw ValidationError("--min-area is \(minArea), expected at least 1.") }
    }

    /// What was asked for, by name.
    var deciding: [(name: String, isGiven: Bool)] {
        [
            ("--absent-below", absentBelow != nil), ("--tiles", tiles != nil), ("--resolution", resolution != nil),
            ("--separate", separate), ("--min-area", minArea != nil), ("--crops", crops),
        ]
    }

    func apply(to run: inout PredictionRun) {
        (run.absentBelow, run.tiling, run.resolution) = (absentBelow, tiles, resolution)
        (run.instances, run.crops) = (InstanceFinder(minimumArea: minArea ?? 1, separates: separate), crops)
    }
}
