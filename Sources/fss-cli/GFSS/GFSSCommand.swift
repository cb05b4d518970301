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
            """,
        subcommands: [GFSSInfo.self, GFSSScore.self, GFSSMerge.self])
}

/// A convention by its name.
struct ConventionOption: ParsableArguments {
    @Option(help: ArgumentHelp("How base and novel classes are set up: \(Self.names).", valueName: "name"))
    var convention: String

    private static let names = GFSSConvention.named.map(\.id).joined(separator: ", ")

    func validate() throws {
        guard GFSSConvention(named: convention) != nil else {
            throw ValidationError("--convention is \(convention), expected one of \(Self.names).")
        }
    }

    /// The convention.
    func value() throws -> GFSSConvention {
        guard let found = GFSSConvention(named: convention) else {
            throw ValidationError("--convention is \(convention), expected one of \(Self.names).")
        }
        return found
    }
}
