internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Foundation
internal import PseudoLabel

/// Auxiliary supports (DifFSS) of `fss evaluate` and `fss train`.
struct AuxiliaryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Pictures that are generated of every support and shown beside it (DifFSS has 4); 0 for none.", valueName: "count"))
    var auxiliary = 0

    @Option(help: "What the generator is told of a support's layout; segmentation by default.")
    var control: ControlKind?

    @OptionGroup var generator: AuxiliaryGeneratorOptions

    @Option(
        help: ArgumentHelp(
            "Weights of Segment Anything, which finds the thing in pictures where --auxiliary-set asks for it; the segmenter itself without.",
            valueName: "file"))
    var auxiliarySam: String?

    @Flag(help: "Begin with the settings as they were released: 2 steps, two commas, no class above 20.")
    var auxiliaryReleased = false

    @Option(
        help: ArgumentHelp(
            "Sets one key of the auxiliary supports, such as filter.candidates=8, filter.measure=mask, filter.threshold=0.5, mask=estimated, steps, guidance, strength, prompt, seed; may be repeated.",
            valueName: "key.path=value"))
    var auxiliarySet: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where the pictures are kept; by default swift-fss/auxiliary in the user's cache folder.", valueName: "folder"))
    var auxiliaryCache: String?

    @Flag(help: "Say how many pictures would be made, how long it takes and how large they are, and stop; makes one of them.")
    var auxiliaryDryRun = false

    /// What was given, by name.
    var deciding: [(name: String, isGiven: Bool)] { [("--auxiliary", auxiliary != 0)] + beside }

    private var beside: [(name: String, isGiven: Bool)] {
        [
            ("--control", control != nil), ("--auxiliary-sam", auxiliarySam != nil),
            ("--auxiliary-released", auxiliaryReleased), ("--auxiliary-set", !auxiliarySet.isEmpty),
            ("--auxiliary-cache", auxiliaryCache != nil), ("--auxiliary-dry-run", auxiliaryDryRun),
        ] + generator.deciding
    }

    func validate() throws {
        guard (0...64).contains(auxiliary) else { throw ValidationError("--auxiliary is \(auxiliary), expected 0...64.") }
        if auxiliary == 0, let option = beside.first(where: \.isGiven) {
            throw ValidationError("\(option.name) belongs to --auxiliary <count>.")
        }
        if generator.hed != nil && (control ?? .segmentation) == .segmentation {
            throw ValidationError("--hed is read for --control scribble or hed.")
        }
    }

    /// What the options ask for; nil for none.
    var choice: SupportExtensionChoice? {
        get throws {
            guard auxiliary > 0 else { return nil }
            var settings = auxiliaryReleased ? AuxiliarySettings.released : AuxiliarySettings()
            settings.count = auxiliary
            settings.control = control ?? settings.control
            settings = try settings.changed(byFile: nil, assignments: auxiliarySet)
            let cache = auxiliaryCache.map(AuxiliaryGeneratorOptions.absolute) ?? AuxiliaryChoice.standardCache.path
            let choice = AuxiliaryChoice(
                try generator.choice, settings: settings, edges: generator.edges,
                masker: auxiliarySam.map { .segmentAnything(weights: AuxiliaryGeneratorOptions.absolute($0)) }, cache: cache)
            return try choice.choice()
        }
    }
}
