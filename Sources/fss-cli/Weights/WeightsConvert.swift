internal import ArgumentParser
internal import Foundation
internal import SegModels

/// `fss weights convert`.
struct WeightsConvert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Store weights in another number format; names and metadata stay.",
        discussion: """
            bfloat16 halves a file at the price of rounding every weight to 8 bits; a loader widens it again.

            Example:
              fss weights convert runs/a/model.safetensors small.safetensors
            """)

    @Argument(help: "A safetensors file.")
    var file: String

    @Argument(help: "The file to write.")
    var output: String

    @Option(help: "The number format to store.")
    var precision = WeightsConversion.standardPrecision

    @Flag(help: "Replace the file where there is one.")
    var force = false

    @OptionGroup var report: ReportOptions

    func run() throws {
        let conversion = try WeightsConversion(
            of: URL(fileURLWithPath: file), to: URL(fileURLWithPath: output), precision: precision, force: force)
        report.console.line("\(conversion.tensors) tensors in \(precision): \(output)")
        try report.console.emit(conversion)
    }
}
