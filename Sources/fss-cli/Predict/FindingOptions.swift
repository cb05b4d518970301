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
            "Of several concepts draw in full only those that a look with one sample finds: leading (by the best pixels that no other concept leads), presence, or either with a threshold, as leading:0.3; what it does not find has no pixels. By default none: all are drawn.",
            valueName: "look"))
    var firstLook: String?

    @Option(
        help: ArgumentHelp(
            "What goes to one of several concepts that meet: pixels one by one, or things, whole but for parts that are clearly another's. By default pixels.",
            valueName: "rule"))
    var overlap: OverlapRule?

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

    @Flag(
        help:
            "The photos are frames of a video, in one folder: frame2 comes before frame10, and where the frame before shows the thing it is one more view of it. ffmpeg -i video.mp4 -vf fps=5 -qscale:v 2 frames/%06d.jpg makes frames."
    )
    var video = false

    @Option(
        help: ArgumentHelp(
            "With --video: the presence (0 to 1) from which on the frame before counts; by default \(VideoTracking.standardPresence).",
            valueName: "presence"))
    var videoPresence: Float?

    func validate() throws {
        if let videoPresence {
            if !(0...1).contains(videoPresence) {
                throw ValidationError("--video-presence is \(videoPresence), expected 0...1.")
            }
            if !video { throw ValidationError("--video-presence says how --video looks back; give that, too.") }
        }
        try validating { _ = try look }
        if let absentBelow, !(0...1).contains(absentBelow) {
            throw ValidationError("--absent-below is \(absentBelow), expected 0...1.")
        }
        if let resolution, !(32...2048).contains(resolution) {
            throw ValidationError("--resolution is \(resolution), expected 32...2048 pixels.")
        }
        if let minArea, minArea < 1 { throw ValidationError("--min-area is \(minArea), expected at least 1.") }
    }

    /// The first look that was asked for; nil for none.
    private var look: FirstLookChoice? {
        get throws { try firstLook.flatMap { $0 == "none" ? nil : try FirstLookChoice(reading: $0) } }
    }

    /// What was asked for, by name.
    var deciding: [(name: String, isGiven: Bool)] {
        [
            ("--absent-below", absentBelow != nil), ("--first-look", firstLook != nil), ("--overlap", overlap != nil),
            ("--tiles", tiles != nil), ("--resolution", resolution != nil),
            ("--separate", separate), ("--min-area", minArea != nil), ("--crops", crops),
            ("--video", video), ("--video-presence", videoPresence != nil),
        ]
    }

    /// Refuses what a video's frames do not go together with.
    func refuse(_ others: [(name: String, isGiven: Bool)]) throws {
        guard video, let other = others.first(where: \.isGiven) else { return }
        let reason =
            other.name == "--recursive"
            ? "the frames of one video are in one folder" : "each frame depends on the one before, and they are drawn alone"
        throw ValidationError("\(other.name) and --video do not go together: \(reason).")
    }

    func apply(to run: inout PredictionRun) throws {
        if video {
            run.video = VideoTracking(leastPresence: videoPresence ?? VideoTracking.standardPresence)
            run.queries = try run.queries.inFrameOrder()
        }
        (run.absentBelow, run.tiling, run.resolution) = (absentBelow, tiles, resolution)
        (run.firstLook, run.overlap) = (try look, overlap ?? .pixels)
        (run.instances, run.crops) = (InstanceFinder(minimumArea: minArea ?? 1, separates: separate), crops)
    }
}
