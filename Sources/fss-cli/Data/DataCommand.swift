internal import ArgumentParser
internal import Datasets
internal import Foundation

/// `fss data`.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Build, check and describe datasets.",
        discussion: """
            Examples:
              fss data build shapes5i --out data/shapes5i
              fss data check VOC2012 --lists lists/pascal
              fss data info shapes5i
            """,
        subcommands: [DataBuild.self, DataCheck.self, DataInfo.self])
}
