import Foundation
import Testing

/// Every public operation through every operand, type and length, and operands of two backends: a right result, or a trap
/// that names operation, operand, types and shapes.
@Suite struct OperandWalkTests {
    private struct Run {
        var status: Int32
        var output: String
    }

    @Test(.timeLimit(.minutes(10)))
    func everyCallIsRightOrTrapsWithAMessage() async throws {
        let runs = try await withThrowingTaskGroup(of: Run.self) { group in
            for part in 0..<2 { group.addTask { try Self.walk(["--part", "\(part)/2"]) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for run in runs {
            #expect(run.status == 0, "\(run.output)")
            #expect(run.output.contains(" 0 faults"))
        }
    }

    @Test func everyPublicOperationHasARow() throws {
        let table = Set(try Self.walk(["--operations"]).output.split(separator: "\n").map(String.init))
        let names = try Self.publicOperations()
        #expect(names.count > 100)
        #expect(names.subtracting(table).isEmpty, "operations without a row in Tests/OperandWalk/OperationTable.swift")
        #expect(table.subtracting(names).isEmpty, "rows of operations that are not there")
    }

    /// The names of the public functions and subscripts of `Tensor` in `Operations`, `Losses` and `Devices`.
    private static func publicOperations() throws -> Set<String> {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources/TensorCore")
        var names: Set<String> = []
        for folder in ["Operations", "Losses", "Devices"] {
            let url = root.appendingPathComponent(folder)
            for file in try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil) {
                let text = try String(contentsOf: file, encoding: .utf8)
                for part in text.components(separatedBy: "extension Tensor {").dropFirst() {
                    names.formUnion(operations(in: part.components(separatedBy: "\n}\n")[0]))
                }
            }
        }
        return names
    }

    private static func operations(in body: String) -> [String] {
        body.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("    public ") else { return nil }
            if line.contains(" subscript(") { return "subscript" }
            guard let start = line.range(of: " func ")?.upperBound else { return nil }
            let name = line[start...].prefix { $0 != "(" && $0 != " " }
            return String(name.first?.isLetter == true ? name.prefix { $0 != "<" } : name)
        }
    }

    private static func walk(_ arguments: [String]) throws -> Run {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        // One thread a call, and no report of a crash beside the message: both would cost more than the calls.
        let quiet = ["OMP_NUM_THREADS": "1", "SWIFT_BACKTRACE": "enable=no"]
        process.environment = ProcessInfo.processInfo.environment.merging(quiet) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Run(status: process.terminationStatus, output: String(decoding: data, as: UTF8.self))
    }

    /// Beside the test bundle.
    static var executable: URL {
        let main = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        var folder = main.deletingLastPathComponent()
        while folder.path.count > 1 {
            let candidate = folder.appendingPathComponent("operand-walk")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        return main
    }
}
