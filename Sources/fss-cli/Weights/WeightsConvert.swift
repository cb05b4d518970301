internal import ArgumentParser
internal import Foundation
internal import TensorCore

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
    var precision = Precision.bfloat16

    @Flag(help: "Replace the file where there is one.")
    var force = false

    @OptionGroup var report: ReportOptions

    func run() throws {
        let target = URL(fileURLWithPath: output)
        guard force || !FileManager.default.fileExists(atPath: target.path) else {
            throw CommandError("\(output) exists already; give another name, or --force to replace it")
        }
        var state = try Safetensors.load(contentsOf: URL(fileURLWithPath: file))
        for name in state.names {
            guard let tensor = state[name], tensor.dtype.isFloatingPoint else { continue }
            state[name] = tensor.converted(to: precision.activations)
        }
        try Safetensors.save(state, to: target)
        report.console.line("\(state.count) tensors in \(precision.rawValue): \(output)")
        try report.console.emit(Conversion(file: output, tensors: state.count, precision: precision))
    }
}

/// What `weights convert --json` prints.
private struct Conversion: Codable {
    var file: String
    var tensors: Int
    var precision: Precision
}
