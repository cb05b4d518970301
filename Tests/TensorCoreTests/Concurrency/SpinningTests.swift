#if os(Linux)
import Foundation
import TensorCore
import Testing

/// How long threads spin at barriers: bounded in every executable that has the kernels, unless its user says otherwise.
@Suite("Spinning threads")
struct SpinningTests {
    /// What libgomp says that it took, in an executable of this package.
    private func spinCount(_ variables: [String: String]) throws -> String? {
        let process = Process()
        process.executableURL = OperandWalkTests.executable
        process.arguments = ["--operations"]
        process.environment = variables.merging(["OMP_DISPLAY_ENV": "VERBOSE"]) { first, _ in first }
        let pipe = Pipe()
        process.standardError = pipe
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.firstMatch(of: /GOMP_SPINCOUNT = '(\d+)'/).map { String($0.1) }
    }

    private static let usual = ["PATH": "/usr/bin", "PWD": "/", "SHLVL": "1"]

    @Test("Threads sleep after some thousand turns", .enabled(if: Devices.current.name.hasPrefix("onednn")))
    func bounded() throws {
        #expect(try spinCount(Self.usual) == "3000")
        #expect(try spinCount(["HOME": "/", "OLDPWD": "/"]) == "3000")
    }

    @Test("A number or a policy of the user's own stands", .enabled(if: Devices.current.name.hasPrefix("onednn")))
    func respected() throws {
        #expect(try spinCount(Self.usual.merging(["GOMP_SPINCOUNT": "77"]) { $1 }) == "77")
        #expect(try spinCount(Self.usual.merging(["OMP_WAIT_POLICY": "passive"]) { $1 }) == "0")
    }

    @Test("The environment that a program sees is the one that it was given")
    func environment() {
        let variables = ProcessInfo.processInfo.environment
        #expect(variables["GOMP_SPINCOUNT"] == nil || variables["GOMP_SPINCOUNT"] != "3000")
        #expect(variables["PATH"] != nil)
    }
}
#endif
