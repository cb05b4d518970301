internal import ArgumentParser
internal import Datasets

/// `fss gfss`.
struct GFSSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gfss",
        abstract: "Generalized few-shot segmentation: base and novel classes at once.",
        discussion: """
            Three conventions differ in what is learned from, what is tested and whether the background is a base class; \
            their numbers do not compare: capl, diam, pop.

            Examples:
              fss gfss info pascal5i=data/pascal --convention pop --fold 0 --shots 5
              fss gfss score --dataset pascal5i=data/pascal --convention pop --fold 0 \\
                  --predictions predicted
              fss gfss merge runs/part1 runs/part2
              fss gfss train base --dataset shapes5i --convention capl \\
                  --backbone net.safetensors
              fss gfss train novel --dataset shapes5i --convention capl \\
                  --base model.safetensors --shots 1
              fss gfss evaluate --dataset shapes5i --convention capl --model model.safetensors
            """,
        subcommands: [GFSSInfo.self, GFSSTrain.self, GFSSEvaluate.self, GFSSScore.self, GFSSMerge.self])
}

/// A convention by its name.
struct ConventionOption: ParsableArguments {
    @Option(help: ArgumentHelp("How base and novel classes are set up: \(Self.names).", valueName: "name"))
    var convention: String?

    @Option(
        help: ArgumentHelp(
            "Pixels that a novel class needs in a support; 16384 by default, as the conventions have it.", valueName: "count"))
    var minSupportPixels: Int?

    private static let names = GFSSConvention.named.map(\.id).joined(separator: ", ")

    func validate() throws {
        if let convention, GFSSConvention(named: convention) == nil {
            throw ValidationError("--convention is \(convention), expected one of \(Self.names).")
        }
        if let minSupportPixels, minSupportPixels < 1 {
            throw ValidationError("--min-support-pixels is \(minSupportPixels), expected 1 or more.")
        }
    }

    /// What was given, by name.
    var deciding: [(name: String, isGiven: Bool)] {
        [("--convention", convention != nil), ("--min-support-pixels", minSupportPixels != nil)]
    }

    /// The convention.
    func value() throws -> GFSSConvention {
        guard var found = convention.flatMap({ GFSSConvention(named: $0) }) else {
            throw ValidationError("name the convention with --convention: \(Self.names).")
        }
        if let minSupportPixels { found.minimumSupportPixels = minSupportPixels }
        return found
    }
}
