internal import ArgumentParser
internal import Datasets
internal import Diffusion

/// The options that say what is asked, and how answers are compared.
struct ProtocolOptions: ParsableArguments {
    @Option(name: .customLong("protocol"), help: "How episodes are drawn and compared.")
    var evaluation: EvaluationProtocol = .vocUniform

    @Option(help: "Episodes a fold and repeat; by default as the protocol says.")
    var episodes: Int?

    @Option(help: "Draws of all episodes, each with the next seed; by default as the protocol says.")
    var repeats: Int?

    @Option(help: "How supports are drawn: nested ones contain those of fewer shots; by default as the protocol says.")
    var supports: SupportRule?

    @Option(
        name: .customLong("iou-space"),
        help: ArgumentHelp(
            "Where predictions are compared: original, square-400, canvas-473 or other sides; by default as the protocol says.",
            valueName: "space"))
    var space: IoUSpace?

    @Option(help: "Supports an episode.")
    var shots = 1

    @Option(help: "Classes an episode, each with supports: a pixel goes to the surest.")
    var ways = 1

    @Option(
        help: ArgumentHelp(
            "Also ask about queries without the class, this share of all episodes, and score how well absence is told.",
            valueName: "share"))
    var absentShare: Double?

    @Flag(
        help:
            "Calibrate presence on these episodes of base classes, in a file beside each decoder: evaluate and predict --absent-below go by it then."
    )
    var fitPresence = false

    @Option(
        help: ArgumentHelp(
            "How supports are annotated; point-5, mask-dilated-12 and the like say how many points or pixels.", valueName: "rule")
    )
    var annotation: AnnotationRule = .mask

    @Option(
        help: ArgumentHelp(
            "What reads the class's name, words.safetensors of `fss train words` behind the same backbone, for --annotation word (no supports) or none-named; by default words that come along, behind the backbone that comes along.",
            valueName: "file"))
    var words: String?

    @Option(help: "Seed of annotations that are drawn at random.")
    var annotationSeed: UInt64 = 0

    /// Options that differ from their defaults.
    var settled: [(name: String, isGiven: Bool)] {
        [
            ("--protocol", evaluation != .vocUniform), ("--episodes", episodes != nil), ("--repeats", repeats != nil),
            ("--supports", supports != nil), ("--iou-space", space != nil), ("--shots", shots != 1), ("--ways", ways != 1),
            ("--absent-share", absentShare != nil), ("--fit-presence", fitPresence), ("--annotation", annotation != .mask),
            ("--annotation-seed", annotationSeed != 0),
        ]
    }

    /// Puts all of it into a plan; a value beside the protocol's own is a change, which the plan's protocol tells.
    func apply(to plan: inout EvaluationPlan, seed: UInt64?, threshold: Float?) {
        plan.evaluation = evaluation
        plan.evaluation.episodes = episodes ?? evaluation.episodes
        plan.evaluation.repeats = repeats ?? evaluation.repeats
        plan.evaluation.supports = supports ?? evaluation.supports
        plan.evaluation.space = space ?? evaluation.space
        plan.evaluation.seed = seed ?? evaluation.seed
        plan.evaluation.threshold = threshold ?? evaluation.threshold
        (plan.shots, plan.ways) = (shots, ways == 1 ? nil : ways)
        plan.absent = absentShare.map { AbsentQueries(share: $0, seed: plan.evaluation.seed) }
        plan.fitsPresence = fitPresence ? true : nil
        (plan.annotation, plan.annotationSeed, plan.words) = (annotation, annotationSeed, words)
    }
}
